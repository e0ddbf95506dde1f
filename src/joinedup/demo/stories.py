"""People whose stories can be found by name in the place, and where to look for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from joinedup.demo.agencies import COMMON, PERSON_COLUMNS, agencies
from joinedup.demo.areas import ACUTE, BOARD, COMMUNITY, COUNCILS, MENTAL_HEALTH, Ground
from joinedup.demo.care_rows import SUBMISSIONS, submission_file
from joinedup.demo.extracts import Extracts
from joinedup.demo.homes import postcode_text
from joinedup.demo.local_ids import PREFIX
from joinedup.demo.months import MONTH_STARTS, START, Ints, day_of, month_end

Row = dict[str, Any]
FAMILY_POUNDS: Final = 75_000


@dataclass(frozen=True, slots=True)
class Character:
    """A person of a story; `key` names them in code, `number` is their place among the stories' people."""

    key: str
    number: int
    forename: str
    surname: str
    born: date
    sex: str
    house: int

    def local(self, space: str) -> str:
        """The number a service gives them: no number drawn by chance begins with a nine."""
        return f"{PREFIX[space]}9{self.number:09d}"


CHARACTERS: Final = (
    Character("dementia", 1, "Hesthea", "Quarmoss", date(1938, 5, 14), "2", 1),
    Character("delayed", 2, "Osward", "Pelbeckham", date(1941, 11, 2), "1", 2),
    Character("carer", 3, "Corlina", "Wickstowe", date(1957, 3, 21), "2", 3),
    Character("cared_for", 4, "Fenmer", "Wickstowe", date(1953, 9, 8), "1", 3),
    Character("assessed_twice", 5, "Prudora", "Langhurstle", date(1944, 7, 30), "2", 4),
    Character("father", 6, "Garwyn", "Skelcombe", date(1984, 2, 17), "1", 5),
    Character("mother", 7, "Brerose", "Skelcombe", date(1987, 10, 5), "2", 5),
    Character("eldest", 8, "Kenric", "Skelcombe", date(2009, 6, 11), "1", 5),
    Character("middle", 9, "Lidora", "Skelcombe", date(2012, 1, 25), "2", 5),
    Character("youngest", 10, "Ivoton", "Skelcombe", date(2017, 8, 3), "1", 5),
)
PEOPLE: Final = {character.key: character for character in CHARACTERS}
FAMILY: Final = ("father", "mother", "eldest", "middle", "youngest")
BY_STORY: Final = {
    "nineteen_services": ("dementia",),
    "delayed_38_days": ("delayed",),
    "carer_direct_payment": ("carer", "cared_for"),
    "assessed_twice": ("assessed_twice",),
    "seven_agencies": FAMILY,
}


@dataclass(frozen=True, slots=True)
class _Teller:
    """Writes the rows of stories into partners' files."""

    ground: Ground
    numbers: Ints
    extracts: Extracts
    known: set[tuple[str, str, int]]

    def local(self, space: str, who: Character) -> str:
        """The number a service gives a person, noted for the truth."""
        self.known.add((space, who.local(space), who.number))
        return who.local(space)

    def identity(self, who: Character) -> Row:
        area = int(self.ground.areas_of(0)[0])
        return {
            "nhs_number": f"{int(self.numbers[who.number]):010d}",
            "forename": who.forename,
            "surname": who.surname,
            "date_of_birth": who.born,
            "sex": who.sex,
            "ethnicity": "A",
            "postcode": postcode_text(area, 95, 0),
            "address": f"{who.house} Storyteller Row",
            "lsoa": self.ground.lsoa[area],
        }

    def person(self, who: Character, spaces: Iterable[str], since: date) -> None:
        for space in spaces:
            row = {**self.identity(who), "local_patient_id": self.local(space, who), "valid_from": since}
            row["practice"] = self.ground.practices[0][0]
            self.extracts.write_rows(f"{space}_patients", day_of(max(since, START)), [row], _LENGTH[space])

    def event(self, source: str, who: Character, day: date, **columns: Any) -> None:
        space = _SPACE[source]
        row = {"local_patient_id": self.local(space, who), "provider_code": _PROVIDER.get(source), **columns}
        row["commissioner_code"] = BOARD[0]
        self.extracts.write_rows(source, day_of(day), [row])

    def care(self, who: Character, start: date, end: date | None, **columns: Any) -> None:
        """An event of Fenwick's council, in every submission that covers it."""
        for month in SUBMISSIONS:
            first, last = START + timedelta(days=int(MONTH_STARTS[month - 11])), month_end(month)
            if start > last or (end or last) < first:
                continue
            row = {
                **{name: value for name, value in self.identity(who).items() if name != "address"},
                "la_code": COUNCILS[0][0],
                "local_patient_id": self.local("social_care_fenwick", who),
                "client_type": "Service user",
                "event_type": "Service",
                "event_start_date": start,
                "event_end_date": end if end and end <= last else None,
                "reporting_period_start_date": first,
                "reporting_period_end_date": last,
                **columns,
            }
            period, received = submission_file(month)
            self.extracts.write_row_as_sent("social_care_fenwick", period, received, row)

    def agency(self, source: str, who: Character, day: date, pounds: int, what: str) -> None:
        agency = next(one for one in agencies() if one.source == source)
        event, person, when = list(agency.columns)[:3]
        style = "%d/%m/%Y" if agency.dates == "dmy" else None
        identity = {PERSON_COLUMNS[name]: value for name, value in self.identity(who).items() if name in PERSON_COLUMNS}
        if source not in {"substance_misuse", "voluntary"}:
            identity[PERSON_COLUMNS["nhs_number"]] = None
        if style:
            identity[PERSON_COLUMNS["date_of_birth"]] = who.born.strftime(style)
        row = {
            **identity,
            event: f"STORY{source[:3].upper()}{who.number:02d}{day:%y%m%d}",
            person: self.local(source, who),
            when: day.strftime(style) if style else day,
            COMMON["setting"]: agency.setting,
            COMMON["service"]: what,
            "organisation": agency.organisation or self.ground.voluntary[0][0],
            "unit": agency.unit,
            COMMON["cost"]: f"{pounds}.00",
        }
        self.extracts.write_rows(source, day_of(day), [row], 12)


