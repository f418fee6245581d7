"""Tips about wrongful claims (Art. 31(2)): seen at the agency alone, who told sealed apart, outcome and reward."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.event_tickets import end_event_tickets
from casework.rights import StaffRight
from casework.scope import require, within
from models import Lead, LifeEvent, Overpayment, Region, Report, Transition
from models.audit import record
from models.life_event import LifeEventStatus
from models.recovery import LeadStatus
from models.region import RegionLevel
from models.transitions import TRANSITIONS, move
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Account, Retiree, Staff
    from models.audit import Actor

# What a teller says of themselves; everything else is what they tell.
TELLER_FIELDS = frozenset({"phone", "teller_name"})


@dataclass(frozen=True)
class Progress:
    """What whoever holds the code hears: where it stands, and a reward if there is one. Nothing of the person."""

    status: LeadStatus
    reward_cents: int | None


def open_lead(
    session: Session,
    report: Report,
    retiree: Retiree | None,
    teller: dict[str, Any] | None,
    account: Account | None,
    *,
    actor: Actor,
    now: datetime,
) -> Lead:
    """Open a lead for a report; who told it is sealed in it and stands nowhere else. account: None when anonymous."""
    identity = None
    if account is not None:
        identity = json.dumps({"account": str(account.id), **(teller or {})}, ensure_ascii=False)
    lead = Lead(
        report_id=report.id,
        retiree_id=None if retiree is None else retiree.id,
        agency_code=_city(session) if retiree is None else retiree.agency_code,
        teller=identity,
        received_at=now,
    )
    session.add(lead)
    record(session, actor, "lead.open", lead, now=now)
    return lead


def follow(session: Session, report: Report) -> Progress | None:
    """Return how far a lead is, for whoever holds the code of its report."""
    lead = session.scalar(select(Lead).where(Lead.report_id == report.id))
    return None if lead is None else Progress(lead.status, lead.reward_cents)


def count_tips(session: Session, account: Account, since: datetime) -> int:
    """Return how many tips an account told since a moment: only what is sealed in the leads says whose they are."""
    tellers = session.scalars(select(Lead.teller).where(Lead.received_at >= since, Lead.teller.is_not(None)))
    return sum(json.loads(one)["account"] == str(account.id) for one in tellers if one is not None)


def is_teller(session: Session, report: Report, account: Account) -> bool:
    """Say whether an account may follow a tip by its code: its own, or one that was told anonymously."""
    lead = session.scalar(select(Lead).where(Lead.report_id == report.id))
    return lead is None or lead.teller is None or json.loads(lead.teller)["account"] == str(account.id)


def list_leads(session: Session, staff: Staff, *, limit: int = 200) -> Sequence[Lead]:
    """Return the leads of one's own agency, those not decided first."""
    require(staff, StaffRight.SEE_LEADS)
    return session.scalars(
        select(Lead)
        .where(within(Lead.agency_code, staff.region_code))
        .order_by(Lead.decided_at.is_not(None), Lead.received_at)
        .limit(limit)
    ).all()


def read_lead(session: Session, staff: Staff, lead_id: uuid.UUID, *, actor: Actor, now: datetime) -> dict[str, Any]:
    """Return what was told, without who told it; the look is written down."""
    lead = _find(session, staff, lead_id)
    record(session, actor, "lead.look", lead, now=now)
    told: dict[str, Any] = json.loads(session.get_one(Report, lead.report_id).content)
    return {name: value for name, value in told.items() if name not in TELLER_FIELDS}


def reveal_teller(
    session: Session, staff: Staff, lead_id: uuid.UUID, reason: str, *, actor: Actor, now: datetime
) -> dict[str, Any] | None:
    """Return who told, None when told anonymously; each look is written down with its reason."""
    lead = _find(session, staff, lead_id)
    reason = reason.strip()
    if not reason:
        raise Refusal("reason_missing", field="reason")
    record(session, actor, "lead.reveal", lead, now=now, reason=reason[:200])
    found: dict[str, Any] | None = None if lead.teller is None else json.loads(lead.teller)
    return found


