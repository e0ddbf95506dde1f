"""Texts and pseudonyms as programs send them, checked before anything reads them."""

from __future__ import annotations

from typing import Annotated, Final

from django.http import Http404
from ninja import Path
from pydantic import Field, StringConstraints

from joinedup.register.access import Subject
from joinedup.register.people import subject_of
from joinedup.rules.foundation.errors import DefinitionError, Invalid
from joinedup.rules.foundation.identifier import parse_person_id

_PATTERN: Final = "^P[0-9A-HJKMNP-TV-Z]{13}$"
_EXAMPLE: Final = "P0000000001XYZ"
_NO_NUL: Final = r"^[^\x00]*$"

PersonId = Annotated[str, Path(pattern=_PATTERN, examples=[_EXAMPLE], description="A pseudonym, as searches give it.")]
PersonRef = Annotated[str, StringConstraints(pattern=_PATTERN), Field(examples=[_EXAMPLE])]
Line = Annotated[str, StringConstraints(pattern=_NO_NUL, strip_whitespace=True, max_length=200)]
Words = Annotated[str, StringConstraints(pattern=_NO_NUL, strip_whitespace=True, max_length=4000)]


def subject_in(person: str) -> Subject:
    """The person behind a pseudonym in an address.

    Raises:
        Http404: it never stood for anybody, or stands for several people now.
    """
    try:
        found = subject_of(parse_person_id(person))
    except DefinitionError as error:
        raise Http404("There is nobody with that pseudonym.") from error
    if found is None:
        raise Http404("There is nobody with that pseudonym, or it stands for several people since a split.")
    return found


def person_in(person: str) -> int:
    """The person behind a pseudonym in what was sent.

    Raises:
        Invalid: it is no pseudonym.
    """
    try:
        return parse_person_id(person)
    except DefinitionError as error:
        raise Invalid({"body.person": "That is no pseudonym of a person."}) from error
