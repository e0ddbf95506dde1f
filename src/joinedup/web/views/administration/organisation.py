"""Organisations: who takes part in the place, with teams, dates and what became of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from joinedup.register.actions import organisation as actions
from joinedup.register.actions import place_import
from joinedup.register.actor import Actor
from joinedup.register.models import Organisation
from joinedup.register.models.organisation import OrganisationKind
from joinedup.register.queries.organisation import Listed, organisation_sheet
from joinedup.register.queries.organisation import organisations as found_organisations
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Ability
from joinedup.store.place import load_place
from joinedup.web.acting import actor, needs
from joinedup.web.form_fields import DayField, GovForm, see_other, show_form
from joinedup.web.lists import Column, Filter, Listing, answer_list


class OrganisationForm(GovForm):
    """What is entered of an organisation."""

    name = forms.CharField(max_length=200)
    kind = forms.ChoiceField(label="Kind of organisation", choices=[("", ""), *OrganisationKind.choices])
    parent = forms.ModelChoiceField(
        Organisation.objects.none(), label="Part of", required=False, empty_label="No other"
    )
    valid_from = DayField(label="First day", required=False)
    valid_to = DayField(label="Last day", required=False)
    phone = forms.CharField(label="Telephone", max_length=40, required=False)
    email = forms.CharField(label="E-mail address", max_length=254, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        fields: dict[str, Any] = self.fields
        fields["parent"].queryset = Organisation.objects.order_by("name")

    def entry(self) -> actions.OrganisationEntry:
        """What was entered."""
        values = self.values()
        parent = values["parent"]
        return actions.OrganisationEntry(
            name=values["name"],
            kind=values["kind"],
            parent_id=parent.pk if parent else None,
            valid_from=values["valid_from"],
            valid_to=values["valid_to"],
            phone=values["phone"],
            email=values["email"],
        )


class NewOrganisationForm(OrganisationForm):
    """The same, with the code, which never changes."""

    code = forms.CharField(max_length=32, help_text="For example the code that NHS England or the ONS gave it")
    field_order = ("code", "name", "kind", "parent", "valid_from", "valid_to", "phone", "email")


ORGANISATIONS: Final[Listing[Listed]] = Listing(
    id="organisations",
    caption="Organisations",
    fetch=lambda wanted, by: found_organisations(wanted, by=by),
    order="name",
    search="Part of a name or code",
    noun=("organisation", "organisations"),
    size=50,
    columns=(
        Column(
            "name",
            "Name",
            lambda row: row.name,
            link=lambda row: reverse("organisation", args=[row.id]),
            is_sorted=True,
        ),
        Column("kind", "Kind", lambda row: row.kind, is_sorted=True),
        Column("parent", "Part of", lambda row: row.parent, is_sorted=True),
        Column("code", "Code", lambda row: row.code, is_sorted=True, is_whole=True),
        Column("teams", "Teams", lambda row: row.teams, is_number=True),
        Column("valid_from", "First day", lambda row: row.valid_from, is_sorted=True),
        Column("valid_to", "Last day", lambda row: row.valid_to, is_sorted=True),
    ),
    filters=(
        Filter(
            "kind", "Kind", (("", "Every kind"), *((value, str(label)) for value, label in OrganisationKind.choices))
        ),
        Filter("when", "Show", (("", "All"), ("today", "Those of today"), ("ended", "Those that ended"))),
    ),
)


@require_GET
@needs(Ability.MANAGE_USERS)
def organisations(request: HttpRequest) -> HttpResponse:
    """Every organisation."""
    answer = answer_list(request, ORGANISATIONS, by=actor(request))
    if isinstance(answer, HttpResponse):
        return answer
    return render(request, "administration/organisations.html", {"list": answer})


@require_GET
@needs(Ability.MANAGE_USERS)
def organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """One organisation."""
    sheet = organisation_sheet(organisation_id, by=actor(request))
    if sheet is None:
        raise Http404("There is no organisation at this address.")
    return render(request, "administration/organisation.html", {"organisation": sheet})


@needs(Ability.MANAGE_USERS)
def new_organisation(request: HttpRequest) -> HttpResponse:
    """Add an organisation."""
    by, form = actor(request), NewOrganisationForm.of(request)
    sent = form.send("organisation.add", lambda: _add(form, by), by=by)
    if sent:
        return see_other("organisation", sent["id"])
    page = {"question": "Which organisation takes part?", "button": "Add", "back": reverse("organisations")}
    return show_form(request, "administration/form.html", form, **page)


@needs(Ability.MANAGE_USERS)
def change_organisation(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Change what is known of an organisation."""
    by, row = actor(request), get_object_or_404(Organisation, pk=organisation_id)
    names = ("name", "kind", "parent", "valid_from", "valid_to", "phone", "email", "version")
    form = OrganisationForm.of(request, initial={name: getattr(row, name) for name in names})
    if form.send("organisation.change", lambda: _change(row, form, by), by=by):
        return see_other("organisation", organisation_id)
    if form.is_conflict:
        row.refresh_from_db()
        form.compare({"Name": row.name, "Kind": row.get_kind_display()}, row.version)
    page = {"question": f"What changes at {row}?", "back": reverse("organisation", args=[organisation_id])}
    return show_form(request, "administration/form.html", form, **page)


@needs(Ability.MANAGE_USERS)
def import_place(request: HttpRequest) -> HttpResponse:
    """Bring in the organisations and areas of the place's own files."""
    by, form = actor(request), GovForm.of(request)
    if form.send("place.import", lambda: _import(by), by=by):
        return see_other("organisations")
    page = {
        "question": "Bring in the organisations and areas of the place's files?",
        "intro": "Those that the register does not have yet are added. What it has stays as it is.",
        "button": "Bring them in",
        "back": reverse("organisations"),
    }
    return show_form(request, "administration/form.html", form, **page)


def _add(form: NewOrganisationForm, by: Actor) -> dict[str, object]:
    return {"id": actions.add(code=form.cleaned_data["code"], entry=form.entry(), by=by).pk}


def _change(row: Organisation, form: OrganisationForm, by: Actor) -> dict[str, object]:
    actions.change(organisation=row, version=form.edited_version, entry=form.entry(), by=by)
    return {"id": row.pk}


def _import(by: Actor) -> dict[str, object]:
    folder: Path | None = settings.JOINEDUP_PLACE
    if folder is None:
        raise Invalid({"": "No place is served here, so there are no files to bring in"})
    done = place_import.import_place(load_place(folder), by=by)
    return {"organisations": done.organisations, "areas": done.areas}
