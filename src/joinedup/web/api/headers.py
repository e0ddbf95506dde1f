"""What calls say beside their content: which row, which version, why, and which submission it is."""

from __future__ import annotations

from typing import Annotated, Final

from ninja import Header, Path

from joinedup.web.api.problems import VersionChanged, VersionMissing

_BIGGEST: Final = 2**63 - 1

RowId = Annotated[int, Path(ge=1, le=_BIGGEST, examples=[7])]

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=64,
        pattern=r"^[\x21-\x7e]*$",
        description="Made up by the caller for one submission: sent again, it answers as it did and writes nothing.",
        examples=["6f1d2c9a-8e0b-4d7f"],
    ),
]
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        max_length=64,
        pattern=r"^[\x21-\x7e]*$",
        description="The ETag that was read: the change is made only to that version. It must be sent.",
        examples=['"3"'],
    ),
]


def etag(version: int) -> str:
    """A version as an ETag.

    >>> etag(3)
    '"3"'
    """
    return f'"{version}"'


def version_in(if_match: str) -> int:
    """The version that a change is made to.

    Raises:
        VersionMissing: none was named.
        VersionChanged: what was named is no version of ours.
    """
    if not if_match:
        raise VersionMissing
    digits = if_match.strip('"')
    if if_match != f'"{digits}"' or not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise VersionChanged
    return int(digits)
