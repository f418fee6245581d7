"""Writing down that a retiree is certified: the one place where it happens, whatever the channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, select, update
from sqlalchemy.exc import IntegrityError

from certification.receipts import make_receipt_number
from certification.standing import find_standing, is_said_dead, last_certification
from certification.year import first_due_by, term_of
from clock import local_date
from models import Account, Binding, Certification, OutboxMessage, Retiree
from models.account import Relation
from models.audit import record
from models.outbox import OutboxStatus, enqueue
from policy.relations import Right, may

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.certification import Channel
    from policy.rules import RuleSet


# Notices (`words.NOTICES`) of a certification, of one of a term that is over, and of one that another department's data
# gave; then those that ask for another one instead of one that was taken back.
CERTIFIED, CERTIFIED_BEFORE, CERTIFIED_BY_DATA = "certified", "certified_before", "certified_by_data"
AGAIN, AGAIN_ABROAD = "certify_again", "certify_again_abroad"


def certify(
    session: Session,
    retiree: Retiree,
    channel: Channel,
    *,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
    attempt_id: uuid.UUID | None = None,
    with_helper: bool = False,
    seen_on: date | None = None,
) -> Certification:
    """Certify `retiree` for the term that begins on the day on which they were seen, and return the certification.

    That is today but for a visit that reached us later: in each year once (Art. 16(2)), and not the year after for it.

    One person, one certification a term, whatever the channel (Art. 7(1)3): when another is there already, also one
    written by somebody else at this very moment, that one is returned and nothing is added.
    """
    certified_on = local_date(now)
    term = term_of(seen_on or certified_on, rules.clock)
    same_term = select(Certification).where(
        Certification.retiree_id == retiree.id, Certification.period == term.period, Certification.revoked_at.is_(None)
    )
    certification = Certification(
        retiree_id=retiree.id,
        period=term.period,
        channel=channel,
        with_helper=with_helper,
        certified_at=now,
        valid_until=term.valid_until,
        next_due_by=term.next_due_by,
        rule_set=rules.name,
        attempt_id=attempt_id,
        receipt_number=make_receipt_number(certified_on),
    )
    try:
        with session.begin_nested():
            session.add(certification)
    except IntegrityError:
        return session.execute(same_term).scalar_one()
    repeat_standing(session, retiree, rules)
    record(session, actor, "certify", retiree, now=now, reason=channel.value)
    _tell(session, certification, now)
    return certification


def revoke_certification(
    session: Session, certification: Certification, reason: str, *, rules: RuleSet, actor: Actor, now: datetime
) -> None:
    """Take back a certification that a second person found wrong; the row stays, and counts no more.

    What waits to be sent about it is taken back as well.
    """
    if certification.revoked_at is not None:
        return
    certification.revoked_at, certification.revoked_reason = now, reason
    retiree = session.get_one(Retiree, certification.retiree_id)
    repeat_standing(session, retiree, rules)
    session.execute(
        update(OutboxMessage)
        .where(
            OutboxMessage.retiree_id == retiree.id,
            OutboxMessage.status == OutboxStatus.WAITING,
            OutboxMessage.cause.startswith(cause_of(certification.id)),
        )
        .values(status=OutboxStatus.CANCELLED, ended_at=now)
    )
    record(session, actor, "certify.revoke", retiree, now=now, reason=reason)


def cause_of(certification_id: uuid.UUID | str) -> str:
    """Return how the causes begin of what is said about a certification; its id as `str` has it."""
    return f"certified:{certification_id}:"


def ask_again(session: Session, certification: Certification, rules: RuleSet, now: datetime) -> bool:
    """Tell whoever hears of a person that a certification counts no more, and that another one is needed.

    Return whether one is: whoever was certified for the next term meanwhile needs none, and hears nothing. Nor is
    anybody asked while a death that somebody told of stands.
    """
    retiree = session.get_one(Retiree, certification.retiree_id)
    if not find_standing(session, retiree, rules, now=now).may_certify:
        return False
    if session.scalar(select(Retiree.id).where(Retiree.id == retiree.id, is_said_dead())) is not None:
        return True
    for account_id in _hearers(session, retiree.id):
        enqueue(
            session,
            account_id,
            AGAIN_ABROAD if retiree.lives_abroad else AGAIN,
            {},
            cause=f"revoked:{certification.id}:{account_id}",
            retiree_id=retiree.id,
            now=now,
        )
    return True


def repeat_standing(session: Session, retiree: Retiree, rules: RuleSet) -> None:
    """Repeat on the retiree what their last certification says, or the first day by which one is due."""
    session.flush()
    last = last_certification(session, retiree.id)
    retiree.certified_until = last.valid_until if last else None
    retiree.certified_by = last.channel if last else None
    retiree.due_by = (
        last.next_due_by if last else first_due_by(retiree.entitled_from, local_date(retiree.created_at), rules.clock)
    )


def _tell(session: Session, certification: Certification, now: datetime) -> None:
    """Tell the retiree and whoever looks after them, in WeChat, that they are certified.

    After the certification of a term that is over they are told that another one is due.
    """
    days = {"valid_until": certification.valid_until.isoformat()}
    is_over = certification.valid_until < local_date(now)
    if is_over:
        days["next_due_by"] = certification.next_due_by.isoformat()
    for account_id in _hearers(session, certification.retiree_id):
        enqueue(
            session,
            account_id,
            CERTIFIED_BEFORE if is_over else CERTIFIED,
            {"receipt": certification.receipt_number, **days},
            cause=f"{cause_of(certification.id)}{account_id}",
            retiree_id=certification.retiree_id,
            now=now,
        )


def _hearers(session: Session, retiree_id: uuid.UUID) -> Sequence[uuid.UUID]:
    return session.scalars(
        select(Account.id)
        .join(Binding, Binding.account_id == Account.id)
        .where(Binding.retiree_id == retiree_id, may_hear())
    ).all()


def may_hear() -> ColumnElement[bool]:
    """Return the condition on accounts and their bindings that somebody is told where a retiree stands."""
    return and_(
        Binding.confirmed_at.is_not(None),
        Binding.ended_at.is_(None),
        Binding.relation.in_([relation for relation in Relation if may(relation, Right.SEE_STANDING)]),
        Account.openid.is_not(None),
    )
