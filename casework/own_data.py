"""What we hold about somebody, for that somebody: shown, and given away as a file.

Two things are left out, and the page says so: what others told about the person (Art. 31(2) keeps its teller safe), and
lists in which staff saw the person among many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, func, select

from casework.accounts import find_bindings
from models import (
    ActionExclusion,
    Attempt,
    AuditEntry,
    Benefit,
    BenefitAction,
    BenefitAmount,
    Binding,
    Call,
    Certification,
    Consent,
    EvidenceImage,
    FaceTemplate,
    LifeEvent,
    LivingMark,
    MatchingImport,
    OutboxMessage,
    Overpayment,
    Region,
    Report,
    Responsibility,
    Sign,
    Ticket,
    Visit,
)
from models.account import AccountKind, Relation
from models.audit import record
from models.benefit import ActionStatus
from models.life_event import LifeEventKind
from policy.money import write_yuan
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Account, Retiree
    from models.audit import Actor

# The newest of each kind; nobody has more within years.
MOST_OF_A_KIND = 200


@dataclass(frozen=True)
class Line:
    """One thing that we hold. section, label: keys of `words.protection`; value: a text, a moment, a day, a key."""

    section: str
    label: str
    value: Any

    def __repr__(self) -> str:
        return f"Line({self.section}, {self.label})"


def find_own(session: Session, account: Account, *, now: datetime) -> Retiree:
    """Return the retiree whose own, confirmed account this is; raise Refusal `not_your_right` for anybody else's.

    A relative sees what they look after elsewhere; everything we hold is shown to the person alone.
    """
    if account.kind is not AccountKind.LINK:
        for retiree, binding in find_bindings(session, account, now=now):
            if binding.relation is Relation.SELF and binding.confirmed_at is not None:
                return retiree
    raise Refusal("not_your_right")


def gather_own(session: Session, retiree: Retiree, reason: str, *, actor: Actor, now: datetime) -> list[Line]:
    """Return what we hold about `retiree`, and write down that it was shown or given (`reason`)."""
    record(session, actor, "own.show", retiree, now=now, reason=reason)
    return [
        *_details(session, retiree),
        *_pension(session, retiree.id),
        *_certifications(session, retiree.id),
        *_faces(session, retiree.id),
        *_agreements(session, retiree.id),
        *_cases(session, retiree.id),
        *_visits(session, retiree.id),
        *_findings(session, retiree.id),
        *_decisions(session, retiree.id),
        *_care(session, retiree.id),
        *_reached(session, retiree.id),
        *_looks(session, str(retiree.id)),
    ]


def _details(session: Session, retiree: Retiree) -> Iterable[Line]:
    community = session.get(Region, retiree.community_code) if retiree.community_code else None
    held = {
        "name": retiree.name,
        "id_number": retiree.id_number,
        "phone": retiree.phone,
        "address": retiree.address,
        "position": retiree.position,
        "community": community.name if community else None,
        "group": retiree.group_name,
        "entitled_from": retiree.entitled_from,
    }
    return (Line("details", label, value) for label, value in held.items() if value is not None)


def _pension(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    benefit = session.get(Benefit, retiree_id)
    if benefit is None:
        return
    yield Line("pension", benefit.status.value, benefit.number)
    amounts = (
        select(BenefitAmount).where(BenefitAmount.benefit_id == retiree_id).order_by(BenefitAmount.from_month.desc())
    )
    for amount in session.scalars(amounts.limit(MOST_OF_A_KIND)):
        yield Line("pension", "amount", write_yuan(amount.cents))


def _certifications(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    done = session.scalars(
        select(Certification)
        .where(Certification.retiree_id == retiree_id)
        .order_by(Certification.certified_at.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("certifications", one.channel.value, one.certified_at) for one in done)
    tries = session.scalars(
        select(Attempt)
        .where(Attempt.retiree_id == retiree_id)
        .order_by(Attempt.created_at.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("attempts", one.status.value, one.created_at) for one in tries)


def _faces(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    templates = session.scalar(
        select(func.count()).select_from(FaceTemplate).where(FaceTemplate.retiree_id == retiree_id)
    )
    yield Line("faces", "templates", templates or 0)
    pictures = session.scalars(
        select(EvidenceImage)
        .where(EvidenceImage.retiree_id == retiree_id)
        .order_by(EvidenceImage.created_at.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("faces", one.purpose.value, one.destroy_on or one.created_at) for one in pictures)


def _agreements(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    for consent in session.scalars(select(Consent).where(Consent.retiree_id == retiree_id).order_by(Consent.given_at)):
        yield Line("agreements", "given", consent.given_at)
        if consent.withdrawn_at is not None:
            yield Line("agreements", "withdrawn", consent.withdrawn_at)
    bound = session.scalars(select(Binding).where(Binding.retiree_id == retiree_id).order_by(Binding.created_at))
    yield from (Line("helpers", one.relation.value, one.person_name or one.created_at) for one in bound)


def _cases(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    tickets = session.scalars(
        select(Ticket).where(Ticket.retiree_id == retiree_id).order_by(Ticket.created_at.desc()).limit(MOST_OF_A_KIND)
    )
    yield from (Line("cases", one.kind.value, one.number) for one in tickets if one.report_id is None)
    # what others told about the person is theirs to know, and may be a report of a crime
    is_own = exists().where(
        Binding.account_id == Report.account_id,
        Binding.retiree_id == retiree_id,
        Binding.relation == Relation.SELF,
        Binding.confirmed_at.is_not(None),
    )
    reports = session.scalars(
        select(Report)
        .where(Report.retiree_id == retiree_id, is_own)
        .order_by(Report.reported_at.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("cases", one.kind.value, one.number) for one in reports)


def _visits(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    visits = session.scalars(
        select(Visit).where(Visit.retiree_id == retiree_id).order_by(Visit.began_at.desc()).limit(MOST_OF_A_KIND)
    )
    for visit in visits:
        yield Line("visits", visit.outcome.value, visit.began_at)
        if visit.notes:
            yield Line("visits", "notes", visit.notes)
        if visit.position:
            yield Line("visits", "position", visit.position)


def _findings(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    """Yield what other departments say of the person, and what staff found to be so or to have been wrong."""
    signs = session.execute(
        select(Sign.kind, Sign.happened_on, MatchingImport.title)
        .join(MatchingImport, MatchingImport.id == Sign.import_id)
        .where(Sign.retiree_id == retiree_id)
        .order_by(Sign.happened_on.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("signs", kind.value, f"{day} {title}") for kind, day, title in signs)
    events = session.scalars(
        select(LifeEvent)
        .where(
            LifeEvent.retiree_id == retiree_id,
            LifeEvent.verified_at.is_not(None),
            LifeEvent.kind != LifeEventKind.FRAUD,
        )
        .order_by(LifeEvent.reported_at.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("events", one.kind.value, one.happened_on or one.reported_at) for one in events)


def _decisions(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    """Yield what was decided about the pension, and what was paid too much."""
    actions = session.scalars(
        select(BenefitAction)
        .where(BenefitAction.benefit_id == retiree_id, BenefitAction.status == ActionStatus.APPROVED)
        .order_by(BenefitAction.decided_at.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("decisions", one.kind.value, one.decided_at) for one in actions)
    overpayments = session.scalars(
        select(Overpayment).where(Overpayment.benefit_id == retiree_id).order_by(Overpayment.opened_at.desc())
    )
    yield from (Line("overpayments", one.status.value, write_yuan(one.cents)) for one in overpayments)


def _care(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    """Yield how the person lives, what they need not do before the camera, and who looks after them."""
    marks = session.scalars(select(LivingMark).where(LivingMark.retiree_id == retiree_id).order_by(LivingMark.set_at))
    yield from (Line("marks", one.kind.value, one.set_at) for one in marks)
    exclusions = session.scalars(select(ActionExclusion).where(ActionExclusion.retiree_id == retiree_id))
    yield from (Line("exclusions", one.action, one.created_at) for one in exclusions)
    owners = session.scalars(
        select(Region.name)
        .join(Responsibility, Responsibility.owner_code == Region.code)
        .where(Responsibility.retiree_id == retiree_id)
        .order_by(Responsibility.sequence)
    )
    yield from (Line("responsible", "owner", name) for name in owners)


def _reached(session: Session, retiree_id: uuid.UUID) -> Iterable[Line]:
    """Yield by what we tried to reach the person or whoever looks after them."""
    calls = session.scalars(
        select(Call).where(Call.retiree_id == retiree_id, Call.outcome.is_not(None)).order_by(Call.called_at.desc())
    )
    yield from (Line("calls", one.outcome.value, one.called_at) for one in calls if one.outcome is not None)
    messages = session.execute(
        select(OutboxMessage.notice, OutboxMessage.created_at)
        .where(OutboxMessage.retiree_id == retiree_id)
        .order_by(OutboxMessage.created_at.desc())
        .limit(MOST_OF_A_KIND)
    )
    yield from (Line("messages", notice, at) for notice, at in messages)


def _looks(session: Session, subject_id: str) -> Iterable[Line]:
    """Yield who looked at or changed the person's entry: what kind of actor, what, when; staff by no name."""
    entries = session.scalars(
        select(AuditEntry)
        .where(AuditEntry.subject_kind == "Retiree", AuditEntry.subject_id == subject_id)
        .order_by(AuditEntry.at.desc())
        .limit(MOST_OF_A_KIND)
    )
    return [Line("looks", entry.actor_kind.value, entry.at) for entry in entries]