_SPACE: Final = {
    "gp_contacts": "gp", "ecds": "acute", "apc": "acute", "outpatient": "acute", "csds": "community",
    "mhsds": "mental_health", "initiatives": "gp",
}  # fmt: skip
_LENGTH: Final = {"gp": 1, "acute": 3, "community": 3, "mental_health": 3}
_PROVIDER: Final = {
    "ecds": ACUTE[0], "apc": ACUTE[0], "outpatient": ACUTE[0], "csds": COMMUNITY[0], "mhsds": MENTAL_HEALTH[0],
}  # fmt: skip


def tell(ground: Ground, numbers: Ints, extracts: Extracts) -> list[tuple[str, str, int]]:
    """Write every story into the files of the place.

    Args:
        numbers: NHS numbers that belong to nobody else.

    Returns:
        Whose each number is: id space, the service's number, number among the stories' people.
    """
    teller = _Teller(ground, numbers, extracts, set())
    for who in CHARACTERS:
        teller.person(who, ("gp",), date(2021, 4, 1) if who.born > date(2005, 1, 1) else date(2014, 6, 2))
    _nineteen_services(teller)
    _thirty_eight_days(teller)
    _direct_payment(teller)
    _two_assessments(teller)
    _seven_agencies(teller)
    return sorted(teller.known)


def _nineteen_services(teller: _Teller) -> None:
    """A person with dementia: nineteen services in the year to March 2025, and no two of one name."""
    who = PEOPLE["dementia"]
    teller.person(who, ("acute", "community", "mental_health"), date(2024, 4, 9))
    for number, staff in enumerate(("GP", "Other Practice staff")):
        teller.event("gp_contacts", who, date(2024, 5, 13 + number), appointment_id=f"STORYGP{number}",
                     appointment_date=date(2024, 5, 13 + number), appointment_status="Attended", hcp_type=staff,
                     appointment_mode="Face-to-Face", provider_code=teller.ground.practices[0][0])  # fmt: skip
    teller.event("ecds", who, date(2024, 11, 18), attendance_identifier="STORYAE1", arrival_date=date(2024, 11, 18),
                 arrival_time="02:40", attendance_category="1", department_type="01", hrg="VB03Z")  # fmt: skip
    _stay(teller, who, "STORYSPELL1", (date(2024, 11, 18), date(2024, 11, 29)), diag_01="N390", diag_02="F03X",
          hrg="LA04R", treatment_function="430")  # fmt: skip
    for number, day in enumerate((date(2024, 9, 10), date(2024, 12, 10))):
        teller.event("outpatient", who, day, attendance_identifier=f"STORYOP{number}", appointment_date=day,
                     attendance_status="5", first_attendance=str(number + 1), treatment_function="430",
                     hrg=("WF01B", "WF01A")[number])  # fmt: skip
    for number, team in enumerate(("12", "06", "08", "21", "24", "25", "32")):
        day = date(2024, 9, 2) + timedelta(days=9 * number)
        teller.event("csds", who, day, care_contact_id=f"STORYCS{number}", contact_date=day, activity_type="contact",
                     service_request_id=f"STORYSR{number}", team_type=team, consultation_medium="01",
                     activity_location="A01", attendance_status="5")  # fmt: skip
    teller.event("mhsds", who, date(2024, 7, 4), activity_identifier="STORYMH1", activity_type="contact",
                 start_date=date(2024, 7, 4), consultation_medium="01", attendance_status="5")  # fmt: skip
    _package(teller, who, date(2024, 5, 20), "Home support or domiciliary care", price="22.40", units=14.0)
    _package(teller, who, date(2024, 6, 3), "Day support", price="61.00", units=2.0)
    teller.care(who, date(2024, 5, 27), date(2024, 5, 27), service_type="Long term support: Community",
                service_component="Equipment", unit_cost="310.00", cost_frequency="One-off")  # fmt: skip
    teller.agency("voluntary", who, date(2024, 8, 6), 28, "befriending")
    teller.extracts.write_rows(
        "initiatives", day_of(date(2024, 9, 12)),
        [{"event_id": "STORYEN1", "local_patient_id": who.local("gp"), "setting": "community",
          "service": "case_management", "organisation": "FWAINT", "payer": BOARD[0], "start_date": date(2024, 9, 12),
          "method": "mdt_fenwick", "quantity": 1, "unit": "case", "cost": "640.00"}], 3,
    )  # fmt: skip


