"""Names of organisations by their codes, and how to reach them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from joinedup.register.models import Organisation


@dataclass(frozen=True, slots=True)
class Contact:
    """An organisation as pages name it.

    Attributes:
        code: its code in the records.
        name: its name; the code where the register does not know it.
        phone, email: how to reach it; "" where not recorded.
    """

    code: str
    name: str
    phone: str = ""
    email: str = ""


def contacts(codes: Iterable[str | None]) -> Mapping[str, Contact]:
    """Organisations by code; one that the register does not know goes by its code."""
    wanted = {code for code in codes if code}
    known = {
        found.code: Contact(found.code, found.name, found.phone, found.email)
        for found in Organisation.objects.filter(code__in=wanted)
    }
    return {code: known.get(code) or Contact(code, code) for code in wanted}
