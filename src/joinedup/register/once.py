"""Forms and calls that are sent twice: the second time they answer as the first and write nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, connection, transaction

from joinedup.register.actor import Actor
from joinedup.register.clock import now
from joinedup.register.models import Submission
from joinedup.rules.foundation.errors import Conflict

Answer = dict[str, Any]


def once(key: str, action: str, entered: Mapping[str, object], do: Callable[[], Answer], *, by: Actor) -> Answer:
    """Do something once for a key; a second call with the same key and the same content returns the first answer.

    Args:
        key: what the form or the caller made up for this one submission; "" does it without protection.
        action: what is done, for example task.create.
        entered: what was sent; the same key with other content is refused.
        do: the action; it writes in this transaction and returns an answer that JSON can hold.
        by: who.

    Raises:
        Conflict: the key was used for something else.
    """
    if not key:
        return do()
    mark = sha256(json.dumps([action, entered], sort_keys=True, default=str).encode()).hexdigest()
    try:
        with transaction.atomic():
            _wait_for_turn(key, by)
            earlier = _earlier(key, mark, by)
            if earlier is not None:
                return earlier
            answer = do()
            Submission.objects.create(
                key=key, user_id=by.user_id, action=action, fingerprint=mark, answer=answer, at=now()
            )
            return answer
    except IntegrityError:
        earlier = _earlier(key, mark, by)  # the other of two at once was first
        if earlier is None:
            raise
        return earlier


def _wait_for_turn(key: str, by: Actor) -> None:
    """Let the other of two at once finish, so that its answer is found and not its traces refused as a second try.

    SQLite sees to that by itself, as every transaction here takes its lock.
    """
    if connection.vendor == "postgresql":
        lock = int.from_bytes(sha256(f"{by.user_id}/{key}".encode()).digest()[:8], "big", signed=True)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [lock])


def _earlier(key: str, mark: str, by: Actor) -> Answer | None:
    found = Submission.objects.filter(user_id=by.user_id, key=key).first()
    if found is None:
        return None
    if found.fingerprint != mark:
        raise Conflict("This form was already sent with other content. Open it again and check what was saved.")
    answer: Answer = found.answer
    return answer
