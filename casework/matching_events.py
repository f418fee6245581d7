"""From another department's sign to the record of a life that staff verify: told by data, in status `notified`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.life_events import find_standing_event, notify_event
from models.life_event import EventSource, LifeEventKind
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

    Evidence of life is no event, and a name with a birthday is nobody yet: staff look at the ticket.
    """
    kind = KINDS.get(sign.kind)
    if kind is None or sign.matched_by is not MatchedBy.ID_NUMBER:
        return
    standing = find_standing_event(session, retiree.id, kind)
    if standing is not None and standing.happened_on == sign.happened_on:
        return
    notify_event(
        session,
        kind,
        retiree,
        happened_on=sign.happened_on,
        source=EventSource.DATA,
        content={"source": source.title, "department": source.department, "line": sign.line},
        rules=rules,
        actor=actor,
        now=now,
    )
