"""Changing the knowledge without a new release: one proposes, the regression set is measured, another publishes."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, or_, select, update

from casework.rights import StaffRight
from casework.scope import require
from models import Base, KnowledgeChange, Staff, TopicReview, TopicSwitch
from models.audit import record
from models.bulk import insert_into
from models.knowledge import ChangeStatus
from models.transitions import move
from policy.answering.digests import wording_digest
from policy.check import find_topic_faults
from policy.records import SMALLTALK, topic_from
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from models.audit import Actor
    from policy.records import Knowledge, Topic

# A process that measures a draft and is not heard of again has died.
MEASURING = timedelta(minutes=15)
MOST_LISTED = 50


@dataclass(frozen=True)
class Reviewed:
    """Who found a topic right as it stands, and when."""

    name: str
    at: datetime


def list_published(session: Session) -> Sequence[KnowledgeChange]:
    """Return the changes that count, in the order in which they were published."""
    return session.scalars(
        select(KnowledgeChange)
        .where(KnowledgeChange.status == ChangeStatus.PUBLISHED)
        .order_by(KnowledgeChange.decided_at, KnowledgeChange.id)
    ).all()


def list_changes(session: Session, staff: Staff) -> Sequence[KnowledgeChange]:
    """Return the newest changes, whatever became of them."""
    require(staff, StaffRight.EDIT_KNOWLEDGE)
    return session.scalars(
        select(KnowledgeChange).order_by(KnowledgeChange.proposed_at.desc()).limit(MOST_LISTED)
    ).all()


def with_changes(shipped: Knowledge, changes: Sequence[KnowledgeChange]) -> Knowledge:
    """Return the knowledge with changes made, one after the other."""
    for change in changes:
        content = json.loads(change.content)
        # examples of a topic that was taken back wait for it
        if "topic" in content or change.topic in shipped.topics:
            shipped = shipped.with_topics([_changed(shipped, change.topic, content)])
    return shipped


def list_offline(session: Session) -> frozenset[str]:
    """Return the topics that are switched off."""
    return frozenset(session.scalars(select(TopicSwitch.topic)))


def propose_change(
    session: Session,
    staff: Staff,
    topic_id: str,
    content: dict[str, Any],
    *,
    shipped: Knowledge,
    actor: Actor,
    now: datetime,
) -> KnowledgeChange:
    """Propose examples for a topic (`{"examples": [...]}`), or a whole topic as its file would hold it, old or new.

    Raises Refusal `draft_malformed`, or `draft_` and the code of what the check of the knowledge finds.
    """
    require(staff, StaffRight.EDIT_KNOWLEDGE)
    known = with_changes(shipped, list_published(session))
    try:
        topic = _changed(known, topic_id, content)
    except (KeyError, ValueError, TypeError):
        raise Refusal("draft_malformed") from None
    faults = find_topic_faults(topic, known)
    if faults:
        raise Refusal(f"draft_{faults[0].code}", **faults[0].values)
    change = KnowledgeChange(
        topic=topic_id,
        content=json.dumps(content, ensure_ascii=False, default=str),
        proposed_by=staff.id,
        proposed_at=now,
    )
    session.add(change)
    record(session, actor, "knowledge.propose", change, now=now, reason=topic_id)
    return change


def new_topic_id() -> str:
    """Return an id for a topic that staff make; those of files are words."""
    return f"staff_{uuid.uuid4().hex[:12]}"


def publish_change(session: Session, staff: Staff, change_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """Let a draft count; who publishes a whole topic has reviewed it.

    Raises Refusal `took_part` for whoever proposed it, `not_measured`, `figures_fell` where the regression set is
    answered worse with it.
    """
    change = find_change(session, staff, change_id)
    if change.proposed_by == staff.id:
        raise Refusal("took_part")
    if change.figures is None:
        raise Refusal("not_measured")
    if has_fallen(change.figures):
        raise Refusal("figures_fell")
    _decide(session, staff, change, ChangeStatus.PUBLISHED, "knowledge.publish", actor=actor, now=now)
    content = json.loads(change.content)
    if "topic" in content:
        _keep_review(session, staff, topic_from(change.topic, content["topic"]), now)


def reject_change(session: Session, staff: Staff, change_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """Turn a draft down; its proposer may take it back so."""
    _decide(
        session,
        staff,
        find_change(session, staff, change_id),
        ChangeStatus.REJECTED,
        "knowledge.reject",
        actor=actor,
        now=now,
    )


def undo_change(session: Session, staff: Staff, change_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
    """Take a published change back: answers are as they were before it."""
    _decide(
        session,
        staff,
        find_change(session, staff, change_id),
        ChangeStatus.UNDONE,
        "knowledge.undo",
        actor=actor,
        now=now,
    )


def review_topic(
    session: Session, staff: Staff, topic_id: str, *, known: Knowledge, actor: Actor, now: datetime
) -> None:
    """Record that a topic says what its sources say, as it stands now.

    Raises Refusal `not_found`, `took_part` for whoever proposed these words.
    """
    require(staff, StaffRight.EDIT_KNOWLEDGE)
    topic = known.topics.get(topic_id)
    if topic is None or not topic.sources:
        raise Refusal("not_found")
    proposed = [
        change
        for change in list_published(session)
        if change.topic == topic_id and "topic" in json.loads(change.content)
    ]
    if proposed and proposed[-1].proposed_by == staff.id:
        raise Refusal("took_part")
    _keep_review(session, staff, topic, now)
    record(session, actor, "topic.review", staff, now=now, reason=topic_id)


def list_reviews(session: Session, known: Knowledge) -> dict[str, Reviewed]:
    """Return the topics that somebody found right, by id; words that changed since are not reviewed."""
    found = session.execute(select(TopicReview, Staff.name).join(Staff, Staff.id == TopicReview.reviewed_by))
    return {
        review.topic: Reviewed(name, review.reviewed_at)
        for review, name in found
        if review.topic in known.topics and review.wording == wording_digest(known.topics[review.topic])
    }


def switch_topic(
    session: Session, staff: Staff, topic_id: str, *, is_on: bool, known: Knowledge, actor: Actor, now: datetime
) -> None:
    """Take a topic offline at once, or back. Small talk cannot be: there is nothing to be wrong."""
    require(staff, StaffRight.EDIT_KNOWLEDGE)
    if topic_id not in known.topics or topic_id == SMALLTALK:
        raise Refusal("not_found")
    if is_on:
        session.execute(delete(TopicSwitch).where(TopicSwitch.topic == topic_id))
    else:
        written = insert_into(session, Base.metadata.tables[TopicSwitch.__tablename__])
        written = written.values(topic=topic_id, off_by=staff.id, off_at=now)
        session.execute(written.on_conflict_do_nothing())
    record(session, actor, "topic.on" if is_on else "topic.off", staff, now=now, reason=topic_id)


def find_change(session: Session, staff: Staff, change_id: uuid.UUID) -> KnowledgeChange:
    """Return a change; raise Refusal `not_found`."""
    require(staff, StaffRight.EDIT_KNOWLEDGE)
    change = session.get(KnowledgeChange, change_id)
    if change is None:
        raise Refusal("not_found")
    return change


def claim_unmeasured(session: Session, *, now: datetime) -> KnowledgeChange | None:
    """Return a draft that nobody measures yet, claimed by whoever asks."""
    free = or_(KnowledgeChange.measuring_since.is_(None), KnowledgeChange.measuring_since < now - MEASURING)
    wanted = (KnowledgeChange.status == ChangeStatus.DRAFT, KnowledgeChange.figures.is_(None), free)
    change = session.scalar(select(KnowledgeChange).where(*wanted).order_by(KnowledgeChange.proposed_at).limit(1))
    if change is None:
        return None
    claimed = session.execute(
        update(KnowledgeChange).where(KnowledgeChange.id == change.id, *wanted).values(measuring_since=now)
    )
    return change if claimed.rowcount == 1 else None  # type: ignore[attr-defined]  # an UPDATE's result has a row count


def keep_figures(session: Session, change_id: uuid.UUID, figures: dict[str, Any]) -> None:
    """Keep what a draft is worth."""
    session.get_one(KnowledgeChange, change_id).figures = figures


def has_fallen(figures: dict[str, Any]) -> bool:
    """Say whether the regression set is answered worse: fewer resolved or refused, or more wrong topics shown."""
    before, after = figures["before"], figures["after"]
    return bool(
        after["resolved"] < before["resolved"]
        or after["outside_refused"] < before["outside_refused"]
        or after["wrong_shown"] > before["wrong_shown"]
    )


def _changed(known: Knowledge, topic_id: str, content: dict[str, Any]) -> Topic:
    if "topic" in content:
        return topic_from(topic_id, content["topic"])
    topic = known.topics[topic_id]
    added = tuple(text for text in map(str, content["examples"]) if text.strip())
    if not added:
        raise ValueError(topic_id)
    return replace(topic, examples=(*topic.examples, *added))


def _keep_review(session: Session, staff: Staff, topic: Topic, now: datetime) -> None:
    read = {"wording": wording_digest(topic), "reviewed_by": staff.id, "reviewed_at": now}
    # of two who say so at this moment the later one stands
    written = insert_into(session, Base.metadata.tables[TopicReview.__tablename__]).values(topic=topic.id, **read)
    session.execute(written.on_conflict_do_update(index_elements=["topic"], set_=read))


def _decide(
    session: Session,
    staff: Staff,
    change: KnowledgeChange,
    status: ChangeStatus,
    action: str,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    allowed = {ChangeStatus.UNDONE: ChangeStatus.PUBLISHED}.get(status, ChangeStatus.DRAFT)
    if change.status is not allowed or not move(session, change, status, reason=status.value, actor=actor, now=now):
        raise Refusal("ticket_changed")
    change.decided_by, change.decided_at = staff.id, now
    record(session, actor, action, change, now=now, reason=change.topic)
