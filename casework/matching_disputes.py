"""Whoever was certified by another department's data may say that it was not them: staff look, and take it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.tickets import finish_ticket, open_ticket
from certification.certify import ask_again, revoke_certification
from certification.standing import last_certification
from clock import local_date
from models.audit import record
from models.certification import Channel
from models.ticket import TicketKind, TicketOrigin
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import Account, Certification, Retiree, Staff, Ticket
    from models.audit import Actor
    from policy.rules import RuleSet


def dispute_match(
    session: Session, account: Account, retiree: Retiree, *, terms: Terms, actor: Actor, now: datetime
) -> Ticket | None:
    """Have staff look into the data match by which somebody counts as certified; None where there is none.

    The certification stands until they decide, and nothing certifies by data meanwhile.
    """
    last = _standing_match(session, retiree.id, now)
    if last is None:
        return None
    record(session, actor, "matching.dispute", retiree, now=now, reason=last.sign_source or "")
    ticket = open_ticket(
        session,
        TicketKind.DATA_DISCREPANCY,
        retiree,
        TicketOrigin.REQUESTED,
        account_id=account.id,
        terms=terms,
        actor=actor,
        now=now,
    )
    if ticket.origin is TicketOrigin.DATA_MATCH:
        # it was opened for another sign, and would end with that sign's record
        ticket.origin, ticket.account_id = TicketOrigin.REQUESTED, account.id
    return ticket


def has_standing_match(session: Session, ticket: Ticket, *, now: datetime) -> bool:
    """Say whether a ticket is about data that somebody counts as certified by."""
    return _match_of(session, ticket, now) is not None


def take_back_match(
    session: Session,
    staff: Staff,
    ticket_id: uuid.UUID,
    version: int,
    why: str,
    *,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
) -> None:
    """End a ticket about data with the finding that the data match was wrong: the certification counts no more.

    Nothing else certifies the person by data in that term. Raises Refusal `no_match` where none stands.
    """
    ticket = finish_ticket(session, staff, ticket_id, version, why, actor=actor, now=now)
    match = _match_of(session, ticket, now)
    if match is None:
        raise Refusal("no_match")
    revoke_certification(session, match, "match_wrong", rules=rules, actor=actor, now=now)
    ask_again(session, match, rules, now)


def _match_of(session: Session, ticket: Ticket, now: datetime) -> Certification | None:
    if ticket.kind is not TicketKind.DATA_DISCREPANCY or ticket.retiree_id is None:
        return None
    return _standing_match(session, ticket.retiree_id, now)


def _standing_match(session: Session, retiree_id: uuid.UUID, now: datetime) -> Certification | None:
    """Return the certification by data by which somebody counts as certified today."""
    last = last_certification(session, retiree_id)
    is_match = last is not None and last.channel is Channel.DATA_MATCH and last.valid_until >= local_date(now)
    return last if is_match else None
