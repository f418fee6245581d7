"""What confirmed life events say of a pension, whatever the order in which they came: a death, and spans of reasons."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from certification.year import add_months
from models import Benefit, BenefitAction, LifeEvent
from models.benefit import ReasonKind
from models.life_event import LifeEventKind, LifeEventStatus

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from policy.rules import RuleSet

# By what a reason begins and ends.
SPANS = {
    ReasonKind.IMPRISONED: (LifeEventKind.IMPRISONED, LifeEventKind.RELEASED),
    ReasonKind.DUPLICATE: (LifeEventKind.DUPLICATE_BENEFIT, LifeEventKind.DUPLICATE_ENDED),
    ReasonKind.MISSING: (LifeEventKind.MISSING, LifeEventKind.REAPPEARANCE),
}
_KINDS = (LifeEventKind.DEATH, *(kind for pair in SPANS.values() for kind in pair))


@dataclass(frozen=True)
class Span:
    """A reason in fact: from when to when, and the event that it began with."""

    reason: ReasonKind
    began_on: date
    ended_on: date | None
    event_id: uuid.UUID


@dataclass
class LifeFacts:
    """What is confirmed of one person. died: the day and the record of it."""

    died: tuple[date, uuid.UUID] | None = None
    spans: list[Span] = field(default_factory=list)


def facts_of(
    session: Session, ids: Collection[uuid.UUID], *, rules: RuleSet, today: date
) -> dict[uuid.UUID, LifeFacts]:
    """Return the facts of some people as of a day; somebody without any has none in the answer."""
    events: dict[uuid.UUID, list[LifeEvent]] = defaultdict(list)
    for event in session.scalars(
        select(LifeEvent).where(
            LifeEvent.retiree_id.in_(ids), LifeEvent.status == LifeEventStatus.CONFIRMED, LifeEvent.kind.in_(_KINDS)
        )
    ):
        if event.retiree_id is not None and event.happened_on is not None:
            events[event.retiree_id].append(event)
    return {retiree_id: read_facts(known, rules=rules, today=today) for retiree_id, known in events.items()}


def known_before_pension() -> Select[uuid.UUID | None]:
    """Select people of whom a reason was confirmed before they had a pension, so that nothing was proposed then.

    Not those who are missing: the months of Art. 32(2) are counted every night.
    """
    kinds = [begins for reason, (begins, _ends) in SPANS.items() if reason is not ReasonKind.MISSING]
    return (
        select(LifeEvent.retiree_id)
        .join(Benefit, Benefit.id == LifeEvent.retiree_id)
        .where(
            LifeEvent.kind.in_(kinds),
            LifeEvent.status == LifeEventStatus.CONFIRMED,
            LifeEvent.verified_at <= Benefit.created_at,
            ~exists().where(BenefitAction.benefit_id == LifeEvent.retiree_id),
        )
        .distinct()
    )


def read_facts(events: Sequence[LifeEvent], *, rules: RuleSet, today: date) -> LifeFacts:
    """Return what confirmed events come to: pure, and the same for every order in which they were written down.

    Somebody missing over the months of Art. 32(2) counts unless anybody declared that absence as it asks.
    """
    deaths = sorted((one.happened_on, str(one.id), one.id) for one in events if one.kind is LifeEventKind.DEATH)
    died = (deaths[0][0], deaths[0][2]) if deaths and deaths[0][0] is not None else None
    facts = LifeFacts(died)
    last = died[0] if died else None
    for reason, (begins, ends) in SPANS.items():
        starts = sorted(
            (one.happened_on, str(one.id), one) for one in events if one.kind is begins and one.happened_on is not None
        )
        stops = sorted(one.happened_on for one in events if one.kind is ends and one.happened_on is not None)
        covered_until: date | None = None
        for began_on, _key, event in starts:
            if began_on is None or (covered_until is not None and began_on <= covered_until):
                continue
            if last is not None and began_on >= last:
                continue
            ended_on = next((day for day in stops if day >= began_on), None)
            if last is not None and (ended_on is None or ended_on > last):
                ended_on = last
            covered_until = ended_on or max(today, began_on) + timedelta(days=1)
            if reason is ReasonKind.MISSING:
                same = [one for day, _key, one in starts if day is not None and began_on <= day <= covered_until]
                until = ended_on or today
                if any(one.is_declared for one in same) or until <= add_months(began_on, rules.missing_months):
                    continue
            facts.spans.append(Span(reason, began_on, ended_on, event.id))
    return facts
