"""What an import did, and why something followed from a row: put together from the rows themselves."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.matching import KNOWN, READ, REJECTED, UNMATCHED
from casework.matching_decisions import FOR_STAFF
from casework.roster import find_by_id_number
from certification.receipts import evidence_of_certification
from models import Certification, MatchingImport, Sign
from models.audit import record
from models.matching import MatchedBy, SignDecision, SignKind
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from models.audit import Actor
    from models.vault import Vault

_MOST_EXPLAINED = 200


@dataclass(frozen=True)
class Explained:
    """One sign with all it takes to explain it. receipt: of the certification that followed from it."""

    title: str
    department: str
    source: str
    kind: SignKind
    happened_on: date
    matched_by: MatchedBy
    decision: SignDecision
    received_at: datetime
    decided_at: datetime
    line: int
    receipt: str | None
    valid_until: date | None

    def __repr__(self) -> str:
        return f"Explained({self.decision})"

    def as_dict(self) -> dict[str, Any]:
        """Return it with days and moments as text."""
        return {
            name: value if value is None or isinstance(value, int) else str(value)
            for name, value in asdict(self).items()
        }


def summarise(made: MatchingImport) -> dict[str, Any]:
    """Return how many lines were read and what became of them; `decisions` has each decision apart."""
    counts = made.counts
    decisions = {decision.value: counts[decision] for decision in SignDecision if counts.get(decision)}
    suspicious = sum(counts.get(decision, 0) for decision in FOR_STAFF | {SignDecision.WEAK_MATCH})
    certified = counts.get(SignDecision.CERTIFIED, 0)
    return {
        "read": counts.get(READ, 0),
        "certified": certified,
        "suspicious": suspicious,
        "noted": sum(decisions.values()) - suspicious - certified,
        "known": counts.get(KNOWN, 0),
        "unmatched": counts.get(UNMATCHED, 0),
        "rejected": counts.get(REJECTED, 0),
        "decisions": decisions,
    }


def explain(session: Session, id_number: str, *, vault: Vault, actor: Actor, now: datetime) -> list[Explained]:
    """Return what other departments said of somebody, the newest first. Raises Refusal `unknown_retiree`."""
    retiree = find_by_id_number(session, id_number, vault=vault)
    if retiree is None:
        raise Refusal("unknown_retiree", field="id_number")
    record(session, actor, "matching.explain", retiree, now=now)
    return signs_of(session, retiree.id)


def signs_of(session: Session, retiree_id: uuid.UUID, *, most: int = _MOST_EXPLAINED) -> list[Explained]:
    """Return the signs of a person, those decided last first."""
    rows = session.execute(
        select(Sign, MatchingImport, Certification)
        .join(MatchingImport, MatchingImport.id == Sign.import_id)
        .outerjoin(Certification, evidence_of_certification())
        .where(Sign.retiree_id == retiree_id)
        .order_by(Sign.decided_at.desc(), Sign.happened_on.desc())
        .limit(most)
    )
    return [_explained(sign, made, certification) for sign, made, certification in rows]


def _explained(sign: Sign, made: MatchingImport, certification: Certification | None) -> Explained:
    return Explained(
        title=made.title,
        department=made.department,
        source=sign.source,
        kind=sign.kind,
        happened_on=sign.happened_on,
        matched_by=sign.matched_by,
        decision=sign.decision,
        received_at=made.started_at,
        decided_at=sign.decided_at,
        line=sign.line,
        receipt=None if certification is None else certification.receipt_number,
        valid_until=None if certification is None else certification.valid_until,
    )
