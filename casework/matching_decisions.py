"""What follows from a sign: pure, from the sign, the source's mapping and what is known of the person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, NamedTuple

from certification.year import may_certify_on, term_of
from models.matching import MatchedBy, SignDecision, SignKind

if TYPE_CHECKING:
    from casework.matching_sources import SignSource
    from policy.rules import Clock

# What staff look into: each has a ticket.
FOR_STAFF = frozenset(
    {
        SignDecision.NAME_DIFFERS,
        SignDecision.SEEN_MISSING,
        SignDecision.CONTRADICTORY,
        SignDecision.DEATH_TO_VERIFY,
        SignDecision.TO_VERIFY,
    }
)


KeptBy = tuple[SignKind, date | None]


@dataclass(slots=True)
class KnownPerson:
    """What is known of somebody when a sign of them comes in.

    death_on: the day of a death that somebody told of or another source had, and that nobody has refuted; date.max
    where a death is being verified and no day is known. seen_on: the last day for which anything says they lived.
    missing_since: the day of an absence that somebody told of and that no confirmed reappearance ended.
    is_doubted: a discrepancy is being looked into, or a data match of this period was taken back. known: what the
    source said before, by how it was found to speak of them, and what followed.
    """

    certified_until: date | None = None
    name_index: str | None = None
    death_on: date | None = None
    seen_on: date | None = None
    missing_since: date | None = None
    is_doubted: bool = False
    known: dict[tuple[KeptBy, MatchedBy], tuple[date, SignDecision]] = field(default_factory=dict)


def kept_by(kind: SignKind, happened_on: date) -> KeptBy:
    """Return by what the signs of a person and source are kept apart.

    Of evidence of life the newest alone counts; of everything else each day does, for money is counted from the first.
    """
    return (kind, None) if kind is SignKind.LIFE else (kind, happened_on)


class NewSign(NamedTuple):
    """One sign to decide on. name_indexes: digests of the name in the row, by each key; none where it has no name.

    is_day_exact: whether the row tells the day itself, or one by which it had happened.
    """

    kind: SignKind
    happened_on: date
    line: int
    matched_by: MatchedBy
    name_indexes: tuple[str, ...]
    is_day_exact: bool = True


def decide(sign: NewSign, person: KnownPerson, source: SignSource, clock: Clock, today: date) -> SignDecision:
    """Return what follows from a sign (Art. 27, 28, 30).

    Evidence of life certifies only where nothing at all speaks against it; evidence of death never does more than have
    staff verify it.
    """
    if sign.matched_by is MatchedBy.NAME_AND_BIRTHDAY:
        return SignDecision.WEAK_MATCH
    if sign.kind is SignKind.DEATH:
        is_seen_later = person.seen_on is not None and person.seen_on > sign.happened_on
        return SignDecision.CONTRADICTORY if is_seen_later else SignDecision.DEATH_TO_VERIFY
    if sign.kind is not SignKind.LIFE:
        return SignDecision.TO_VERIFY
    return _held_by(sign, person) or _decide_life(sign, person, source, clock, today)


def _held_by(sign: NewSign, person: KnownPerson) -> SignDecision | None:
    """Return what a death, another name or an absence make of evidence of life; None where none speaks against it."""
    if person.death_on is not None:
        return SignDecision.CONTRADICTORY if sign.happened_on > person.death_on else SignDecision.BEFORE_DEATH
    if sign.name_indexes and person.name_index is not None and person.name_index not in sign.name_indexes:
        return SignDecision.NAME_DIFFERS
    is_seen = person.missing_since is not None and sign.happened_on > person.missing_since
    return SignDecision.SEEN_MISSING if is_seen else None


def _decide_life(sign: NewSign, person: KnownPerson, source: SignSource, clock: Clock, today: date) -> SignDecision:
    if not may_certify_on(today, person.certified_until, clock):
        return SignDecision.ALREADY_CERTIFIED
    if not source.is_strong:
        return SignDecision.WEAK_SOURCE
    if is_too_old(sign.happened_on, person.certified_until, source, clock, today):
        return SignDecision.TOO_OLD
    return SignDecision.IN_DOUBT if person.is_doubted else SignDecision.CERTIFIED


def is_too_old(happened_on: date, certified_until: date | None, source: SignSource, clock: Clock, today: date) -> bool:
    """Say whether evidence of that day is older than the source's lets it be, or lies in a term that adds nothing.

    The term counts from the day of the evidence, not from the day on which its file came in.
    """
    if happened_on < today - timedelta(days=source.oldest_days):
        return True
    until = term_of(happened_on, clock).valid_until
    return until < today or (certified_until is not None and until <= certified_until)
