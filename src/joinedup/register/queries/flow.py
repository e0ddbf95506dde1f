"""Flows of data as pages show them: what each source rests on today, and for how much longer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final

from django.conf import settings

from joinedup.register.clock import today
from joinedup.register.models import DataFlow
from joinedup.register.models.flow import FlowStatus
from joinedup.rules.foundation.flow import Flow, read_flow
from joinedup.store.flow_templates import FlowTemplate, load_flow_templates
from joinedup.store.place import load_place
from joinedup.store.register_extracts import OWN_SOURCES

#: A flow warns when it has no more days than this.
WARNING_DAYS: Final = 60


@dataclass(frozen=True, slots=True)
class FlowShown:
    """One flow of the register.

    Attributes:
        standing: in force, ends soon, ended; for an approved flow only.
        days_left: until its last day, that day included as 0; negative when it is over.
    """

    id: int
    source: str
    label: str
    legal_basis: str
    purposes: tuple[str, ...]
    controller: str
    processor: str
    opt_out: str
    agreement: str
    template: str
    valid_from: date
    expires: date
    status: str
    status_label: str
    standing: str
    days_left: int
    proposed_by: str
    proposed_by_id: int | None
    decided_by: str
    decided_at: datetime | None
    remark: str
    version: int


@dataclass(frozen=True, slots=True)
class SourceStanding:
    """What one source of the place rests on today.

    Attributes:
        where: place.toml, register or nowhere.
        standing: in force, ends soon, ended, none, or incomplete.
        flow_id: the flow of the register, where it rests on one.
    """

    source: str
    label: str
    where: str
    standing: str
    expires: date | None
    days_left: int | None
    flow_id: int | None


def flows(status: str = "", source: str = "") -> tuple[FlowShown, ...]:
    """Flows of the register, those that end first at the top.

    Args:
        status: proposed, approved, refused or ended; "" for all.
        source: id of a source; "" for all.
    """
    rows = DataFlow.objects.select_related("proposed_by", "decided_by").order_by("expires", "source", "pk")
    if status:
        rows = rows.filter(status=status)
    if source:
        rows = rows.filter(source=source)
    return tuple(_shown(row) for row in rows)


def flow(flow_id: int) -> FlowShown | None:
    """One flow; None when there is none."""
    row = DataFlow.objects.select_related("proposed_by", "decided_by").filter(pk=flow_id).first()
    return _shown(row) if row else None


def templates() -> tuple[FlowTemplate, ...]:
    """The worked templates to begin from."""
    return load_flow_templates(settings.JOINEDUP_PLACE)


def source_standings() -> tuple[SourceStanding, ...]:
    """Every source of the place and of the register's flows with what it rests on, the most urgent first."""
    folder: Path | None = settings.JOINEDUP_PLACE
    place = load_place(folder) if folder and (folder / "place.toml").exists() else None
    written = {} if place is None else {name: each for name, each in place.sources.items() if name not in OWN_SOURCES}
    own = {row.source: row for row in DataFlow.objects.filter(status=FlowStatus.APPROVED).order_by("expires", "pk")}
    found = []
    for name in sorted(written.keys() | own.keys()):
        source, row = written.get(name), own.get(name)
        told = read_flow(source.flow) if source and source.flow else None
        rests_on_register = row is not None and (told is None or _is_of(told, row))
        label = source.label if source else row.label if row else name
        if rests_on_register and row is not None:
            found.append(_standing(name, label, "register", row.expires, row.pk))
        elif isinstance(told, Flow):
            found.append(_standing(name, label, "place.toml", told.expires))
        else:
            found.append(_standing(name, label, "place.toml" if told else "nowhere", None))
    return tuple(sorted(found, key=lambda each: (each.expires or date.min, each.source)))


def standing_of(expires: date | None, day: date) -> str:
    """How a flow stands on a day, in words.

    >>> standing_of(date(2025, 5, 1), date(2025, 4, 20))
    'ends soon'
    """
    if expires is None:
        return "none"
    left = (expires - day).days
    return "ended" if left < 0 else "ends soon" if left <= WARNING_DAYS else "in force"


def _is_of(told: Flow | tuple[str, ...], row: DataFlow) -> bool:
    """Whether the flow of a source is the register's, handed over to builds."""
    return isinstance(told, Flow) and (told.legal_basis, told.expires) == (row.legal_basis, row.expires)


def _standing(source: str, label: str, where: str, expires: date | None, flow_id: int | None = None) -> SourceStanding:
    day = today()
    left = (expires - day).days if expires else None
    return SourceStanding(source, label, where, standing_of(expires, day), expires, left, flow_id)


def _shown(row: DataFlow) -> FlowShown:
    is_approved = row.status == FlowStatus.APPROVED
    return FlowShown(
        id=row.pk,
        source=row.source,
        label=row.label,
        legal_basis=row.legal_basis,
        purposes=tuple(row.purposes),
        controller=row.controller,
        processor=row.processor,
        opt_out=row.opt_out,
        agreement=row.agreement,
        template=row.template,
        valid_from=row.valid_from,
        expires=row.expires,
        status=row.status,
        status_label=row.get_status_display(),
        standing=standing_of(row.expires, today()) if is_approved else "",
        days_left=(row.expires - today()).days,
        proposed_by=row.proposed_by.get_username() if row.proposed_by else "",
        proposed_by_id=row.proposed_by_id,
        decided_by=row.decided_by.get_username() if row.decided_by else "",
        decided_at=row.decided_at,
        remark=row.remark,
        version=row.version,
    )
