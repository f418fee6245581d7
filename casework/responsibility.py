"""Who looks after a retiree, from which day on: asked for any day, written when a person is handed on (Art. 12(1))."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, or_, select

from casework.moving import move_tickets
from models import Responsibility, Retiree
from models.audit import record

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor


def responsible_on(session: Session, retiree_id: uuid.UUID, day: date) -> str:
    """Return the code of the region that was responsible for a retiree on a day, as it is known now."""
    found = session.scalar(
        select(Responsibility.owner_code)
        .where(
            Responsibility.retiree_id == retiree_id,
            or_(Responsibility.from_on.is_(None), Responsibility.from_on <= day),
        )
        # the last to begin; of two that begin on one day the one set last
        .order_by(
            Responsibility.from_on.is_not(None).desc(), Responsibility.from_on.desc(), Responsibility.sequence.desc()
        )
        .limit(1)
    )
    return found or session.get_one(Retiree, retiree_id).owner_code


def history_of(session: Session, retiree_id: uuid.UUID) -> Sequence[Responsibility]:
    """Return every row in the order in which they were set."""
    return session.scalars(
        select(Responsibility).where(Responsibility.retiree_id == retiree_id).order_by(Responsibility.sequence)
    ).all()


def hand_on(
    session: Session,
    retiree: Retiree,
    community_code: str | None,
    *,
    from_on: date,
    actor: Actor,
    now: datetime,
    life_event_id: uuid.UUID | None = None,
) -> bool:
    """Make another community responsible, or the agency for whoever lives outside the city; say whether it is another.

    What stands for the person goes along. community_code: None for the agency where they are insured.
    """
    owner = community_code or retiree.agency_code
    if owner == retiree.owner_code and community_code == retiree.community_code:
        return False
    write_responsibility(
        session,
        retiree.id,
        retiree.owner_code,
        owner,
        from_on=from_on,
        actor=actor,
        now=now,
        life_event_id=life_event_id,
    )
    retiree.community_code, retiree.owner_code, retiree.group_name = community_code, owner, None
    # whoever a community looks after lives in the city
    retiree.lives_abroad = retiree.lives_abroad and community_code is None
    session.flush()
    move_tickets(session, retiree.id, owner, actor=actor, now=now)
    record(session, actor, "retiree.hand_on", retiree, now=now, reason=owner)
    return True


def write_responsibility(
    session: Session,
    retiree_id: uuid.UUID,
    before: str,
    owner: str,
    *,
    from_on: date,
    actor: Actor,
    now: datetime,
    life_event_id: uuid.UUID | None = None,
) -> None:
    """Add a row for the new owner, and before the first one who it was from the beginning."""
    known = session.scalar(select(func.max(Responsibility.sequence)).where(Responsibility.retiree_id == retiree_id))
    sequence = known or 0
    rows: list[tuple[str, date | None]] = [(owner, from_on)]
    if known is None:
        rows.insert(0, (before, None))
    for code, day in rows:
        sequence += 1
        session.add(
            Responsibility(
                retiree_id=retiree_id,
                owner_code=code,
                from_on=day,
                life_event_id=life_event_id,
                set_by=actor.name,
                set_at=now,
                sequence=sequence,
            )
        )
