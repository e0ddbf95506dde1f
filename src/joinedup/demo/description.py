"""place.toml of the demonstration: its sources, how their columns are called and on what basis they flow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from joinedup.demo.agencies import agencies
from joinedup.demo.areas import ACUTE, BOARD, COMMUNITY, COUNCILS, MENTAL_HEALTH
from joinedup.demo.faults import RENAMED
from joinedup.demo.months import TODAY

_NHS: Final = "UK GDPR 6(1)(e) and 9(2)(h); NHS Act 2006 s.251 approval for planning (invented)"
_LIST: Final = (
    "UK GDPR 6(1)(e); NHS Act 2006 s.13Z3: a list of who is registered where, nothing on their care (invented)"
)
_COUNCIL: Final = "UK GDPR 6(1)(e) and 9(2)(h); Care Act 2014 ss.3 and 6 (invented)"
_AGENCY: Final = "UK GDPR 6(1)(e); Digital Economy Act 2017 s.35 information sharing agreement (invented)"
_PUBLIC: Final = "already public statistics; no personal data"
_USES: Final = ("direct_care", "planning", "risk_stratification", "evaluation", "public_statistics")


@dataclass(frozen=True, slots=True)
class Source:
    """One table of place.toml."""

    id: str
    kind: str
    label: str
    controller: str
    basis: str
    opt_out: str = "national"
    space: str | None = None
    disclosure: str = "hes"
    dates: str = "auto"
    uses: tuple[str, ...] = _USES
    columns: dict[str, str] = field(default_factory=dict)

    def toml(self) -> str:
        """The table as text."""
        lines = [f"[sources.{self.id}]", f'kind = "{self.kind}"', f'label = "{self.label}"']
        lines += [f'id_space = "{self.space}"'] if self.space else []
        lines += [f'organisation = "{self.controller}"', f'disclosure = "{self.disclosure}"']
        lines += [f'dates = "{self.dates}"'] if self.dates != "auto" else []
        if self.columns:
            pairs = ", ".join(f'"{theirs}" = "{ours}"' for theirs, ours in self.columns.items())
            lines.append(f"columns = {{ {pairs} }}")
        uses = ", ".join(f'"{use}"' for use in self.uses)
        flow = [f"[sources.{self.id}.flow]", f'legal_basis = "{self.basis}"', f"purposes = [{uses}]"]
        flow += [f'controller = "{self.controller}"', "expires = 2026-03-31", f'opt_out = "{self.opt_out}"']
        return "\n".join([*lines, "", *flow])


def sources() -> list[Source]:
    """Every source of the place, in a fixed order."""
    return [*_primary_care(), *_hospital(), *_community(), *_councils(), *_others(), *_published()]


def _primary_care() -> list[Source]:
    board = BOARD[0]
    return [
        Source("gp_patients", "persons", "GP registrations", board, _LIST, "none", "gp"),
        Source("gp_conditions", "gp_conditions", "Long-term conditions on GP registers", board, _NHS, "type1", "gp"),
        Source("gp_contacts", "gp_contacts", "Appointments in general practice", board, _NHS, "type1", "gp"),
    ]


def _hospital() -> list[Source]:
    trust, space = ACUTE[0], "acute"
    renamed = {new: old for (source, month), (old, new) in RENAMED.items() if (source, month) == ("outpatient", 42)}
    return [
        Source("acute_patients", "persons", "Hospital patient index", trust, _NHS, space=space),
        Source("ecds", "ecds", "A&E attendances", trust, _NHS, space=space),
        Source("apc", "apc", "Inpatient episodes", trust, _NHS, space=space),
        Source("outpatient", "outpatient", "Outpatient appointments", trust, _NHS, space=space, columns=renamed),
    ]


def _community() -> list[Source]:
    trust, mental = COMMUNITY[0], MENTAL_HEALTH[0]
    return [
        Source("community_patients", "persons", "Community services patient index", trust, _NHS, space="community",
               disclosure="small5"),
        Source("csds", "csds", "Community services contacts", trust, _NHS, space="community", disclosure="small5"),
        Source("mental_health_patients", "persons", "Mental health patient index", mental, _NHS,
               space="mental_health", disclosure="small5"),
        Source("mhsds", "mhsds", "Mental health contacts and stays", mental, _NHS, space="mental_health",
               disclosure="small5"),
    ]  # fmt: skip


def _councils() -> list[Source]:
    names = zip(("social_care_fenwick", "social_care_aldmoor"), COUNCILS, strict=True)
    return [
        Source(source, "cld", f"Adult social care, {name}", code, _COUNCIL, disclosure="small5")
        for source, (code, name) in names
    ]


def _others() -> list[Source]:
    agency = [
        Source(one.source, "generic_events", one.label, one.organisation or "VOL001", _AGENCY, one.opt_out,
               disclosure="small5", dates=one.dates, columns=one.columns)
        for one in agencies()
    ]  # fmt: skip
    return [
        Source("deaths", "deaths", "Registered deaths", BOARD[0], _NHS),
        *agency,
        Source("initiatives", "generic_events", "Enrolment in initiatives", "FWAINT", _NHS, space="gp"),
        Source("objections", "objections", "Opt-outs and objections", BOARD[0], "legal duty to respect objections",
               "none", uses=("direct_care", "planning")),
    ]  # fmt: skip


def _published() -> list[Source]:
    public = ("planning", "evaluation", "public_statistics")
    surveys = {
        "asc_users": "Adult social care users survey",
        "carers": "Survey of adult carers",
        "gp_patients": "GP patient survey",
        "i_statements": "Survey on joined-up care (I statements)",
    }
    series = {
        "workforce": "Workforce and beds",
        "delayed_days_panel": "Delayed days in 22 areas",
        "care_home_panel": "Care homes by month",
    }
    return [
        *(Source(f"survey_{id_}", "survey_answers", label, BOARD[0], _PUBLIC, "none", disclosure="small5", uses=public)
          for id_, label in surveys.items()),
        *(Source(id_, "series", label, BOARD[0], _PUBLIC, "none", disclosure="exact", uses=public)
          for id_, label in series.items()),
        Source("population", "area_population", "Population estimates", BOARD[0], _PUBLIC, "none", disclosure="exact",
               uses=public),
    ]  # fmt: skip


def place_toml() -> str:
    """The whole of place.toml."""
    head = f"""# A demonstration place: everyone and everything in it is invented. See NOTES.md.

[place]
id = "fenwick"
name = "Fenwick and Aldmoor"
kind = "demonstration"
areas = "areas.csv"
organisations = "organisations.csv"
geography = "geography.csv"

[clock]
today = {TODAY.isoformat()}

[period]
start = 2021-04-01
end = 2025-03-31
"""
    return "\n\n".join([head, *(source.toml() for source in sources())]) + "\n"
