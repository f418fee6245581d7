"""Who is likely to miss the deadline: points for what makes it harder. Pure; the weights are judged, not measured."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from models.retiree import LivingMarkKind

HIGHEST = 100
_DAYS_LEFT = ((7, 35), (30, 25), (60, 15), (90, 5))
_AGE = ((90, 15), (80, 8))
_FAILED = {1: 8, 2: 14}
_FAILED_OFTEN = 20
_LATE, _CLOSE, _FIRST = 20, 10, 8
_MOST_FOR_MARKS = 20
_MARKS = {
    LivingMarkKind.BEDRIDDEN: 15,
    LivingMarkKind.CARE_HOME: 15,
    LivingMarkKind.PSYCHIATRIC_HOSPITAL: 15,
    LivingMarkKind.GRAVELY_ILL: 15,
    LivingMarkKind.LIVING_ALONE: 10,
    LivingMarkKind.NO_FAMILY: 10,
    LivingMarkKind.DISABLED: 6,
    LivingMarkKind.HARDSHIP: 6,
}
_NO_PHONE = 10
_NO_ACCOUNT = 10
# Nearer than this to its deadline, the last certification was close.
CLOSE_DAYS = 30


class LastTime(StrEnum):
    """How the last certification came about."""

    NEVER = "never"
    IN_TIME = "in_time"
    CLOSE = "close"
    LATE = "late"


class Reason(StrEnum):
    """What points are given for; each has words. `{mark}` stands for the mark's own."""

    DAYS_LEFT = "days_left"
    OLD = "old"
    FAILED_ATTEMPTS = "failed_attempts"
    LATE_LAST_TIME = "late_last_time"
    CLOSE_LAST_TIME = "close_last_time"
    FIRST_TIME = "first_time"
    MARK = "mark"
    NO_PHONE = "no_phone"
    NO_ACCOUNT = "no_account"


@dataclass(frozen=True)
class RiskFacts:
    """What is known of somebody who is not certified and whose deadline is still to come.

    days_left: to the deadline. failed_attempts: by face, this year.
    """

    days_left: int
    age: int
    failed_attempts: int
    last_time: LastTime
    marks: frozenset[LivingMarkKind]
    has_phone: bool
    has_account: bool


@dataclass(frozen=True)
class Because:
    """One reason with its points. value: the number or the mark that its words name."""

    reason: Reason
    points: int
    value: str = ""


@dataclass(frozen=True)
class Risk:
    """Points from 0 to 100, and what they are given for, the weightiest first."""

    score: int
    reasons: tuple[Because, ...]


def risk_of(facts: RiskFacts) -> Risk:
    """Return how likely somebody is to miss the deadline, in points that rank and do not predict."""
    found = [
        *_of_time(facts),
        *_of_age(facts.age),
        *_of_attempts(facts.failed_attempts),
        *_of_last_time(facts.last_time),
        *_of_marks(facts.marks),
    ]
    if not facts.has_phone:
        found.append(Because(Reason.NO_PHONE, _NO_PHONE))
    if not facts.has_account:
        found.append(Because(Reason.NO_ACCOUNT, _NO_ACCOUNT))
    found.sort(key=lambda one: -one.points)
    return Risk(min(sum(one.points for one in found), HIGHEST), tuple(found))


def _of_time(facts: RiskFacts) -> list[Because]:
    for days, points in _DAYS_LEFT:
        if facts.days_left <= days:
            return [Because(Reason.DAYS_LEFT, points, str(facts.days_left))]
    return []


def _of_age(age: int) -> list[Because]:
    for least, points in _AGE:
        if age >= least:
            return [Because(Reason.OLD, points, str(age))]
    return []


def _of_attempts(failed: int) -> list[Because]:
    if failed <= 0:
        return []
    return [Because(Reason.FAILED_ATTEMPTS, _FAILED.get(failed, _FAILED_OFTEN), str(failed))]


def _of_last_time(last_time: LastTime) -> list[Because]:
    match last_time:
        case LastTime.NEVER:
            return [Because(Reason.FIRST_TIME, _FIRST)]
        case LastTime.CLOSE:
            return [Because(Reason.CLOSE_LAST_TIME, _CLOSE)]
        case LastTime.LATE:
            return [Because(Reason.LATE_LAST_TIME, _LATE)]
        case LastTime.IN_TIME:
            return []


def _of_marks(marks: frozenset[LivingMarkKind]) -> list[Because]:
    """Give points for every mark, the weightiest first, up to what marks may bring together."""
    found: list[Because] = []
    left = _MOST_FOR_MARKS
    for mark in sorted(marks, key=lambda one: (-_MARKS[one], one)):
        points = min(_MARKS[mark], left)
        found.append(Because(Reason.MARK, points, mark.value))
        left -= points
    return found
