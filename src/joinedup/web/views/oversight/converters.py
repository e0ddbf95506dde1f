"""Record keys in addresses: R and thirteen characters."""

from __future__ import annotations

from joinedup.rules.foundation.errors import DefinitionError
from joinedup.rules.foundation.identifier import display_record_key, parse_record_key


class RecordConverter:
    """<record:one> in an address."""

    regex = "R[0-9A-HJKMNP-TV-Z]{13}"

    def to_python(self, value: str) -> int:
        """The record key as a number; a text that is none makes no address."""
        try:
            return parse_record_key(value)
        except DefinitionError as error:
            raise ValueError(str(error)) from error

    def to_url(self, value: int) -> str:
        """The record key as people write it."""
        return display_record_key(value)
