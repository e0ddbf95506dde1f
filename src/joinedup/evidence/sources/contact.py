"""How a contact was held, and whether it took place."""

from __future__ import annotations

from typing import Final

import ibis
import ibis.expr.types as ir

from joinedup.evidence.sources.column import is_one_of, text, translated

#: NHS consultation mechanism, GP appointment modes and words -> method of a contact.
METHODS: Final = {
    "01": "face_to_face", "1": "face_to_face", "face_to_face": "face_to_face", "face-to-face": "face_to_face",
    "02": "telephone", "2": "telephone", "telephone": "telephone",
    "03": "video", "11": "video", "video": "video", "video conference/online": "video", "video/online": "video",
    "home_visit": "home_visit", "home visit": "home_visit", "group": "group",
    "04": "other", "05": "message", "06": "message", "07": "message", "08": "message", "09": "message",
    "10": "message", "12": "message", "13": "message", "98": "other", "other": "other",
}  # fmt: skip

#: Activity location types that are somebody's home.
HOMES: Final = ("A01", "A02")

#: Attended-or-did-not-attend codes and appointment statuses of contacts that did not take place.
NOT_HELD: Final = {
    "2": "cancelled_by_patient", "3": "did_not_attend", "4": "cancelled_by_provider", "7": "not_seen",
    "0": "in_future", "dna": "did_not_attend", "cancelled": "cancelled", "booked": "in_future",
}  # fmt: skip


def method_of(table: ir.Table, medium: str) -> ir.StringValue:
    """face_to_face, home_visit, telephone, video, message, group or other; null when not stated.

    A face-to-face contact, or one that does not say how, in somebody's home is a home visit.
    """
    stated = translated(text(table, medium), METHODS)
    is_home = is_one_of(text(table, "activity_location").upper(), HOMES)
    is_in_person = stated.isnull() | (stated == "face_to_face")
    return ibis.ifelse(is_home & is_in_person, ibis.literal("home_visit"), stated)


def not_held(table: ir.Table, status: str) -> ir.StringValue:
    """Why a contact did not take place; null when it did, and when nothing is said (Choice: then it did)."""
    return translated(text(table, status), NOT_HELD)
