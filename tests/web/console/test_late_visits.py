"""Visits that a phone sends late, twice or in another order: what they found counts, whose ticket it is now stays."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from casework.life_events import reject_event
from certification.certify import certify
from certification.face.types import Verdict
from certification.references import add_reference
from clock import LOCAL_ZONE
from models import Certification, LifeEvent, OutboxMessage, Retiree, Ticket, Visit, VisitCheck
from models.certification import Channel
from models.life_event import LifeEventKind
from models.ticket import TicketKind, TicketStatus
from tests.cast import SUBDISTRICT
from tests.factories.accounts import add_own_account
from tests.fakes.faces import ScriptedFaces
from tests.office import RULES, SYSTEM, actor_of
from tests.rows import count
from tests.staff import sit_down

if TYPE_CHECKING:
    from flask import Flask

    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.evidence import EvidenceInMemory
    from tests.office import Office
    from tests.staff import Desk

HELP = TicketKind.ASSISTED_CERTIFICATION
FACE = {
    "photo": base64.b64encode(b"a face at the door").decode(),
    "signature": base64.b64encode(b"\x89PNG a stroke").decode(),
    "signer": "retiree",
}


@pytest.fixture
def zhou(
    cast: Cast, transactions: Transactions, vault: Vault, store: EvidenceInMemory, desks: dict[str, Desk], now: datetime
) -> Retiree:
    """Old Zhou, of whom there is a photograph; the worker has taken the visit to him."""
    photo = b"old Zhou ten years ago"
    with transactions() as session:
        zhou = session.merge(cast.old_zhou)
        measured = ScriptedFaces().measure_photo(photo)
        add_reference(session, zhou, photo, measured, store=store, vault=vault, actor=SYSTEM, now=now)
    _ask(desks["worker"], zhou)
    _step(desks["worker"], transactions, "take")
    return zhou


def _ask(desk: Desk, zhou: Retiree) -> None:
    fields = {"person": str(zhou.id), "kind": HELP.value, "place": "home", "reason": "bedridden"}
    assert desk.post("/tickets/new", **fields).status_code == 303


def _help(transactions: Transactions) -> Ticket:
    """Return the newest ticket for help."""
    with transactions() as session:
        tickets = session.scalars(select(Ticket).where(Ticket.kind == HELP)).all()
        return max(tickets, key=lambda one: (one.is_standing, one.created_at))


def _step(desk: Desk, transactions: Transactions, name: str) -> None:
    ticket = _help(transactions)
    answer = desk.post(f"/tickets/{ticket.id}/{name}", version=str(ticket.version), note="写一句")
    assert answer.status_code == 303


def _made(ticket: Ticket, outcome: str, at: datetime, **told: Any) -> dict[str, Any]:
    """Return what the phone keeps of a visit made at a moment."""
    return {
        "id": str(uuid4()),
        "ticket": str(ticket.id),
        "outcome": outcome,
        "began_at": (at - timedelta(minutes=5)).isoformat(),
        "ended_at": at.isoformat(),
        **told,
    }


def _certified(ticket: Ticket, zhou: Retiree, at: datetime) -> dict[str, Any]:
    return _made(ticket, "certified", at, id_digits=zhou.id_number[-4:], **FACE)


def _absent(ticket: Ticket, at: datetime, next_on: date) -> dict[str, Any]:
    return _made(ticket, "absent", at, next_visit_on=next_on.isoformat())


def test_a_next_visit_whose_day_is_over_when_the_phone_is_back_is_taken(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, now: datetime
) -> None:
    del zhou
    ticket, day = _help(transactions), (now - timedelta(days=4))
    refused = _absent(ticket, day, day.date() - timedelta(days=1))
    assert desks["worker"].send("/visits", refused).status_code == 422
    assert desks["worker"].send("/visits", _absent(ticket, day, day.date() + timedelta(days=2))).status_code == 200
    assert _help(transactions).status is TicketStatus.SCHEDULED
    assert 'data-ticket="' in desks["worker"].get("/today").text, "it is on today's list"


@pytest.mark.parametrize("outcome", ["absent", "refused", "moved", "deceased", "certified"])
def test_a_ticket_that_somebody_else_has_by_now_stays_theirs(
    desks: dict[str, Desk],
    zhou: Retiree,
    transactions: Transactions,
    faces: ScriptedFaces,
    now: datetime,
    outcome: str,
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.NO_MATCH, distance=0.7)
    ticket = _help(transactions)
    _step(desks["worker"], transactions, "give-back")
    _step(desks["colleague"], transactions, "take")
    told = _made(ticket, outcome, now, next_visit_on="2025-03-12", id_digits=zhou.id_number[-4:], **FACE)
    assert desks["worker"].send("/visits", told).status_code == 200
    after = _help(transactions)
    assert (after.status, after.assignee_id) == (TicketStatus.ASSIGNED, desks["colleague"].staff.id)
    assert count(transactions, Visit) == 1


@pytest.mark.parametrize("earlier", ["absent", "refused", "moved", "deceased"])
def test_an_earlier_visit_that_comes_later_changes_no_plan(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, now: datetime, earlier: str
) -> None:
    del zhou
    ticket, before = _help(transactions), now - timedelta(days=2)
    assert desks["worker"].send("/visits", _absent(ticket, now, date(2025, 3, 14))).status_code == 200
    first = _made(ticket, earlier, before, next_visit_on="2025-03-10")
    assert desks["worker"].send("/visits", first).status_code == 200
    after = _help(transactions)
    assert (after.status, after.assignee_id) == (TicketStatus.SCHEDULED, desks["worker"].staff.id)
    assert after.scheduled_at is not None
    assert after.scheduled_at.astimezone(LOCAL_ZONE).date() == date(2025, 3, 14)


def test_a_certification_ends_the_help_that_was_asked_for_meanwhile(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, clock: StandingClock, now: datetime
) -> None:
    ticket = _help(transactions)
    _step(desks["worker"], transactions, "cancel")
    clock.advance(minutes=10)
    _ask(desks["worker"], zhou)
    assert _help(transactions).id != ticket.id
    assert desks["worker"].send("/visits", _certified(ticket, zhou, now)).get_json()["result"] == "certified"
    assert not _help(transactions).is_standing


def test_a_visit_of_the_old_year_certifies_for_the_old_year(
    app: Flask, desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, clock: StandingClock
) -> None:
    ticket, seen = _help(transactions), datetime(2025, 12, 30, 10, tzinfo=LOCAL_ZONE)
    clock.set(seen + timedelta(days=4))
    worker = sit_down(app, transactions, desks["worker"].staff, clock.now())
    assert worker.send("/visits", _certified(ticket, zhou, seen)).get_json()["result"] == "certified"
    with transactions() as session:
        assert session.scalars(select(Certification.period)).one() == "2025"
        person = session.get_one(Retiree, zhou.id)
        assert (person.certified_until, person.due_by) == (date(2025, 12, 31), date(2026, 12, 31))


def test_whoever_is_certified_for_the_new_year_is_asked_for_nothing_when_the_visit_before_is_objected_to(
    app: Flask,
    desks: dict[str, Desk],
    zhou: Retiree,
    transactions: Transactions,
    faces: ScriptedFaces,
    clock: StandingClock,
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.NO_MATCH, distance=0.7)
    ticket, seen = _help(transactions), datetime(2025, 12, 30, 10, tzinfo=LOCAL_ZONE)
    clock.set(seen)
    worker = sit_down(app, transactions, desks["worker"].staff, clock.now())
    worker.send("/visits", _certified(ticket, zhou, seen) | {"judgement": "known_personally"})
    clock.set(seen + timedelta(days=9))
    with transactions() as session:
        check = session.scalars(select(VisitCheck)).one()
        zhou = session.merge(zhou)
        add_own_account(session, zhou, clock.now())
        certify(session, zhou, Channel.COUNTER, rules=RULES, actor=SYSTEM, now=clock.now())
    office = sit_down(app, transactions, desks["subdistrict"].staff, clock.now())
    assert office.post(f"/checks/{check.id}", decision="object", note="照片不是本人").status_code == 303
    with transactions() as session:
        revoked = select(Certification.period).where(Certification.revoked_at.is_not(None))
        assert session.scalars(revoked).all() == ["2025"]
        assert session.get_one(Retiree, zhou.id).certified_until == date(2026, 12, 31)
        assert session.scalars(select(OutboxMessage).where(OutboxMessage.notice == "certify_again")).all() == []
    assert not _help(transactions).is_standing


def test_a_death_that_is_confirmed_by_now_asks_nobody(
    desks: dict[str, Desk], zhou: Retiree, office: Office, transactions: Transactions, now: datetime
) -> None:
    ticket = _help(transactions)
    office.happens(LifeEventKind.DEATH, zhou, date(2025, 3, 8))
    for outcome in ("deceased", "moved"):
        assert desks["worker"].send("/visits", _made(ticket, outcome, now)).status_code == 200
    assert office.standing_tickets(zhou) == [TicketKind.WELFARE_CALL]
    _ask(desks["worker"], zhou)
    assert desks["worker"].send("/visits", _made(_help(transactions), "deceased", now)).status_code == 200
    assert office.standing_tickets(zhou) == [TicketKind.WELFARE_CALL]


def test_whoever_lives_after_all_is_still_to_be_helped(
    desks: dict[str, Desk], zhou: Retiree, office: Office, transactions: Transactions, now: datetime
) -> None:
    assert desks["worker"].send("/visits", _made(_help(transactions), "deceased", now)).status_code == 200
    with transactions() as session:
        death = session.scalars(select(LifeEvent)).one()
        reject_event(session, office.first, death.id, "他在医院", actor=actor_of(office.first), now=now)
    assert office.standing_tickets(zhou) == [HELP]
    assert _help(transactions).escalated_to == SUBDISTRICT


def test_a_confirmed_death_ends_the_help(
    desks: dict[str, Desk], zhou: Retiree, office: Office, transactions: Transactions, now: datetime
) -> None:
    assert desks["worker"].send("/visits", _made(_help(transactions), "deceased", now)).status_code == 200
    with transactions() as session:
        death = session.scalars(select(LifeEvent)).one()
    desks["worker"].post(f"/events/{death.id}/corroborate", finding="邻居也这么说")
    assert desks["agency"].post(f"/events/{death.id}/confirm", on="2025-03-08").status_code == 303
    assert office.standing_tickets(zhou) == [TicketKind.WELFARE_CALL]


def test_a_visit_of_long_ago_is_judged_no_longer(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, faces: ScriptedFaces, now: datetime
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.NO_MATCH, distance=0.7)
    told = _certified(_help(transactions), zhou, now)
    assert desks["worker"].send("/visits", told).get_json()["result"] == "judge"
    with transactions() as session:
        visit = session.get_one(Visit, UUID(told["id"]))
        visit.began_at = visit.ended_at = visit.received_at = now - timedelta(days=15)
    judged = desks["worker"].post(f"/visits/{told['id']}/judge", judgement="documents", note="老照片对得上")
    assert judged.status_code == 422
    assert "不能再由您认定" in judged.text
    assert count(transactions, Certification) == 0


def test_an_objection_leaves_what_somebody_did_by_phone_before(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, now: datetime
) -> None:
    """The visit found them certified; it is in doubt, and not their own face."""
    with transactions() as session:
        person = session.get_one(Retiree, zhou.id)
        certify(session, person, Channel.SELF_SERVICE, rules=RULES, actor=SYSTEM, now=now - timedelta(hours=1))
    told = _certified(_help(transactions), zhou, now) | {"id_digits": None, "judgement": "known_personally"}
    assert desks["worker"].send("/visits", told).get_json()["result"] == "certified"
    with transactions() as session:
        check = session.scalars(select(VisitCheck)).one()
    assert desks["subdistrict"].post(f"/checks/{check.id}", decision="object", note="照片不是本人").status_code == 303
    with transactions() as session:
        assert session.scalars(select(Certification)).one().revoked_at is None
    assert not _help(transactions).is_standing


@pytest.mark.parametrize(("days", "is_told"), [(1, True), (5, False)])
def test_whoever_was_seen_after_the_day_of_their_death_is_decided_the_same_day(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, office: Office, *, days: int, is_told: bool
) -> None:
    office.tell(LifeEventKind.DEATH, zhou, office.today - timedelta(days=3))
    visit = _certified(_help(transactions), zhou, office.now - timedelta(days=days))
    assert desks["worker"].send("/visits", visit).get_json()["result"] == "certified"
    with transactions() as session:
        told = session.scalars(select(LifeEvent).where(LifeEvent.kind == LifeEventKind.STILL_ALIVE)).all()
        assert [(one.retiree_id, one.is_open) for one in told] == ([(zhou.id, True)] if is_told else [])
