"""Whoever was certified by another department's data may say that it was not them: staff look, nothing else happens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.tickets import open_ticket
from certification.standing import last_certification
from clock import local_date
from models.audit import record
from models.certification import Channel
from models.ticket import TicketKind, TicketOrigin

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import Account, Retiree, Ticket
    from models.audit import Actor


def dispute_match(
    session: Session, account: Account, retiree: Retiree, *, terms: Terms, actor: Actor, now: datetime
) -> Ticket | None:
    """Have staff look into the data match by which somebody counts as certified; None where there is none.

    The certification stands until they decide, and nothing certifies by data meanwhile.
    """
    last = last_certification(session, retiree.id)
    if last is None or last.channel is not Channel.DATA_MATCH or last.valid_until < local_date(now):
        return None
    record(session, actor, "matching.dispute", retiree, now=now, reason=last.sign_source or "")
    return open_ticket(
        session,
        TicketKind.DATA_DISCREPANCY,
        retiree,
        TicketOrigin.REQUESTED,
        account_id=account.id,
        terms=terms,
        actor=actor,
        now=now,
    )
