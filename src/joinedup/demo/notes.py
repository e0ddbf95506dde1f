"""NOTES.md of a demonstration place: what is planted in it, and which people to look for."""

from __future__ import annotations

from joinedup.demo.areas import Ground
from joinedup.demo.cast import HIDDEN_NEED_PRACTICE
from joinedup.demo.faults import CORRECTED, LATE, RENAMED
from joinedup.demo.months import month_label
from joinedup.demo.parameters import number
from joinedup.demo.stories import FAMILY_POUNDS, PEOPLE


def notes(ground: Ground) -> str:
    """The text of NOTES.md."""
    return "\n".join([_HEAD, _people(ground), _initiatives(), _faults(), _TRUTH])


_HEAD = """# Fenwick and Aldmoor: notes to a demonstration

Everyone and everything in this place is invented. NHS numbers are from the test range (999...). It covers
April 2021 to March 2025; the clock stands at 20 April 2025.
"""

_TRUTH = """
## The truth
`truth/` holds what really happened: whose each record is, who was enrolled, what was prevented, how often each
fault was made. A build never reads it. Read it with `joinedup.demo.truth.read_truth`.
"""


def _name(key: str) -> str:
    who = PEOPLE[key]
    return f"{who.forename} {who.surname}, born {who.born:%d %B %Y}"


def _people(ground: Ground) -> str:
    practice = ground.practices[HIDDEN_NEED_PRACTICE]
    return f"""
## People to look for
- **{_name("dementia")}**: lives with dementia; nineteen services in the year to March 2025.
- **The Skelcombe family**, five people at 5 Storyteller Row ({_name("mother")}, and others): known to seven agencies
  (police, housing, benefits, probation, education, substance misuse, domestic abuse) at £{FAMILY_POUNDS:,} in the
  year to March 2025.
- **{_name("delayed")}**: ready to leave hospital on 20 January 2025, left 38 days later, waiting for a care package
  at home (reason E, social care).
- **{_name("carer")}**: cares for Fenmer Wickstowe and arranges breaks with a direct payment.
- **{_name("assessed_twice")}**: assessed by the community trust on 3 September 2024 and again by the council on
  17 September.
- **{practice[1]}** ({practice[0]}): its registers record little more than half of its patients' long-term
  conditions, and its emergency admissions are far above what the registers would make one expect.
"""


def _initiatives() -> str:
    effect = round(100 * (1 - number("initiatives.mdt_effect")))
    home = round(100 * (1 - number("initiatives.care_home_emergency")))
    visits = round(100 * (1 - number("initiatives.care_home_urgent")))
    delay = round(100 * (1 - number("initiatives.reablement_delay_days")))
    cost = round(number("initiatives.mdt_programme_pounds"))
    return f"""
## What was planted
- **Multi-disciplinary team, Fenwick** (`mdt_fenwick`, practices in six monthly waves from April 2023): takes on
  people with most emergency admissions in the last year. Compared with their own year before they have about a third
  to a half fewer: nearly all of that would have happened anyway. True effect on emergency admissions -{effect}% for
  twelve months, gone after eighteen; on A&E none; on how joined-up care feels, good. It costs £{cost} a person. At the
  default size about 650 people are enrolled at both sites; even with 1,000 a cut below about 13% cannot be seen, so
  the right verdict is "no conclusive evidence". With a million people it can be seen.
- **The same in Aldmoor** (`mdt_aldmoor`, from October 2023): no effect at all.
- **Enhanced support in care homes** (`enhanced_care_home_support`, every second home, from April 2023): true effect
  on emergency admissions -{home}%, on A&E attendances -{visits}%. Large enough to be found where people
  of other homes are alike enough; where they are not, the evaluation says so. The panel `care_home_panel` has
  residents, admissions and attendances by home and month.
- **Reablement expansion in Fenwick** (from October 2023): discharge delays are {delay}% shorter. The series
  `delayed_days_per_100k` has 22 areas by month; it stands for a county and is not a sum of this place's own records,
  which are too few to show it.
"""


def _faults() -> str:
    (late, month), days = next(iter(LATE.items()))
    (twice, again), _ = next(iter(CORRECTED.items()))
    renamed = "; ".join(
        f"`{new}` for `{old}` in {source} {month_label(m)}" for (source, m), (old, new) in RENAMED.items()
    )
    return f"""
## What is wrong with the files
NHS numbers missing, wrong or another person's; typing errors, nicknames, days and months swapped, old names and
addresses; twins; fathers and sons of one name; second registrations; deaths told late; services left open after a
death. {late} {month_label(month)} came {days} days late; {twice} {month_label(again)} was sent again with corrections;
columns renamed: {renamed}. Some codes are in no list, some discharges lie before the admission, some rows come twice.
"""
