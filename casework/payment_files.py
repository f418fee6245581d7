"""The payment decisions of one month: who is paid what, why that differs from the month before, and the end of changes.

What a closed month's file says follows from records that no later change touches: it can be written anew, byte by byte.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import merge
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import aliased

from casework.payment_months import hold_open_month
from clock import local_date
from models import BackPayLine, Benefit, BenefitAction, BenefitAmount, BenefitStop, PaymentMonth
from models.benefit import PaymentStatus
from models.bulk import join_whole_tables
from models.prepared import Line, Prepared
from policy.money import write_yuan
from policy.months import month_of, write_month
from refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

# How many lines are fetched at a time.
LINES = 20_000
COLUMNS = ("number", "kind", "for_month", "amount")
REGULAR, BACK_PAY, TOTAL = "regular", "back_pay", "total"
DIFFERENCE_COLUMNS = ("number", "change", "reason", "before", "now")


@dataclass
class Totals:
    """What a file adds up to. explained_cents: by how much its differences say that it exceeds the month before."""

    people: int = 0
    regular_cents: int = 0
    back_pay_lines: int = 0
    back_pay_cents: int = 0
    explained_cents: int = 0


class Difference(NamedTuple):
    """Why one person is paid otherwise than in the month before. change: begins, ends, amount. In cents."""

    number: str
    change: str
    reason: str
    before: int
    now: int


def payable(session: Session, month: int, *, now: datetime) -> PaymentMonth:
    """Return the row of a month that may be closed now, held alone, or of one that is closed already.

    Raises Refusal `month_not_open` (another month's turn comes first), `month_to_come` (until a month begins, what
    happens still changes who is paid in it).
    """
    known = session.get(PaymentMonth, month)
    if known is not None and known.status is PaymentStatus.CLOSED:
        return known
    opened = hold_open_month(session, now=now, alone=True)
    if opened != month:
        closed = session.get(PaymentMonth, month, populate_existing=True)
        if closed is not None and closed.status is PaymentStatus.CLOSED:
            return closed  # by somebody else, while this call waited
        raise Refusal("month_not_open", field="month", open=write_month(opened))
    if month > month_of(local_date(now)):
        raise Refusal("month_to_come", field="month", month=write_month(month))
    return session.get_one(PaymentMonth, month, populate_existing=True)


def write_lines(session: Session, month: int, totals: Totals) -> Iterator[str]:
    """Yield the lines of a month's file in blocks of text, in order of the numbers, and add them up."""
    join_whole_tables(session)
    yield ",".join(COLUMNS) + "\n"
    written = write_month(month)
    regular = select(Benefit.number, BenefitAmount.cents).where(*paid_in(month)).order_by(_by_number(session))
    for block in _blocks(session, regular):
        totals.people += len(block)
        totals.regular_cents += sum(cents for _number, cents in block)
        yield "".join(f"{number},{REGULAR},{written},{cents // 100}.{cents % 100:02d}\n" for number, cents in block)
    back = (
        select(Benefit.number, BackPayLine.for_month, BackPayLine.cents)
        .join(Benefit, Benefit.id == BackPayLine.benefit_id)
        .where(BackPayLine.pay_month == month, BackPayLine.void_at.is_(None))
        .order_by(_by_number(session), BackPayLine.for_month, BackPayLine.id)
    )
    for block in _blocks(session, back):
        totals.back_pay_lines += len(block)
        totals.back_pay_cents += sum(cents for _number, _month, cents in block)
        yield "".join(
            f"{number},{BACK_PAY},{write_month(for_month)},{write_yuan(cents)}\n" for number, for_month, cents in block
        )
    count = totals.people + totals.back_pay_lines
    yield f"{TOTAL},{count},{written},{write_yuan(totals.regular_cents + totals.back_pay_cents)}\n"


def count_without_amount(session: Session, month: int, people: int | None = None) -> int:
    """Return how many pensions are to be paid in a month and have no amount: its file leaves them out.

    people: how many the file pays, where that is known.
    """
    if people is None:
        people = session.scalar(select(func.count(Benefit.id)).where(*paid_in(month)))
    due = session.scalar(select(func.count(Benefit.id)).where(Benefit.first_month <= month, ~_is_stopped(month)))
    return (due or 0) - (people or 0)


def differences(session: Session, month: int) -> Iterator[Difference]:
    """Yield everybody whose regular payment of a month differs from the month before, each with its reason, by number.

    The first month of all has none before it, and nothing differs. When all amounts change, these are everybody.
    """
    if session.get(PaymentMonth, month - 1) is None:
        return
    found = (_begun(session, month), _ended(session, month), _amounts(session, month))
    yield from merge(*found, key=lambda one: (one.number, one.change))


