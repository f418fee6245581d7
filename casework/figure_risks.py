"""The list of those who are likely to miss the deadline, of one community, by building and group."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from casework.figure_conditions import bounds_of
from casework.figures import find_scope
from casework.masking import mask_address
from casework.rights import StaffRight
from casework.risk import CLOSE_DAYS, LastTime, Risk, RiskFacts, risk_of
from casework.scope import may, require, within
from certification.year import first_due_by
from clock import local_date
from models import Attempt, Binding, Certification, LivingMark, Retiree, Ticket
from models.attempt import AttemptStatus
from models.audit import record
from models.bulk import among
from models.ticket import ENDED, TicketKind
from policy import identity_number
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date, datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from models import Staff
    from models.audit import Actor
    from models.retiree import LivingMarkKind
    from policy.rules import Clock, RuleSet

MOST_LISTED = 200
# How far an address names the building: what a number stands before, or else the house, or the group.
_BUILDINGS = tuple(re.compile(rf"^.*?[0-9A-Za-z]+{end}") for end in ("栋", "幢", "座", "号楼", "号", "组"))


@dataclass(frozen=True)
class RiskLine:
    """One person of the list. has_ticket: somebody is to help already."""

    retiree: Retiree
    age: int
    risk: Risk
    has_ticket: bool

    @property
    def building(self) -> str:
        """Where the person lives, as far as a walk is planned by it."""
        return building_of(self.retiree.address)


@dataclass(frozen=True)
class _Ranked:
    retiree_id: uuid.UUID
    due_by: date
    age: int
    risk: Risk


@dataclass(frozen=True)
class RiskGroup:
    """One building, or one group of the community, with its people, the likeliest first."""

    building: str
    group_name: str
    lines: list[RiskLine]

    @property
    def score(self) -> int:
        """The sum of the people's points: where one walk helps most."""
        return sum(line.risk.score for line in self.lines)


def list_risks(
    session: Session, staff: Staff, code: str, *, rules: RuleSet, actor: Actor, now: datetime
) -> list[RiskGroup]:
    """Return those of a community who are not certified and whose deadline is to come, the buildings ranked.

    The MOST_LISTED likeliest. Raises Refusal `not_yours`, and `not_found` for more than one community.
    """
    require(staff, StaffRight.SEE_PEOPLE)
    _region, scope = find_scope(session, staff, code, alone=False)
    if not scope.alone:
        raise Refusal("not_found")
    today = local_date(now)
    people = session.execute(
        select(
            Retiree.id,
            Retiree.id_number,
            Retiree.phone.is_not(None),
            Retiree.due_by,
            Retiree.entitled_from,
            Retiree.created_at,
        ).where(
            within(Retiree.owner_code, staff.region_code),
            Retiree.owner_code == code,
            Retiree.due_by >= today,
            or_(Retiree.certified_until.is_(None), Retiree.certified_until < today),
        )
    ).all()
    known = _Known(session, [row.id for row in people], now)
    ranked = _rank(people, known, rules.clock, today)[:MOST_LISTED]
    reason, shown = f"{code} {len(ranked)}", (one.retiree_id for one in ranked)
    record(session, actor, "people.risks", staff, now=now, reason=reason, shown=shown)
    listed = session.scalars(select(Retiree).where(Retiree.id.in_([one.retiree_id for one in ranked])))
    found = {retiree.id: retiree for retiree in listed}
    lines = [
        RiskLine(found[one.retiree_id], one.age, one.risk, one.retiree_id in known.helped)
        for one in ranked
        if one.retiree_id in found
    ]
    return _grouped(lines, whole=may(staff, StaffRight.UNMASK))


def building_of(address: str | None) -> str:
    """Return an address up to the building: as much as a walk is planned by; empty where it names none."""
    text = unicodedata.normalize("NFKC", address or "").replace(" ", "")
    for form in _BUILDINGS:
        found = form.match(text)
        if found is not None:
            return found[0]
    return ""


