"""Pseudonyms in addresses: P and thirteen characters, never a name or a number that means something elsewhere."""

from __future__ import annotations

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.identifier import display_person_id, parse_person_id


class PersonConverter:
    """<person:person_id> in an address."""

    regex = "P[0-9A-HJKMNP-TV-Z]{13}"

    def to_python(self, value: str) -> int:
        """The pseudonym as a number; a text that is none makes no address."""
        try:
            return parse_person_id(value)
        except DefinitionError as error:
            raise ValueError(str(error)) from error

    def to_url(self, value: int) -> str:
        """The pseudonym as people write it."""
        return display_person_id(value)