def take_up(session: Session, staff: Staff, lead_id: uuid.UUID, *, actor: Actor, now: datetime) -> Lead:
    """Begin to look into a lead."""
    lead = _find(session, staff, lead_id)
    _move(session, lead, LeadStatus.INVESTIGATING, actor, now)
    return lead


def decide_lead(
    session: Session,
    staff: Staff,
    lead_id: uuid.UUID,
    *,
    is_found: bool,
    finding: str,
    actor: Actor,
    now: datetime,
    overpayment: Overpayment | None = None,
) -> Lead:
    """Say what came of a lead: a lead is not a finding, and a finding leads to a recovery, not to a punishment here.

    The tip's record and the ticket that asked for it end with it.
    """
    lead = _find(session, staff, lead_id)
    if not finding.strip():
        raise Refusal("note_missing", field="finding")
    _move(session, lead, LeadStatus.FOUND if is_found else LeadStatus.NOT_FOUND, actor, now)
    record(session, actor, "lead.decide", lead, now=now, reason=lead.status.value)
    lead.finding, lead.decided_at = finding.strip(), now
    lead.overpayment_id = None if overpayment is None else overpayment.id
    report = session.get_one(Report, lead.report_id)
    event = None if report.life_event_id is None else session.get_one(LifeEvent, report.life_event_id)
    if event is not None and event.is_open:
        status = LifeEventStatus.CONFIRMED if is_found else LifeEventStatus.REJECTED
        also = {"verified_by_id": staff.id, "verified_at": now}
        move(session, event, status, reason=lead.status.value, actor=actor, now=now, also=also)
        end_event_tickets(session, event, actor=actor, now=now)
    return lead


def reward(session: Session, staff: Staff, lead_id: uuid.UUID, cents: int, *, actor: Actor, now: datetime) -> Lead:
    """Grant a reward for a lead that was found true. The regulation names no amount: it is the agency's to say.

    Whoever found it true does not grant it too: raises Refusal `took_part`.
    """
    lead = _find(session, staff, lead_id)
    session.refresh(lead, with_for_update=True)  # of two that grant one at once one does
    if lead.status is not LeadStatus.FOUND or lead.reward_cents is not None:
        raise Refusal("no_reward")
    if str(staff.id) in _who_found(session, lead):
        raise Refusal("took_part")
    if cents <= 0:
        raise Refusal("amount_wrong", field="cents")
    lead.reward_cents, lead.reward_decided_by_id = cents, staff.id
    record(session, actor, "lead.reward", lead, now=now, reason=str(cents))
    return lead


def _find(session: Session, staff: Staff, lead_id: uuid.UUID) -> Lead:
    require(staff, StaffRight.SEE_LEADS)
    found = session.scalar(select(Lead).where(Lead.id == lead_id, within(Lead.agency_code, staff.region_code)))
    if found is None:
        raise Refusal("not_yours")
    return found


def _who_found(session: Session, lead: Lead) -> Sequence[str]:
    """Return by their ids who of staff found a lead true."""
    return session.scalars(
        select(Transition.actor_name).where(
            Transition.subject_kind == Lead.__name__,
            Transition.subject_id == str(lead.id),
            Transition.new == LeadStatus.FOUND,
        )
    ).all()


def _move(session: Session, lead: Lead, status: LeadStatus, actor: Actor, now: datetime) -> None:
    if status not in TRANSITIONS[LeadStatus][lead.status] or not move(
        session, lead, status, reason=status.value, actor=actor, now=now
    ):
        raise Refusal("lead_moved_on")


def _city(session: Session) -> str:
    return session.scalars(
        select(Region.code).where(Region.level == RegionLevel.CITY).order_by(Region.code).limit(1)
    ).one()
