"""The night run: everything that falls due by a day, step by step, each step by statements that may run again.

A run that was killed is begun anew: what a step had written is found by its unique keys and not written twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import reduce
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, case, cast, exists, extract, func, insert, literal, not_, or_, select, update

from casework.benefit_conditions import (
    attempts_since,
    has_no_open_case,
    is_certified,
    is_not_due_yet,
    is_overdue,
    tried_since,
    was_never_tried,
)
from casework.benefit_facts import known_before_pension
from casework.benefit_proposals import reconcile
from casework.bulk import insert_new, rows_of, text_of
from casework.life_event_effects import apply_day
from casework.overpayments import refer_unpaid
from casework.payment_months import hold_open_month
from casework.reminders import end_needless, list_calls, remind_all, rungs_between
from casework.set_aside import propose_again, suspension_rests
from certification.standing import is_said_dead
from certification.year import add_months
from models import (
    Benefit,
    BenefitAction,
    BenefitReason,
    LifeEvent,
    LivingMark,
    NightRun,
    Retiree,
    Ticket,
    Transition,
)
from models.benefit import ActionKind, ActionStatus, BenefitStatus, ReasonKind
from models.bulk import join_whole_tables
from models.life_event import LifeEventKind, LifeEventStatus
from models.random_id import RandomId
from models.ticket import Place, TicketKind, TicketOrigin, TicketStatus

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from casework.benefit_terms import BenefitTerms
    from casework.terms import Terms
    from models.audit import Actor
    from models.vault import Vault
    from policy.rules import RuleSet

CHUNK = 500


@dataclass(frozen=True)
class Night:
    """What a night run is made with. as_of: by which day things fall due. before: the day of the run before it."""

    as_of: date
    before: date
    rules: RuleSet
    benefit_terms: BenefitTerms
    terms: Terms
    vault: Vault
    actor: Actor
    now: datetime


def run_before(session: Session, as_of: date) -> date:
    """Return the day of the last run that ended before this one, the day before where there was none."""
    last = session.scalar(
        select(func.max(NightRun.as_of)).where(NightRun.as_of < as_of, NightRun.ended_at.is_not(None))
    )
    return last or as_of - timedelta(days=1)


def enrol(session: Session, night: Night) -> int:
    """Open pensions, paid from the open month or their own first, and propose what was confirmed before of anybody."""
    join_whole_tables(session)
    month = hold_open_month(session, now=night.now)
    entitled = extract("year", Retiree.entitled_from) * 12 + extract("month", Retiree.entitled_from) - 1
    enrolled = insert_new(
        session,
        Benefit,
        {
            "id": Retiree.id,
            "number": text_of(Retiree.id),
            "status": BenefitStatus.PAID,
            "first_month": case((entitled > month, entitled), else_=month),
            "created_at": night.now,
        },
        select(Retiree.id).where(~exists().where(Benefit.id == Retiree.id)).order_by(Retiree.id),
    )
    _reconcile_all(session, session.scalars(known_before_pension()).all(), night)
    return enrolled


def move_on_their_day(session: Session, night: Night) -> int:
    """Let confirmed moves take effect whose day has come."""
    return apply_day(session, night.as_of, vault=night.vault, actor=night.actor, now=night.now)


def end_reminders(session: Session, night: Night) -> int:
    """Take back reminders to the certified and the dead."""
    return end_needless(session, clock=night.rules.clock, today=night.as_of, now=night.now)


def remind(session: Session, night: Night) -> int:
    """Write the reminders of the rungs reached since the last run."""
    join_whole_tables(session)
    rungs = list(rungs_between(night.before, night.as_of, night.benefit_terms))
    return remind_all(session, rungs, night.benefit_terms, clock=night.rules.clock, today=night.as_of, now=night.now)


def call(session: Session, night: Night) -> int:
    """Fill the communities' call lists."""
    join_whole_tables(session)
    rungs = list(rungs_between(night.before, night.as_of, night.benefit_terms))
    return list_calls(session, rungs, night.benefit_terms, clock=night.rules.clock, today=night.as_of, now=night.now)


