"""`joinedup manage DIR create_administrator NAME`: the first administrator, who makes all other accounts."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from joinedup.register.actions import organisation as organisations
from joinedup.register.actions import post as posts
from joinedup.register.actions import user as users
from joinedup.register.actions.place_import import import_place
from joinedup.register.clock import today
from joinedup.register.models import Organisation, Post, User
from joinedup.rules.foundation.errors import Invalid
from joinedup.rules.foundation.role import Role
from joinedup.store.place import load_place


class Command(BaseCommand):
    """Makes an administrator, or lets one in again who lost their password or second factor."""

    help = "Make an administrator of this place and print a one-time link to set the password."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options of the command."""
        parser.add_argument("account", help="the name to sign in with")
        parser.add_argument(
            "--organisation", default="", help="code of the organisation; the place itself unless given"
        )
        parser.add_argument("--address", default="http://127.0.0.1:8000", help="where the place is served")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it."""
        try:
            with transaction.atomic():
                user = _account(options["account"])
                _give_role(user, _organisation(options["organisation"]))
                code, token = users.invite(user=user, by=None)
        except Invalid as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{user.get_username()} is an administrator. Open this once, within three days:")
        self.stdout.write(f"{options['address'].rstrip('/')}/account/password/{code}/{token}/")


def _account(name: str) -> User:
    """The account: a new one, or one that is there, whose second factor is taken away."""
    user = User.objects.filter(username=name).first()
    if user is None:
        return users.create(account=name, by=None)
    users.reset_second_factor(user=user, by=None)
    return user


def _give_role(user: User, where: Organisation) -> None:
    if not Post.objects.filter(user=user, role=Role.ADMINISTRATOR.value, valid_to__isnull=True).exists():
        entry = posts.PostEntry(where, Role.ADMINISTRATOR, None, today())
        posts.grant(user=user, entry=entry, by=None)


def _organisation(code: str) -> Organisation:
    """The organisation that was named; else one for the place itself, made at its first use."""
    if settings.JOINEDUP_PLACE is None:
        raise CommandError("Which place? Run: joinedup manage DIR create_administrator NAME")
    place = load_place(settings.JOINEDUP_PLACE)
    import_place(place, by=None)
    found = Organisation.objects.filter(code=code or place.id).first()
    if found is None and code:
        raise CommandError(
            f"There is no organisation {code}. Add it to the place's file of organisations, or leave it out."
        )
    return found or organisations.add(
        code=place.id, entry=organisations.OrganisationEntry(name=place.name, kind="system"), by=None
    )
