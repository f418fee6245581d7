"""Questions that were not answered, or badly: kept without personal data, grouped by likeness for whoever mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz
from sqlalchemy import select, update

from casework.rights import StaffRight
from casework.scope import require
from models import AskedQuestion
from models.audit import record
from models.knowledge import KeptReason
from policy.answering.masking import mask_question

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Staff
    from models.audit import Actor

MOST_CHARACTERS = 300
MOST_GROUPED = 500
# Two questions as like as this belong together.
_ALIKE = 62


@dataclass(frozen=True)
class Group:
    """Questions that are alike, the newest first."""

    questions: tuple[AskedQuestion, ...]


def keep_question(
    session: Session, text: str, reason: KeptReason, *, topic: str | None, now: datetime
) -> AskedQuestion:
    """Keep a question without what tells who somebody is. topic: what was shown, or why nothing was."""
    kept = AskedQuestion(text=mask_question(text)[:MOST_CHARACTERS], reason=reason, topic=topic, asked_at=now)
    session.add(kept)
    return kept


def list_groups(session: Session, staff: Staff, plain: Callable[[str], str]) -> list[Group]:
    """Return what waits to be mended, the largest group first. plain: makes ways of saying the same alike."""
    require(staff, StaffRight.EDIT_KNOWLEDGE)
    waiting = session.scalars(
        select(AskedQuestion)
        .where(AskedQuestion.settled_at.is_(None), AskedQuestion.reason != KeptReason.OF_USE)
        .order_by(AskedQuestion.asked_at.desc())
        .limit(MOST_GROUPED)
    ).all()
    return group_alike(waiting, plain)


def group_alike(questions: Iterable[AskedQuestion], plain: Callable[[str], str]) -> list[Group]:
    """Return questions in groups: each joins the first group whose first question it is like."""
    groups: list[tuple[str, list[AskedQuestion]]] = []
    for question in questions:
        text = plain(question.text)
        for first, members in groups:
            if fuzz.token_set_ratio(" ".join(first), " ".join(text)) >= _ALIKE and fuzz.ratio(first, text) >= _ALIKE:
                members.append(question)
                break
        else:
            groups.append((text, [question]))
    return [Group(tuple(members)) for _first, members in sorted(groups, key=lambda one: -len(one[1]))]


def settle_questions(
    session: Session, staff: Staff, questions: Sequence[uuid.UUID], *, actor: Actor, now: datetime
) -> int:
    """Say that nothing more is to be done about questions; return how many that were."""
    require(staff, StaffRight.EDIT_KNOWLEDGE)
    done = session.execute(
        update(AskedQuestion)
        .where(AskedQuestion.id.in_(questions), AskedQuestion.settled_at.is_(None))
        .values(settled_at=now)
    )
    record(session, actor, "question.settle", staff, now=now, reason=str(len(questions)))
    return int(done.rowcount)  # type: ignore[attr-defined]  # an UPDATE's result has a row count
