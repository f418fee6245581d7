from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from casework.assistance import request_assistance
from casework.ticket_rounds import escalate, help_before_deadline, remind
from casework.tickets import open_ticket, take_ticket
from models import LifeEvent, OutboxMessage, Retiree, StaffNotice, Ticket, Transition
from models.audit import Actor, ActorKind
from models.session import Transactions
from models.ticket import Place, StaffNoticeKind, TicketKind, TicketOrigin, TicketStatus, VisitReason
from policy.rules import Clock
from policy.working_days import after_working_days
from refusal import Refusal
from tests.cast import COMMUNITY, DISTRICT, OTHER_COMMUNITY, OTHER_DISTRICT, SUBDISTRICT, call_cast
from tests.staff import Desk, add_staff_cast

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from casework.terms import Terms
    from settings import Settings
    from tests.cast import Cast

SYSTEM = Actor(ActorKind.SYSTEM, "test")


@pytest.fixture
def ticket(cast: Cast, transactions: Transactions, terms: Terms, now: datetime) -> Ticket:
    """A visit to old Zhou, who is bed-ridden."""
    with transactions() as session:
        return request_assistance(
            session,
            session.merge(cast.old_zhou),
            place=Place.HOME,
            visit_reason=VisitReason.BEDRIDDEN,
            origin=TicketOrigin.REQUESTED,
            terms=terms,
            actor=SYSTEM,
            now=now,
        )


def stands(transactions: Transactions, ticket: Ticket) -> Ticket:
    with transactions() as session:
        return session.get_one(Ticket, ticket.id)


def step(desk: Desk, ticket: Ticket, name: str, **fields: str) -> int:
    return desk.post(f"/tickets/{ticket.id}/{name}", **fields).status_code


def test_it_works_from_taking_to_an_answer(
    desks: dict[str, Desk], cast: Cast, transactions: Transactions, terms: Terms, now: datetime
) -> None:
    with transactions() as session:
        asked = open_ticket(
            session,
            TicketKind.COMPLAINT,
            session.merge(cast.grandma_li),
            TicketOrigin.REQUESTED,
            account_id=cast.grandma_li_account.id,
            note="补发少了一个月",
            terms=terms,
            actor=SYSTEM,
            now=now,
        )
    desk = desks["neighbour"]
    assert "补发少了一个月" in desk.get(f"/tickets/{asked.id}").text
    assert step(desk, asked, "take", version="1") == 303
    assert step(desk, asked, "start", version="2") == 303
    assert step(desk, asked, "finish", version="3", note="已经核对，下个月补上。") == 303
    done = stands(transactions, asked)
    assert (done.status, done.version, done.closed_at) == (TicketStatus.DONE, 4, now)
    with transactions() as session:
        told = session.scalars(select(OutboxMessage)).one()
        assert (told.notice, told.account_id) == ("answered", cast.grandma_li_account.id)
        assert "下个月补上" in told.values
        steps = session.scalars(select(Transition.new).where(Transition.subject_id == str(asked.id))).all()
        assert sorted(steps) == ["assigned", "done", "in_progress"]
    assert step(desk, asked, "start", version="4") == 409


def test_of_two_who_saw_the_same_ticket_one_takes_it(
    desks: dict[str, Desk], ticket: Ticket, transactions: Transactions
) -> None:
    assert step(desks["worker"], ticket, "take", version="1") == 303
    answer = desks["colleague"].post(f"/tickets/{ticket.id}/take", version="1")
    assert answer.status_code == 409
    assert "别人刚刚动过" in answer.text
    assert stands(transactions, ticket).assignee_id == desks["worker"].staff.id


def test_of_two_at_the_same_moment_one_takes_it(own_engine: Engine, settings: Settings, now: datetime) -> None:
    own = Transactions(own_engine)
    with own() as session:
        people = call_cast(session, now=now)
        workers = add_staff_cast(session, ("worker", "colleague"))
        made = open_ticket(
            session,
            TicketKind.WELFARE_CALL,
            people.old_zhou,
            TicketOrigin.STAFF,
            terms=settings.terms(),
            actor=SYSTEM,
            now=now,
        )
        made_id = made.id

    def take(name: str) -> bool:
        try:
            with own() as session:
                actor = Actor(ActorKind.STAFF, str(workers[name].id))
                take_ticket(session, workers[name], made_id, 1, actor=actor, now=now)
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(take, ("worker", "colleague"))) == [False, True]
    with own() as session:
        assert session.get_one(Ticket, made_id).version == 2
        assert len(session.scalars(select(Transition).where(Transition.subject_id == str(made_id))).all()) == 1


