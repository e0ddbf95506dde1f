"""What the words of adult social care client level data mean, in release 1 and release 2 alike."""

from __future__ import annotations

from typing import Final

#: Client type -> whom the row is about. A carer known by association has no events of their own.
CLIENTS: Final = {
    "service user": "service_user",
    "carer": "carer",
    "unpaid carer": "carer",
    "carer known by association": "associated_carer",
    "unpaid carer known by association": "associated_carer",
}

#: Service type -> term of support.
TERMS: Final = {
    "short term support: st-max": "short_term_max",
    "short term support: ongoing low level": "short_term_low_level",
    "short term support: other short term": "short_term_other",
    "long term support: nursing care": "long_term_nursing",
    "long term support: residential care": "long_term_residential",
    "long term support: community": "long_term_community",
    "long term support: prison": "long_term_prison",
    "carer support: direct to carer": "carer_direct",
    "unpaid carer support: direct to unpaid carer": "carer_direct",
    "carer support: support involving the person cared-for": "carer_cared_for",
    "unpaid carer support: support involving the person cared-for": "carer_cared_for",
}

#: Service component -> service.
COMPONENTS: Final = {
    "reablement": "reablement",
    "short term nursing care": "short_term_nursing",
    "short term residential care": "short_term_residential",
    "long term nursing care": "nursing",
    "long term residential care": "residential",
    "home support": "home_care",
    "domiciliary care": "home_care",
    "home support or domiciliary care": "home_care",
    "day support": "day_care",
    "meals": "meals",
    "transport": "transport",
    "equipment": "equipment",
    "direct payment": "direct_payment",
    "shared lives": "shared_lives",
    "community supported living": "supported_living",
    "extra care housing": "extra_care",
    "social worker support": "professional_support",
    "other professional support": "professional_support",
    "professional support: social worker": "professional_support",
    "professional support: other": "professional_support",
    "learning / education / employment support": "employment_support",
    "learning, education or employment support": "employment_support",
    "end of life care": "end_of_life",
    "emergency support": "emergency_support",
    "other short term support": "other_short_term",
    "other long term support": "other_long_term",
    "carer respite": "carer_respite",
    "unpaid carer respite": "carer_respite",
    "carer sitting service": "carer_sitting",
    "unpaid carer sitting service": "carer_sitting",
    "carer universal services": "carer_universal",
    "unpaid carer universal services": "carer_universal",
    "other carer support": "carer_other",
    "other unpaid carer support": "carer_other",
}

#: The service when the component is missing or not in the list, by term of support.
SERVICE_OF_TERM: Final = {
    "short_term_max": "reablement",
    "short_term_low_level": "other_short_term",
    "short_term_other": "other_short_term",
    "long_term_nursing": "nursing",
    "long_term_residential": "residential",
    "long_term_community": "other_long_term",
    "long_term_prison": "other_long_term",
    "carer_direct": "carer_other",
    "carer_cared_for": "carer_respite",
}

#: Cost frequency -> frequency of the period that the unit cost is for; None: the cost is for one unit.
FREQUENCIES: Final = {
    "weekly": "weekly",
    "fortnightly": "fortnightly",
    "4-weekly": "four_weekly",
    "four weekly": "four_weekly",
    "monthly": "monthly",
    "quarterly": "quarterly",
    "annually": "annual",
    "annual": "annual",
    "one-off": "one_off",
}

#: Cost frequency -> unit, where the cost is for one unit.
UNITS: Final = {"hourly": "hour", "daily": "day", "per session": "session"}

#: Assessment type -> what the assessment is about.
DOMAINS: Final = {
    "short term assessment": "care_needs",
    "long term assessment": "care_needs",
    "long term needs assessment": "care_needs",
    "carer assessment": "carer_needs",
    "carer's assessment": "carer_needs",
    "unpaid carer assessment": "carer_needs",
    "financial assessment": "finance",
    "other assessment": "other",
}

#: Event outcome -> outcome, in the order in which the national method keeps one of several (first wins).
OUTCOMES: Final = {
    "progress to reablement/st-max": "reablement",
    "progress to assessment, review or reassessment": "assessment",
    "progress to assessment": "assessment",
    "progress to re-assessment / unplanned review": "assessment",
    "progress to financial assessment": "assessment",
    "progress to end of life care": "end_of_life_care",
    "progress to support planning or services": "support",
    "provision of service": "support",
    "continuation of support or services": "continuation",
    "no change in package": "continuation",
    "admitted to hospital": "hospital",
    "nfa: responsibility moved to another local authority": "moved",
    "nfa - moved to another la": "moved",
    "nfa: referral to nhs services or nhs funded social care": "nhs_funded",
    "nfa - 100% nhs funded care": "nhs_funded",
    "nfa: self-funded client or under 12wk disregard": "self_funded",
    "nfa - self-funded client (inc. 12wk disregard)": "self_funded",
    "nfa: information and advice or signposting": "information",
    "nfa - information & advice / signposting only": "information",
    "nfa: referral to other service within the local authority": "other_service",
    "nfa: support declined": "declined",
    "nfa - support declined": "declined",
    "nfa: deceased": "died",
    "nfa - deceased": "died",
    "nfa: support ended as planned": "ended_as_planned",
    "service ended as planned": "ended_as_planned",
    "nfa: support ended for other reason": "ended_other",
    "nfa - support ended: other reason": "ended_other",
    "nfa: no services offered for other reason": "no_service",
    "nfa - no services offered: other reason": "no_service",
    "nfa: other": "other",
    "nfa - other": "other",
    "nfa- other": "other",
}

#: Rank of each outcome; an outcome that is missing or unknown ranks last.
OUTCOME_RANKS: Final = {outcome: rank for rank, outcome in enumerate(dict.fromkeys(OUTCOMES.values()), start=1)}
UNKNOWN_RANK: Final = 999


def term_of(service_type: str | None) -> str | None:
    """The term of support that a service type of either release means; None when it means none.

    >>> term_of("Short Term Support: ST-Max")
    'short_term_max'
    """
    return TERMS.get((service_type or "").strip().lower())


def service_of(service_type: str | None, component: str | None, mechanism: str | None) -> str:
    """Which service a row of client level data bought.

    Short term support to maximise independence is reablement whatever its component, as ASCOF counts it. A
    direct payment is one whether the component or the delivery mechanism says so; residential and nursing care
    keep their name. Otherwise the component decides, then the service type.

    Args:
        service_type: of either release.
        component: of either release.
        mechanism: delivery mechanism, which councils often leave empty.

    Returns:
        The service; "other" when nothing says which.

    Source: DHSC, ASC CLD specification; ASCOF 2024-25 methodology for metrics derived from CLD.

    >>> service_of("Long Term Support: Community", "Home Support", None)
    'home_care'
    >>> service_of("Long term support: Community", "Home support or domiciliary care", "Direct payment")
    'direct_payment'
    >>> service_of("Short term support: ST-Max", "Home support or domiciliary care", None)
    'reablement'
    """
    term = term_of(service_type)
    if term == "short_term_max":
        return "reablement"
    named = COMPONENTS.get((component or "").strip().lower())
    is_paid_directly = (mechanism or "").strip().lower() == "direct payment"
    if is_paid_directly and term in {"long_term_community", "carer_direct", None}:
        return "direct_payment"
    return named or (SERVICE_OF_TERM[term] if term else "other")
