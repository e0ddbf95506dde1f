"""What the GOV.UK partials work out: which texts describe a field, which choice is made, the parts of a date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django import template
from django.template.context import Context

register = template.Library()

Options = Mapping[str, object]

_DATE_PARTS = ("day", "month", "year")


@register.simple_tag
def described_by(field_id: str, hint: object, error: object, outside: str | None) -> str:
    """The ids of everything that describes a field, in reading order."""
    found = [outside or "", f"{field_id}-hint" if hint else "", f"{field_id}-error" if error else ""]
    return " ".join(each for each in found if each)


@register.simple_tag
def item_id(prefix: str, item: Options, number: int) -> object:
    """The id of one choice; the first has no number, so that the error summary can link to it."""
    return item.get("id") or (prefix if number == 1 else f"{prefix}-{number}")


@register.simple_tag
def is_checked(item: Options, chosen: object) -> bool:
    """Whether a choice is made: said so itself, or its value is (among) the chosen."""
    if item.get("checked") or not chosen:
        return bool(item.get("checked"))
    among: Collection[object] = [chosen] if isinstance(chosen, str) else chosen  # type: ignore[assignment]
    return item.get("value") in among and item.get("checked") is not False


@register.simple_tag
def actions_of(row: Options) -> Sequence[object]:
    """The actions of one row of a summary list."""
    actions = row.get("actions")
    items = actions.get("items") if isinstance(actions, Mapping) else None
    return items if isinstance(items, Sequence) else ()


@register.simple_tag
def any_actions(rows: Sequence[Options | None] | None) -> bool:
    """Whether a summary list needs its third column."""
    return any(actions_of(row) for row in rows or () if row)


@register.simple_tag
def is_interruption(classes: str | None) -> bool:
    """Whether a panel interrupts a task instead of confirming its end."""
    return "govuk-panel--interruption" in (classes or "")


@register.simple_tag(takes_context=True)
def date_parts(context: Context) -> list[dict[str, object]]:
    """The inputs of a date: day, month and year unless others are given."""
    wanted = [item for item in context.get("items") or () if item]
    if not wanted:
        wanted = [{"name": part, **(context.get(part) or {})} for part in _DATE_PARTS if context.get(part) is not False]
    faulty = any(_is_faulty(item) for item in wanted)
    return [_date_part(context, item, faulty) for item in wanted]


def _date_part(context: Context, item: Options, any_faulty: bool) -> dict[str, object]:
    name = str(item.get("name") or "")
    prefix = f"{context['name_prefix']}-" if context.get("name_prefix") else ""
    value = {**(context.get(name) or {}), **item}.get("value")
    return {
        "id": item.get("id") or f"{context.get('id') or ''}-{name}",
        "name": prefix + name,
        "label": {"text": item.get("label") or name.capitalize(), "classes": "govuk-date-input__label"},
        "classes": _classes(context, item, any_faulty),
        "value": (context.get("values") or {}).get(prefix + name) if value is None else value,
        "inputmode": item.get("inputmode") or "numeric",
        "autocomplete": item.get("autocomplete"),
        "pattern": item.get("pattern"),
        "attributes": item.get("attributes"),
    }


def _classes(context: Context, item: Options, any_faulty: bool) -> str:
    own = str(item.get("classes") or "")
    found = ["govuk-date-input__input"]
    is_all_faulty = bool(context.get("error_message")) and not any_faulty and item.get("error") is not False
    if "govuk-input--error" not in own and (_is_faulty(item) or is_all_faulty):
        found.append("govuk-input--error")
    if "govuk-input--width-" not in own:
        year = {"year", (context.get("year") or {}).get("name")}
        found.append(f"govuk-input--width-{4 if item.get('name') in year else 2}")
    return " ".join([*found, *own.split()])


def _is_faulty(item: Options) -> bool:
    return bool(item.get("error")) or "govuk-input--error" in str(item.get("classes") or "")
