"""One person's timeline as its page shows it: chosen by kind of service and year, drawn, and told as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.safestring import SafeString

from joinedup.register.clock import today
from joinedup.register.queries.person import TimelinePage, last_year
from joinedup.rules.foundation.period import Period
from joinedup.store.timelines import TimelineEvent, touch_of
from joinedup.web.care_words import method_words, outcome_words, service_words, words_of
from joinedup.web.charts.person_timeline import Lane, Mark, person_timeline
from joinedup.web.forms import Choice, chosen

_LATEST, _ALL = "latest", "all"


@dataclass(frozen=True, slots=True)
class TimelineRow:
    """One event as a row of the table.

    Attributes:
        start, end: first and last day; `end` is None for a single day.
        lasts: it has not ended.
        service, setting: what it was.
        what: further words: how, why, with which result.
        organisation: code of who gave it.
    """

    start: date
    end: date | None
    lasts: bool
    service: str
    setting: str
    what: str
    organisation: str | None


@dataclass(frozen=True, slots=True)
class TimelineView:
    """The chosen part of a timeline.

    Attributes:
        rows: newest first.
        picture: drawn; None where nothing happened.
        settings, years: what can be chosen.
        total: events in the whole timeline.
        says: what was chosen, in words.
    """

    rows: tuple[TimelineRow, ...]
    picture: SafeString | None
    settings: tuple[Choice, ...]
    years: tuple[Choice, ...]
    total: int
    says: str


def timeline_view(page: TimelinePage, setting: str | None, year: str | None) -> TimelineView:
    """Choose events by kind of service and year.

    Args:
        page: the whole timeline.
        setting: code of a kind of service; None or "" for all.
        year: a calendar year, "all", or None for the last 12 months.

    Raises:
        Http404: something was asked for that is not offered.
    """
    kinds = sorted({event.setting for event in page.events}, key=lambda code: words_of("settings", code))
    years = sorted({str(event.start.year) for event in page.events}, reverse=True)
    kind = chosen(setting, [_ALL, *kinds], "kind of service", _ALL)
    when = chosen(year, [_LATEST, _ALL, *years], "year", _LATEST)
    window = _window(page.events, when)
    shown = [event for event in page.events if kind in (_ALL, event.setting) and _touches(event, window)]
    rows = event_rows(reversed(shown))
    return TimelineView(
        rows=rows,
        picture=_picture(shown, window) if shown else None,
        settings=_choices(kind, [(_ALL, "All services"), *((code, words_of("settings", code)) for code in kinds)]),
        years=_choices(when, [(_LATEST, "Last 12 months"), (_ALL, "All years"), *((each, each) for each in years)]),
        total=len(page.events),
        says=_says(kind, when),
    )


def event_rows(events: Iterable[TimelineEvent]) -> tuple[TimelineRow, ...]:
    """Events as rows, in their order."""
    return tuple(_row(event) for event in events)


def _choices(taken: str, offered: Sequence[tuple[str, str]]) -> tuple[Choice, ...]:
    return tuple(Choice(value, text, value == taken) for value, text in offered)


def _window(events: Sequence[TimelineEvent], when: str) -> Period:
    if when == _LATEST or not events:
        return last_year()
    if when == _ALL:
        return Period(min(event.start for event in events), today() + timedelta(days=1))
    return Period(date(int(when), 1, 1), date(int(when) + 1, 1, 1))


def _touches(event: TimelineEvent, window: Period) -> bool:
    return event.start < window.end and (_last(event) or event.start) >= window.start


def _last(event: TimelineEvent) -> date | None:
    """Last day of an event; today for what lasts."""
    return today() if _lasts(event) else event.end


def _lasts(event: TimelineEvent) -> bool:
    return touch_of(event).lasts and event.end is None


def _row(event: TimelineEvent) -> TimelineRow:
    told = (
        method_words(event.method, event.setting),
        f"about {words_of('domains', event.domain).lower()}" if event.domain else "",
        f"diagnosis {_dotted(event.diagnosis)}" if event.diagnosis else "",
        outcome_words(event.outcome),
    )
    return TimelineRow(
        start=event.start,
        end=event.end if event.end and event.end > event.start else None,
        lasts=_lasts(event),
        service=service_words(event.setting, event.service),
        setting=event.setting,
        what=", ".join(part for part in told if part),
        organisation=event.provider or event.organisation,
    )


def _dotted(code: str) -> str:
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 else code


def _picture(events: Sequence[TimelineEvent], window: Period) -> SafeString:
    kinds = sorted({event.setting for event in events}, key=lambda code: words_of("settings", code))
    lanes = [
        Lane(
            words_of("settings", kind),
            tuple(Mark(event.start, _last(event)) for event in events if event.setting == kind),
        )
        for kind in kinds
    ]
    told = (
        f"{len(events)} events in {len(kinds)} kinds of service. Each row is a kind of service; a point is one day, "
        "a bar lasts from its first to its last day. The table below says the same."
    )
    return person_timeline(lanes, window, "Timeline across services", told)


def _says(kind: str, when: str) -> str:
    which = "All services" if kind == _ALL else words_of("settings", kind)
    return f"{which}, {'the last 12 months' if when == _LATEST else 'all years' if when == _ALL else when}"
