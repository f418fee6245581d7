from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, func, select, update

from app import create_app
from casework.passwords import DEMONSTRATION_PASSWORD
from casework.scope import covers
from casework.staff_login import check_code, check_password
from casework.ticket_lists import list_day
from certification.certify import repeat_standing
from clock import local_date
from models import (
    AddressToken,
    Attempt,
    Certification,
    CertificationSession,
    FaceTemplate,
    LivingMark,
    Retiree,
    Review,
    Staff,
    StaffSession,
    Ticket,
    Transition,
    Visit,
)
from models.audit import Actor, ActorKind
from models.certification import Channel, ReviewStatus
from models.ticket import ENDED, TicketKind, TicketStatus
from models.transitions import TRANSITIONS
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from sqlalchemy import Connection

    from models.session import Transactions
    from models.vault import Vault
    from settings import Settings
    from tests.fakes.clock import StandingClock


@pytest.fixture
def demo_app(settings: Settings, connection: Connection, clock: StandingClock) -> Flask:
    return create_app(settings, clock=clock, database=connection, face_workers=ScriptedFaces())


def _run(app: Flask, *arguments: str) -> dict[str, Any]:
    done = app.test_cli_runner().invoke(args=[*arguments, "--json"])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def _load(app: Flask, *arguments: str) -> dict[str, Any]:
    return _run(app, "demo", "load", *arguments)


def test_it_works(demo_app: Flask, transactions: Transactions, now: datetime) -> None:
    report = _load(demo_app)
    assert 30 <= report["tickets"] <= 80
    with transactions() as session:
        channels = Counter(session.scalars(select(Certification.channel)))
        assert set(channels) == set(Channel)
        assert 90 <= channels.total() <= 150
        assert session.scalar(select(func.count(Attempt.id)).where(Attempt.findings.is_not(None)))
        groups = session.scalars(select(CertificationSession.age_group)).all()
        assert groups
        assert all(groups)
        community = session.scalars(select(Staff).where(Staff.login == "community")).one()
        sitter = session.scalars(select(Retiree).join(FaceTemplate, FaceTemplate.retiree_id == Retiree.id)).one()
        assert community.region_code == sitter.owner_code
        day = list_day(session, community, now=now)
        assert len(day) >= 5
        assert all(line.retiree is not None and line.retiree.position for line in day)


def test_many_cases_hold_together(demo_app: Flask, transactions: Transactions, now: datetime) -> None:
    _load(demo_app, "--retirees", "400", "--cases", "800")
    with transactions() as session:
        tickets = session.scalars(select(Ticket)).all()
        assert {ticket.kind for ticket in tickets} == set(TicketKind)
        assert {ticket.status for ticket in tickets} == set(TicketStatus)
        standing = [ticket for ticket in tickets if ticket.status not in ENDED]
        assert {ticket.due_by < local_date(now) for ticket in standing} == {True, False}
        assert all((ticket.closed_at is None) == (ticket.status not in ENDED) for ticket in tickets)
        staff = {one.id: one for one in session.scalars(select(Staff))}
        for ticket in tickets:
            if ticket.assignee_id is not None:
                assert covers(staff[ticket.assignee_id].region_code, ticket.owner_code)
        assert session.scalar(select(func.count(Visit.id)))
        assert session.scalar(select(func.count(LivingMark.id)))
        open_reviews = session.scalar(select(func.count(Review.id)).where(Review.status == ReviewStatus.OPEN))
        assert open_reviews == sum(ticket.kind is TicketKind.MANUAL_REVIEW for ticket in standing)
        waiting = {one.retiree_id for one in standing if one.kind is TicketKind.ASSISTED_CERTIFICATION}
        assert not waiting & set(session.scalars(select(Certification.retiree_id)))


def test_every_ticket_came_to_where_it_stands_step_by_step(demo_app: Flask, transactions: Transactions) -> None:
    _load(demo_app, "--retirees", "200", "--cases", "400")
    with transactions() as session:
        for ticket in session.scalars(select(Ticket)):
            steps = session.scalars(
                select(Transition).where(Transition.subject_id == str(ticket.id)).order_by(Transition.at)
            ).all()
            status = TicketStatus.OPEN
            for step in steps:
                assert step.old == status
                assert TicketStatus(step.new) in TRANSITIONS[TicketStatus][status]
                status = TicketStatus(step.new)
            assert status is ticket.status
            assert ticket.version == 1 + len(steps)


def test_people_repeat_what_their_certifications_say(demo_app: Flask, transactions: Transactions) -> None:
    _load(demo_app, "--retirees", "100")
    assert _run(demo_app, "people", "index") == {"people": 101, "changed": 0}
    with transactions() as session:
        said = session.scalar(select(func.count(Retiree.id)).where(Retiree.certified_until.is_not(None)))
        assert said == session.scalar(select(func.count(Certification.id)))


def test_again_adds_no_case(demo_app: Flask) -> None:
    assert _load(demo_app, "--retirees", "60")["tickets"] > 0
    assert _load(demo_app, "--retirees", "60")["tickets"] == 0


def test_a_seed_always_tells_the_same_story(demo_app: Flask, connection: Connection) -> None:
    def story() -> list[Any]:
        with connection.begin_nested() as undone:
            _load(demo_app, "--retirees", "40", "--cases", "40")
            found = connection.execute(select(Ticket.number, Ticket.status).order_by(Ticket.number)).all()
            undone.rollback()
        return list(found)

    assert story() == story() != []


def test_the_logins_work(demo_app: Flask, transactions: Transactions, vault: Vault, now: datetime) -> None:
    _load(demo_app, "--retirees", "1")
    code = _run(demo_app, "demo", "code")["code"]
    rules = demo_app.extensions["services"].settings.login_rules()
    with transactions() as session:
        for staff in session.scalars(select(Staff)).all():
            assert check_password(
                session, staff.login, DEMONSTRATION_PASSWORD, mark="", rules=rules, vault=vault, now=now
            )
            session.flush()
            within = session.scalars(select(StaffSession).where(StaffSession.staff_id == staff.id)).one()
            actor = Actor(ActorKind.STAFF, str(staff.id))
            assert check_code(session, within, code, mark="", rules=rules, vault=vault, actor=actor, now=now)
            assert not staff.must_change_password


def test_index_fills_what_older_databases_lack(demo_app: Flask, transactions: Transactions) -> None:
    _load(demo_app, "--retirees", "50")
    rules = demo_app.extensions["services"].rules

    def rows() -> list[Any]:
        with transactions() as session:
            people = select(
                Retiree.id,
                Retiree.name_index,
                Retiree.initials_index,
                Retiree.certified_until,
                Retiree.certified_by,
                Retiree.due_by,
            ).order_by(Retiree.id)
            tokens = select(AddressToken.retiree_id, AddressToken.token).order_by(
                AddressToken.retiree_id, AddressToken.token
            )
            return [*session.execute(people), *session.execute(tokens)]

    before = rows()
    with transactions() as session:
        session.execute(delete(AddressToken))
        session.execute(update(Retiree).values(name_index=None, initials_index=None, certified_until=None))
    assert rows() != before
    assert _run(demo_app, "people", "index") == {"people": 51, "changed": 51}
    assert rows() == before
    with transactions() as session:
        person = session.scalars(select(Retiree).where(Retiree.certified_until.is_not(None)).limit(1)).one()
        repeat_standing(session, person, rules)
        assert person.certified_by is not None
