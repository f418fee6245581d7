"""Taking in a file of another department, chunk by chunk: each is one transaction with all that it leads to.

An import that was cut off is gone on with where its last chunk ended; what is known already leads to nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from casework.matching_decisions import decide
from casework.matching_pairing import pair
from casework.matching_people import learn_about, with_evidence_taken_back
from casework.matching_signs import follow_up, write_signs
from certification.data_match import EvidenceOfLife, certify_by_evidence
from clock import local_date
from models import MatchingImport
from models.audit import record
from models.bulk import look_up_singly
from models.matching import MatchedBy, SignDecision, SignKind
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from casework.matching_decisions import NewSign
    from casework.matching_pairing import Pairing
    from casework.matching_rows import SignRow
    from casework.matching_sources import SignSource
    from casework.terms import Terms
    from models.audit import Actor
    from models.vault import Vault
    from policy.rules import RuleSet

READ, REJECTED, UNMATCHED, KNOWN = "read", "rejected", "unmatched", "known"
_CONTENT_PURPOSE = "matching_imports.content"

Decisions = dict[tuple[str, SignKind], SignDecision]


@dataclass(frozen=True)
class Matcher:
    """What every chunk of one import needs."""

    import_id: uuid.UUID
    source: SignSource
    rules: RuleSet
    terms: Terms
    vault: Vault
    actor: Actor


@dataclass(frozen=True)
class Chunk:
    """The next lines of a file. after: how many were taken in before. lines, rejected: how many these are.

    rows: the good ones, with the numbers of their lines. indexes: the digests of their identity numbers.
    """

    after: int
    lines: int
    rejected: int
    rows: Sequence[tuple[int, SignRow]]
    indexes: Mapping[str, list[str]]


def begin_import(
    session: Session, source: SignSource, content: str, *, vault: Vault, actor: Actor, now: datetime
) -> MatchingImport:
    """Return the import of this file: the one that was cut off, if there is one, or a new one.

    content: a digest of the file. With another mapping the same file is another import.
    """
    # neither the file nor its digest is kept: a key that comes later cannot digest it anew
    indexes = vault.blind_indexes_ever(f"{content} {source.declared}", _CONTENT_PURPOSE)
    found = session.scalar(
        select(MatchingImport).where(MatchingImport.content_index.in_(indexes), MatchingImport.finished_at.is_(None))
    )
    if found is not None:
        return found
    made = MatchingImport(
        source=source.name,
        title=source.title,
        department=source.department,
        content_index=indexes[0],
        lines_taken=0,
        counts={},
        actor_name=actor.name,
        started_at=now,
    )
    session.add(made)
    record(session, actor, "matching.import", made, now=now, reason=source.name)
    return made


def finish_import(session: Session, import_id: uuid.UUID, *, now: datetime) -> MatchingImport:
    """Say that every line was taken in, and return what became of them."""
    made = session.get_one(MatchingImport, import_id)
    made.finished_at = now
    return made


def take_chunk(session: Session, matcher: Matcher, chunk: Chunk, *, now: datetime) -> None:
    """Take in the next lines: match them, decide on each, certify, open tickets, write down why.

    Raises Refusal `import_elsewhere` when another process has taken them in meanwhile.
    """
    look_up_singly(session)
    pairing = pair(session, chunk.rows, chunk.indexes, matcher.vault)
    dead = {digits for digits, kind in pairing.signs if kind is SignKind.DEATH}
    learn_about(session, pairing.people, matcher.source.name, dead)
    decisions = _decide(matcher, pairing, local_date(now))
    _certify(session, matcher, pairing, decisions, now)
    new = [(digits, pairing.signs[digits, kind], decision) for (digits, kind), decision in decisions.items()]
    write_signs(session, new, import_id=matcher.import_id, source=matcher.source.name, now=now)
    follow_up(
        session,
        new,
        source=matcher.source,
        rules=matcher.rules,
        terms=matcher.terms,
        actor=matcher.actor,
        now=now,
    )
    _advance(session, matcher.import_id, chunk, _count(chunk, pairing, decisions))


def _decide(matcher: Matcher, pairing: Pairing, today: date) -> Decisions:
    """Decide on every sign that says something new; deaths first, for they hold what the same chunk says of life."""
    decisions: Decisions = {}
    for (digits, kind), sign in sorted(pairing.signs.items(), key=lambda one: one[0][1] is not SignKind.DEATH):
        person = pairing.people[digits]
        decision = decide(sign, person, matcher.source, matcher.rules.clock, today)
        if _is_new(sign, decision, person.newest.get(kind)):
            decisions[digits, kind] = decision
        if kind is SignKind.DEATH and sign.matched_by is MatchedBy.ID_NUMBER:
            person.death_on = min(sign.happened_on, person.death_on or sign.happened_on)
    return decisions


def _is_new(sign: NewSign, decision: SignDecision, before: tuple[date, SignDecision] | None) -> bool:
    """Say whether a sign is newer than what the source said before, or certifies where the same one did not then."""
    if before is None or sign.happened_on > before[0]:
        return True
    if sign.happened_on < before[0]:
        return False
    return decision is SignDecision.CERTIFIED and before[1] is not SignDecision.CERTIFIED


def _certify(session: Session, matcher: Matcher, pairing: Pairing, decisions: Decisions, now: datetime) -> None:
    """Certify whom the decisions say, and correct those where something in the tables speaks against it."""
    chosen = {key[0]: key for key, decision in decisions.items() if decision is SignDecision.CERTIFIED}
    if not chosen:
        return
    for digits in with_evidence_taken_back(session, chosen, local_date(now)):
        decisions[chosen.pop(digits)] = SignDecision.IN_DOUBT
    certified = certify_by_evidence(
        session,
        [EvidenceOfLife(digits, pairing.signs[key].happened_on) for digits, key in chosen.items()],
        source=matcher.source.name,
        title=matcher.source.title,
        rules=matcher.rules,
        actor=matcher.actor,
        now=now,
    )
    for digits in chosen.keys() - certified:
        decisions[chosen[digits]] = SignDecision.ALREADY_CERTIFIED


def _count(chunk: Chunk, pairing: Pairing, decisions: Decisions) -> Counter[str]:
    """Return how many lines had which fate."""
    counts = Counter({READ: chunk.lines, REJECTED: chunk.rejected, UNMATCHED: len(chunk.rows) - len(pairing.paired)})
    by_line = {pairing.signs[key].line: decision.value for key, decision in decisions.items()}
    counts.update(by_line.values())
    counts[KNOWN] += len(pairing.paired) - len(by_line)
    return counts


def _advance(session: Session, import_id: uuid.UUID, chunk: Chunk, counts: Counter[str]) -> None:
    before = session.execute(select(MatchingImport.counts).where(MatchingImport.id == import_id)).scalar_one()
    moved = session.execute(
        update(MatchingImport)
        .where(MatchingImport.id == import_id, MatchingImport.lines_taken == chunk.after)
        .values(lines_taken=chunk.after + chunk.lines, counts=dict(Counter(before) + counts))
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
        raise Refusal("import_elsewhere")