def test_a_ticket_of_somebody_else_is_worked_by_whoever_has_it_or_assigns(
    desks: dict[str, Desk], ticket: Ticket
) -> None:
    step(desks["worker"], ticket, "take", version="1")
    assert step(desks["colleague"], ticket, "start", version="2") == 409
    assert step(desks["auditor"], ticket, "start", version="2") == 403
    assert step(desks["neighbour"], ticket, "start", version="2") == 404
    assert step(desks["subdistrict"], ticket, "start", version="2") == 303


def test_assigning_tells_both_and_needs_somebody_of_the_region(
    desks: dict[str, Desk], ticket: Ticket, transactions: Transactions
) -> None:
    boss = desks["subdistrict"]
    assert step(boss, ticket, "assign", version="1", assignee=str(desks["neighbour"].staff.id)) == 422
    assert step(boss, ticket, "assign", version="1", assignee=str(desks["auditor"].staff.id)) == 422
    assert step(boss, ticket, "assign", version="1", assignee=str(desks["worker"].staff.id)) == 303
    assert step(boss, ticket, "assign", version="2", assignee=str(desks["colleague"].staff.id)) == 303
    with transactions() as session:
        notices = session.scalars(select(StaffNotice).where(StaffNotice.ticket_id == ticket.id))
        kinds = {(one.staff_id, one.kind) for one in notices}
    assert kinds == {
        (desks["worker"].staff.id, StaffNoticeKind.ASSIGNED),
        (desks["worker"].staff.id, StaffNoticeKind.TAKEN_AWAY),
        (desks["colleague"].staff.id, StaffNoticeKind.ASSIGNED),
    }
    assert "分给您了" in desks["colleague"].get("/").text
    desks["colleague"].post("/notices/seen")
    assert "分给您了" not in desks["colleague"].get("/").text


def test_giving_back_escalating_and_cancelling_need_words(
    desks: dict[str, Desk], ticket: Ticket, transactions: Transactions
) -> None:
    desk = desks["worker"]
    step(desk, ticket, "take", version="1")
    assert step(desk, ticket, "give-back", version="2", note=" ") == 422
    assert stands(transactions, ticket).status is TicketStatus.ASSIGNED, "nothing happened"
    assert step(desk, ticket, "escalate", version="2", note="家里没人应门三次") == 303
    risen = stands(transactions, ticket)
    assert (risen.status, risen.escalated_to, risen.assignee_id) == (TicketStatus.ESCALATED, SUBDISTRICT, None)
    step(desks["subdistrict"], ticket, "take", version="3")
    assert step(desks["subdistrict"], ticket, "escalate", version="4", note="请区里看看") == 303
    assert stands(transactions, ticket).escalated_to == DISTRICT
    step(desks["district"], ticket, "take", version="5")
    assert step(desks["district"], ticket, "escalate", version="6", note="再上面") == 422
    assert step(desks["district"], ticket, "cancel", version="6", note="本人说不用了") == 303
    assert stands(transactions, ticket).status is TicketStatus.CANCELLED


def test_help_with_a_certification_ends_by_a_visit_alone(desks: dict[str, Desk], ticket: Ticket) -> None:
    step(desks["worker"], ticket, "take", version="1")
    assert step(desks["worker"], ticket, "finish", version="2", note="好了") == 422


def test_a_visit_is_not_planned_for_yesterday(desks: dict[str, Desk], ticket: Ticket, now: datetime) -> None:
    step(desks["worker"], ticket, "take", version="1")
    yesterday, tomorrow = (f"{now + timedelta(days=days):%Y-%m-%dT09:00}" for days in (-1, 1))
    assert step(desks["worker"], ticket, "schedule", version="2", at=yesterday) == 422
    assert step(desks["worker"], ticket, "schedule", version="2", at=tomorrow) == 303