class _Known:
    """What other tables know of the people of a community, each asked once."""

    def __init__(self, session: Session, people: Sequence[uuid.UUID], now: datetime) -> None:
        ids = [one.hex for one in people]
        self.marks = self._read_marks(session, ids)
        self.failed = self._read_failed(session, ids, local_date(now).year)
        self.certified = self._read_certifications(session, ids)
        bound = select(Binding.retiree_id).where(
            among(session, Binding.retiree_id, ids),
            Binding.confirmed_at.is_not(None),
            or_(Binding.ended_at.is_(None), Binding.ended_at > now),
        )
        self.bound = set(session.scalars(bound))
        helped = select(Ticket.retiree_id).where(
            among(session, Ticket.retiree_id, ids),
            Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
            Ticket.status.not_in(ENDED),
        )
        self.helped = set(session.scalars(helped))

    @staticmethod
    def _read_marks(session: Session, ids: Sequence[str]) -> dict[uuid.UUID, set[LivingMarkKind]]:
        rows = session.execute(
            select(LivingMark.retiree_id, LivingMark.kind).where(
                among(session, LivingMark.retiree_id, ids), LivingMark.ended_at.is_(None)
            )
        )
        marks: dict[uuid.UUID, set[LivingMarkKind]] = defaultdict(set)
        for retiree_id, kind in rows:
            marks[retiree_id].add(kind)
        return marks

    @staticmethod
    def _read_failed(session: Session, ids: Sequence[str], year: int) -> Counter[uuid.UUID]:
        first, after = bounds_of(year)
        rows = session.execute(
            select(Attempt.retiree_id, func.count())
            .where(
                among(session, Attempt.retiree_id, ids),
                Attempt.status.in_((AttemptStatus.RETRY, AttemptStatus.REFUSED)),
                Attempt.created_at >= first,
                Attempt.created_at < after,
            )
            .group_by(Attempt.retiree_id)
        )
        return Counter({row[0]: row[1] for row in rows})

    @staticmethod
    def _read_certifications(session: Session, ids: Sequence[str]) -> dict[uuid.UUID, list[tuple[date, date]]]:
        """Return of each person when they were certified and by when the next one was due, in order."""
        rows = session.execute(
            select(Certification.retiree_id, Certification.certified_at, Certification.next_due_by)
            .where(among(session, Certification.retiree_id, ids), Certification.revoked_at.is_(None))
            .order_by(Certification.certified_at)
        )
        certified: dict[uuid.UUID, list[tuple[date, date]]] = defaultdict(list)
        for retiree_id, certified_at, next_due_by in rows:
            certified[retiree_id].append((local_date(certified_at), next_due_by))
        return certified


def _rank(people: Sequence[Row[*tuple[Any, ...]]], known: _Known, clock: Clock, today: date) -> list[_Ranked]:
    """Return everybody with their points, the likeliest first; names and addresses stay closed here."""
    ranked = []
    for retiree_id, id_number, has_phone, due_by, entitled_from, created_at in people:
        age = identity_number.read(id_number, today=today).age_on(today)
        first_due = first_due_by(entitled_from, local_date(created_at), clock)
        facts = RiskFacts(
            days_left=(due_by - today).days,
            age=age,
            failed_attempts=known.failed[retiree_id],
            last_time=_last_time(known.certified.get(retiree_id, []), first_due),
            marks=frozenset(known.marks.get(retiree_id, ())),
            has_phone=has_phone,
            has_account=retiree_id in known.bound,
        )
        ranked.append(_Ranked(retiree_id, due_by, age, risk_of(facts)))
    return sorted(ranked, key=lambda one: (-one.risk.score, one.due_by, one.retiree_id))


def _last_time(certified: list[tuple[date, date]], first_due: date) -> LastTime:
    """Say how near its deadline the last certification came; the one before it said when that was."""
    if not certified:
        return LastTime.NEVER
    deadline = certified[-2][1] if len(certified) > 1 else first_due
    left = (deadline - certified[-1][0]).days
    if left < 0:
        return LastTime.LATE
    return LastTime.CLOSE if left < CLOSE_DAYS else LastTime.IN_TIME


def _grouped(lines: list[RiskLine], *, whole: bool) -> list[RiskGroup]:
    found: dict[tuple[str, str], list[RiskLine]] = defaultdict(list)
    for line in lines:
        found[line.building, line.retiree.group_name or ""].append(line)
    groups = [
        RiskGroup(building if whole else (mask_address(building) or ""), group_name, people)
        for (building, group_name), people in found.items()
    ]
    return sorted(groups, key=lambda group: (-group.score, group.building, group.group_name))
