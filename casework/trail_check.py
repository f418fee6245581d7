"""Whether every status has the row that says how it came about, and whether pictures and their rows belong together."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.consistency import Finding, finding_of
from models import Attempt, CertificationSession, EvidenceImage, Report, Review, Ticket
from models.attempt import AttemptStatus, SessionStatus
from models.certification import ReviewStatus
from models.report import ReportStatus
from models.ticket import TicketStatus
from models.transitions import Transition

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from enum import StrEnum

    from sqlalchemy.orm import Session

    from certification.evidence import EvidenceStore

BATCH = 500
# A picture is stored a moment before the row that names it; whatever has none after a day will never have one.
ORPHANED_AFTER = timedelta(days=1)
_FIRST: dict[Any, StrEnum] = {
    Attempt: AttemptStatus.RUNNING,
    CertificationSession: SessionStatus.OPEN,
    Review: ReviewStatus.OPEN,
    Ticket: TicketStatus.OPEN,
    Report: ReportStatus.NOTIFIED,
}


def check_trails(session: Session) -> list[Finding]:
    """Find rows that left their first status, and no transition leads to where they stand."""
    findings: list[Finding] = []
    for kind, first in _FIRST.items():
        found: list[object] = []
        moved = session.execute(select(kind.id, kind.status).where(kind.status != first)).yield_per(BATCH)
        for rows in moved.partitions():
            stands = {str(row.id): row.status for row in rows}
            trails = session.execute(
                select(Transition.subject_id, Transition.new).where(
                    Transition.subject_kind == kind.__name__, Transition.subject_id.in_(stands)
                )
            )
            led = {(subject, new) for subject, new in trails}
            found += [subject for subject, status in stands.items() if (subject, status) not in led]
        findings += finding_of(f"no_transition_of_{kind.__tablename__}", found)
    return findings


def check_pictures(session: Session, store: EvidenceStore, *, now: datetime) -> list[Finding]:
    """Find rows whose picture is gone, and pictures that no row has named for a day. Raises OSError."""
    # what is stored first, then the rows: a picture that comes in between is not taken for lost
    stored = dict(store.list_keys())
    named = set(session.scalars(select(EvidenceImage.storage_key)))
    missing = [key for key in sorted(named - stored.keys()) if not _is_there(store, key)]
    orphaned = [key for key in sorted(stored.keys() - named) if stored[key] < now - ORPHANED_AFTER]
    return finding_of("picture_missing", missing) + finding_of("picture_orphaned", orphaned)


def list_orphans(session: Session, store: EvidenceStore, *, now: datetime) -> Iterator[str]:
    """Yield the keys of pictures that no row has named for a day."""
    old = (key for key, put_at in store.list_keys() if put_at < now - ORPHANED_AFTER)
    for key in old:
        if session.scalar(select(EvidenceImage.id).where(EvidenceImage.storage_key == key)) is None:
            yield key


def _is_there(store: EvidenceStore, key: str) -> bool:
    """Say whether a picture that was not listed is there all the same: it came after the listing."""
    try:
        store.get(key)
    except FileNotFoundError:
        return False
    return True
