"""Carrying an approved proposal out in the book of a pension, and taking it back: nowhere else does either happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.benefit_states import NOT_OWED, first_resumed, first_stopped, is_owed_under, status_of
from models import BackPayLine, BenefitAction, BenefitReason, BenefitStop
from models.benefit import ActionKind, ActionStatus, BenefitStatus
from models.transitions import move_held
from policy.months import month_of

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.benefit_books import Book
    from models.audit import Actor

# In which order the proposals of one person are carried out, and were: what is decided together has one moment.
CARRIED_OUT = (
    BenefitAction.decided_at,
    BenefitAction.proposed_at,
    BenefitAction.kind,
    BenefitAction.reason,
    BenefitAction.id,
)


@dataclass(frozen=True)
class Change:
    """What a change is made with. month: the open one, the first that it can change."""

    session: Session
    month: int
    actor: Actor
    now: datetime


def carry_out(book: Book, action: BenefitAction, change: Change) -> bool:
    """Do what an approved proposal says; return False, with nothing changed, where its ground is gone."""
    match action.kind:
        case ActionKind.SUSPEND:
            done = _suspend(book, action, change)
        case ActionKind.RESUME:
            done = _resume(book, action, change)
        case ActionKind.TERMINATE:
            done = _terminate(book, action, change)
        case ActionKind.REINSTATE:
            done = _reinstate(book, action, change)
        case ActionKind.BACK_PAY:
            done = book.payable_back(change.month) > 0
        case ActionKind.RECOVER:
            done = True
    if not done:
        return False
    _settle(book, action, change)
    pays = action.kind in {ActionKind.RESUME, ActionKind.REINSTATE, ActionKind.BACK_PAY}
    is_over = book.benefit.status is BenefitStatus.TERMINATED and action.kind is ActionKind.BACK_PAY
    if pays and (book.benefit.status is BenefitStatus.PAID or is_over):
        _pay_back(book, action, change)
    return True


def take_back(book: Book, action: BenefitAction, change: Change) -> None:
    """Undo what an approved proposal did, while the first payment file that it changed is still open."""
    for line in book.lines:
        if line.action_id == action.id and line.void_at is None:
            line.void_at = change.now
    match action.kind:
        case ActionKind.TERMINATE | ActionKind.REINSTATE if action.reason is None:
            book.benefit.last_month = _last_month_without(change.session, action)
        case _:
            pass
    set_here = [one for one in book.reasons if one.set_action_id == action.id and one.void_at is None]
    ended_here = [one for one in book.reasons if one.end_action_id == action.id and one.void_at is None]
    voided_here = [one for one in book.reasons if one.void_action_id == action.id]
    for reason in {*set_here, *ended_here}:
        _void(reason, action, change)
    # whoever set them set them still: undoing that too ends them
    for reason in ended_here:
        if reason not in set_here:
            _copy(book, reason, reason.set_action_id, change)
    for reason in voided_here:
        _copy(book, reason, reason.set_action_id, change, as_it_was=True)
    _settle(book, action, change)


def _last_month_without(session: Session, action: BenefitAction) -> int | None:
    """Return the last month owed by what was decided about a death before this action; None where nothing was."""
    before = session.scalar(
        select(BenefitAction)
        .where(
            BenefitAction.benefit_id == action.benefit_id,
            BenefitAction.id != action.id,
            BenefitAction.status == ActionStatus.APPROVED,
            BenefitAction.kind.in_((ActionKind.TERMINATE, ActionKind.REINSTATE)),
            BenefitAction.reason.is_(None),
        )
        .order_by(*(column.desc() for column in CARRIED_OUT))
        .limit(1)
    )
    if before is None or before.kind is ActionKind.REINSTATE or before.began_on is None:
        return None
    return month_of(before.began_on)


def _suspend(book: Book, action: BenefitAction, change: Change) -> bool:
    if action.reason is None or action.began_on is None or action.reason in book.standing:
        return False
    if book.benefit.status is BenefitStatus.TERMINATED and action.ended_on is None:
        return False
    for earlier in book.reasons:
        if earlier.kind is action.reason and earlier.began_on == action.began_on and earlier.void_at is None:
            _void(earlier, action, change)  # it ended on another day than was thought
    reason = BenefitReason(
        benefit_id=book.benefit.id,
        kind=action.reason,
        legal_ground=action.legal_ground,
        began_on=action.began_on,
        ended_on=action.ended_on,
        set_at=change.now,
        set_action_id=action.id,
        ended_at=None if action.ended_on is None else change.now,
    )
    _add(book, reason, change)
    return True


def _resume(book: Book, action: BenefitAction, change: Change) -> bool:
    reason = None if action.reason is None else book.standing.get(action.reason)
    if reason is None:
        return False
    reason.ended_on, reason.ended_at, reason.end_action_id = action.ended_on, change.now, action.id
    return True


def _terminate(book: Book, action: BenefitAction, change: Change) -> bool:
    if action.began_on is None:
        return False
    book.benefit.last_month = month_of(action.began_on)
    for reason in book.standing.values():
        # who died was alive until then, and nothing else keeps the months before from being owed
        reason.ended_on = max(reason.began_on, action.began_on)
        reason.ended_at, reason.end_action_id = change.now, action.id
    return True


def _reinstate(book: Book, action: BenefitAction, change: Change) -> bool:
    if action.reason is not None:
        wrong = [
            one
            for one in book.reasons
            if one.kind is action.reason and one.began_on == action.began_on and one.void_at is None
        ]
        for reason in wrong:
            _void(reason, action, change)
        return bool(wrong)
    if book.benefit.last_month is None:
        return False
    book.benefit.last_month = None
    ended_by_death = [one for one in book.reasons if one.void_at is None and _was_ended_by_death(change.session, one)]
    for reason in ended_by_death:
        _void(reason, action, change)
        _copy(book, reason, action.id, change)
    return True


def _was_ended_by_death(session: Session, reason: BenefitReason) -> bool:
    if reason.end_action_id is None:
        return False
    return session.get_one(BenefitAction, reason.end_action_id).kind is ActionKind.TERMINATE


def _void(reason: BenefitReason, action: BenefitAction, change: Change) -> None:
    reason.void_at, reason.void_action_id = change.now, action.id


def _copy(
    book: Book, reason: BenefitReason, set_action_id: uuid.UUID, change: Change, *, as_it_was: bool = False
) -> None:
    """Let a reason stand anew as a row of its own, or with the end that it had: no row is ever brought back."""
    again = BenefitReason(
        benefit_id=reason.benefit_id,
        kind=reason.kind,
        legal_ground=reason.legal_ground,
        began_on=reason.began_on,
        ended_on=reason.ended_on if as_it_was else None,
        set_at=change.now,
        set_action_id=set_action_id,
        ended_at=reason.ended_at if as_it_was else None,
        end_action_id=reason.end_action_id if as_it_was else None,
    )
    _add(book, again, change)


def _add(book: Book, reason: BenefitReason, change: Change) -> None:
    change.session.flush()  # the one before no longer stands
    change.session.add(reason)
    book.reasons.append(reason)


def _settle(book: Book, action: BenefitAction, change: Change) -> None:
    """Bring status and stops to what the reasons and the last month say, from the open month on."""
    standing = book.standing
    status = status_of(frozenset(standing), book.benefit.last_month)
    if status is not book.benefit.status:
        reason = f"{action.kind.value}: {action.reason or ''}".rstrip(": ")
        move_held(change.session, book.benefit, status, reason=reason, actor=change.actor, now=change.now)
    wanted = _rests(book, status, action, change)
    for stop in book.stops:
        if stop.until_month is None or max(stop.from_month, change.month) <= stop.until_month:
            same = next((one for one in wanted if one.is_of(stop, change.month)), None)
            if same is not None:
                wanted.remove(same)
            else:
                # one that no file has followed yet is left empty
                stop.until_month, stop.end_action_id = max(stop.from_month, change.month) - 1, action.id
    if wanted:
        change.session.flush()  # one open stop a person
    for rest in wanted:
        stop = BenefitStop(
            benefit_id=book.benefit.id,
            status=rest.status,
            from_month=rest.from_month,
            until_month=rest.until_month,
            action_id=rest.action_id,
            end_action_id=None if rest.until_month is None else action.id,
        )
        change.session.add(stop)
        book.stops.append(stop)


@dataclass(frozen=True)
class _Rest:
    """Months of files to come that are not paid, and by which decision: a stop as it should be."""

    status: BenefitStatus
    from_month: int
    until_month: int | None
    action_id: uuid.UUID

    def is_of(self, stop: BenefitStop, month: int) -> bool:
        """Say whether a stop is this already; whatever files paid or not before `month` stays as it is."""
        if (stop.status, stop.until_month) != (self.status, self.until_month):
            return False
        if stop.from_month < month:
            return self.from_month == month
        is_so = self.status is BenefitStatus.TERMINATED or stop.action_id == self.action_id
        return is_so and stop.from_month == self.from_month


def _rests(book: Book, status: BenefitStatus, action: BenefitAction, change: Change) -> list[_Rest]:
    """Return what is not paid from the open month on: single months not owed, then everything once it stops."""
    rests: list[_Rest] = []
    stopped_from = None
    if status is BenefitStatus.TERMINATED and book.benefit.last_month is not None:
        stopped_from = max(change.month, book.benefit.last_month + 1)
        rests.append(_Rest(status, stopped_from, None, action.id))
    elif status is BenefitStatus.SUSPENDED:
        starts = [(first_stopped(one.kind, one.began_on, change.month), one) for one in book.standing.values()]
        stopped_from, first = min(starts, key=lambda one: (one[0], one[1].set_at, one[1].kind))
        rests.append(_Rest(status, stopped_from, None, _set_by(book, first, change)))
    against = [one for one in book.reasons if one.void_at is None and one.kind in NOT_OWED]
    owed_from = max(
        (first_resumed(one.kind, one.ended_on, change.month) for one in against if one.ended_on is not None),
        default=change.month,
    )
    for month in range(change.month, owed_from if stopped_from is None else min(owed_from, stopped_from)):
        why = next((one for one in against if not is_owed_under(one.kind, one.began_on, one.ended_on, month)), None)
        if why is not None and month >= book.benefit.first_month:
            rests.append(_Rest(BenefitStatus.SUSPENDED, month, month, _set_by(book, why, change)))
    return rests


def _set_by(book: Book, reason: BenefitReason, change: Change) -> uuid.UUID:
    """Return the decision that set a reason; one that let it stand anew, as when a death was none, does not name it."""
    rows = [one for one in book.reasons if (one.kind, one.began_on) == (reason.kind, reason.began_on)]
    for row in sorted(rows, key=lambda one: one.set_at, reverse=True):
        if change.session.get_one(BenefitAction, row.set_action_id).reason is reason.kind:
            return row.set_action_id
    return reason.set_action_id


def _pay_back(book: Book, action: BenefitAction, change: Change) -> None:
    """Let the open month's file pay what is owed for closed months; `cents` keeps the sum."""
    total = 0
    for month in book.balance(change.month - 1):
        if month.owed:
            line = BackPayLine(
                benefit_id=book.benefit.id,
                action_id=action.id,
                for_month=month.month,
                pay_month=change.month,
                cents=month.owed,
            )
            change.session.add(line)
            book.lines.append(line)
            total += month.owed
    action.cents = total
