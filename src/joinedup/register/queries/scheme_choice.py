"""What forms about schemes offer: organisations, boards, areas, and people who answer for things."""

from __future__ import annotations

from django.db.models import Q

from joinedup.register.clock import today
from joinedup.register.models import Area, Organisation, Post
from joinedup.register.models.organisation import AreaKind, OrganisationKind
from joinedup.rules.foundation.role import ROLES, Ability, Role, allows

Choices = tuple[tuple[str, str], ...]

#: Bodies that schemes report to.
_BOARDS = (
    OrganisationKind.SYSTEM, OrganisationKind.BOARD, OrganisationKind.COUNCIL, OrganisationKind.WELLBEING_BOARD,
    OrganisationKind.COMBINED_AUTHORITY, OrganisationKind.NATIONAL, OrganisationKind.CCG,
)  # fmt: skip
#: Bodies that own no scheme and hold no budget of one; there are many of them.
_SMALL = (OrganisationKind.PRACTICE, OrganisationKind.CARE_PROVIDER)
_AREAS = (AreaKind.SYSTEM, AreaKind.PLACE, AreaKind.COUNCIL, AreaKind.NEIGHBOURHOOD, AreaKind.BOARD)


def organisations() -> Choices:
    """Organisations of today that could own a scheme or a budget, by name."""
    found = Organisation.objects.filter(_lasts()).exclude(kind__in=_SMALL)
    return tuple((each.code, each.name) for each in found)


def boards() -> Choices:
    """Bodies of today that schemes report to, by name."""
    return tuple((each.code, each.name) for each in Organisation.objects.filter(_lasts(), kind__in=_BOARDS))


def areas() -> Choices:
    """Areas of today where schemes work, by kind and name."""
    found = Area.objects.filter(_lasts(), kind__in=_AREAS)
    return tuple((each.code, f"{each.name} ({each.get_kind_display().lower()})") for each in found)


def leads() -> Choices:
    """Posts of today whose role manages schemes, by organisation: number of the post, and who holds it."""
    roles = [role.value for role in Role if allows(role, Ability.MANAGE_SCHEMES)]
    found = Post.objects.filter(_lasts(), role__in=roles).select_related("user", "organisation")
    return tuple((str(post.pk), name_of_post(post)) for post in found.order_by("organisation__name", "pk"))


def name_of_post(post: Post | None) -> str:
    """Who holds a post, and what it is; "" for none.

    A member of staff goes by their account where no name is recorded.
    """
    if post is None:
        return ""
    who = post.user.get_full_name() or post.user.get_username()
    return f"{who}, {ROLES[Role(post.role)].label.lower()}, {post.organisation.name}"


def _lasts() -> Q:
    return Q(valid_to__isnull=True) | Q(valid_to__gte=today())