def paid_in(month: int) -> list[ColumnElement[bool]]:
    """Return the conditions on pensions and their amounts that a month's file pays them."""
    return [*_amount_in(month), Benefit.first_month <= month, ~_is_stopped(month)]


def ended_before(month: int, stop: type[BenefitStop]) -> list[ColumnElement[bool]]:
    """Return the conditions on a stop that some file followed it, and that of this month is the first that does not."""
    return [stop.until_month == month - 1, stop.from_month < month]


def close(
    session: Session,
    row: PaymentMonth,
    totals: Totals,
    *,
    file_name: str,
    sha256: str,
    differences_sha256: str,
    closed_by: str,
    now: datetime,
) -> None:
    """Close a month: its file is final, and the next month opens.

    Raises Refusal `file_unexplained` when its sum differs from the month before by anything but what its differences
    explain.
    """
    before = session.get(PaymentMonth, row.month - 1)
    known = None if before is None else before.regular_cents
    if known is not None and known + totals.explained_cents != totals.regular_cents:
        raise Refusal("file_unexplained", month=write_month(row.month))
    row.status, row.closed_at, row.closed_by = PaymentStatus.CLOSED, now, closed_by
    row.file_name, row.sha256, row.differences_sha256 = file_name, sha256, differences_sha256
    row.people, row.regular_cents, row.back_pay_cents = totals.people, totals.regular_cents, totals.back_pay_cents
    session.add(PaymentMonth(month=row.month + 1))
    session.flush()


def _is_stopped(month: int) -> ColumnElement[bool]:
    stop = aliased(BenefitStop)
    return exists().where(
        stop.benefit_id == Benefit.id,
        stop.from_month <= month,
        or_(stop.until_month.is_(None), stop.until_month >= month),
    )


def _amount_in(month: int) -> list[ColumnElement[bool]]:
    return [
        BenefitAmount.benefit_id == Benefit.id,
        BenefitAmount.from_month <= month,
        or_(BenefitAmount.until_month.is_(None), BenefitAmount.until_month >= month),
    ]


def _by_number(session: Session) -> ColumnElement[str]:
    """Return the number as something to order by as Python does, whatever language the database sorts in."""
    return Benefit.number.collate("C") if session.get_bind().dialect.name == "postgresql" else Benefit.number.expression


def _rows(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[Any]:
    for block in _blocks(session, query):
        yield from block


def _blocks(session: Session, query: Select[*tuple[Any, ...]]) -> Iterator[list[Any]]:
    # past SQLAlchemy, whose row for each of two million costs more than to write its line
    return Prepared(query).blocks(Line.of(session.connection()), LINES)


def _begun(session: Session, month: int) -> Iterator[Difference]:
    """Who is paid now and was not before: somebody new, or somebody whose stop ended."""
    was_stopped = aliased(BenefitStop)
    ended = select(was_stopped.benefit_id).where(*ended_before(month, was_stopped))
    query = (
        select(Benefit.number, Benefit.first_month, BenefitAmount.cents)
        .where(*paid_in(month), or_(Benefit.first_month == month, Benefit.id.in_(ended)))
        .order_by(_by_number(session))
    )
    for number, first_month, cents in _rows(session, query):
        yield Difference(number, "begins", "first_month" if first_month == month else "resumed", 0, cents)


def _ended(session: Session, month: int) -> Iterator[Difference]:
    """Who was paid before and is not now, with the reason of the action that stopped it."""
    begun = (
        select(Benefit.number, BenefitStop.status, BenefitAction.reason, BenefitAmount.cents)
        .join(BenefitStop, BenefitStop.benefit_id == Benefit.id)
        .join(BenefitAction, BenefitAction.id == BenefitStop.action_id)
        .where(
            BenefitStop.from_month == month,
            or_(BenefitStop.until_month.is_(None), BenefitStop.until_month >= month),
            *paid_in(month - 1),
        )
        .order_by(_by_number(session), BenefitStop.status.desc())
    )
    before = None
    for number, status, reason, cents in _rows(session, begun):
        if number != before:
            yield Difference(number, "ends", reason or status, cents, 0)
        before = number


def _amounts(session: Session, month: int) -> Iterator[Difference]:
    """Who is paid in both months, but another amount."""
    old = aliased(BenefitAmount)
    was_paid = and_(Benefit.first_month < month, ~_is_stopped(month - 1))
    query = (
        select(Benefit.number, func.coalesce(old.cents, 0), BenefitAmount.cents)
        .join(BenefitAmount, and_(*_amount_in(month), BenefitAmount.from_month == month))
        .outerjoin(old, and_(old.benefit_id == Benefit.id, old.until_month == month - 1))
        .where(*paid_in(month), was_paid)
        .order_by(_by_number(session))
    )
    for number, before, cents in _rows(session, query):
        yield Difference(number, "amount", "amount_changed" if before else "amount_known", before, cents)