def _stay(teller: _Teller, who: Character, spell: str, days: tuple[date, date], **columns: Any) -> None:
    start, end = days
    teller.event("apc", who, end, **{
        "hospital_provider_spell_number": spell, "episode_number": 1, "admission_date": start,
        "admission_method": "21", "admission_source": "19", "patient_classification": "1",
        "episode_start_date": start, "episode_end_date": end, "discharge_date": end, "discharge_method": "1",
        "discharge_destination": "19", "responsible_council": COUNCILS[0][0], **columns,
    })  # fmt: skip


def _package(teller: _Teller, who: Character, start: date, component: str, *, price: str, units: float) -> None:
    agency = teller.ground.agencies[0]
    teller.care(
        who, start, None, service_type="Long term support: Community", service_component=component,
        delivery_mechanism="CASSR managed personal budget", provider_cqc_location_name=agency[1],
        provider_cqc_location_id=agency[0], unit_cost=price, planned_units_per_week=units,
        cost_frequency="Per session" if component == "Day support" else "Hourly",
    )  # fmt: skip


def _thirty_eight_days(teller: _Teller) -> None:
    """A person ready to leave hospital on 20 January 2025 who waited 38 days for a care package."""
    who = PEOPLE["delayed"]
    teller.person(who, ("acute",), date(2025, 1, 6))
    ready = date(2025, 1, 20)
    _stay(teller, who, "STORYSPELL2", (date(2025, 1, 6), ready + timedelta(days=38)), diag_01="S720", diag_02="W010",
          hrg="HE11G", treatment_function="110", discharge_ready_date=ready, delay_reason="E",
          delay_responsible="social_care")  # fmt: skip
    _package(teller, who, ready + timedelta(days=38), "Home support or domiciliary care", price="22.10", units=17.5)


def _direct_payment(teller: _Teller) -> None:
    """A carer who arranges breaks with a direct payment of her own."""
    who, other = PEOPLE["carer"], PEOPLE["cared_for"]
    linked = other.local("social_care_fenwick")
    day = date(2023, 6, 5)
    teller.care(who, day, day, client_type="Unpaid carer", event_type="Assessment",
                assessment_type="Unpaid carer assessment", adult_1_linked_person_id=linked)  # fmt: skip
    teller.care(who, date(2023, 7, 3), None, client_type="Unpaid carer", adult_1_linked_person_id=linked,
                service_type="Unpaid carer support: Direct to unpaid carer", service_component="Direct payment",
                delivery_mechanism="Direct payment", unit_cost="48.50", cost_frequency="Weekly",
                planned_units_per_week=1.0)  # fmt: skip
    _package(teller, other, date(2022, 9, 12), "Day support", price="58.00", units=3.0)


def _two_assessments(teller: _Teller) -> None:
    """A person asked the same questions twice in a fortnight, by the community trust and by the council."""
    who = PEOPLE["assessed_twice"]
    teller.person(who, ("community",), date(2024, 9, 3))
    teller.event("csds", who, date(2024, 9, 3), care_contact_id="STORYCS90", contact_date=date(2024, 9, 3),
                 activity_type="assessment", service_request_id="STORYSR90", team_type="12", consultation_medium="01",
                 activity_location="A01", attendance_status="5", assessment_domain="care_needs")  # fmt: skip
    day = date(2024, 9, 17)
    teller.care(who, day, day, event_type="Assessment", assessment_type="Long term assessment")


#: What the family's year costs: agency, who, what, how often and pounds each time.
_FAMILY_YEAR: Final = (
    ("police", "father", "incident", 12, 590), ("police", "eldest", "incident", 7, 520),
    ("domestic_abuse", "mother", "outreach", 2, 2450), ("substance_misuse", "father", "recovery_session", 44, 82),
    ("probation", "father", "community_order", 38, 125), ("housing", "mother", "temporary_accommodation", 11, 1960),
    ("housing", "mother", "tenancy_support", 4, 780), ("education", "eldest", "alternative_provision", 3, 5200),
    ("education", "middle", "education_welfare", 2, 640), ("benefits", "mother", "claim_review", 6, 140),
)  # fmt: skip


def _seven_agencies(teller: _Teller) -> None:
    """A family of five, known to seven agencies at £75,000 in the year to March 2025."""
    spent = 0
    begins = date(2024, 4, 8)
    for source, key, what, times, pounds in _FAMILY_YEAR:
        for turn in range(times):
            day = begins + timedelta(days=turn * (350 // times) + times % 6)
            teller.agency(source, PEOPLE[key], day, pounds, what)
            spent += pounds
    teller.agency("benefits", PEOPLE["father"], date(2025, 3, 3), FAMILY_POUNDS - spent, "housing_costs")
