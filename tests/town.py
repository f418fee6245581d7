"""A small town in which something of every kind happened, for the figures."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from models import (
    Attempt,
    CertificationSession,
    Review,
    Staff,
    Ticket,
    Visit,
)
from models.attempt import AttemptStatus, CaptureWay, SessionStatus
from models.certification import Channel
from models.staff import StaffRole
from models.ticket import Place, TicketKind, TicketOrigin, TicketStatus
from models.visit import VisitOutcome
from tests.cast import COMMUNITY, OTHER_COMMUNITY
from tests.factories.retirees import make_retiree

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from models import Account, Retiree
    from tests.cast import Cast

CITY = "430100"
_serial = count(1)


def add_staff(session: Session, role: StaffRole, region: str) -> Staff:
    made = Staff(
        login=f"test{next(_serial)}",
        name="何工",
        role=role,
        region_code=region,
        password_hash="-",
        must_change_password=False,
        created_at=datetime.fromisoformat("2025-01-01T00:00:00+00:00"),
    )
    session.add(made)
    session.flush()
    return made


def add_ticket(session: Session, retiree: Retiree, owner: str, now: datetime, **values: Any) -> Ticket:
    ticket = Ticket(
        **{
            "number": f"B{next(_serial)}",
            "kind": TicketKind.ASSISTED_CERTIFICATION,
            "place": Place.HOME,
            "origin": TicketOrigin.STAFF,
            "retiree_id": retiree.id,
            "owner_code": owner,
            "created_at": now - timedelta(days=9),
            "due_by": date(2025, 3, 20),
        }
        | values
    )
    session.add(ticket)
    session.flush()
    return ticket


def add_visit(session: Session, ticket: Ticket, staff: Staff, at: datetime) -> Visit:
    assert ticket.retiree_id is not None
    visit = Visit(
        ticket_id=ticket.id,
        retiree_id=ticket.retiree_id,
        staff_id=staff.id,
        content_index=f"{next(_serial)}",
        place=Place.HOME,
        outcome=VisitOutcome.ABSENT,
        began_at=at,
        ended_at=at,
        received_at=at,
    )
    session.add(visit)
    session.flush()
    return visit


def add_session(
    session: Session,
    account: Account,
    retiree: Retiree,
    now: datetime,
    *attempts: AttemptStatus,
    status: SessionStatus = SessionStatus.OPEN,
    actions: tuple[str, ...] = ("blink", "nod"),
    **values: Any,
) -> CertificationSession:
    made = CertificationSession(
        **{
            "account_id": account.id,
            "retiree_id": retiree.id,
            "with_helper": False,
            "status": status,
            "created_at": now,
            "owner_code": retiree.owner_code,
            "age_group": "70-74",
            "sex": "female",
            "phone": "Android 10",
        }
        | values
    )
    session.add(made)
    session.flush()
    for number, one in enumerate(attempts, 1):
        session.add(
            Attempt(
                session_id=made.id,
                retiree_id=retiree.id,
                number=number,
                way=CaptureWay.STREAM,
                status=one,
                actions=list(actions),
                nonce_index=f"{next(_serial)}",
                created_at=now,
                expires_at=now,
                rule_set="changsha-2020",
            )
        )
    session.flush()
    return made


@dataclass
class Town:
    """A small town in which something of every kind happened; its city officer."""

    city: Staff
    worker: Staff
    people: list[Retiree]


def build_town(session: Session, cast: Cast, now: datetime) -> Town:
    """Let something of every kind happen."""
    worker = add_staff(session, StaffRole.COMMUNITY_WORKER, COMMUNITY)
    people = []
    for place in range(12):
        one = make_retiree(session, community_code=(COMMUNITY, OTHER_COMMUNITY)[place % 2])
        people.append(one)
    for one, channel in zip(people, (*Channel, Channel.DATA_MATCH), strict=False):
        one.certified_until, one.certified_by, one.due_by = date(2025, 12, 31), channel, date(2026, 12, 31)
    people[5].due_by = date(2025, 3, 10)  # today
    people[6].due_by = date(2025, 4, 9)  # in thirty days
    people[7].due_by = date(2025, 4, 10)
    people[8].due_by = date(2025, 3, 9)  # yesterday
    people[9].certified_until, people[9].due_by = date(2024, 12, 31), date(2024, 12, 31)
    session.flush()
    add_ticket(session, people[0], COMMUNITY, now)
    add_ticket(session, people[2], COMMUNITY, now, due_by=date(2025, 3, 9))
    for days, place in ((0, 0), (3, 1), (4, 2), (90, 4)):
        opened = now - timedelta(days=days)
        done = {"status": TicketStatus.DONE, "created_at": opened, "closed_at": now, "kind": TicketKind.WELFARE_CALL}
        ticket = add_ticket(session, people[place], COMMUNITY, now, **done)
        add_visit(session, ticket, worker, now)
    add_ticket(session, people[3], OTHER_COMMUNITY, now, status=TicketStatus.CANCELLED, closed_at=now)
    add_visit(session, ticket, worker, datetime.fromisoformat("2024-12-31T15:59:59+00:00"))  # last year, in China
    account = cast.stranger
    passed, retry = AttemptStatus.CERTIFIED, AttemptStatus.RETRY
    add_session(session, account, people[0], now, passed, status=SessionStatus.CERTIFIED)
    add_session(session, account, people[1], now, retry, passed, status=SessionStatus.CERTIFIED, sex="male")
    add_session(session, account, people[2], now, retry, retry, retry, status=SessionStatus.REFUSED, actions=("nod",))
    add_session(session, account, people[2], now, AttemptStatus.RUNNING)
    reviewed = add_session(session, account, people[3], now, passed, status=SessionStatus.CERTIFIED, phone=None)
    attempt = session.query(Attempt).filter_by(session_id=reviewed.id).one()
    session.add(
        Review(
            attempt_id=attempt.id,
            retiree_id=people[3].id,
            owner_code=OTHER_COMMUNITY,
            reasons=[],
            created_at=now,
            due_by=date(2025, 3, 20),
        )
    )
    session.flush()
    return Town(add_staff(session, StaffRole.CITY_OFFICER, CITY), worker, people)
