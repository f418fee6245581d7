"""What people of the simulated year do by themselves: try by face, fail, ask for help, tell of deaths, say they live.

The pixels alone are missing: what the machine would have said of them is told to the same use case that hears it.
"""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from casework.assistance import request_assistance
from casework.life_events import notify_event
from casework.reports import Told, file_report
from certification.attempts import begin_attempt
from certification.consents import give_consent
from certification.decide import Decision, Outcome, Reason, fail
from certification.ending import end_attempt
from certification.face.types import Advice
from certification.sessions import open_session
from certification.standing import find_standing
from models import Account, Retiree
from models.attempt import AttemptStatus, CaptureWay
from models.audit import Actor, ActorKind
from models.life_event import EventSource, LifeEventKind
from models.report import ReportKind
from models.ticket import Place, TicketOrigin, VisitReason

if TYPE_CHECKING:
    from datetime import date
    from uuid import UUID

    from benchmarks.year_lives import Life
    from benchmarks.year_world import World

# Of those whose face is refused, who asks for a visit at home: the way to the window is too hard.
_ASKS_FOR_VISIT = 0.3


def try_face(world: World, life: Life) -> None:
    """Try by face, up to the last attempt: certified, refused, in review, or given up after the first one."""
    if not life.is_out(world.today) or life.failed_on is not None:
        return
    services, now, actor = world.services, world.now, _public(life.id)
    chance = Random(f"{world.seed}:challenge:{life.place}:{world.today}")
    with world.transactions() as session:
        retiree, account = session.get_one(Retiree, life.id), session.get_one(Account, life.id)
        if not find_standing(session, retiree, services.rules, now=now).may_certify:
            return
        give_consent(session, account, retiree, actor=actor, now=now)
        session.flush()
        within = open_session(
            session,
            account,
            retiree,
            with_helper=False,
            limits=services.limits,
            rules=services.rules,
            actor=actor,
            now=now,
        )
        session.flush()
        status = AttemptStatus.RETRY
        while status is AttemptStatus.RETRY:
            attempt, _nonce = begin_attempt(
                session,
                within,
                CaptureWay.STREAM,
                chance=chance,
                limits=services.limits,
                rules=services.rules,
                vault=services.vault,
                actor=actor,
                now=now,
            )
            session.flush()
            status = end_attempt(
                session,
                attempt.id,
                lambda *, is_last: _decision(life, is_last=is_last),
                None,
                consequences=services.consequences,
                actor=actor,
                now=now,
            ).status
            if life.fails == "gives_up":
                break
        if life.fails == "refused" and world.happens(_ASKS_FOR_VISIT, life, "asks"):
            request_assistance(
                session,
                retiree,
                place=Place.HOME,
                visit_reason=VisitReason.HARD_OF_MOVING,
                origin=TicketOrigin.REQUESTED,
                terms=services.terms,
                actor=actor,
                now=now,
            )
    world.tally.faces[life.fails or "passed"] += 1
    if life.fails:
        life.failed_on = world.today
    if life.fails == "gives_up":
        life.certifies = "called"


def is_helped_later(life: Life, world: World) -> bool:
    """Say whether the help that a failed try led to is still to come."""
    return life.failed_on is not None and world.today < life.failed_on + timedelta(days=life.helped_after)


def _decision(life: Life, *, is_last: bool) -> Decision:
    match life.fails:
        case "":
            return Decision(Outcome.CERTIFIED, (Reason.FACE_MATCHES,))
        case "review":
            return Decision(Outcome.REVIEW, (Reason.FACE_UNSURE,))
        case _:
            return fail(Reason.FACE_DIFFERS, Advice.UNLIKE_PHOTO, is_last=is_last)


def tell_death(world: World, life: Life, died_on: date) -> None:
    """Let a relative, or a neighbour who takes one name for another, tell in the chat of a death."""
    teller = world.tellers[life.place % len(world.tellers)]
    told = Told(ReportKind.DEATH, id_number=life.id_number, happened_on=died_on, content={"name": life.name})
    _file(world, teller, told)


def say_alive(world: World, life: Life) -> None:
    """Let somebody say 我还活着: in the chat where they have an account, otherwise at the window."""
    if life.wrong is None:
        raise ValueError("nobody told of a death")
    life.wrong.alive_on = world.today
    if life.has_account:
        _file(world, life.id, Told(ReportKind.STILL_ALIVE, retiree_id=life.id))
        return
    with world.transactions() as session:
        notify_event(
            session,
            LifeEventKind.STILL_ALIVE,
            session.get_one(Retiree, life.id),
            happened_on=None,
            source=EventSource.STAFF,
            content={},
            rules=world.services.rules,
            actor=world.actor("worker"),
            now=world.now,
        )


def _file(world: World, account_id: UUID, told: Told) -> None:
    with world.transactions() as session:
        file_report(
            session,
            session.get_one(Account, account_id),
            told,
            rules=world.services.rules,
            terms=world.services.terms,
            vault=world.services.vault,
            actor=_public(account_id),
            now=world.now,
        )


def _public(account_id: UUID) -> Actor:
    return Actor(ActorKind.PUBLIC, str(account_id))