def lapse(session: Session, night: Night) -> int:
    """Let go of proposals to suspend whoever is certified, is due another day, or of whose death somebody told.

    And of those that waited until nothing counts any more that was done to reach the person: they are visited first.
    """
    gone = (
        select(BenefitAction.id)
        .join(Retiree, Retiree.id == BenefitAction.benefit_id)
        .where(
            BenefitAction.status == ActionStatus.PROPOSED,
            BenefitAction.kind == ActionKind.SUSPEND,
            BenefitAction.reason == ReasonKind.NOT_CERTIFIED,
            or_(
                is_certified(night.as_of),
                is_said_dead(),
                BenefitAction.began_on != Retiree.due_by,
                was_never_tried(tried_since(night.as_of, night.benefit_terms)),
            ),
        )
    )
    session.execute(
        insert(Transition).from_select(
            ["id", "subject_kind", "subject_id", "old", "new", "reason", "actor_kind", "actor_name", "at"],
            gone.with_only_columns(
                RandomId(),
                literal("BenefitAction"),
                _id_text(session, BenefitAction.id),
                literal(ActionStatus.PROPOSED.value),
                literal(ActionStatus.LAPSED.value),
                literal("no_ground"),
                literal(night.actor.kind.value),
                literal(night.actor.name),
                literal(night.now, Transition.at.type),
            ),
            include_defaults=False,
        )
    )
    done = session.execute(
        update(BenefitAction)
        # said again of the row itself: whoever approves it at this moment was first
        .where(BenefitAction.id.in_(gone), BenefitAction.status == ActionStatus.PROPOSED)
        .values(status=ActionStatus.LAPSED)
        .execution_options(synchronize_session=False)
    )
    return rows_of(done)


def suspend_overdue(session: Session, night: Night) -> int:
    """Propose to suspend whoever is not certified in time, was tried to be reached, and has no open case (32(1))."""
    join_whole_tables(session)
    tried = attempts_since(tried_since(night.as_of, night.benefit_terms))
    return insert_new(
        session,
        BenefitAction,
        {
            **_proposal(night, ActionKind.SUSPEND, "32(1)"),
            "began_on": Retiree.due_by,
            "messages": tried.c.messages,
            "calls": tried.c.calls,
            "visits": tried.c.visits,
        },
        _overdue(night).join(tried, tried.c.retiree_id == Retiree.id),
    )


def visit_unreached(session: Session, night: Night) -> int:
    """Send somebody to whoever is overdue and was never tried to be reached, instead of any proposal."""
    join_whole_tables(session)
    due_by = night.terms.due_by(TicketKind.ASSISTED_CERTIFICATION, Place.HOME, night.as_of)
    is_first = exists().where(LivingMark.retiree_id == Retiree.id, LivingMark.ended_at.is_(None))
    return insert_new(
        session,
        Ticket,
        {
            "id": RandomId(),
            "number": literal(f"B{night.as_of:%y%m%d}-") + func.substr(text_of(Retiree.id), 1, 24),
            "kind": TicketKind.ASSISTED_CERTIFICATION,
            "place": Place.HOME,
            "origin": TicketOrigin.NOT_REACHED,
            "retiree_id": Retiree.id,
            "owner_code": Retiree.owner_code,
            "is_urgent": is_first,
            "status": TicketStatus.OPEN,
            "version": 1,
            "created_at": night.now,
            "due_by": due_by,
        },
        _overdue(night).where(was_never_tried(tried_since(night.as_of, night.benefit_terms))),
    )


def suspend_missing(session: Session, night: Night) -> int:
    """Propose what follows for people missing over the months of Art. 32(2) without a declaration.

    Whoever came back and is missing again has a reason of that other day, which says nothing of this one.
    """
    has_reason = exists().where(
        BenefitReason.benefit_id == LifeEvent.retiree_id,
        BenefitReason.kind == ReasonKind.MISSING,
        BenefitReason.began_on == LifeEvent.happened_on,
        BenefitReason.void_at.is_(None),
    )
    is_proposed = exists().where(
        BenefitAction.benefit_id == LifeEvent.retiree_id,
        BenefitAction.reason == ReasonKind.MISSING,
        BenefitAction.began_on == LifeEvent.happened_on,
        BenefitAction.status == ActionStatus.PROPOSED,
    )
    ids = session.scalars(
        select(LifeEvent.retiree_id)
        .where(
            LifeEvent.kind == LifeEventKind.MISSING,
            LifeEvent.status == LifeEventStatus.CONFIRMED,
            LifeEvent.is_declared.is_(False),
            # the facts count the months from that day on, which of the last days of a month is not the same
            LifeEvent.happened_on <= add_months(night.as_of, -night.rules.missing_months),
            ~has_reason,
            ~is_proposed,
        )
        .distinct()
    ).all()
    made = _reconcile_all(session, ids, night)
    return sum(one.reason is ReasonKind.MISSING for one in made)


def end_of_the_dead(session: Session, night: Night) -> int:
    """Propose to end pensions whose holder's death stands confirmed and that go on, with no such proposal waiting (32).

    An end that was refused or undone comes back the next night: whoever doubts the death reverses its record, so that
    nobody is paid for ever because one proposal was turned down.
    """
    is_waiting = exists().where(
        BenefitAction.benefit_id == LifeEvent.retiree_id,
        BenefitAction.kind == ActionKind.TERMINATE,
        BenefitAction.status == ActionStatus.PROPOSED,
    )
    ids = session.scalars(
        select(LifeEvent.retiree_id)
        .join(Benefit, and_(Benefit.id == LifeEvent.retiree_id, Benefit.status != BenefitStatus.TERMINATED))
        .where(
            LifeEvent.kind == LifeEventKind.DEATH,
            LifeEvent.status == LifeEventStatus.CONFIRMED,
            LifeEvent.happened_on <= night.as_of,
            ~is_waiting,
        )
        .distinct()
    ).all()
    made = _reconcile_all(session, ids, night)
    return sum(one.kind is ActionKind.TERMINATE for one in made)