def test_a_visit_has_ten_working_days_around_a_holiday(terms: Terms) -> None:
    # 1 to 8 October 2025 are holidays; 28 September and 11 October, both at weekends, are worked
    assert terms.due_by(TicketKind.ASSISTED_CERTIFICATION, Place.HOME, date(2025, 9, 26)) == date(2025, 10, 16)
    assert terms.due_by(TicketKind.HANDED_OVER, None, date(2025, 3, 7)) == date(2025, 3, 12)


def test_a_late_ticket_is_told_then_goes_to_the_subdistrict_then_to_the_district(
    desks: dict[str, Desk], ticket: Ticket, transactions: Transactions, terms: Terms, now: datetime
) -> None:
    step(desks["worker"], ticket, "take", version="1")
    due = stands(transactions, ticket).due_by

    def go_on(day: date) -> tuple[int, int]:
        moment = now + (day - date(2025, 3, 10))
        with transactions() as session:
            reminded = remind(session, terms=terms, now=moment)
        with transactions() as session:
            return reminded, escalate(session, terms=terms, actor=SYSTEM, now=moment)

    assert go_on(after_working_days(due, -3)) == (0, 0)
    assert go_on(after_working_days(due, -2)) == (1, 0), "two working days before: a reminder"
    assert go_on(due) == (0, 0), "told once, and not late yet"
    assert go_on(after_working_days(due, 1)) == (0, 1)
    first = stands(transactions, ticket)
    assert (first.status, first.escalated_to) == (TicketStatus.ESCALATED, SUBDISTRICT)
    assert first.assignee_id == desks["worker"].staff.id, "whoever has it goes on until somebody else takes it"
    assert go_on(after_working_days(due, 4)) == (0, 0)
    assert go_on(after_working_days(due, 5)) == (0, 1)
    assert stands(transactions, ticket).escalated_to == DISTRICT
    assert go_on(after_working_days(due, 30)) == (0, 0), "nobody is above the district"
    with transactions() as session:
        told = {(one.staff_id, one.kind) for one in session.scalars(select(StaffNotice))}
    for name in ("subdistrict", "district", "agency", "worker"):
        assert (desks[name].staff.id, StaffNoticeKind.ESCALATED) in told
    assert (desks["far_district"].staff.id, StaffNoticeKind.ESCALATED) not in told
    assert "已上报" in desks["subdistrict"].get("/tickets?which=escalated").text


def test_who_moves_takes_the_ticket_along(
    desks: dict[str, Desk], cast: Cast, ticket: Ticket, transactions: Transactions
) -> None:
    step(desks["worker"], ticket, "take", version="1")
    path = f"/people/{cast.old_zhou.id}/change"
    assert "桂花社区" in desks["worker"].get(f"{path}?community=桂花").text
    moved = desks["worker"].post(path, address="桂花路3号", community=OTHER_COMMUNITY)
    assert moved.status_code == 303
    assert stands(transactions, ticket).owner_code == COMMUNITY, "nobody has taken the person over yet"
    with transactions() as session:
        event_id = session.scalars(select(LifeEvent.id)).one()
    assert desks["neighbour"].post(f"/events/{event_id}/confirm").status_code == 303
    gone = stands(transactions, ticket)
    assert (gone.owner_code, gone.status, gone.assignee_id) == (OTHER_COMMUNITY, TicketStatus.OPEN, None)
    assert desks["worker"].get(f"/tickets/{ticket.id}").status_code == 404
    assert "不用您办了" in desks["worker"].get("/").text
    assert step(desks["neighbour"], ticket, "take", version="3") == 303
    with transactions() as session:
        assert session.get_one(Retiree, cast.old_zhou.id).owner_code == OTHER_COMMUNITY


def test_one_stands_a_person_and_kind(
    desks: dict[str, Desk], cast: Cast, ticket: Ticket, transactions: Transactions
) -> None:
    fields = {"person": str(cast.old_zhou.id), "kind": "assisted_certification", "place": "window"}
    again = desks["worker"].post("/tickets/new", **fields)
    assert again.headers["Location"] == f"/staff/tickets/{ticket.id}"
    call = desks["worker"].post("/tickets/new", person=str(cast.old_zhou.id), kind="welfare_call", note="重阳节看望")
    assert call.status_code == 303
    assert str(ticket.id) not in call.headers["Location"]
    with transactions() as session:
        assert len(session.scalars(select(Ticket)).all()) == 2
    for kind in ("manual_review", "handed_over", "nonsense"):
        assert desks["worker"].post("/tickets/new", person=str(cast.old_zhou.id), kind=kind).status_code == 422
    home = {"person": str(cast.old_zhou.id), "kind": "assisted_certification", "place": "home"}
    assert desks["worker"].post("/tickets/new", **home).status_code == 422, "a visit needs one of the five reasons"


