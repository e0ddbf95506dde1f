"""Initiatives: the kinds, levels and models of integration, and the people and pathways that a scheme is for."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Integration(StrEnum):
    """What is brought together.

    Source: NAO 2013 para 1 (M11).
    """

    HORIZONTAL = "horizontal"
    VERTICAL = "vertical"
    BACK_OFFICE = "back_office"
    STRATEGIC = "strategic"

    @property
    def label(self) -> str:
        """What pages call it."""
        return self.value.replace("_", "-").capitalize()


class Level(StrEnum):
    """Where it is brought together.

    Source: NAO 2017 para 4 (M12).
    """

    PATIENT = "patient"
    SERVICE = "service"
    ORGANISATION = "organisation"

    @property
    def label(self) -> str:
        """What pages call it."""
        return {Level.PATIENT: "Person", Level.SERVICE: "Service", Level.ORGANISATION: "Organisation"}[self]


class CareModel(StrEnum):
    """The seven new care models of the Five Year Forward View.

    Source: NAO 2017 figure 10 (P25).
    """

    COMMUNITY_PROVIDER = "community_provider"
    PRIMARY_AND_ACUTE = "primary_and_acute"
    URGENT_NETWORK = "urgent_network"
    CARE_HOMES = "care_homes"
    ACUTE_COLLABORATION = "acute_collaboration"
    SPECIALISED = "specialised"
    MATERNITY = "maternity"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _MODELS[self]


_MODELS: Final = {
    CareModel.COMMUNITY_PROVIDER: "Multispecialty community provider",
    CareModel.PRIMARY_AND_ACUTE: "Primary and acute care system",
    CareModel.URGENT_NETWORK: "Urgent and emergency care network",
    CareModel.CARE_HOMES: "Enhanced health in care homes",
    CareModel.ACUTE_COLLABORATION: "Acute care collaboration",
    CareModel.SPECIALISED: "Specialised care",
    CareModel.MATERNITY: "Modernised maternity services",
}

MEANING: Final = {
    Integration.HORIZONTAL: "Bodies with an interest in one service or one group of people act together.",
    Integration.VERTICAL: "The delivery chain of one service is better coordinated.",
    Integration.BACK_OFFICE: "Functions or management processes behind the frontline are shared.",
    Integration.STRATEGIC: "Integration is encouraged, or an approach is coordinated, across government.",
    Level.PATIENT: "One assessment of a person's needs across several services and professions.",
    Level.SERVICE: "Several services in one place for people with one condition.",
    Level.ORGANISATION: "Budgets are pooled or services are commissioned jointly.",
}


@dataclass(frozen=True, slots=True)
class InitiativeType:
    """What kind of integration a scheme is.

    Attributes:
        integration: what is brought together.
        level: where; None where nobody said.
        model: the new care model it belongs to; None for none of them.

    >>> InitiativeType(Integration.HORIZONTAL, Level.PATIENT, CareModel.CARE_HOMES).label
    'Horizontal, person level: Enhanced health in care homes'
    >>> InitiativeType(Integration.BACK_OFFICE).label
    'Back-office'
    """

    integration: Integration
    level: Level | None = None
    model: CareModel | None = None

    @property
    def label(self) -> str:
        """What pages call it."""
        where = f", {self.level.label.lower()} level" if self.level else ""
        return f"{self.integration.label}{where}{f': {self.model.label}' if self.model else ''}"


class Cohort(StrEnum):
    """For whom a scheme is.

    Source: NAO 2017 recommendation c and para 2.13 ("particular cohorts of patients", T5); NAO 2013 and the Service
    Integrator 2010 for families, jobless people and offenders. Choice: the list of groups.
    """

    EVERYBODY = "everybody"
    OLDER = "older"
    HIGH_RISK = "high_risk"
    LONG_TERM_CONDITIONS = "long_term_conditions"
    SINGLE_CONDITION = "single_condition"
    CARE_HOME = "care_home"
    LEAVING_HOSPITAL = "leaving_hospital"
    DEMENTIA = "dementia"
    MENTAL_HEALTH = "mental_health"
    LEARNING_DISABILITY = "learning_disability"
    DISABLED = "disabled"
    END_OF_LIFE = "end_of_life"
    CARERS = "carers"
    CHILDREN = "children"
    FAMILIES = "families"
    JOBLESS = "jobless"
    OFFENDERS = "offenders"
    HOMELESS = "homeless"

    @property
    def label(self) -> str:
        """What pages call them."""
        return _COHORTS[self]


_COHORTS: Final = {
    Cohort.EVERYBODY: "Everybody",
    Cohort.OLDER: "Older people",
    Cohort.HIGH_RISK: "People at high risk of unplanned admission",
    Cohort.LONG_TERM_CONDITIONS: "People with several long-term conditions",
    Cohort.SINGLE_CONDITION: "People with one condition, such as diabetes",
    Cohort.CARE_HOME: "People who live in care homes",
    Cohort.LEAVING_HOSPITAL: "People who leave hospital",
    Cohort.DEMENTIA: "People with dementia",
    Cohort.MENTAL_HEALTH: "People with mental ill-health",
    Cohort.LEARNING_DISABILITY: "People with a learning disability or autism",
    Cohort.DISABLED: "People of working age with a disability",
    Cohort.END_OF_LIFE: "People near the end of life",
    Cohort.CARERS: "Unpaid carers",
    Cohort.CHILDREN: "Children and young people",
    Cohort.FAMILIES: "Families with many needs",
    Cohort.JOBLESS: "People out of work",
    Cohort.OFFENDERS: "Offenders",
    Cohort.HOMELESS: "People without a home",
}


class Pathway(StrEnum):
    """On which way through services a scheme acts.

    Source: NAO 2017 recommendation c ("particular pathways of care", T5). Choice: the list of pathways.
    """

    PREVENTION = "prevention"
    COMMUNITY = "community"
    URGENT = "urgent"
    DISCHARGE = "discharge"
    HOME_SUPPORT = "home_support"
    RESIDENTIAL = "residential"
    PLANNED = "planned"
    MENTAL_HEALTH = "mental_health"
    END_OF_LIFE = "end_of_life"
    MATERNITY = "maternity"
    EMPLOYMENT = "employment"
    JUSTICE = "justice"
    WHOLE_SYSTEM = "whole_system"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _PATHWAYS[self]


_PATHWAYS: Final = {
    Pathway.PREVENTION: "Prevention and early help",
    Pathway.COMMUNITY: "Care in the community by several professions",
    Pathway.URGENT: "Urgent and emergency care",
    Pathway.DISCHARGE: "Discharge, rehabilitation and reablement",
    Pathway.HOME_SUPPORT: "Long-term support at home",
    Pathway.RESIDENTIAL: "Care homes",
    Pathway.PLANNED: "Planned care",
    Pathway.MENTAL_HEALTH: "Mental health care",
    Pathway.END_OF_LIFE: "End of life care",
    Pathway.MATERNITY: "Maternity",
    Pathway.EMPLOYMENT: "Into work",
    Pathway.JUSTICE: "Justice and resettlement",
    Pathway.WHOLE_SYSTEM: "The whole system: budgets, plans and organisations",
}


class Aim(StrEnum):
    """What a scheme is to bring about first.

    Source: the four metrics of the Better Care Fund (NAO 2017 figure 4 and para 2.3), experience, and money.
    """

    FEWER_ADMISSIONS = "fewer_admissions"
    FEWER_ATTENDANCES = "fewer_attendances"
    FEWER_DELAYS = "fewer_delays"
    AT_HOME = "at_home"
    FEWER_CARE_HOME = "fewer_care_home"
    HEALTH = "health"
    EXPERIENCE = "experience"
    WORK = "work"
    REOFFENDING = "reoffending"
    LOWER_COST = "lower_cost"

    @property
    def label(self) -> str:
        """What pages call it."""
        return _AIMS[self]


_AIMS: Final = {
    Aim.FEWER_ADMISSIONS: "Fewer emergency admissions",
    Aim.FEWER_ATTENDANCES: "Fewer attendances at A&E",
    Aim.FEWER_DELAYS: "Fewer days delayed in hospital",
    Aim.AT_HOME: "More people at home after hospital",
    Aim.FEWER_CARE_HOME: "Fewer moves into care homes",
    Aim.HEALTH: "Better health",
    Aim.EXPERIENCE: "Better experience of care",
    Aim.WORK: "More people in work",
    Aim.REOFFENDING: "Less reoffending",
    Aim.LOWER_COST: "Lower cost",
}
