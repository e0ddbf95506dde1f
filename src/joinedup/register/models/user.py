"""A person who works with joinedup: the account that later roles, actions and audit rows point to."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """An account of a person who works in the place.

    It is our own model from the first migration on, because a user model cannot be exchanged once tables point to it.
    """

    class Meta:
        """Names of the table and of the noun."""

        db_table = "register_user"
        verbose_name = "user"
        verbose_name_plural = "users"