def test_whoever_lives_outside_is_kept_by_the_agency(
    cast: Cast, transactions: Transactions, terms: Terms, now: datetime
) -> None:
    with transactions() as session:
        made = request_assistance(
            session,
            session.merge(cast.far_chen),
            place=Place.WINDOW,
            visit_reason=None,
            origin=TicketOrigin.REQUESTED,
            terms=terms,
            actor=SYSTEM,
            now=now,
        )
        assert made.owner_code == OTHER_DISTRICT


def test_who_is_due_soon_and_has_not_tried_is_helped_once(
    desks: dict[str, Desk], cast: Cast, transactions: Transactions, terms: Terms, now: datetime
) -> None:
    desks["worker"].post(f"/people/{cast.old_zhou.id}/marks", mark="bedridden")

    def help_now(moment: datetime, owner: str = COMMUNITY) -> int:
        with transactions() as session:
            return help_before_deadline(
                session, owner, terms=terms, clock=Clock.CALENDAR_YEAR, actor=SYSTEM, now=moment
            )

    december = now.replace(month=12, day=2)
    assert help_now(now) == 0, "the deadline is far"
    assert help_now(december) == 1
    assert help_now(december) == 0
    assert help_now(december, OTHER_COMMUNITY) == 1
    with transactions() as session:
        zhou = session.scalars(select(Ticket).where(Ticket.retiree_id == cast.old_zhou.id)).one()
        li = session.scalars(select(Ticket).where(Ticket.retiree_id == cast.grandma_li.id)).one()
    assert (zhou.place, zhou.visit_reason, zhou.is_urgent) == (Place.HOME, VisitReason.BEDRIDDEN, True)
    assert (li.place, li.visit_reason, li.is_urgent) == (Place.WINDOW, None, False)


@pytest.mark.parametrize(("clock", "helped"), [(Clock.CALENDAR_YEAR, 0), (Clock.ROLLING_12, 1), (Clock.ROLLING_13, 1)])
def test_whoever_was_certified_is_left_alone_unless_that_ends_soon(
    cast: Cast, transactions: Transactions, terms: Terms, now: datetime, clock: Clock, helped: int
) -> None:
    december = now.replace(month=12, day=2)
    with transactions() as session:
        certified = {"certified_until": date(2025, 12, 31)}
        session.execute(update(Retiree).where(Retiree.id == cast.old_zhou.id).values(certified))
    with transactions() as session:
        made = help_before_deadline(session, COMMUNITY, terms=terms, clock=clock, actor=SYSTEM, now=december)
    assert made == helped


def test_a_list_shows_the_region_alone_page_by_page(
    desks: dict[str, Desk], ticket: Ticket, transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        for place in range(60):
            session.add(
                Ticket(
                    number=f"R2503-{place:08d}",
                    kind=TicketKind.HANDED_OVER,
                    origin=TicketOrigin.NOT_UNDERSTOOD,
                    owner_code=COMMUNITY,
                    status=TicketStatus.OPEN,
                    created_at=now,
                    due_by=date(2025, 4, 1),
                )
            )
    first = desks["worker"].get("/tickets")
    assert first.text.count("R2503-") + first.text.count(ticket.number) == 50
    following = first.text.split('href="/staff/tickets?')[-1].split('"')[0].replace("&amp;", "&")
    second = desks["worker"].get(f"/tickets?{following}")
    one, other = (set(re.findall(r"[RB]2503-[0-9]{8}", shown.text)) for shown in (first, second))
    assert len(one | other) == 61
    assert not one & other
    assert ticket.number not in desks["neighbour"].get("/tickets").text
    assert desks["worker"].get(f"/tickets?region={OTHER_COMMUNITY}").status_code == 404
    assert desks["worker"].get("/tickets?which=nonsense").status_code == 422
