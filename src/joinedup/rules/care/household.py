"""Households: on which ground the agencies round a home may be looked at together, and how its members are named.

Source: the seeds' family known to seven agencies (M9).
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from joinedup.rules.foundation.period import age_on

#: From this age a member of a household is called an adult.
_ADULT: Final = 18


class Ground(StrEnum):
    """Why a household is looked at: the closed list on the form that asks."""

    EARLY_HELP = "early_help"
    CHILD_IN_NEED = "child_in_need"
    ADULT_AT_RISK = "adult_at_risk"
    HOMELESSNESS = "homelessness"
    CONSENT = "consent"


#: What each ground means, with the law it rests on; a place's own legal adviser confirms that it applies.
GROUNDS: Final = {
    Ground.EARLY_HELP: "Early help for the family: agencies work together for children (Children Act 2004, section 10)",
    Ground.CHILD_IN_NEED: "A child in need or at risk of harm (Children Act 1989, sections 17 and 47)",
    Ground.ADULT_AT_RISK: "An adult with care needs at risk of abuse or neglect (Care Act 2014, section 42)",
    Ground.HOMELESSNESS: "The household may lose its home (Housing Act 1996, part 7)",
    Ground.CONSENT: "The adults of the household asked for this support and agreed to it",
}


def member_words(born: date | None, died: bool, day: date) -> str:
    """How a member is named to somebody who has no relationship with them: by place in the household and age only.

    >>> member_words(date(2016, 5, 1), False, date(2025, 4, 20)), member_words(None, False, date(2025, 4, 20))
    ('Child of 8 years', 'Another member of the household')
    >>> member_words(date(1980, 5, 1), False, date(2025, 4, 20))
    'Adult of 44 years'
    """
    if born is None or died:
        return "Another member of the household"
    age = age_on(born, day)
    if age < 1:
        return "Child under 1 year"
    years = "1 year" if age == 1 else f"{age} years"
    return f"{'Adult' if age >= _ADULT else 'Child'} of {years}"
