"""What the staff of the demonstration place have done so far: caseloads, records opened, tasks, meetings, decisions."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from joinedup.demo.caseloads import Caseloads
from joinedup.demo.evidence import fill_evidence
from joinedup.demo.schemes import fill_schemes
from joinedup.demo.staff import DemoTeam, DemoUser, Staff
from joinedup.register.access import Subject, open_record
from joinedup.register.actions import organisation, place_import, post, team, user
from joinedup.register.actions.emergency import Request, begin_emergency, end_emergency
from joinedup.register.actions.flow import FlowTerms, decide_flow, propose_flow
from joinedup.register.actions.identity_review import Finding, decide_pair
from joinedup.register.actions.meeting import add_person, create_meeting
from joinedup.register.actions.relationship import begin_relationship, clear_parts, refer
from joinedup.register.actions.task import TaskText, create_task
from joinedup.register.actor import Actor, actor_of
from joinedup.register.clock import today
from joinedup.register.models import AuditEvent, CareRelationship, Organisation, Team
from joinedup.register.people import people, subject_of
from joinedup.register.queries.identity_review import find_pair
from joinedup.rules.care.access import Purpose
from joinedup.rules.foundation.errors import PlaceError
from joinedup.store.place import load_place

#: Of each caseload so many records were opened lately.
_OPENED = 12


def fill(folder: Path, staff: Staff) -> int:
    """Fill an empty register; the number of rows in its trace afterwards."""
    place_import.import_place(load_place(folder), by=None)
    for code, name, kind in staff.organisations:
        organisation.add(code=code, entry=organisation.OrganisationEntry(name, kind), by=None)
    teams = {row.key: _team(row.organisation, row) for row in staff.teams}
    actors = {row.account: _employ(row, teams, staff) for row in staff.users}
    day = _Day(staff, teams, actors, Caseloads(folder))
    day.take_on_people()
    day.clear_parts()
    day.open_records()
    day.write_tasks()
    day.meet()
    day.look_in_emergencies()
    day.agree_flows()
    day.decide_pairs()
    fill_schemes(actors)
    fill_evidence(actors)
    return AuditEvent.objects.count()


def _team(organisation_code: str, row: DemoTeam) -> Team:
    entry = team.TeamEntry(name=row.name, service=row.service, phone=row.phone, email=row.email)
    return team.add(organisation=Organisation.objects.get(code=organisation_code), entry=entry, by=None)


def _employ(row: DemoUser, teams: dict[str, Team], staff: Staff) -> Actor:
    account = user.create(account=row.account, forename=row.forename, surname=row.surname, by=None)
    user.set_own_password(account, staff.password)
    entry = post.PostEntry(
        organisation=Organisation.objects.get(code=row.organisation),
        role=row.role,
        team=teams.get(row.team),
        valid_from=staff.first_day,
    )
    return actor_of(account, post.grant(user=account, entry=entry, by=None))


class _Day:
    """One day's work of the staff, in the order in which it happens."""

    def __init__(self, staff: Staff, teams: dict[str, Team], actors: dict[str, Actor], people: Caseloads) -> None:
        self._staff = staff
        self._teams = teams
        self._actors = actors
        self._people = people
        self._stories = {story: people.of_story(story) for story in staff.stories}
        self._caseloads: dict[str, list[Subject]] = {row.key: [] for row in staff.teams}

    def take_on_people(self) -> None:
        """Each team begins to care for the people of its stories and for others; some are referred on."""
        for story, keys in self._staff.stories.items():
            for key in keys:
                self._take_on(key, self._stories[story], "Named in the team's handover")
        for row in self._staff.teams:
            if row.drawn_from:
                drawn = self._people.drawn_from(row.drawn_from, row.people, self._known())
                self._take_on(row.key, drawn, "Came from the last list")
        for row in self._staff.teams:
            if row.referred_by:
                self._refer(row)

    def clear_parts(self) -> None:
        """Coordinators record which sensitive parts a team's care needs."""
        for row in self._staff.clearances:
            by = self._actors[row.account]
            for subject in map(_subject, self._stories[row.story]):
                held = CareRelationship.objects.get(person_id=subject.person_id, team_id=by.team_id or 0)
                clear_parts(
                    subject=subject,
                    relationship_id=held.pk,
                    parts=row.parts,
                    reason=row.reason,
                    version=held.version,
                    by=by,
                )

    def open_records(self) -> None:
        """The first user of each team opens some records of the caseload."""
        for key, caseload in self._caseloads.items():
            for subject in caseload[:_OPENED]:
                open_record(subject, Purpose.DIRECT_CARE, "person", by=self._carer(key))

    def write_tasks(self) -> None:
        """Tasks about the people of the stories."""
        for row in self._staff.tasks:
            text = TaskText(row.title, today() + timedelta(days=row.due_in_days))
            create_task(person_id=self._stories[row.story][0], text=text, by=self._carer(row.team))

    def meet(self) -> None:
        """Team meetings with people on their lists."""
        for row in self._staff.meetings:
            by = self._carer(row.team)
            meeting = create_meeting(title=row.title, on=today() + timedelta(days=row.in_days), by=by)
            for subject in self._caseloads[row.team][: row.people]:
                why = "Several services, no lead contact"
                add_person(meeting_id=meeting.pk, person_id=subject.person_id, why=why, by=by)

    def look_in_emergencies(self) -> None:
        """Records opened in an emergency; they wait for their review."""
        for row in self._staff.emergencies:
            by = self._actors[row.account]
            subject = _subject(self._stories[row.story][0])
            access = begin_emergency(subject=subject, request=Request(reason=row.reason), by=by)
            open_record(subject, Purpose.DIRECT_CARE, "person", by=by)
            end_emergency(access_id=access.pk, by=by)

    def agree_flows(self) -> None:
        """Flows of data are proposed; some are approved by somebody else."""
        for row in self._staff.flows:
            terms = FlowTerms(
                source=row.source,
                label=row.label,
                legal_basis=row.legal_basis,
                purposes=tuple(row.purposes),
                controller=row.controller,
                opt_out=row.opt_out,
                valid_from=today(),
                expires=today() + timedelta(days=row.expires_in_days),
            )
            flow = propose_flow(terms=terms, by=self._actors[row.account])
            if row.approved_by:
                by = self._actors[row.approved_by]
                decide_flow(flow_id=flow.pk, version=flow.version, is_approved=True, remark="", by=by)

    def decide_pairs(self) -> None:
        """Linkage officers decide some of the uncertain pairs; a small place may have fewer."""
        for row in self._staff.decisions:
            for uncertain in people().review_pairs(limit=1, offset=row.pair):
                pair = find_pair(uncertain.record_l, uncertain.record_r)
                if pair is not None:
                    finding = Finding(decision=row.decision, reason=row.reason)
                    decide_pair(pair=pair, finding=finding, by=self._actors[row.account])

    def _take_on(self, key: str, people: list[int], reason: str) -> None:
        for subject in map(_subject, people):
            begin_relationship(subject=subject, reason=reason, by=self._carer(key))
            if subject not in self._caseloads[key]:
                self._caseloads[key].append(subject)

    def _known(self) -> set[int]:
        """Everybody whom a team cares for already."""
        return {subject.person_id for caseload in self._caseloads.values() for subject in caseload}

    def _refer(self, row: DemoTeam) -> None:
        by = self._carer(row.referred_by)
        for subject in self._caseloads[row.referred_by][: row.people]:
            refer(subject=subject, team_id=self._teams[row.key].pk, reason="Needs visits at home", by=by)
            self._caseloads[row.key].append(subject)

    def _carer(self, key: str) -> Actor:
        return self._actors[self._staff.user_of(key).account]


def _subject(person_id: int) -> Subject:
    found = subject_of(person_id)
    if found is None:
        raise PlaceError("somebody of a story stands for nobody in the current release; build the place again")
    return found
