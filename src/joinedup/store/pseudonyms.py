"""Other pseudonyms for the place's own, which only the holder of another key can turn back."""

from __future__ import annotations

from hashlib import blake2b
from typing import Final

_HALF: Final = 32
_MASK: Final = (1 << _HALF) - 1
#: Far more than the four that make such a network indistinguishable from chance (Luby and Rackoff 1988).
_ROUNDS: Final = 8


class Refiling:
    """Turns a 64-bit pseudonym into another and back: a Feistel network whose round function is a keyed hash.

    Args:
        key: the key; None leaves every pseudonym as it is.

    >>> there = Refiling(b"k" * 32)
    >>> there.unfile(there.file(-17)), there.file(-17) == -17, Refiling(None).file(-17)
    (-17, False, -17)
    """

    def __init__(self, key: bytes | None) -> None:
        self._key = key

    @property
    def is_needed(self) -> bool:
        """Whether pseudonyms change at all."""
        return self._key is not None

    def file(self, pseudonym: int) -> int:
        """The pseudonym under which something is filed."""
        return self._turned(pseudonym) if self._key is not None else pseudonym

    def unfile(self, filed: int) -> int:
        """The pseudonym behind the one under which something is filed."""
        return self._turned_back(filed) if self._key is not None else filed

    def _turned(self, number: int) -> int:
        left, right = _halves(number)
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._mixed(turn, right)
        return _whole(left, right)

    def _turned_back(self, number: int) -> int:
        left, right = _halves(number)
        for turn in reversed(range(_ROUNDS)):
            left, right = right ^ self._mixed(turn, left), left
        return _whole(left, right)

    def _mixed(self, turn: int, half: int) -> int:
        text = bytes([turn]) + half.to_bytes(_HALF // 8, "big")
        return int.from_bytes(blake2b(text, key=self._key or b"", digest_size=_HALF // 8).digest(), "big")


def _halves(number: int) -> tuple[int, int]:
    value = number % (1 << 64)
    return value >> _HALF, value & _MASK


def _whole(left: int, right: int) -> int:
    value = left << _HALF | right
    return value - (1 << 64) if value >= 1 << 63 else value
