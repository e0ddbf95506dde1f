"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path

from joinedup.rules.foundation.role import Ability
from joinedup.web.navigation import Item
from joinedup.web.views.work import interface, jobs, tokens

urlpatterns: list[URLPattern | URLResolver] = [
    path("jobs/", jobs.jobs, name="jobs"),
    path("jobs/new/", jobs.new_job, name="new_job"),
    path("jobs/<int:job_id>/", jobs.job, name="job"),
    path("jobs/<int:job_id>/cancel/", jobs.cancel_job, name="cancel_job"),
    path("jobs/<int:job_id>/retry/", jobs.retry_job, name="retry_job"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/new/", tokens.choose_token_post, name="choose_token_post"),
    path("tokens/new/<int:post_id>/", tokens.new_token, name="new_token"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("programs/", interface.programs, name="programs"),
]
NAVIGATION: Final[tuple[Item, ...]] = (
    Item("jobs", "What is running?", frozenset({Ability.RUN_BUILDS})),
    Item(
        "tokens",
        "Tokens",
        frozenset(
            {Ability.RUN_BUILDS, Ability.OPEN_RECORD, Ability.WORK_TASKS, Ability.SEE_AUDIT, Ability.MANAGE_USERS}
        ),
    ),
)
