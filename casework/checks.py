"""A second person's look at a visit: of whoever judged by themselves, and of a share drawn by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, func, or_, select

from casework.assistance import visit_reason_of
from casework.rights import StaffRight
from casework.scope import require, within
from casework.tickets import open_ticket
from casework.visits import channel_of
from certification.certify import ask_again, revoke_certification
from certification.evidence import open_one_of
from models import Certification, EvidenceImage, Retiree, Visit, VisitCheck
from models.audit import record
from models.evidence import EvidencePurpose
from models.ticket import Place, TicketKind, TicketOrigin, VisitReason
from models.transitions import move
from models.visit import CheckStatus
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models import Staff
    from models.audit import Actor
    from policy.rules import RuleSet

MOST_LISTED = 100


def list_checks(session: Session, staff: Staff) -> Sequence[Row[VisitCheck, Visit, Retiree]]:
    """Return the open checks in reach, the oldest first; never of one's own visits."""
    require(staff, StaffRight.CHECK_VISITS)
    return session.execute(
        select(VisitCheck, Visit, Retiree)
        .join(Visit, Visit.id == VisitCheck.visit_id)
        .join(Retiree, Retiree.id == Visit.retiree_id)
        .where(_is_open_for(staff))
        .order_by(VisitCheck.created_at)
        .limit(MOST_LISTED)
    ).all()


def count_checks(session: Session, staff: Staff) -> int:
    """Return how many there are in that list; nobody's row is read for it."""
    require(staff, StaffRight.CHECK_VISITS)
    some = (
        select(VisitCheck.id).join(Visit, Visit.id == VisitCheck.visit_id).where(_is_open_for(staff)).limit(MOST_LISTED)
    )
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def _is_open_for(staff: Staff) -> ColumnElement[bool]:
    return and_(
        VisitCheck.status == CheckStatus.OPEN,
        within(VisitCheck.owner_code, staff.region_code),
        Visit.staff_id != staff.id,
    )


def find_check(session: Session, staff: Staff, check_id: uuid.UUID) -> tuple[VisitCheck, Visit]:
    """Return a check in reach with its visit. Raises Refusal `not_yours`, `took_part` for one's own visit."""
    require(staff, StaffRight.CHECK_VISITS)
    check = session.scalar(
        select(VisitCheck).where(and_(VisitCheck.id == check_id, within(VisitCheck.owner_code, staff.region_code)))
    )
    if check is None:
        raise Refusal("not_yours")
    visit = session.get_one(Visit, check.visit_id)
    if visit.staff_id == staff.id:
        raise Refusal("took_part")
    return check, visit


def decide_check(
    session: Session,
    staff: Staff,
    check_id: uuid.UUID,
    note: str,
    *,
    is_confirmed: bool,
    rules: RuleSet,
    terms: Terms,
    actor: Actor,
    now: datetime,
) -> VisitCheck:
    """Confirm a visit, or object to it: then its certification counts no more and another visit is due.

    Whoever was certified otherwise before the visit stays so, and whoever was certified for the next term since.

    Raises Refusal `not_yours`, `took_part`, `ticket_changed` when somebody else decided, `note_missing`.
    """
    check, visit = find_check(session, staff, check_id)
    if not is_confirmed and not note.strip():
        raise Refusal("note_missing", field="note")
    status = CheckStatus.CONFIRMED if is_confirmed else CheckStatus.OBJECTED
    if check.status is not CheckStatus.OPEN or not move(session, check, status, reason="checked", actor=actor, now=now):
        raise Refusal("ticket_changed")
    check.checked_by_id, check.checked_at = staff.id, now
    if note.strip():
        visit.notes = f"{visit.notes or ''}\n{note.strip()}".strip()
    record(session, actor, f"visit.{status.value}", visit, now=now)
    if not is_confirmed:
        _undo(session, visit, rules, terms, actor, now)
    return check


def _undo(session: Session, visit: Visit, rules: RuleSet, terms: Terms, actor: Actor, now: datetime) -> None:
    retiree = session.get_one(Retiree, visit.retiree_id)
    if visit.certification_id is None:
        return
    certification = session.get_one(Certification, visit.certification_id)
    if certification.channel is not channel_of(visit) or certification.certified_at < visit.received_at:
        return
    revoke_certification(session, certification, "visit_objected", rules=rules, actor=actor, now=now)
    if not ask_again(session, certification, rules, now):
        return
    open_ticket(
        session,
        TicketKind.ASSISTED_CERTIFICATION,
        retiree,
        TicketOrigin.CHECK,
        place=visit.place,
        visit_reason=(visit_reason_of(session, retiree.id) or VisitReason.OTHER_BODILY)
        if visit.place is Place.HOME
        else None,
        is_urgent=True,
        terms=terms,
        actor=actor,
        now=now,
    )


def images_of_visit(session: Session, visit: Visit) -> Sequence[EvidenceImage]:
    """Return the reference photographs of the person, the face at the visit and the signature, in this order."""
    references = and_(EvidenceImage.retiree_id == visit.retiree_id, EvidenceImage.purpose == EvidencePurpose.REFERENCE)
    return session.scalars(
        select(EvidenceImage)
        .where(or_(EvidenceImage.visit_id == visit.id, references))
        .order_by(EvidenceImage.purpose, EvidenceImage.created_at)
    ).all()


def open_check_image(
    session: Session, staff: Staff, check_id: uuid.UUID, image_id: uuid.UUID, *, actor: Actor, now: datetime
) -> EvidenceImage:
    """Return an image of a visit that is checked; each opening is written down. Raises Refusal `not_yours`."""
    _check, visit = find_check(session, staff, check_id)
    return open_one_of(session, images_of_visit(session, visit), image_id, of=f"check {check_id}", actor=actor, now=now)
