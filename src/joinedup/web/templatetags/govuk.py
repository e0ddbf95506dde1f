"""Template tags for GOV.UK components: one partial each under templates/govuk, with the options of the originals.

Options have the names of the GOV.UK Frontend macros in snake_case (`summaryText` is `summary_text`), so that the
official fixtures can test them. What a component holds may be given as `text`, as `html`, or between block tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from django import template
from django.template.context import Context
from django.template.loader import get_template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from joinedup.web.built_files import built_url
from joinedup.web.forms import Choice

register = template.Library()

_TABS = "govuk tabs"


@register.simple_tag
def built(name: str) -> str:
    """The address of a built style sheet or script, with the hash of its content in its name."""
    return built_url(name)


@register.simple_tag
def govuk(component: str, **options: object) -> str:
    """Render a component, for example ``{% govuk "tag" text="Live" %}``."""
    return get_template(f"govuk/{component}.html").render(options)


@register.simple_tag
def choose(name: str, label: str, choices: Sequence[Choice]) -> str:
    """A list to choose from, in a form that is sent by GET; nothing where there is no choice."""
    if len(choices) < 2:
        return ""
    return govuk("select", id=name, name=name, label={"text": label}, items=[choice.item() for choice in choices])


@register.simple_block_tag
def govuk_block(content: str, component: str, **options: object) -> str:
    """Render a component around what stands between the tags."""
    # The template engine has escaped the content already: it is the output of template nodes.
    return get_template(f"govuk/{component}.html").render({**options, "html": mark_safe(content)})  # noqa: S308


@register.simple_block_tag(takes_context=True)
def tab(context: Context, content: str, id: str, label: str) -> str:
    """One panel inside ``{% tabs %}``; it is shown by the tabs around it."""
    panel: dict[str, object] = {"html": mark_safe(content)}  # noqa: S308 - the output of template nodes
    kept = _kept(context)
    kept[_TABS] = [*(kept.get(_TABS) or ()), {"id": id, "label": label, "panel": panel}]
    return ""


@register.simple_block_tag(takes_context=True)
def tabs(context: Context, content: str, title: str, id: str = "") -> str:
    """Panels one of which is shown at a time; without a script, and in print, all of them one below the other."""
    items = _kept(context).get(_TABS) or []
    _kept(context)[_TABS] = []
    return get_template("govuk/tabs.html").render({"items": items, "title": title, "id": id})


def _kept(context: Context) -> dict[str, list[dict[str, object]]]:
    """The panels met so far while one template renders, kept where templates cannot see them."""
    return cast("dict[str, list[dict[str, object]]]", context.render_context)


@register.filter
def attributes(values: Mapping[str, str] | None) -> SafeString:
    """Further attributes of a component's element."""
    return format_html_join("", ' {}="{}"', (values or {}).items())


@register.filter
def option_value(item: Mapping[str, object]) -> object:
    """The value a choice sends: its text where none is given."""
    return item["value"] if "value" in item else item.get("text")


@register.filter
def has(item: Mapping[str, object], key: str) -> bool:
    """Whether an option was given at all, even empty."""
    return key in item


@register.filter
def truthy(items: Iterable[object] | None) -> list[object]:
    """The items of a list that say something; an option that is empty under a condition drops out."""
    return [item for item in items or () if item]
