"""Areas of the place, each inside the one that holds it."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from joinedup.register.actions import area as actions
from joinedup.register.actor import Actor
from joinedup.register.models import Area
from joinedup.register.models.organisation import AreaKind
from joinedup.register.queries.organisation import Listed
from joinedup.register.queries.organisation import areas as found_areas
from joinedup.rules.foundation.role import Ability
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import DayField, GovForm, see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list


class AreaForm(GovForm):
    """What is entered of an area."""

    name = forms.CharField(max_length=200)
    kind = forms.ChoiceField(label="Kind of area", choices=[("", ""), *AreaKind.choices])
    parent = forms.ModelChoiceField(Area.objects.none(), label="Inside", required=False, empty_label="No other")
    valid_from = DayField(label="First day", required=False)
    valid_to = DayField(label="Last day", required=False)
    successor = forms.ModelChoiceField(Area.objects.none(), label="Followed by", required=False, empty_label="No other")

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        for name in ("parent", "successor"):
            fields[name].queryset = Area.objects.order_by("name")

    def entry(self) -> actions.AreaEntry:
        """What was entered."""
        values = self.values()
        parent, successor = values["parent"], values["successor"]
        return actions.AreaEntry(
            name=values["name"],
            kind=values["kind"],
            parent_id=parent.pk if parent else None,
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
            successor_id=successor.pk if successor else None,
        )


class NewAreaForm(AreaForm):
    """The same, with the code, which never changes."""

    code = forms.CharField(max_length=32, help_text="For example the code that the ONS gave it")
    field_order = ("code", "name", "kind", "parent", "valid_from", "valid_to", "successor")


AREAS: Final[Listing[Listed]] = Listing(
    id="areas",
    caption="Areas",
    fetch=lambda wanted, by: found_areas(wanted, by=by),
    order="name",
    search="Part of a name or code",
    noun=("area", "areas"),
    size=50,
    columns=(
        Column(
            "name", "Name", lambda row: row.name, link=lambda row: reverse("change_area", args=[row.id]), is_sorted=True
        ),
        Column("kind", "Kind", lambda row: row.kind, is_sorted=True),
        Column("parent", "Inside", lambda row: row.parent, is_sorted=True),
        Column("code", "Code", lambda row: row.code, is_sorted=True, is_whole=True),
        Column("valid_from", "First day", lambda row: row.valid_from, is_sorted=True),
        Column("valid_to", "Last day", lambda row: row.valid_to, is_sorted=True),
    ),
    filters=(
        Filter("kind", "Kind", (("", "Every kind"), *((value, str(label)) for value, label in AreaKind.choices))),
        Filter("when", "Show", (("", "All"), ("today", "Those of today"), ("ended", "Those that ended"))),
    ),
)


@require_GET
@needs(Ability.MANAGE_USERS)
def areas(request: HttpRequest) -> HttpResponse:
    """Every area."""
    answer = answer_list(request, AREAS, by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "administration/areas.html", {"list": answer})


@needs(Ability.MANAGE_USERS)
def new_area(request: HttpRequest) -> HttpResponse:
    """Add an area."""
    by, form = actor(request), NewAreaForm.of(request)
    if form.send("area.add", lambda: _add(form, by), by=by):
        return see_other("areas")
    page = {"question": "Which area?", "button": "Add", "back": reverse("areas")}
    return show_form(request, "administration/form.html", form, **page)


@needs(Ability.MANAGE_USERS)
def change_area(request: HttpRequest, area_id: int) -> HttpResponse:
    """Change what is known of an area."""
    by, row = actor(request), get_object_or_404(Area, pk=area_id)
    names = ("name", "kind", "parent", "valid_from", "valid_to", "successor", "version")
    form = AreaForm.of(request, initial={name: getattr(row, name) for name in names})
    if form.send("area.change", lambda: _change(row, form, by), by=by):
        return see_other("areas")
    if form.is_conflict:
        row.refresh_from_db()
        form.compare({"Name": row.name, "Kind": row.get_kind_display()}, row.version)
    page = {"question": f"What changes in {row}?", "intro": f"Code: {row.code}", "back": reverse("areas")}
    return show_form(request, "administration/form.html", form, **page)


def _add(form: NewAreaForm, by: Actor) -> dict[str, object]:
    return {"id": actions.add(code=form.cleaned_data["code"], entry=form.entry(), by=by).pk}


def _change(row: Area, form: AreaForm, by: Actor) -> dict[str, object]:
    actions.change(area=row, version=form.edited_version, entry=form.entry(), by=by)
    return {"id": row.pk}
