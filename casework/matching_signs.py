"""Writing signs down with what was decided, and opening the tickets that staff look into."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from sqlalchemy import Column, Date, Integer, MetaData, String, Table, Uuid, literal, select

from casework.matching_decisions import FOR_STAFF
from casework.matching_events import notify_of_sign
from casework.tickets import end_by_certification, open_ticket
from models import Base, Retiree, Sign, Ticket
from models.bulk import among, as_digits, copy_in, emptied, insert_into
from models.matching import SignDecision, SignKind
from models.ticket import ENDED, TicketKind, TicketOrigin

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.matching_decisions import NewSign
    from casework.matching_sources import SignSource
    from casework.terms import Terms
    from models.audit import Actor
    from policy.rules import RuleSet

_SIGNS = Base.metadata.tables[Sign.__tablename__]
_KEY = ("retiree_id", "source", "kind", "happened_on")
# Not the project's table: it lives as long as a connection, and holds one chunk.
_STAGED = Table(
    "staged_signs",
    MetaData(),
    Column("retiree_id", Uuid),
    Column("kind", String(32)),
    Column("happened_on", Date),
    Column("line", Integer),
    Column("matched_by", String(32)),
    Column("decision", String(32)),
    prefixes=["TEMPORARY"],
)

Decided = tuple[str, "NewSign", SignDecision]


def write_signs(
    session: Session, decided: Sequence[Decided], *, import_id: uuid.UUID, source: str, now: datetime
) -> None:
    """Write what was decided about each sign; one that stood there already is decided anew."""
    staged = [
        (digits, sign.kind.value, sign.happened_on.isoformat(), sign.line, sign.matched_by.value, decision.value)
        # in one order everywhere: two imports wait for each other instead of for ever
        for digits, sign, decision in sorted(decided, key=lambda one: (one[0], one[1].kind, one[1].happened_on))
    ]
    emptied(session, _STAGED)
    copy_in(session, _STAGED.name, _STAGED.c.keys(), staged)
    constants = {"source": source, "import_id": import_id, "decided_at": now}
    insert = insert_into(session, _SIGNS)
    written = insert.from_select(
        [*_STAGED.c.keys(), *constants],
        select(
            *_STAGED.c, *(literal(value, _SIGNS.c[name].type).label(name) for name, value in constants.items())
        ).order_by(_STAGED.c.retiree_id, _STAGED.c.kind),
    )
    changed = {column.name: insert.excluded[column.name] for column in _SIGNS.c if column.name not in _KEY}
    session.execute(
        written.on_conflict_do_update(
            index_elements=list(_KEY), set_=changed, where=_SIGNS.c.decision != SignDecision.CERTIFIED
        )
    )


def follow_up(
    session: Session,
    decided: Sequence[Decided],
    *,
    source: SignSource,
    rules: RuleSet,
    terms: Terms,
    actor: Actor,
    now: datetime,
) -> None:
    """Open a ticket for what staff must look into, with the record that they verify; end help that nobody needs now."""
    for digits, sign, decision in decided:
        kind = _ticket_for(sign, decision)
        if kind is not None:
            retiree = session.get_one(Retiree, uuid.UUID(digits))
            notify_of_sign(session, retiree, sign, source, rules=rules, actor=actor, now=now)
            is_urgent = kind is TicketKind.DEATH_VERIFICATION
            open_ticket(
                session,
                kind,
                retiree,
                TicketOrigin.DATA_MATCH,
                is_urgent=is_urgent,
                terms=terms,
                actor=actor,
                now=now,
            )
    certified = [digits for digits, _, decision in decided if decision is SignDecision.CERTIFIED]
    for digits in _with_help(session, certified):
        end_by_certification(session, uuid.UUID(digits), actor=actor, now=now)


def _ticket_for(sign: NewSign, decision: SignDecision) -> TicketKind | None:
    if decision is SignDecision.WEAK_MATCH:
        return None if sign.kind is SignKind.LIFE else TicketKind.DATA_DISCREPANCY
    if decision not in FOR_STAFF:
        return None
    is_death = decision in {SignDecision.DEATH_TO_VERIFY, SignDecision.CONTRADICTORY}
    return TicketKind.DEATH_VERIFICATION if is_death else TicketKind.DATA_DISCREPANCY


def _with_help(session: Session, people: Collection[str]) -> Sequence[str]:
    if not people:
        return []
    return session.scalars(
        select(as_digits(session, Ticket.retiree_id)).where(
            Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
            Ticket.status.not_in(ENDED),
            among(session, Ticket.retiree_id, people),
        )
    ).all()
