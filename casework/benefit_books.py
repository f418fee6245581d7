"""The book of one pension: everything that decides what was paid and what is owed, month by month, to the cent."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.benefit_states import is_owed_under
from models import BackPayLine, Benefit, BenefitAmount, BenefitReason, BenefitStop
from models.benefit import BenefitStatus

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from models.benefit import ReasonKind


@dataclass(frozen=True)
class MonthBalance:
    """One month in cents. paid: by its own file. back_paid: by later ones, of which some may still be open."""

    month: int
    entitled: int
    paid: int
    back_paid: int

    @property
    def owed(self) -> int:
        """What is still to be paid for the month."""
        return max(0, self.entitled - self.paid - self.back_paid)

    @property
    def overpaid(self) -> int:
        """What was paid for the month beyond what is owed for it."""
        return max(0, self.paid + self.back_paid - self.entitled)


@dataclass
class Book:
    """One pension with its amounts, reasons, stops and back-pay."""

    benefit: Benefit
    amounts: list[BenefitAmount] = field(default_factory=list)
    reasons: list[BenefitReason] = field(default_factory=list)
    stops: list[BenefitStop] = field(default_factory=list)
    lines: list[BackPayLine] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"Book({self.benefit.id})"

    @property
    def standing(self) -> dict[ReasonKind, BenefitReason]:
        """The reasons that stand."""
        return {one.kind: one for one in self.reasons if one.is_standing}

    def amount_in(self, month: int) -> int:
        """Return the monthly amount in force in a month, 0 where none is known."""
        return next(
            (
                one.cents
                for one in self.amounts
                if one.from_month <= month and (one.until_month is None or month <= one.until_month)
            ),
            0,
        )

    def is_paid(self, month: int) -> bool:
        """Say whether the file of a month pays that month."""
        return month >= self.benefit.first_month and not any(
            one.from_month <= month and (one.until_month is None or month <= one.until_month) for one in self.stops
        )

    def is_entitled(self, month: int) -> bool:
        """Say whether a month is owed, by everything known now."""
        last = self.benefit.last_month
        return (
            month >= self.benefit.first_month
            and (last is None or month <= last)
            and all(
                is_owed_under(one.kind, one.began_on, one.ended_on, month)
                for one in self.reasons
                if one.void_at is None
            )
        )

    def balance(self, until: int) -> list[MonthBalance]:
        """Return every month from the first one to `until`, which the files up to then have closed."""
        back: dict[int, int] = defaultdict(int)
        for line in self.lines:
            if line.void_at is None:
                back[line.for_month] += line.cents
        return [
            MonthBalance(
                month,
                self.amount_in(month) if self.is_entitled(month) else 0,
                self.amount_in(month) if self.is_paid(month) else 0,
                back[month],
            )
            for month in range(self.benefit.first_month, until + 1)
        ]

    def payable_back(self, month: int) -> int:
        """Return the cents owed for months before `month`; nothing is paid back while a reason stands."""
        if self.benefit.status is BenefitStatus.SUSPENDED:
            return 0
        return sum(one.owed for one in self.balance(month - 1))


def open_books(session: Session, ids: Collection[uuid.UUID], *, lock: bool = False) -> dict[uuid.UUID, Book]:
    """Return the books of some pensions (a few thousand at most); lock: keep others from changing them meanwhile."""
    wanted = select(Benefit).where(Benefit.id.in_(ids)).order_by(Benefit.id)
    books = {one.id: Book(one) for one in session.scalars(wanted.with_for_update() if lock else wanted)}
    kinds: tuple[tuple[type[Any], str], ...] = (
        (BenefitAmount, "amounts"),
        (BenefitReason, "reasons"),
        (BenefitStop, "stops"),
        (BackPayLine, "lines"),
    )
    for kind, name in kinds:
        for row in session.scalars(select(kind).where(kind.benefit_id.in_(ids))):
            getattr(books[row.benefit_id], name).append(row)
    return books


def open_book(session: Session, retiree_id: uuid.UUID) -> Book | None:
    """Return the book of one retiree, None where there is no pension yet."""
    return open_books(session, [retiree_id]).get(retiree_id)
