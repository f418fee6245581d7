"""Every route of the console, by every role, from a region beside: nothing is seen and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from casework.assistance import request_assistance
from models import (
    Attempt,
    AuditEntry,
    Base,
    CarriedTask,
    CertificationSession,
    EvidenceImage,
    KnowledgeChange,
    Region,
    Review,
    Staff,
    Ticket,
    Visit,
    VisitCheck,
)
from models.attempt import AttemptStatus, CaptureWay
from models.audit import Actor, ActorKind
from models.evidence import EvidencePurpose
from models.region import RegionLevel
from models.staff import StaffRole
from models.ticket import Place, TicketOrigin, VisitReason
from models.visit import CheckReason, VisitOutcome
from tests.cast import COMMUNITY, DISTRICT, OTHER_DISTRICT
from tests.factories.pensions import add_benefit
from tests.staff import Desk, sit_down

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from sqlalchemy import Connection
    from werkzeug.routing import Rule

    from models.session import Transactions
    from settings import Settings
    from tests.cast import Cast

SYSTEM = Actor(ActorKind.SYSTEM, "test")
# What stands on every login's own way and shows nobody's data.
OPEN = {"console_entrance.show_login", "console_entrance.log_in"}
# What else than ids stands in addresses.
WORDS = {
    "kind": ("faces", "visits", "closed"),
    "form": ("csv", "xlsx"),
    "topic": ("certify_how",),
    "decision": ("publish", "reject", "undo"),
    "month": ("2025-03",),
    "which": ("file", "differences", "checksum"),
    "outcome": ("take-up", "found", "not-found", "reward"),
    "act": ("approve", "refuse", "undo"),
    "verdict": ("corroborate", "confirm", "reject", "reverse", "name"),
}
OWN = {"console_login.log_out", "console_login.prove", "console_login.set_password", "console_login.show_code"}
FAR = {
    StaffRole.DISTRICT_OFFICER: OTHER_DISTRICT,
    StaffRole.AGENCY_OFFICER: OTHER_DISTRICT,
    StaffRole.AUDITOR: OTHER_DISTRICT,
    StaffRole.SUBDISTRICT_OFFICER: "430104991",
    StaffRole.COMMUNITY_WORKER: "430104991001",
}


@pytest.fixture
def ids(
    cast: Cast, staff: dict[str, Staff], transactions: Transactions, settings: Settings, now: datetime
) -> dict[str, UUID | str]:
    """One of everything that belongs to old Zhou, by the name of its place in addresses."""
    with transactions() as session:
        for code, level, parent in (
            ("430104991", RegionLevel.SUBDISTRICT, OTHER_DISTRICT),
            ("430104991001", RegionLevel.COMMUNITY, "430104991"),
        ):
            session.add(Region(code=code, level=level, name="远处", parent_code=parent))
            session.flush()
        zhou = session.merge(cast.old_zhou)
        ticket = request_assistance(
            session,
            zhou,
            place=Place.HOME,
            visit_reason=VisitReason.BEDRIDDEN,
            origin=TicketOrigin.REQUESTED,
            terms=settings.terms(),
            actor=SYSTEM,
            now=now,
        )
        within = CertificationSession(account_id=cast.daughter.id, retiree_id=zhou.id, with_helper=True, created_at=now)
        session.add(within)
        session.flush()
        attempt = Attempt(
            session_id=within.id,
            retiree_id=zhou.id,
            number=1,
            way=CaptureWay.STREAM,
            status=AttemptStatus.REVIEW,
            actions=[],
            nonce_index="n" * 64,
            created_at=now,
            expires_at=now,
            rule_set="changsha-2020",
        )
        session.add(attempt)
        session.flush()
        review = Review(
            attempt_id=attempt.id,
            retiree_id=zhou.id,
            owner_code=zhou.agency_code,
            reasons=["face_unsure"],
            created_at=now,
            due_by=now.date(),
        )
        visit = Visit(
            ticket_id=ticket.id,
            retiree_id=zhou.id,
            staff_id=staff["worker"].id,
            content_index="c" * 64,
            place=Place.HOME,
            outcome=VisitOutcome.CERTIFIED,
            began_at=now,
            ended_at=now,
            received_at=now,
            needs_judgement=True,
        )
        session.add_all([review, visit])
        session.flush()
        check = VisitCheck(visit_id=visit.id, reason=CheckReason.DRAWN, owner_code=COMMUNITY, created_at=now)
        image = EvidenceImage(
            retiree_id=zhou.id,
            attempt_id=attempt.id,
            visit_id=visit.id,
            purpose=EvidencePurpose.ATTEMPT,
            content_index="i" * 64,
            storage_key="k" * 32,
            created_at=now,
        )
        change = KnowledgeChange(
            topic="certify_how",
            content='{"examples": ["怎么个认法"]}',
            proposed_by=staff["worker"].id,
            proposed_at=now,
        )
        session.add_all([check, image, change])
        task = CarriedTask(id=uuid4(), work="send_due", asked_for=now, tries=3, began_at=now, given_up_at=now)
        session.add_all([check, image, task])
        session.flush()
        benefit = add_benefit(session, zhou, now)
        return {
            "task_id": task.id,
            "ticket_id": ticket.id,
            "retiree_id": zhou.id,
            "review_id": review.id,
            "check_id": check.id,
            "image_id": image.id,
            "visit_id": visit.id,
            "staff_id": staff["worker"].id,
            "change_id": change.id,
            **benefit,
        }


@pytest.fixture
def neighbours(
    app: Flask, ids: dict[str, UUID | str], transactions: Transactions, now: datetime
) -> dict[StaffRole, Desk]:
    """One of each role beside; the city has no neighbour."""
    del ids
    made = {}
    with transactions() as session:
        for role, code in FAR.items():
            made[role] = Staff(
                login=f"far-{role.value}"[:32],
                name="远处的人",
                role=role,
                region_code=code,
                password_hash="none",
                must_change_password=False,
                totp_step=1,
                created_at=now,
            )
            session.add(made[role])
    return {role: sit_down(app, transactions, one, now) for role, one in made.items()}


def routes(app: Flask) -> list[Rule]:
    return [rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/staff")]


def addresses(rule: Rule, ids: dict[str, UUID | str]) -> list[str]:
    """Return the rule's address with the ids of old Zhou's things; one for each step of a ticket."""
    values = {name: str(ids[name]) for name in rule.arguments if name in ids}
    steps = ("take", "assign", "schedule", "start", "note", "give-back", "escalate", "cancel", "finish")
    found = [rule.rule]
    if "step" in rule.arguments:
        found = [rule.rule.replace("<string:step>", step) for step in steps]
    for name, words in WORDS.items():
        if name in rule.arguments:
            found = [one.replace(f"<string:{name}>", word) for one in found for word in words]
    for name, value in values.items():
        found = [one.replace(f"<uuid:{name}>", value) for one in found]
    assert all("<" not in one for one in found), f"{rule.rule}: teach this test what stands here"
    return found


def fields_of(ids: dict[str, UUID | str]) -> dict[str, str]:
    """Return what forms could carry about old Zhou."""
    return {
        "person": str(ids["retiree_id"]),
        "kind": "welfare_call",
        "version": "1",
        "note": "x",
        "reason": "查看",
        "assignee": str(ids["staff_id"]),
        "at": "2025-03-11T09:00",
        "mark": "bedridden",
        "judgement": "certify",
        "decision": "confirm",
        "phone": "13900000007",
        "q": "周守田",
        "login": "intruder",
        "name": "闯入者",
        "role": "community_worker",
        "region": COMMUNITY,
        "topic": "certify_how",
        "texts": "怎么个认法呢",
        "agency": DISTRICT,
        "on": "2025-03-10",
        "count": "1",
        "all": "1",
        "month": "2025-03",
        "action": str(ids["action_id"]),
        "why": "x",
        "finding": "x",
        "outcome": "reached",
        "yuan": "100",
        "reference": "B1",
    }


def rows(connection: Connection) -> dict[str, int]:
    counted = {}
    for name, table in Base.metadata.tables.items():
        if name not in {AuditEntry.__tablename__, "staff_sessions", "figure_counts", "region_figures"}:
            counted[name] = connection.execute(select(func.count()).select_from(table)).scalar_one()
    return counted


def test_nobody_beside_sees_or_changes_anything(
    app: Flask,
    ids: dict[str, UUID | str],
    neighbours: dict[StaffRole, Desk],
    transactions: Transactions,
    connection: Connection,
    cast: Cast,
) -> None:
    before = rows(connection)
    secrets = (cast.old_zhou.name, cast.old_zhou.id_number, str(cast.old_zhou.id_number[-4:]))
    walked = 0
    for rule in routes(app):
        if rule.endpoint in OPEN | OWN:
            continue
        for address in addresses(rule, ids):
            for role, desk in neighbours.items():
                for method in (rule.methods or set()) & {"GET", "POST"}:
                    walked += 1
                    # lists ask for a region; it is named wherever an address can carry it
                    path = address.removeprefix("/staff") + f"?region={COMMUNITY}"
                    answer = desk.get(path) if method == "GET" else desk.post(path, **fields_of(ids))
                    place = f"{role} {method} {address}: {answer.status_code}"
                    if rule.arguments & set(ids):
                        assert answer.status_code in {403, 404, 422}, place
                        assert answer.status_code != 422 or "step" not in rule.arguments, place
                    assert answer.status_code < 500, place
                    if answer.status_code == 200 and (answer.mimetype or "").startswith("text/"):
                        shown = answer.text.replace('value="周守田"', "")
                        assert not any(secret in shown for secret in secrets), place
    assert walked > 150
    after = rows(connection)
    assert after == before
    with transactions() as session:
        ticket = session.get_one(Ticket, ids["ticket_id"])
        assert (ticket.version, ticket.assignee_id) == (1, None)


def test_whoever_is_shown_a_name_is_written_down(
    app: Flask,
    desks: dict[str, Desk],
    ids: dict[str, UUID | str],
    connection: Connection,
    transactions: Transactions,
    cast: Cast,
) -> None:
    zhou, things = cast.old_zhou, {str(one) for one in ids.values()}
    showing, unknown = set(), set()
    for rule in routes(app):
        if rule.endpoint in OPEN | OWN or "GET" not in (rule.methods or set()):
            continue
        for address in addresses(rule, ids):
            for desk in desks.values():
                before = connection.scalar(select(func.max(AuditEntry.sequence))) or 0
                # forms ask for a person
                answer = desk.get(f"{address.removeprefix('/staff')}?person={ids['retiree_id']}")
                is_text = (answer.mimetype or "").startswith("text/")
                if answer.status_code == 200 and is_text and zhou.name in answer.text:
                    showing.add(rule.endpoint)
                    with transactions() as session:
                        rows = session.scalars(select(AuditEntry).where(AuditEntry.sequence > before)).all()
                    if not any(zhou.id in row.shown_ids or row.subject_id in things for row in rows):
                        unknown.add(rule.endpoint)
                answer.close()
    assert unknown == set(), "nobody knows who saw the name"
    assert len(showing) >= 15, showing


def test_sending_a_visit_from_beside_writes_nothing(
    ids: dict[str, UUID | str], neighbours: dict[StaffRole, Desk], now: datetime
) -> None:
    told = {
        "id": str(uuid4()),
        "ticket": str(ids["ticket_id"]),
        "outcome": "deceased",
        "began_at": now.isoformat(),
        "ended_at": now.isoformat(),
    }
    for role, desk in neighbours.items():
        assert desk.send("/visits", told).status_code in {403, 404}, role
        face = {"ticket": str(ids["ticket_id"]), "photo": "YQ=="}
        assert desk.send("/visits/face", face).status_code in {403, 404}, role


def test_nobody_comes_in_without_a_login(app: Flask, ids: dict[str, UUID | str]) -> None:
    client = app.test_client()
    for rule in routes(app):
        if rule.endpoint in OPEN:
            continue
        for address in addresses(rule, ids):
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = client.open(address, method=method)
                assert answer.status_code == 401, f"{method} {address}: {answer.status_code}"


def test_a_form_without_its_token_changes_nothing_on_any_route(
    app: Flask, desks: dict[str, Desk], ids: dict[str, UUID | str], connection: Connection
) -> None:
    before = rows(connection)
    for rule in routes(app):
        if rule.endpoint in OPEN or "POST" not in (rule.methods or set()):
            continue
        for address in addresses(rule, ids):
            for token in ({}, {"csrf": "0" * 32}, {"csrf": "不是这一个"}):
                answer = desks["district"].client.post(address, data=fields_of(ids) | token)
                assert answer.status_code == 403, f"{address}: {answer.status_code}"
    assert rows(connection) == before


@pytest.mark.parametrize("name", ["auditor"])
def test_who_only_looks_changes_nothing_in_their_own_region(
    app: Flask, desks: dict[str, Desk], ids: dict[str, UUID | str], connection: Connection, name: str
) -> None:
    before = rows(connection)
    for rule in routes(app):
        if rule.endpoint in OPEN | OWN or "POST" not in (rule.methods or set()):
            continue
        for address in addresses(rule, ids):
            desks[name].post(address.removeprefix("/staff"), **fields_of(ids))
    assert rows(connection) == before
