"""From rows to what the API answers: an attempt's progress, its outcome, a ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from api.guards import find_current_account
from casework.assistance import find_open_assistance
from certification.attempts import Going, attempts_left
from certification.decide import Outcome
from certification.ending import find_review
from certification.face.types import Action
from certification.receipt_tokens import Statement, sign_receipt
from certification.sessions import find_binding, may_now
from certification.standing import last_certification
from clock import local_date
from models import Attempt, Certification, CertificationSession, Region
from models.attempt import AttemptStatus
from policy.relations import Right, may
from services import services
from words import ADVICE, INSTRUCTIONS, OUTCOMES, WECHAT_ADVICE

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Ticket

_POSITION: dict[str, Any] = {"phase": "position", "asked": None, "step": 0, "advice": None}


def answer_progress(session: Session, attempt: Attempt, *, now: datetime) -> dict[str, Any]:
    """Return where an attempt stands, as `ProgressAnswer`."""
    told = (_POSITION | {"steps": len(attempt.actions)}) | (attempt.last_answer or {})
    left = attempts_left(session, session.get_one(CertificationSession, attempt.session_id), services().limits)
    if attempt.status is AttemptStatus.RUNNING:
        return answer_going(Going(told, attempt.expires_at, left), now=now)
    return {
        **told,
        "phase": "ended",
        "asked": None,
        "advice": None,
        "instruction": None,
        "seconds_left": 0,
        "attempts_left": left,
        "outcome": _answer_outcome(session, attempt, now),
    }


def answer_going(going: Going, *, now: datetime) -> dict[str, Any]:
    """Return where a running attempt stands, as `ProgressAnswer`; nothing is looked up."""
    told = going.told
    return {
        **told,
        "asked": Action(told["asked"]) if told["asked"] else None,
        "advice": say(ADVICE | WECHAT_ADVICE, told["advice"]),
        "instruction": say(INSTRUCTIONS, _instruction_of(told)),
        "seconds_left": max(0, int((going.expires_at - now).total_seconds())),
        "attempts_left": going.attempts_left,
        "outcome": None,
    }


def answer_assistance(session: Session, ticket: Ticket) -> dict[str, Any]:
    """Return a ticket for help, as `AssistanceAnswer`."""
    office = session.get_one(Region, ticket.owner_code)
    act = Statement(ticket.place or ticket.kind, ticket.number, local_date(ticket.created_at), ticket.due_by)
    token = sign_receipt(session, act, now=services().clock.now())
    return {
        "number": ticket.number,
        "place": ticket.place,
        "due_by": ticket.due_by,
        "office": {"name": office.name, "telephone": office.telephone},
        "receipt": f"{services().settings.public_base_url}/h5/acts/{token}",
    }


def say(sentences: dict[str, str], code: str | None) -> dict[str, str] | None:
    """Return the sentence for a code with the code, as `Saying`; None for no code."""
    return None if code is None else {"code": code, "text": sentences[code]}


def _instruction_of(told: dict[str, Any]) -> str:
    """Return the code in `INSTRUCTIONS` of what to do now."""
    if told["phase"] == "action":
        return str(told["asked"])
    if told["phase"] == "position" and told["step"] == told["steps"]:
        return "look"
    return str(told["phase"])


def _answer_outcome(session: Session, attempt: Attempt, now: datetime) -> dict[str, Any] | None:
    """Return how an attempt ended. Whoever merely claims the person learns nothing that stands about them."""
    if attempt.status is AttemptStatus.SUPERSEDED:
        return None
    account = find_current_account(session)
    binding = find_binding(session, account.id, attempt.retiree_id, now=now)
    counts = binding is not None and binding.confirmed_at is not None
    is_lone = attempt.status is AttemptStatus.REFUSED and not counts
    headline, next_step = OUTCOMES["refused_claim" if is_lone else attempt.status.value]
    review = find_review(session, attempt) if attempt.status is AttemptStatus.REVIEW else None
    certification, ticket = None, None
    if binding is not None and counts and may(binding.relation, Right.SEE_STANDING):
        certification = session.scalar(select(Certification).where(Certification.attempt_id == attempt.id))
        if certification is None and attempt.status is AttemptStatus.CERTIFIED:
            certification = last_certification(session, attempt.retiree_id)  # the term had one already
    if binding is not None and may_now(account, binding, Right.REQUEST_HELP):
        ticket = find_open_assistance(session, attempt.retiree_id)
    return {
        "result": Outcome(attempt.status.value),
        "headline": headline,
        "next_step": next_step,
        "advice": say(ADVICE | WECHAT_ADVICE, attempt.advice) if attempt.status is AttemptStatus.RETRY else None,
        "receipt_number": certification.receipt_number if certification else None,
        "valid_until": certification.valid_until if certification else None,
        "next_due_by": certification.next_due_by if certification else None,
        "answer_by": review.due_by if review else None,
        "ticket": answer_assistance(session, ticket) if ticket else None,
    }
