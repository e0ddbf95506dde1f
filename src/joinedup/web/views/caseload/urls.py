"""Addresses of the pages of this room, and what the navigation offers of them."""

from __future__ import annotations

from typing import Final

from django.urls import URLPattern, URLResolver, path

from joinedup.rules.foundation.role import Ability
from joinedup.web.navigation import Item
from joinedup.web.views.caseload import meeting, people, task

urlpatterns: list[URLPattern | URLResolver] = [
    path("", people.my_caseload, name="caseload"),
    path("notices/", people.notice_list, name="notices"),
    path("notices/<int:notice_id>/seen/", people.seen, name="notice_seen"),
    path("tasks/", task.task_list, name="tasks"),
    path("tasks/<int:task_id>/", task.task_page, name="task"),
    path("tasks/<int:task_id>/edit/", task.edit, name="task_edit"),
    path("tasks/<int:task_id>/close/", task.close, name="task_close"),
    path("tasks/<int:task_id>/open-again/", task.reopen, name="task_reopen"),
    path("people/<person:person_id>/task/", task.new, name="task_new"),
    path("meetings/", meeting.meeting_list, name="meetings"),
    path("meetings/new/", meeting.new, name="meeting_new"),
    path("meetings/<int:meeting_id>/", meeting.meeting_page, name="meeting"),
    path("meetings/<int:meeting_id>/add/", meeting.add, name="meeting_add"),
    path("meetings/<int:meeting_id>/close/", meeting.close, name="meeting_close"),
    path("meetings/people/<int:item_id>/notes/", meeting.notes, name="meeting_notes"),
    path("meetings/people/<int:item_id>/action/", meeting.action, name="meeting_action"),
]
NAVIGATION: Final[tuple[Item, ...]] = (
    Item("caseload", "My caseload", frozenset({Ability.OPEN_RECORD})),
    Item("tasks", "Tasks", frozenset({Ability.WORK_TASKS})),
    Item("meetings", "Meetings", frozenset({Ability.WORK_TASKS})),
)
