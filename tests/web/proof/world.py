"""One of everything over the micro place, and somebody of every role with and without a tie to its person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from django.test import Client
from django.utils import timezone

from joinedup.register import clock
from joinedup.register import models as m
from joinedup.register.actor import Actor
from joinedup.register.audit import Entry, audit
from joinedup.register.people import people
from joinedup.register.scope import Scope
from joinedup.rules.care.access import Relationship
from joinedup.rules.foundation.identifier import display_person_id, display_record_key
from joinedup.rules.foundation.role import Ability, Role
from joinedup.store.objects import Objects
from joinedup.store.people import PersonQuery, SearchGrant
from joinedup.store.place import load_place
from joinedup.store.release import current_release, read_manifest
from tests.place_on_disk import nhs_number
from tests.register.people import SINCE, actor, cares_for, organisation, team

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
#: Somebody of the micro place with care, attendances and stays, and somebody else.
SOMEBODY, SOMEBODY_ELSE = 8, 9


class Tie(StrEnum):
    """What ties somebody to the person of the world."""

    NONE = "none"
    CARE = "care"
    EMERGENCY = "emergency"

    @property
    def relationship(self) -> Relationship:
        """As the rule calls it."""
        return Relationship(self.value)


@dataclass(frozen=True, slots=True)
class Someone:
    """Somebody signed in, and a program with a token of theirs that has every scope there is."""

    role: Role
    tie: Tie
    by: Actor
    browser: Client
    program: Client

    def may(self, *abilities: Ability) -> bool:
        """Whether their role has any of some abilities."""
        return not abilities or any(self.by.may(ability) for ability in abilities)


class World:
    """The micro place with one of everything.

    Attributes:
        person_id, other_id: the person whom the community team cares for, and another one of its caseload.
        ids: what the parameters of addresses are, by name.
    """

    def __init__(self, place: Path) -> None:
        self.person_id, self.other_id = _found(SOMEBODY), _found(SOMEBODY_ELSE)
        self.caring, self.elsewhere = team("Community team"), team("Elsewhere")
        self.somebody = actor(Role.CARE_COORDINATOR, "somebody", of=self.caring)
        actor(Role.ANALYST, "analyst")
        self.ids: dict[str, Any] = {"person_id": self.person_id, "other_id": self.other_id}
        self.ids |= {"person": display_person_id(self.person_id), "what": "invite", "subject": "releases"}
        self.ids |= {"template_id": "planning_pseudonymised", "sequence": 1, "measure_id": "ae_attendances"}
        self.ids |= {"user_code": "x", "token": "x-y", "pk": 1, "cell_id": "x", "cell": "x", "provider_id": "nobody"}
        self.ids |= dict(zip(("one", "other"), _records(place, self.person_id), strict=False))
        self._care()
        self._oversight()
        self._administration()
        self._schemes()
        self._evidence()
        self.emergency = self._access(self.somebody)
        self.ids["access_id"] = self.emergency.pk

    @cache  # noqa: B019 - a world lives as long as its test
    def someone(self, role: Role, tie: Tie) -> Someone:
        """Somebody of a role, with a tie."""
        of = self.caring if tie is Tie.CARE else self.elsewhere
        by = actor(role, f"{role.value}-{tie.value}", of=of)
        if tie is Tie.EMERGENCY:
            self._access(by)
        browser = Client()
        browser.force_login(m.User.objects.get(pk=by.user_id), backend=BACKEND)
        secret = f"joinedup_{role.value}_{tie.value}"
        self._token(by, secret)
        return Someone(role, tie, by, browser, Client(headers={"Authorization": f"Bearer {secret}"}))

    def written(self, who: Someone) -> dict[str, str]:
        """Every parameter as it stands in an address, of one's own where one has it."""
        show = {"person_id": display_person_id, "other_id": display_person_id}
        show |= {"one": display_record_key, "other": display_record_key}
        ids = {**self.ids, **self.own(who)}
        return {name: show.get(name, str)(value) for name, value in ids.items()}

    @cache  # noqa: B019 - as above
    def own(self, who: Someone) -> dict[str, Any]:
        """Parameters that stand for something of somebody's own."""
        access = m.EmergencyAccess.objects.filter(user_id=who.by.user_id).first()
        sample = m.AuditSample.objects.filter(drawn_by_id=who.by.user_id).first() or self._sample(who.by)
        token = m.ApiToken.objects.get(post_id=who.by.post_id)
        own = {"post_id": who.by.post_id, "token_id": token.pk, "sample_id": sample.pk}
        return {**own, "access_id": access.pk} if access else own

    def _care(self) -> None:
        by, day, now = self.somebody, clock.today(), clock.now()
        tie = cares_for(self.caring, self.person_id)
        cares_for(self.caring, self.other_id)
        restriction = m.Restriction.objects.create(
            person_id=self.person_id, kind="sexual_health", reason="asked for", valid_from=SINCE
        )
        meeting = m.Meeting.objects.create(team=self.caring, on=day, title="Round")
        item = m.MeetingItem.objects.create(meeting=meeting, person_id=self.person_id, why="Falls")
        made = {"created_by_id": by.user_id, "created_at": now, "due": day, "title": "Ring"}
        task = m.Task.objects.create(person_id=self.person_id, team=self.caring, **made)
        notice = m.Notice.objects.create(team=self.caring, person_id=self.person_id, text="Told", at=now)
        self.ids |= {"relationship_id": tie.pk, "restriction_id": restriction.pk, "meeting_id": meeting.pk}
        self.ids |= {"item_id": item.pk, "task_id": task.pk, "notice_id": notice.pk}

    def _oversight(self) -> None:
        by, day, now = self.somebody, clock.today(), clock.now()
        flow = m.DataFlow.objects.create(
            source="gp", label="GP", legal_basis="law", purposes=["planning"], controller="BRD1", valid_from=SINCE,
            expires=day + timedelta(days=30), proposed_by_id=by.user_id,
        )  # fmt: skip
        objection = m.Objection.objects.create(person_id=self.other_id, kind="national", valid_from=SINCE)
        pair = dict(zip(("record_l", "record_r"), sorted((self.ids["one"], self.ids["other"])), strict=True))
        m.IdentityReview.objects.create(
            **pair, decision="same", reason="alike", decided_by_id=by.user_id, decided_at=now
        )
        asked = {"asked_by_id": by.user_id, "asked_at": now, "kind": "check"}
        self.ids |= {"flow_id": flow.pk, "objection_id": objection.pk, "job_id": m.Job.objects.create(**asked).pk}
        audit(Entry("test.begun", people=(self.person_id,)), by=by)

    def _administration(self) -> None:
        self.ids |= {"user_id": self.somebody.user_id, "organisation_id": organisation().pk, "team_id": self.caring.pk}
        self.ids["area_id"] = m.Area.objects.create(code="A1", name="Area", kind="place").pk
        key = m.LaunchKey.objects.create(issuer="x", label="X", public_key="", valid_from=SINCE)
        self.ids |= {"key_id": key.pk, "post_id": self.somebody.post_id}

    def _schemes(self) -> None:
        owner, day, now = organisation(), clock.today(), clock.now()
        kind = {"integration": "horizontal", "aim": "fewer_admissions", "cohort": "high_risk", "pathway": "community"}
        scheme = m.Scheme.objects.create(slug="team", name="Team", owner=owner, begins=SINCE, funding="Own", **kind)
        line = m.ReportingLine.objects.create(scheme=scheme, board=owner, cadence_days=90, valid_from=SINCE)
        plan = m.EvaluationPlan.objects.create(scheme=scheme, protocol="study", question="Does it?", planned_on=day)
        about = {"kind": "saving", "unit": "pounds", "measure": "Spending", "begins": SINCE, "due": day}
        budget = {"is_cashable": True, "budget_line": "Beds", "budget_owner": owner}
        claim = m.Claim.objects.create(scheme=scheme, title="Saving", claimant=owner, **about, **budget)
        m.ClaimVersion.objects.create(claim=claim, number=1, on=day, planned=100, reason="First", said_at=now)
        fell = {"budget_line": "Beds", "pence": 5, "on": day, "kind": "posting", "reference": "GL1"}
        reduction = m.BudgetReduction.objects.create(claim=claim, proposed_by_id=self.somebody.user_id, **fell)
        self.ids |= {"slug": scheme.slug, "line_id": line.pk, "plan_id": plan.pk, "claim_id": claim.pk}
        self.ids |= {"reduction_id": reduction.pk}

    def _evidence(self) -> None:
        by, now = self.somebody, clock.now()
        kind = {"kind": "evaluation", "integration": "horizontal", "cohort": "high_risk", "pathway": "community"}
        found = {"outcome": "emergency_admissions", "verdict": "no conclusive evidence", "grade": 3, "because": "Alike"}
        told = {"label": "Team", "question": "Does it?", "sites": "1", "published": "2024", "citation": "Own"}
        entry = m.EvidenceItem.objects.create(
            slug="local_team", number=1, proposed_by_id=by.user_id, proposed_at=now, **kind, **found, **told
        )
        self.ids |= {"entry_id": entry.pk, "evidence_id": "better_care_fund_savings", "evaluation": "study"}
        self.ids |= {"name": "study", "number": 1, "file": "report.html"}
        self.ids |= {"cohort": "care_home", "pathway": "residential", "outcome": "emergency_admissions"}

    def _access(self, by: Actor) -> m.EmergencyAccess:
        now = clock.now()
        told = {"reason": "Found unconscious", "granted_at": now, "expires_at": now + timedelta(hours=1)}
        return m.EmergencyAccess.objects.create(
            person_id=self.person_id, post_id=by.post_id, user_id=by.user_id, **told
        )

    def _sample(self, by: Actor) -> m.AuditSample:
        day = clock.today()
        drawn = {"size": 1, "frame": 1, "seed": "0", "people": [str(self.person_id)], "why": "test"}
        return m.AuditSample.objects.create(
            opened_from=day, opened_to=day, drawn_by_id=by.user_id, drawn_at=clock.now(), **drawn
        )

    def _token(self, by: Actor, secret: str) -> m.ApiToken:
        now = timezone.now()
        return m.ApiToken.objects.create(
            post_id=by.post_id, label="Test", prefix=secret[:12], digest=sha256(secret.encode()).hexdigest(),
            scopes=[scope.value for scope in Scope], created_at=now, created_by_id=by.user_id,
            expires_at=now + timedelta(days=1),
        )  # fmt: skip


def _found(number: int) -> int:
    return people().search(SearchGrant("test"), PersonQuery(nhs_number=nhs_number(number))).value[0].person_id


def _records(place: Path, person: int) -> list[int]:
    manifest = read_manifest(place, current_release(place))
    paths = Objects(load_place(place).objects).paths(manifest.objects["facts/link"])
    rows = [row for path in paths for row in pq.read_table(path).to_pylist()]
    return sorted({int(row["record_key"]) for row in rows if int(row["person_id"]) == person})
