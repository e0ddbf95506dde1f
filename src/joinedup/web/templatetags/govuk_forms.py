"""Template tags that show a Django form through the GOV.UK partials: labels, hints, errors and their summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField
from django.forms.widgets import Input
from django.template.context import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from joinedup.web.form_fields import DateParts, GovForm

register = template.Library()

Options = dict[str, object]

#: What a widget's attrs may pass to a component as an option of its own.
_OPTIONS = ("autocomplete", "inputmode", "pattern", "autocapitalize", "rows")


@register.simple_tag
def error_prefix(form: forms.BaseForm | str | None) -> str:
    """What a page's title begins with when a form on it was refused; a page may have no form."""
    return "Error: " if isinstance(form, forms.BaseForm) and form.is_bound and form.errors else ""


@register.simple_tag
def error_summary(form: forms.BaseForm | str | None) -> str:
    """Everything that is wrong with a form, each with a link to its field; nothing for a form without errors."""
    if not isinstance(form, forms.BaseForm) or not form.is_bound or not form.errors:
        return ""
    items: list[Options] = [{"text": message} for message in form.non_field_errors()]
    for bound in form:
        items += [{"text": message, "href": f"#{_target(bound)}"} for message in bound.errors]
    return _render("error_summary", {"title_text": "There is a problem", "error_list": items})


@register.simple_tag
def gov_field(bound: BoundField) -> str:
    """One field with its label, hint and error."""
    if bound.is_hidden:
        return _hidden(bound)
    component, options = next(
        (component, of(bound)) for kind, component, of in _COMPONENTS if isinstance(bound.field.widget, kind)
    )
    return _render(component, _shared(bound) | options)


@register.simple_tag
def gov_fields(form: GovForm) -> SafeString:
    """Every field of a form in its order, for a page that writes its own form element around them."""
    return mark_safe("\n".join(gov_field(bound) for bound in form if _is_shown(bound)))  # noqa: S308 - our partials


@register.simple_tag(takes_context=True)
def gov_form(context: Context, form: GovForm, **options: str) -> str:
    """A whole form that is sent by POST: token, fields, button and a way back.

    Options are `button` (what it says), `cancel` (the way back), `action` (another page's address) and `classes`.
    """
    return get_template("govuk/form.html").render(
        {"button": "Save", **options, "form": form, "csrf_token": context.get("csrf_token")}
    )


@register.simple_tag
def gov_search(name: str, label: str, value: str) -> str:
    """A box to search by, in a form that is sent by GET."""
    options = {"id": name, "name": name, "type": "search", "label": {"text": label}, "value": value}
    return _render("input", {**options, "spellcheck": False, "autocomplete": "off"})


def _render(component: str, options: Mapping[str, object]) -> str:
    return get_template(f"govuk/{component}.html").render(dict(options))


def _is_shown(bound: BoundField) -> bool:
    """The version is left out of forms that edit nothing."""
    return bound.name != "version" or bound.value() not in (None, "")


def _hidden(bound: BoundField) -> str:
    return get_template("govuk/hidden.html").render({"name": bound.html_name, "value": bound.value()})


def _shared(bound: BoundField) -> Options:
    """What every component takes."""
    attrs: dict[str, Any] = dict(bound.field.widget.attrs)
    found: Options = {"id": bound.auto_id, "id_prefix": bound.auto_id, "name": bound.html_name}
    found["classes"] = attrs.pop("class", "")
    if "spellcheck" in attrs:
        found["spellcheck"] = attrs.pop("spellcheck") in (True, "true")
    found |= {name: attrs.pop(name) for name in _OPTIONS if name in attrs}
    found |= {name: {"text": attrs.pop(name)} for name in ("prefix", "suffix") if name in attrs}
    found["disabled"] = bound.field.disabled
    found["attributes"] = {name: str(value) for name, value in attrs.items() if name not in ("cols", "maxlength")}
    if bound.help_text:
        found["hint"] = {"text": bound.help_text}
    if bound.errors:
        found["error_message"] = {"text": " ".join(str(each) for each in bound.errors)}
    return found


