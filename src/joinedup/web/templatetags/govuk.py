"""Template tags for GOV.UK components that hold other markup, and for the built style sheets."""

from __future__ import annotations

from django import template

from joinedup.web.built_files import built_url

register = template.Library()


@register.simple_tag
def built(name: str) -> str:
    """The address of a built style sheet or script, with the hash of its content in its name."""
    return built_url(name)