def _reconcile_all(session: Session, ids: Sequence[uuid.UUID | None], night: Night) -> list[BenefitAction]:
    """Propose what the facts of some people ask for, a chunk of them at a time; return what did not wait already."""
    made = []
    for first in range(0, len(ids), CHUNK):
        chunk = [one for one in ids[first : first + CHUNK] if one is not None]
        waits = BenefitAction.status == ActionStatus.PROPOSED
        known = set(session.scalars(select(BenefitAction.id).where(BenefitAction.benefit_id.in_(chunk), waits)))
        found = reconcile(session, chunk, rules=night.rules, actor=night.actor, now=night.now, by=night.as_of)
        made += [one for one in found if one.id not in known]
    return made


def resume_certified(session: Session, night: Night) -> int:
    """Propose to resume whoever was suspended for a missing certification and was certified since."""
    join_whole_tables(session)
    return insert_new(
        session,
        BenefitAction,
        {**_proposal(night, ActionKind.RESUME, "32(1)"), "began_on": BenefitReason.began_on, "ended_on": night.as_of},
        select(BenefitReason.id)
        .join(Retiree, Retiree.id == BenefitReason.benefit_id)
        .where(
            BenefitReason.kind == ReasonKind.NOT_CERTIFIED,
            BenefitReason.ended_at.is_(None),
            BenefitReason.void_at.is_(None),
            is_not_due_yet(night.as_of),
        ),
    )


def ask_again(session: Session, night: Night) -> int:
    """Propose anew what people set aside although its ground stands."""
    return propose_again(session, by=night.as_of, rules=night.rules, actor=night.actor, now=night.now)


def refer(session: Session, night: Night) -> int:
    """Hand claims that are unpaid at their due day to the administrative department (Art. 31(1))."""
    done = 0
    while some := refer_unpaid(session, night.as_of, actor=night.actor, now=night.now):
        done += some
        session.flush()
    return done


Step = Callable[["Session", Night], int]
# In this order: whatever ends a proposal or a reminder comes before what makes one.
STEPS: dict[str, Step] = {
    "enrolled": enrol,
    "moved": move_on_their_day,
    "reminders_ended": end_reminders,
    "lapsed": lapse,
    "reminded": remind,
    "calls": call,
    "proposed_suspension": suspend_overdue,
    "visits": visit_unreached,
    "proposed_missing": suspend_missing,
    "proposed_end": end_of_the_dead,
    "proposed_resumption": resume_certified,
    "proposed_again": ask_again,
    "referred": refer,
}


def _overdue(night: Night) -> Select[Any]:
    """Return the query for whoever may be proposed for suspension but for the question of having been reached."""
    standing = exists().where(
        BenefitReason.benefit_id == Retiree.id,
        BenefitReason.kind == ReasonKind.NOT_CERTIFIED,
        BenefitReason.ended_at.is_(None),
        BenefitReason.void_at.is_(None),
    )
    return (
        select(Retiree.id)
        .join(Benefit, and_(Benefit.id == Retiree.id, Benefit.status != BenefitStatus.TERMINATED))
        .where(
            is_overdue(night.as_of, night.benefit_terms),
            ~standing,
            ~suspension_rests(night.as_of, night.benefit_terms),
            not_(is_said_dead()),
            has_no_open_case(),
        )
        .order_by(Retiree.id)
    )


def _proposal(night: Night, kind: ActionKind, article: str) -> dict[str, Any]:
    """Return the columns of a proposal that the system makes about a missing certification."""
    return {
        "id": RandomId(),
        "benefit_id": Retiree.id,
        "agency_code": Retiree.agency_code,
        "kind": kind,
        "reason": ReasonKind.NOT_CERTIFIED,
        "status": ActionStatus.PROPOSED,
        "article": article,
        "rule_set": night.rules.name,
        "messages": 0,
        "calls": 0,
        "visits": 0,
        "proposed_on": night.as_of,
        "proposed_at": night.now,
    }


def _id_text(session: Session, column: Any) -> ColumnElement[str]:
    """Return an id as Python writes it, which is how transitions name their subject."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(column, String)
    parts: list[ColumnElement[str]] = [
        func.substr(column, first, length) for first, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    ]
    return reduce(lambda text, part: text + "-" + part, parts)
