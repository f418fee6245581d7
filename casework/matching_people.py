"""Whom the rows of a chunk mean, and what is known of them: a handful of queries, however many people they are."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.matching_decisions import KnownPerson, kept_by
from clock import local_date
from models import Certification, LifeEvent, Report, Retiree, Sign, Ticket
from models.bulk import among, as_digits
from models.certification import Channel
from models.life_event import STANDING_EVENTS, LifeEventKind, LifeEventStatus
from models.matching import MatchedBy, SignKind
from models.report import ReportKind, ReportStatus
from models.ticket import ENDED, TicketKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy.orm import Session

_TOLD = (LifeEventKind.DEATH, LifeEventKind.MISSING, LifeEventKind.REAPPEARANCE)


def find_by_numbers(session: Session, indexes: Collection[str]) -> dict[str, tuple[str, KnownPerson]]:
    """Return by the digest of an identity number whose it is: the digits of their id, and what their row says."""
    rows = session.execute(
        select(
            Retiree.id_number_index, as_digits(session, Retiree.id), Retiree.certified_until, Retiree.name_index
        ).where(among(session, Retiree.id_number_index, indexes))
    )
    return {index: (digits, KnownPerson(until, name)) for index, digits, until, name in rows}


def learn_about(session: Session, people: dict[str, KnownPerson], source: str, dead: Collection[str]) -> None:
    """Fill in what other rows say of these people. dead: of whom this chunk itself has evidence of death."""
    deaths: dict[str, list[date]] = defaultdict(list)
    _learn_signs(session, people, source, deaths)
    in_person = _last_in_person(session, deaths.keys() | set(dead))
    refuted = _refuted_deaths(session, deaths.keys())
    for digits, days in deaths.items():
        standing = [
            day
            for day in days
            if not (digits in in_person and in_person[digits] > day)
            and not (digits in refuted and refuted[digits] >= day)
        ]
        people[digits].death_on = min(standing, default=None)
    for digits, day in in_person.items():
        people[digits].seen_on = max(filter(None, (people[digits].seen_on, day)))
    _learn_cases(session, people)


def with_evidence_taken_back(session: Session, people: Iterable[str], today: date) -> set[str]:
    """Return those of whom a data match that would count today was found wrong: they are asked in person."""
    return set(
        session.scalars(
            select(as_digits(session, Certification.retiree_id)).where(
                among(session, Certification.retiree_id, people),
                Certification.channel == Channel.DATA_MATCH,
                Certification.revoked_at.is_not(None),
                Certification.valid_until >= today,
            )
        )
    )


def _learn_signs(session: Session, people: dict[str, KnownPerson], source: str, deaths: dict[str, list[date]]) -> None:
    rows = session.execute(
        select(
            as_digits(session, Sign.retiree_id),
            Sign.source,
            Sign.kind,
            Sign.happened_on,
            Sign.matched_by,
            Sign.decision,
        )
        .where(among(session, Sign.retiree_id, people))
        .order_by(Sign.happened_on)
    )
    for digits, of, kind, day, matched_by, decision in rows:
        person = people[digits]
        if of == source:
            person.known[kept_by(kind, day), matched_by] = (day, decision)
        if matched_by is MatchedBy.NAME_AND_BIRTHDAY:
            continue
        if kind is SignKind.DEATH:
            deaths[digits].append(day)
        elif kind is SignKind.LIFE:
            person.seen_on = day


def _last_in_person(session: Session, people: Collection[str]) -> dict[str, date]:
    """Return the last day on which each was certified by being seen."""
    if not people:
        return {}
    rows = session.execute(
        select(as_digits(session, Certification.retiree_id), Certification.certified_at)
        .where(
            among(session, Certification.retiree_id, people),
            Certification.channel != Channel.DATA_MATCH,
            Certification.revoked_at.is_(None),
        )
        .order_by(Certification.certified_at)
    )
    return {digits: local_date(at) for digits, at in rows}


def _refuted_deaths(session: Session, people: Collection[str]) -> dict[str, date]:
    """Return the last day on which staff found of each that a death told of was none."""
    if not people:
        return {}
    rows = session.execute(
        select(as_digits(session, LifeEvent.retiree_id), LifeEvent.verified_at)
        .where(
            LifeEvent.kind == LifeEventKind.DEATH,
            LifeEvent.status.in_((LifeEventStatus.REJECTED, LifeEventStatus.REVERSED)),
            LifeEvent.verified_at.is_not(None),
            among(session, LifeEvent.retiree_id, people),
        )
        .order_by(LifeEvent.verified_at)
    )
    return {digits: local_date(at) for digits, at in rows if at is not None}


def _told(session: Session, people: Collection[str]) -> dict[LifeEventKind, list[tuple[str, date]]]:
    """Return whose death, absence and return from one stand in a record, with the day, or that of the telling.

    A return counts once it is confirmed.
    """
    rows = session.execute(
        select(
            LifeEvent.kind,
            LifeEvent.status,
            as_digits(session, LifeEvent.retiree_id),
            LifeEvent.happened_on,
            LifeEvent.reported_at,
        ).where(
            LifeEvent.kind.in_(_TOLD),
            LifeEvent.status.in_(STANDING_EVENTS),
            among(session, LifeEvent.retiree_id, people),
        )
    )
    told: dict[LifeEventKind, list[tuple[str, date]]] = {kind: [] for kind in _TOLD}
    for kind, status, digits, happened_on, reported_at in rows:
        if kind is not LifeEventKind.REAPPEARANCE or status is LifeEventStatus.CONFIRMED:
            told[kind].append((digits, happened_on or local_date(reported_at)))
    return told


def _learn_cases(session: Session, people: dict[str, KnownPerson]) -> None:
    """Learn of deaths and absences that were told of, deaths being verified, and discrepancies that are looked into."""
    told = _told(session, people)
    # what was told before reports became records
    reports = session.execute(
        select(as_digits(session, Report.retiree_id), Report.happened_on, Report.reported_at).where(
            Report.kind == ReportKind.DEATH,
            Report.life_event_id.is_(None),
            Report.status == ReportStatus.NOTIFIED,
            among(session, Report.retiree_id, people),
        )
    )
    before = [(digits, happened_on or local_date(reported_at)) for digits, happened_on, reported_at in reports]
    for digits, day in (*told[LifeEventKind.DEATH], *before):
        _hold(people[digits], day)
    back: dict[str, date] = {}
    for digits, day in told[LifeEventKind.REAPPEARANCE]:
        back[digits] = max(day, back.get(digits, date.min))
    for digits, day in told[LifeEventKind.MISSING]:
        if day > back.get(digits, date.min):
            people[digits].missing_since = min(day, people[digits].missing_since or day)
    tickets = session.execute(
        select(as_digits(session, Ticket.retiree_id), Ticket.kind, Ticket.created_at).where(
            Ticket.kind.in_((TicketKind.DEATH_VERIFICATION, TicketKind.DATA_DISCREPANCY)),
            Ticket.status.not_in(ENDED),
            among(session, Ticket.retiree_id, people),
        )
    )
    for digits, kind, created_at in tickets:
        if kind is TicketKind.DATA_DISCREPANCY:
            people[digits].is_doubted = True
        elif people[digits].death_on is None:
            _hold(people[digits], local_date(created_at))


def _hold(person: KnownPerson, day: date) -> None:
    person.death_on = day if person.death_on is None else min(person.death_on, day)
