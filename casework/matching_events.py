"""From another department's sign to the record of a life that staff verify: told by data, in status `notified`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.life_events import notify_event
from models import LifeEvent
from models.life_event import STANDING_EVENTS, EventSource, LifeEventKind
from models.matching import MatchedBy, SignKind

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.matching_decisions import NewSign
    from casework.matching_sources import SignSource
    from models import Retiree
    from models.audit import Actor
    from policy.rules import RuleSet

KINDS = {
    SignKind.DEATH: LifeEventKind.DEATH,
    SignKind.CUSTODY: LifeEventKind.IMPRISONED,
    SignKind.RELEASE: LifeEventKind.RELEASED,
    SignKind.DUPLICATE: LifeEventKind.DUPLICATE_BENEFIT,
    SignKind.DEPARTURE: LifeEventKind.MOVING_AWAY,
}


def notify_of_sign(
    session: Session,
    retiree: Retiree,
    sign: NewSign,
    source: SignSource,
    *,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
) -> None:
    """Write down what a sign says happened, unless a record of that kind and day stands already (Art. 28).

    Evidence of life is no event, and a name with a birthday is nobody yet: staff look at the ticket. The day on which a
    death was written down somewhere is not its day, which staff find out: from it months are counted.
    """
    kind = KINDS.get(sign.kind)
    if kind is None or sign.matched_by is not MatchedBy.ID_NUMBER:
        return
    day = sign.happened_on if sign.is_day_exact or sign.kind is not SignKind.DEATH else None
    same = select(LifeEvent.id).where(
        LifeEvent.retiree_id == retiree.id,
        LifeEvent.kind == kind,
        LifeEvent.happened_on == day,
        LifeEvent.status.in_(STANDING_EVENTS),
    )
    if session.scalar(same.limit(1)) is not None:
        return
    content = {"source": source.title, "department": source.department, "line": sign.line}
    if day is None:
        content["recorded_on"] = sign.happened_on.isoformat()
    notify_event(
        session,
        kind,
        retiree,
        happened_on=day,
        source=EventSource.DATA,
        content=content,
        rules=rules,
        actor=actor,
        now=now,
    )
