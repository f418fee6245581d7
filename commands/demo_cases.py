"""Invented cases of a demonstration: this year's certifications, attempts, tickets in every state, visits, marks.

Drawn for each person by a chance of their own, so that the same seed always tells the same story, however many
processes tell it. A person of whom there is a certification, a ticket or a mark already is left alone.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from certification.year import term_of
from clock import LOCAL_ZONE, local_date
from commands.demo_people import is_neighbour
from commands.demo_story import Story
from models import Base, Certification, LivingMark, Retiree, Ticket
from models.bulk import among, insert_rows
from models.retiree import ID_NUMBER_PURPOSE

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from casework.roster_rows import RosterRow
    from casework.terms import Terms
    from models.certification import Channel
    from models.ticket import Place, TicketKind
    from models.vault import Vault
    from policy.rules import RuleSet

_PEOPLE = Base.metadata.tables[Retiree.__tablename__]
# Whatever a row refers to stands before it.
CASE_TABLES = (
    "living_marks",
    "certification_sessions",
    "attempts",
    "reviews",
    "certifications",
    "tickets",
    "transitions",
    "ticket_notes",
    "visits",
    "visit_checks",
)


@dataclass(frozen=True)
class CasePlan:
    """What the cases of a demonstration are drawn by.

    share: tickets a person. staff: ids by the region they look after, one each. account_id: who made the attempts.
    """

    rules: RuleSet
    terms: Terms
    staff: Mapping[str, uuid.UUID]
    account_id: uuid.UUID
    share: float
    seed: int
    now: datetime


class Calendar:
    """Due days and terms; a working day is costly to find, and a city's tickets fall due on few days."""

    def __init__(self, plan: CasePlan) -> None:
        self._plan = plan
        self._due: dict[tuple[TicketKind, Place | None, date], date] = {}
        self.now = plan.now
        self.today = local_date(plan.now)
        self.year_began = datetime.combine(self.today.replace(month=1, day=1), time(), LOCAL_ZONE)

    def due_by(self, kind: TicketKind, place: Place | None, day: date) -> date:
        """Return by when a ticket of that day is to be done."""
        key = (kind, place, day)
        if key not in self._due:
            self._due[key] = self._plan.terms.due_by(kind, place, day)
        return self._due[key]

    def past(self, random: Random, least: timedelta = timedelta(minutes=5)) -> datetime:
        """Return a moment of this year, `least` ago or longer."""
        return max(self.year_began, self.now - least - random.random() * (self.now - self.year_began))


def add_cases(
    session: Session,
    plan: CasePlan,
    calendar: Calendar,
    people: Sequence[tuple[int, RosterRow]],
    *,
    vault: Vault,
    are_new: bool,
) -> int:
    """Write the cases of people who are in the database, and return how many tickets there are of them.

    people: each with the place at which they were invented. are_new: all of them, so that nobody has a case yet.
    """
    indexes = [vault.blind_index(person.identity.text, ID_NUMBER_PURPOSE) for _place, person in people]
    known = select(_PEOPLE.c.id_number_index, _PEOPLE.c.id).where(among(session, _PEOPLE.c.id_number_index, indexes))
    found = {index: retiree_id for index, retiree_id in session.execute(known)}  # noqa: C416 - rows are no pairs to dict
    digits = [retiree_id.hex for retiree_id in found.values()]
    settled = {
        retiree_id
        for kind in (() if are_new else (Certification, Ticket, LivingMark))
        for retiree_id in session.scalars(select(kind.retiree_id).where(among(session, kind.retiree_id, digits)))
    }
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    certified: dict[tuple[date, date, Channel], list[uuid.UUID]] = defaultdict(list)
    for index, (place, person) in zip(indexes, people, strict=True):
        retiree_id = found[index]
        if retiree_id in settled:
            continue
        random = Random(f"cases:{plan.seed}:{place}")  # noqa: S311 - tells stories, keeps no secret
        story = Story(random, plan, calendar, rows, retiree_id, person, number=f"{plan.seed:02d}{place:08d}")
        story.tell(is_neighbour=is_neighbour(place))
        if story.certified is not None:
            channel, at = story.certified
            term = term_of(local_date(at), plan.rules.clock)
            certified[term.valid_until, term.next_due_by, channel].append(retiree_id)
    for name in CASE_TABLES:
        insert_rows(session, Base.metadata.tables[name], rows[name])
    for (valid_until, next_due_by, channel), ids in certified.items():
        session.execute(
            update(_PEOPLE)
            .where(among(session, _PEOPLE.c.id, [retiree_id.hex for retiree_id in ids]))
            .values(certified_until=valid_until, certified_by=channel, due_by=next_due_by)
        )
    return len(rows["tickets"])