def _text(bound: BoundField) -> str:
    return f"{bound.label}{'' if bound.field.required else ' (optional)'}"


def _labelled(bound: BoundField) -> Options:
    return {"label": {"text": _text(bound), "classes": "govuk-label--s"}}


def _group(bound: BoundField) -> Options:
    return {"fieldset": {"legend": {"text": _text(bound), "classes": "govuk-fieldset__legend--s"}}}


def _single(bound: BoundField) -> Options:
    """One box to tick, with its label beside it."""
    return {"items": [{"value": "on", "text": bound.label, "checked": bool(bound.value())}]}


def _day(bound: BoundField) -> Options:
    shown = DateParts().format_value(bound.value())
    empty = [part for part in ("day", "month", "year") if not shown.get(part)]
    faulty = empty if bound.errors and len(empty) < 3 else []
    parts: Options = {
        part: {"value": shown.get(part, ""), "error": part in faulty if faulty else None, "autocomplete": "off"}
        for part in ("day", "month", "year")
    }
    return _group(bound) | parts | {"name_prefix": bound.html_name}


def _ticks(bound: BoundField) -> Options:
    return _group(bound) | {"items": _choices(bound), "values": [str(value) for value in bound.value() or ()]}


def _radios(bound: BoundField) -> Options:
    return _group(bound) | {"items": _choices(bound), "value": _value(bound)}


def _select(bound: BoundField) -> Options:
    return _labelled(bound) | {"items": _choices(bound), "value": _value(bound)}


def _textarea(bound: BoundField) -> Options:
    return _defaults(bound, spellcheck=True) | _labelled(bound) | {"value": bound.value()}


def _box(bound: BoundField) -> Options:
    """A box of one line; a number gets a plain one too, because a spinner changes when somebody scrolls."""
    kind = bound.field.widget.input_type
    number: Options = {"inputmode": "numeric"} if kind == "number" else {}
    value = None if kind == "password" else bound.value()  # a password is never sent back to the page
    told = {"type": "text" if number else kind, "value": value}
    return _defaults(bound, spellcheck=False, autocomplete="off", **number) | _labelled(bound) | told


def _defaults(bound: BoundField, **options: object) -> Options:
    """Options unless the widget's attrs say otherwise."""
    return {name: value for name, value in options.items() if name not in bound.field.widget.attrs}


def _target(bound: BoundField) -> str:
    """The element that an error's link leads to: the first box of a date that is missing, else the field itself."""
    if not isinstance(bound.field.widget, DateParts):
        return bound.auto_id
    shown = bound.field.widget.format_value(bound.value())
    return f"{bound.auto_id}-{next((part for part in ('day', 'month', 'year') if not shown.get(part)), 'day')}"


def _choices(bound: BoundField) -> list[Options]:
    """The choices of a field; the hint of one may be given as a third part of its label, after a line break."""
    found: list[Options] = []
    for value, label in bound.field.widget.choices:
        text, _, hint = str(label).partition("\n")
        found.append({"value": str(value), "text": text} | ({"hint": {"text": hint}} if hint else {}))
    return found


def _value(bound: BoundField) -> str:
    value = bound.value()
    return "" if value is None else str(value)


#: Which component shows a field and what it takes: the first whose kind of widget the field has.
_COMPONENTS: tuple[tuple[type[forms.Widget], str, Callable[[BoundField], Options]], ...] = (
    (DateParts, "date_input", _day),
    (forms.CheckboxSelectMultiple, "checkboxes", _ticks),
    (forms.RadioSelect, "radios", _radios),
    (forms.CheckboxInput, "checkboxes", _single),
    (forms.Select, "select", _select),
    (forms.Textarea, "textarea", _textarea),
    (Input, "input", _box),
)
