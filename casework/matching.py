"""Taking in a file of another department, chunk by chunk: what one leads to is written with how far the file was taken.

A chunk goes in lanes, each in a transaction of its own, so that the database writes for several people at once. First,
and alone, whatever is not plain evidence of life by a number: it may hold somebody, or mean anybody of that name. Then
that evidence, each person in one lane. An import that was cut off is gone on with where each lane's last chunk ended;
what is known already leads to nothing.
"""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from zlib import crc32

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from casework.life_events import is_confirmed_death
from casework.matching_decisions import KeptBy, decide
from casework.matching_pairing import pair
from casework.matching_people import learn_about, with_evidence_taken_back
from casework.matching_signs import follow_up, write_signs
from certification.data_match import EvidenceOfLife, certify_by_evidence
from clock import local_date
from models import MatchingImport, MatchingLane
from models.audit import record
from models.bulk import look_up_singly
from models.matching import MatchedBy, SignDecision, SignKind
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy.orm import Session

    from casework.matching_decisions import KnownPerson, NewSign
    from casework.matching_pairing import Pairing
    from casework.matching_rows import SignRow
    from casework.matching_sources import SignSource
    from casework.terms import Terms
    from models.audit import Actor
    from models.vault import Vault
    from policy.rules import RuleSet

READ, REJECTED, UNMATCHED, KNOWN = "read", "rejected", "unmatched", "known"
_CONTENT_PURPOSE = "matching_imports.content"

