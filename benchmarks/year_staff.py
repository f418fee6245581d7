"""What staff of the simulated year do, most of it once a week: call, visit, review, verify what was told, decide."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from benchmarks.year_faces import is_helped_later
from benchmarks.year_world import VERIFYING
from casework.alive_cases import find_alive_case
from casework.benefit_decisions import Deciding, approve
from casework.calls import write_call
from casework.life_event_reversal import reverse_event
from casework.life_events import confirm_event, corroborate_event, find_standing_event, notify_event, reject_event
from casework.reviewing import judge
from casework.tickets import cancel_ticket, finish_ticket
from casework.visits import VisitForm, write_visit
from certification.certify import certify
from certification.reviews import Judgement
from models import Benefit, BenefitAction, Call, LifeEvent, Retiree, Review, Ticket
from models.benefit import ActionStatus, BenefitStatus
from models.certification import Channel, ReviewStatus
from models.life_event import OPEN_EVENTS, EventSource, LifeEventKind, LifeEventStatus
from models.reaching import CallOutcome
from models.ticket import ENDED, TicketKind, TicketOrigin
from models.visit import JudgementReason, Signer, VisitOutcome
from policy.working_days import first_working_day

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date
    from uuid import UUID

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from benchmarks.year_lives import Life
    from benchmarks.year_world import World

_COMES_WHEN_CALLED, _COMES_WHEN_SUSPENDED, _STUBBORN_LETS_IN, _REVIEW_PASSES = 0.6, 0.2, 0.3, 0.6
_VISIT_PURPOSE = "visits.content"
_FOUND_OUT_AFTER = timedelta(days=8)


def work(world: World) -> None:
    """Do what staff do once a week; what is proposed is decided by `decide_proposals` afterwards."""
    _call(world)
    _visit(world)
    _review(world)
    _verify(world)
    _look_into(world)
    _come_back(world)


def decide_proposals(world: World) -> None:
    """Approve, as the second person, whatever may be approved; also what follows from that at once, as back-pay."""
    second = world.staff["second"]
    deciding = Deciding(world.services.rules, world.services.benefit_terms, world.actor("second"), world.now)
    done = 1
    while done:
        with world.transactions() as session:
            ids = session.scalars(
                select(BenefitAction.id).where(BenefitAction.status == ActionStatus.PROPOSED).order_by(BenefitAction.id)
            ).all()
            done = approve(session, second, ids, deciding).done


def record_move(world: World, life: Life) -> None:
    """Write down that somebody moves to another province, as staff do who are told at the window."""
    with world.transactions() as session:
        event = notify_event(
            session,
            LifeEventKind.MOVING_AWAY,
            session.get_one(Retiree, life.id),
            happened_on=world.today,
            source=EventSource.STAFF,
            content={"place": "province", "address": "广东省深圳市福田区某路1号"},
            rules=world.services.rules,
            actor=world.actor("worker"),
            now=world.now,
        )
        session.flush()
        _verify_and_confirm(session, world, event)


def decide_alive_cases(world: World) -> None:
    """Decide every word of being alive on the working day on which it is due; the second person pays back at once."""
    with world.transactions() as session:
        events = session.scalars(
            select(LifeEvent).where(LifeEvent.kind == LifeEventKind.STILL_ALIVE, LifeEvent.status.in_(OPEN_EVENTS))
        ).all()
        decided = []
        for event in events:
            case = find_alive_case(session, event, now=world.now)
            if case.is_late:
                raise AssertionError("a word of being alive waited beyond its day")
            if case.decide_by > world.today:
                continue
            if event.retiree_id is None:
                raise AssertionError("everybody who says so is on the roster")
            decided.append((event.retiree_id, case.back_pay_cents))
            _confirm(session, world, event)
    if not decided:
        return
    for retiree_id, cents in decided:
        _reversed(world, world.by_id[retiree_id], "said_alive")
        world.promised[retiree_id] = cents
    decide_proposals(world)
    _check_undone(world, [retiree_id for retiree_id, _cents in decided])


def find_mistake(world: World, life: Life) -> None:
    """Reverse a death that staff confirmed by mistake, and have the second person undo what followed."""
    with world.transactions() as session:
        event = find_standing_event(session, life.id, LifeEventKind.DEATH)
        if event is None or event.status is not LifeEventStatus.CONFIRMED:
            return
        reverse_event(
            session,
            world.staff["first"],
            event.id,
            "死亡的是同名同姓的另一个人",
            effects=world.effects,
            actor=world.actor("first"),
            now=world.now,
        )
    _reversed(world, life, "found_out")
    decide_proposals(world)
    _check_undone(world, [life.id])


def _check_undone(world: World, ids: Collection[UUID]) -> None:
    """Raise unless today is worked and the pension of people whose death was reversed today goes on."""
    if first_working_day(world.today) != world.today:
        raise AssertionError("a death was reversed on a day off")
    with world.transactions() as session:
        ended = session.scalars(
            select(Benefit.id).where(Benefit.id.in_(ids), Benefit.status == BenefitStatus.TERMINATED)
        ).all()
    if ended:
        raise AssertionError("a death was reversed and what followed from it was not undone that day")


def _reversed(world: World, life: Life, how: str) -> None:
    if life.wrong is None:
        raise AssertionError("a true death was reversed")
    life.wrong.reversed_on = world.today
    world.tally.wrong[how] += 1


def _verify_and_confirm(session: Session, world: World, event: LifeEvent, life: Life | None = None) -> None:
    """Look for the community, then confirm for the agency; of a true death with its day as it was found."""
    day = life.dies_on if life is not None and event.kind is LifeEventKind.DEATH else None
    corroborate_event(
        session, world.staff["worker"], event.id, "去家里看过", actor=world.actor("worker"), now=world.now
    )
    _confirm(session, world, event, happened_on=day)


def _confirm(session: Session, world: World, event: LifeEvent, happened_on: date | None = None) -> None:
    """Confirm for the agency."""
    confirm_event(
        session,
        world.staff["first"],
        event.id,
        effects=world.effects,
        actor=world.actor("first"),
        now=world.now,
        happened_on=happened_on,
    )


def _verify(world: World) -> None:
    """Look at what relatives, neighbours and data told; wrong reports are rejected, or believed by mistake."""
    with world.transactions() as session:
        ids = session.scalars(
            select(LifeEvent.id)
            .where(LifeEvent.status.in_(OPEN_EVENTS), LifeEvent.kind != LifeEventKind.STILL_ALIVE)
            .order_by(LifeEvent.happened_on, LifeEvent.id)
        ).all()
    for event_id in ids:
        with world.transactions() as session:
            event = session.get_one(LifeEvent, event_id)
            if event.retiree_id is None:
                raise AssertionError("everything told in this year is about somebody on the roster")
            life = world.by_id[event.retiree_id]
            is_false = event.kind is LifeEventKind.DEATH and not life.is_dead(world.today)
            if is_false and (life.wrong is None or not life.wrong.is_believed or life.wrong.reversed_on is not None):
                reject_event(
                    session,
                    world.staff["first"],
                    event.id,
                    "本人健在",
                    actor=world.actor("first"),
                    now=world.now,
                )
                world.tally.wrong["rejected"] += 1
                continue
            _verify_and_confirm(session, world, event, life)
        if is_false and life.wrong is not None:
            world.tally.wrong["believed"] += 1
            if life.wrong.is_found_out:
                found_on = first_working_day(world.today + _FOUND_OUT_AFTER)
                world.diary[found_on].append(("mistake", life))


def _look_into(world: World) -> None:
    """End tickets about data: nothing to verify remains, or somebody said to be dead is found alive by it."""
    with world.transactions() as session:
        is_told = exists().where(LifeEvent.retiree_id == Ticket.retiree_id, LifeEvent.status.in_(OPEN_EVENTS))
        tickets = _standing(session, VERIFYING, ~is_told)
    for ticket_id, retiree_id in tickets:
        life = world.by_id[retiree_id]
        if not life.is_dead(world.today):
            find_mistake(world, life)
        with world.transactions() as session:
            ticket = session.get_one(Ticket, ticket_id)
            if ticket.status not in ENDED:
                finish_ticket(
                    session,
                    world.staff["worker"],
                    ticket.id,
                    ticket.version,
                    "已核实",
                    actor=world.actor("worker"),
                    now=world.now,
                )
                world.tally.tickets[ticket.kind.value] += 1
                world.tally.tickets["by_staff"] += ticket.origin is TicketOrigin.DATA_MATCH


def _review(world: World) -> None:
    """Judge doubtful faces: some pass, the others are helped in person."""
    with world.transactions() as session:
        reviews = session.execute(select(Review.id, Review.retiree_id).where(Review.status == ReviewStatus.OPEN)).all()
    for review_id, retiree_id in reviews:
        passes = world.happens(_REVIEW_PASSES, world.by_id[retiree_id], "review")
        with world.transactions() as session:
            judge(
                session,
                world.staff["first"],
                review_id,
                Judgement.CERTIFY if passes else Judgement.VISIT,
                rules=world.services.rules,
                terms=world.services.terms,
                actor=world.actor("first"),
                now=world.now,
            )


def _call(world: World) -> None:
    """Make the calls of the lists, but for those of one community of ten, where nobody does; some people come then."""
    with world.transactions() as session:
        calls = session.execute(
            select(Call.id, Call.retiree_id).where(Call.called_at.is_(None), Call.lapsed_at.is_(None))
        ).all()
        called = [(call_id, world.by_id[one]) for call_id, one in calls if world.by_id[one].place % 10]
        for call_id, life in called:
            is_there = life.certifies != "never" and life.is_out(world.today)
            outcome = CallOutcome.REACHED if is_there else CallOutcome.NO_ANSWER
            write_call(session, world.staff["worker"], call_id, outcome, actor=world.actor("worker"), now=world.now)
            world.try_to_reach(life)
    for _id, life in called:
        is_willing = life.certifies in {"called", "reminded"} and not is_helped_later(life, world)
        if is_willing and world.happens(_COMES_WHEN_CALLED, life, "called"):
            come_to_window(world, life)


def _come_back(world: World) -> None:
    """Let some of those whose pension was suspended come to the window."""
    with world.transactions() as session:
        stopped = session.scalars(select(Benefit.id).where(Benefit.status == BenefitStatus.SUSPENDED)).all()
    for retiree_id in stopped:
        if world.happens(_COMES_WHEN_SUSPENDED, world.by_id[retiree_id], "back"):
            come_to_window(world, world.by_id[retiree_id])


def come_to_window(world: World, life: Life) -> None:
    """Certify somebody who came; a ticket for help that stands is ended by it."""
    if not life.is_out(world.today):
        return
    with world.transactions() as session:
        ticket = session.scalar(
            select(Ticket).where(
                Ticket.retiree_id == life.id,
                Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
                Ticket.status.not_in(ENDED),
            )
        )
        if ticket is not None:
            _write_visit(session, world, ticket.id, VisitOutcome.CERTIFIED)
            return
        certify(
            session,
            session.get_one(Retiree, life.id),
            Channel.COUNTER,
            rules=world.services.rules,
            actor=world.actor("worker"),
            now=world.now,
        )


def _visit(world: World) -> None:
    """Go to whoever a ticket asks for: most are there and certified, some died, a few are never met."""
    with world.transactions() as session:
        tickets = _standing(session, [TicketKind.ASSISTED_CERTIFICATION])
    for ticket_id, retiree_id in tickets:
        life = world.by_id[retiree_id]
        if is_helped_later(life, world) and not life.is_dead(world.today):
            continue
        world.try_to_reach(life)
        with world.transactions() as session:
            if life.is_dead(world.today):
                _write_visit(session, world, ticket_id, VisitOutcome.DECEASED)
            elif life.is_out(world.today) and (
                life.certifies != "never" or world.happens(_STUBBORN_LETS_IN, life, "visit")
            ):
                _write_visit(session, world, ticket_id, VisitOutcome.CERTIFIED)
            else:
                _write_visit(session, world, ticket_id, VisitOutcome.REFUSED)
                ticket = session.get_one(Ticket, ticket_id)
                cancel_ticket(
                    session,
                    world.staff["worker"],
                    ticket.id,
                    ticket.version,
                    "本人不配合认证",
                    actor=world.actor("worker"),
                    now=world.now,
                )


def _standing(
    session: Session, kinds: Collection[TicketKind], *conditions: ColumnElement[bool]
) -> list[tuple[UUID, UUID]]:
    """Return the standing tickets of some kinds, each with whom it is about."""
    rows = session.execute(
        select(Ticket.id, Ticket.retiree_id).where(Ticket.kind.in_(kinds), Ticket.status.not_in(ENDED), *conditions)
    ).tuples()
    return [(ticket_id, retiree_id) for ticket_id, retiree_id in rows if retiree_id is not None]


def _write_visit(session: Session, world: World, ticket_id: UUID, outcome: VisitOutcome) -> None:
    visit_id = uuid.uuid4()
    is_certified = outcome is VisitOutcome.CERTIFIED
    form = VisitForm(
        visit_id=visit_id,
        ticket_id=ticket_id,
        outcome=outcome,
        began_at=world.now - timedelta(minutes=20),
        ended_at=world.now,
        content_indexes=[world.services.vault.blind_index(str(visit_id), _VISIT_PURPOSE)],
        position=None,
        id_digits=None,
        judgement=JudgementReason.KNOWN_PERSONALLY if is_certified else None,
        signer=Signer.RETIREE if is_certified else None,
        notes="",
        next_visit_on=None,
    )
    write_visit(
        session,
        world.staff["worker"],
        form,
        None,
        {},
        rules=world.services.visit_rules,
        actor=world.actor("worker"),
        now=world.now,
    )
