"""What follows in casework from how an attempt ended: no failure without a case, and no case that has nothing to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.assistance import help_certify
from casework.tickets import end_by_certification, open_ticket
from certification.decide import Outcome
from certification.standing import find_standing
from models.ticket import TicketKind, TicketOrigin

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import Retiree, Review
    from models.audit import Actor
    from policy.rules import RuleSet


def follow_up(
    session: Session,
    retiree: Retiree,
    outcome: Outcome,
    review: Review | None,
    actor: Actor,
    now: datetime,
    *,
    rules: RuleSet,
    terms: Terms,
) -> None:
    """Open the ticket that a refusal or a review needs, end the one that a certification answers.

    Whoever was certified otherwise while they tried needs no help.
    """
    if outcome is Outcome.REFUSED:
        if find_standing(session, retiree, rules, now=now).may_certify:
            help_certify(session, retiree, TicketOrigin.FAILED_ATTEMPTS, terms=terms, actor=actor, now=now)
    elif outcome is Outcome.CERTIFIED:
        end_by_certification(session, retiree.id, actor=actor, now=now)
    elif review is not None:
        open_ticket(
            session,
            TicketKind.MANUAL_REVIEW,
            retiree,
            TicketOrigin.DOUBTFUL_FACE,
            owner_code=review.owner_code,
            due_by=review.due_by,
            terms=terms,
            actor=actor,
            now=now,
        )