Decisions = dict[tuple[str, KeptBy], SignDecision]


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
    lane: whose rows these are.
    """

    after: int
    lines: int
    rejected: int
    rows: Sequence[tuple[int, SignRow]]
    indexes: Mapping[str, list[str]]
    lane: int = 0

    def dealt(self, lanes: int) -> list[Chunk]:
        """Return the part of each lane. Of several the first one goes before the others, which may go at once.

        Neither keys nor what is stored decide who goes where: an import that is gone on with deals as it did before.
        """
        if lanes == 1:
            return [self]
        rows: list[list[tuple[int, SignRow]]] = [[] for _ in range(lanes)]
        for one in self.rows:
            _line, row = one
            number = row.id_number if row.kind is SignKind.LIFE else None
            rows[0 if number is None else 1 + crc32(number.encode()) % (lanes - 1)].append(one)
        return [
            replace(
                self,
                rejected=0 if lane else self.rejected,
                rows=of_one,
                indexes={row.id_number: self.indexes[row.id_number] for _, row in of_one if row.id_number},
                lane=lane,
            )
            for lane, of_one in enumerate(rows)
        ]


def begin_import(
    session: Session, source: SignSource, content: str, *, at_once: int, vault: Vault, actor: Actor, now: datetime
) -> tuple[MatchingImport, list[int]]:
    """Return the import of this file, the one that was cut off, if there is one, or a new one; and its lanes.

    content: a digest of the file. With another mapping the same file is another import. at_once: how many transactions
    may go at once. A lane is the number of lines that it is past. Raises Refusal `import_elsewhere` where another
    process begins it at this very moment.
    """
    # neither the file nor its digest is kept: a key that comes later cannot digest it anew
    indexes = vault.blind_indexes_ever(f"{content} {source.declared}", _CONTENT_PURPOSE)
    found = session.scalar(
        select(MatchingImport).where(MatchingImport.content_index.in_(indexes), MatchingImport.finished_at.is_(None))
    )
    if found is not None:
        return found, _lanes_of(session, found, at_once)
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
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        raise Refusal("import_elsewhere") from None
    record(session, actor, "matching.import", made, now=now, reason=source.name)
    return made, _lanes_of(session, made, at_once)


def _lanes_of(session: Session, made: MatchingImport, at_once: int) -> list[int]:
    """Return the lanes of an import; a new one gets them here, and one that a release without lanes began."""
    known = select(MatchingLane.lines_taken).where(MatchingLane.import_id == made.id).order_by(MatchingLane.lane)
    lanes = list(session.scalars(known))
    if not lanes:
        lanes = [made.lines_taken] * (1 if at_once == 1 else 1 + at_once)
        session.flush()
        session.add_all(
            MatchingLane(import_id=made.id, lane=lane, lines_taken=lines, counts={}) for lane, lines in enumerate(lanes)
        )
    return lanes


def finish_import(session: Session, import_id: uuid.UUID, *, now: datetime) -> MatchingImport:
    """Say that every line was taken in, and return what became of them."""
    made = session.get_one(MatchingImport, import_id, with_for_update=True)
    lanes = session.scalars(select(MatchingLane).where(MatchingLane.import_id == import_id)).all()
    if lanes:
        made.lines_taken = min(lane.lines_taken for lane in lanes)
        made.counts = dict(sum((Counter(lane.counts) for lane in lanes), Counter(made.counts)))
        session.execute(delete(MatchingLane).where(MatchingLane.import_id == import_id))
        made.finished_at = now
    return made


def take_chunk(session: Session, matcher: Matcher, chunk: Chunk, *, now: datetime) -> None:
    """Take in the next lines of a lane: match them, decide on each, certify, open tickets, write down why.

    Raises Refusal `import_elsewhere` when another process has taken them in meanwhile.
    """
    counts = Counter({READ: len(chunk.rows) + chunk.rejected, REJECTED: chunk.rejected})
    if chunk.rows:
        counts += _take_rows(session, matcher, chunk, now)
    _advance(session, matcher.import_id, chunk, counts)


def _take_rows(session: Session, matcher: Matcher, chunk: Chunk, now: datetime) -> Counter[str]:
    """Return how many of the rows had which fate."""
    look_up_singly(session)
    pairing = pair(session, chunk.rows, chunk.indexes, matcher.vault)
    dead = {digits for digits, (kind, _day) in pairing.signs if kind is SignKind.DEATH}
    learn_about(session, pairing.people, matcher.source.name, dead)
    decisions = _decide(matcher, pairing, local_date(now))
    _leave_known_deaths(session, pairing, decisions)
    _certify(session, matcher, pairing, decisions, now)
    new = [(key[0], pairing.signs[key], decision) for key, decision in decisions.items()]
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
    return _count(chunk, pairing, decisions)


def _decide(matcher: Matcher, pairing: Pairing, today: date) -> Decisions:
    """Decide on every sign that says something new; deaths first, for they hold what the same chunk says of life."""
    decisions: Decisions = {}
    for (digits, by), sign in sorted(pairing.signs.items(), key=lambda one: one[1].kind is not SignKind.DEATH):
        person = pairing.people[digits]
        decision = decide(sign, person, matcher.source, matcher.rules.clock, today)
        if not _is_new(sign, decision, by, person):
            continue  # a death told of before holds, or was refuted, as what is known of the person says
        decisions[digits, by] = decision
        if sign.kind is SignKind.DEATH and sign.matched_by is MatchedBy.ID_NUMBER:
            person.death_on = min(sign.happened_on, person.death_on or sign.happened_on)
    return decisions


def _is_new(sign: NewSign, decision: SignDecision, by: KeptBy, person: KnownPerson) -> bool:
    """Say whether a sign is newer than what the source said before, or certifies where the same one did not then.

    What a name and a birthday alone said before is nothing beside what an identity number says now.
    """
    if not person.known:
        return True  # as most are: a million need not look further
    ways = (MatchedBy.ID_NUMBER,) if sign.matched_by is MatchedBy.ID_NUMBER else tuple(MatchedBy)
    before = max((person.known[by, way] for way in ways if (by, way) in person.known), default=None)
    if before is None or sign.happened_on > before[0]:
        return True
    if sign.happened_on < before[0]:
        return False
    return decision is SignDecision.CERTIFIED and before[1] is not SignDecision.CERTIFIED


def _leave_known_deaths(session: Session, pairing: Pairing, decisions: Decisions) -> None:
    """Correct the decisions on deaths that staff confirmed already: nobody is asked to verify them anew."""
    for key, decision in decisions.items():
        if decision is SignDecision.DEATH_TO_VERIFY:
            sign, retiree_id = pairing.signs[key], uuid.UUID(key[0])
            if is_confirmed_death(session, retiree_id, sign.happened_on, is_exact=sign.is_day_exact):
                decisions[key] = SignDecision.DEATH_KNOWN


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
    counts = Counter({UNMATCHED: len(chunk.rows) - len(pairing.paired)})
    by_line = {pairing.signs[key].line: decision.value for key, decision in decisions.items()}
    counts.update(by_line.values())
    counts[KNOWN] += len(pairing.paired) - len(by_line)
    return counts


def _advance(session: Session, import_id: uuid.UUID, chunk: Chunk, counts: Counter[str]) -> None:
    its_lane = (MatchingLane.import_id == import_id, MatchingLane.lane == chunk.lane)
    before = session.scalar(select(MatchingLane.counts).where(*its_lane))
    moved = session.execute(
        update(MatchingLane)
        .where(*its_lane, MatchingLane.lines_taken == chunk.after)
        .values(lines_taken=chunk.after + chunk.lines, counts=dict(Counter(before) + counts))
        .execution_options(synchronize_session=False)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
        raise Refusal("import_elsewhere")
