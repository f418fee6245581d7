"""The payment files of the simulated year, read as the paying system reads them and held against what really is."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from benchmarks.year_world import VERIFYING
from casework.benefit_conditions import has_open_case, is_overdue
from casework.payment_files import BACK_PAY, REGULAR
from casework.payment_folder import close_month
from clock import LOCAL_ZONE, local_date
from models import Benefit, BenefitAction, BenefitReason, Certification, Retiree, Ticket
from models.benefit import ActionKind, ActionStatus, BenefitStatus, ReasonKind
from models.ticket import ENDED, TicketKind, TicketOrigin
from policy.months import month_of, read_month
from policy.working_days import first_working_day

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy.orm import Session

    from benchmarks.year_lives import Life
    from benchmarks.year_world import World

# No case of the person's own: nobody waits for it.
_NO_CASE = (TicketKind.WELFARE_CALL, TicketKind.INFORMATION_COLLECTION)
_DECIDED_WITHIN = timedelta(days=7)


@dataclass
class Ledger:
    """What every person got, by the month it is for, in cents.

    short: the months that a wrong death left unpaid. stopped: the first month that a suspension left unpaid, until the
    person is paid again. suspended: whoever was.
    """

    folder: Path
    paid: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    back_paid: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    short: dict[UUID, set[int]] = field(default_factory=lambda: defaultdict(set))
    stopped: dict[UUID, int] = field(default_factory=dict)
    suspended: set[UUID] = field(default_factory=set)

    def close(self, world: World) -> None:
        """Close the month of the day and hold its file against what really is."""
        month = month_of(world.today)
        closed = close_month(world.transactions, self.folder, month, closed_by="second", now=world.now)
        paid = self._read(closed.path)
        figures: Counter[str] = Counter(paid=len(paid))
        with world.transactions() as session:
            books = _Books(session, world)
        for life in world.lives:
            if life.number in paid:
                self._check_resumed(world, life, month)
                if life.dies_on is not None and month_of(life.dies_on) < month:
                    figures["after_death"] += 1
                    world.tally.paid_after_death[life.death] += 1
                figures["held"] += life.id in books.held and not life.is_dead(world.today)
            elif _is_owed(life, month):
                self._count_unpaid(world, life, month, books, figures)
        world.tally.wrongful += figures["wrongful"]
        world.tally.by_month.append({"month": month, **figures})

    def _count_unpaid(self, world: World, life: Life, month: int, books: _Books, figures: Counter[str]) -> None:
        """Count somebody who is owed the month and was not paid: believed dead by mistake, or suspended."""
        if life.id in books.ended and life.is_dead(world.today):
            figures["wrongful"] += 1  # a death takes no money of its own month
        elif life.id in books.ended:
            figures["believed_dead"] += 1
            self.short[life.id].add(month)
            wrong = life.wrong
            if wrong is None or (wrong.alive_on is not None and first_working_day(wrong.alive_on) < world.today):
                figures["wrongful"] += 1
            elif not wrong.is_found_out and wrong.alive_on is None:
                notices_on = world.today + timedelta(days=3 + life.place % 13)
                world.diary[notices_on].append(("alive", life))
        else:
            figures["suspended"] += 1
            self.stopped.setdefault(life.id, month)
            self.suspended.add(life.id)
            figures["wrongful"] += books.is_wrongful(world, life)

    def _check_resumed(self, world: World, life: Life, month: int) -> None:
        """Raise unless the files, up to the one that pays a suspended person again, make up every month owed since."""
        if life.id not in self.stopped:
            return
        paid, back = self.paid[life.number], self.back_paid[life.number]
        owed = [one for one in range(self.stopped.pop(life.id), month + 1) if _is_owed(life, one)]
        if sum(paid[one] + back[one] for one in owed) != life.cents * len(owed):
            raise AssertionError(f"{life.number} is paid again and was not paid back what was owed meanwhile")
        months = [one for one in owed if not paid[one]]
        world.tally.resumed.update(months=len(months), cents=sum(back[one] for one in months))

    def _read(self, path: Path) -> set[str]:
        """Return the numbers paid for the month itself; keep every line."""
        paid = set()
        with path.open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                number, month, amount = line["number"], line["for_month"], line["amount"]
                cents = int(amount.replace(".", ""))
                if line["kind"] == REGULAR:
                    paid.add(number)
                    self.paid[number][read_month(month)] += cents
                elif line["kind"] == BACK_PAY:
                    self.back_paid[number][read_month(month)] += cents
        return paid

    def check(self, world: World) -> None:
        """Raise unless nobody was paid a month twice and everybody believed dead by mistake was made whole."""
        for life in world.lives:
            whole = self.paid[life.number] + self.back_paid[life.number]
            if any(cents != life.cents for cents in whole.values()):
                raise AssertionError(f"{life.number} was paid a month twice, or another amount")
        for retiree_id, months in self.short.items():
            life = world.by_id[retiree_id]
            back = self.back_paid[life.number]
            if any(back[month] != life.cents for month in months):
                raise AssertionError(f"{life.number} lives and was not made whole")
            told = world.promised.get(retiree_id)
            if told is not None and told != sum(back[month] for month in months):
                raise AssertionError(f"{life.number} was told of another back-pay than the files paid")
            world.tally.short_months += len(months)
            world.tally.back_paid_cents += sum(back[month] for month in months)
        world.tally.wrong["went_unpaid"] = len(self.short)
        world.tally.suspended, world.tally.still_suspended = len(self.suspended), len(self.stopped)
        with world.transactions() as session:
            opened = (
                select(func.count())
                .select_from(Ticket)
                .where(Ticket.kind.in_(VERIFYING), Ticket.origin == TicketOrigin.DATA_MATCH)
            )
            world.tally.tickets["opened"] = session.scalars(opened).one()
            world.tally.tickets["stand"] = session.scalars(opened.where(Ticket.status.not_in(ENDED))).one()
            world.tally.certified.update(
                dict(
                    session.execute(select(Certification.channel, func.count()).group_by(Certification.channel))
                    .tuples()
                    .all()
                )
            )


class _Books:
    """What the system knows of those whom it does not pay. ended: whose pension it has ended.

    held: who is overdue beyond the days of grace, with a case open.
    """

    def __init__(self, session: Session, world: World) -> None:
        self.ended = set(session.scalars(select(Benefit.id).where(Benefit.status == BenefitStatus.TERMINATED)))
        overdue = is_overdue(world.today, world.services.benefit_terms)
        self.held = set(session.scalars(select(Retiree.id).where(overdue, has_open_case())))
        standing = (
            select(BenefitReason.benefit_id)
            .where(
                BenefitReason.kind == ReasonKind.NOT_CERTIFIED,
                BenefitReason.ended_at.is_(None),
                BenefitReason.void_at.is_(None),
            )
            .scalar_subquery()
        )
        self._decided: dict[UUID, datetime] = {
            retiree_id: at
            for retiree_id, at in session.execute(
                select(BenefitAction.benefit_id, BenefitAction.decided_at)
                .where(
                    BenefitAction.kind == ActionKind.SUSPEND,
                    BenefitAction.reason == ReasonKind.NOT_CERTIFIED,
                    BenefitAction.status == ActionStatus.APPROVED,
                    BenefitAction.benefit_id.in_(standing),
                )
                .order_by(BenefitAction.decided_at)
            ).tuples()
            if at is not None
        }
        self._cases: dict[UUID, list[tuple[datetime, datetime | None]]] = defaultdict(list)
        for retiree_id, began, ended in session.execute(
            select(Ticket.retiree_id, Ticket.created_at, Ticket.closed_at).where(
                Ticket.retiree_id.in_(self._decided), Ticket.kind.not_in(_NO_CASE)
            )
        ).tuples():
            if retiree_id is not None:
                self._cases[retiree_id].append((began, ended))
        # certified by last night's run, which is to propose that the pension goes on
        midnight = datetime.combine(world.today, time(), LOCAL_ZONE)
        self._certified = set(
            session.scalars(
                select(Certification.retiree_id).where(
                    Certification.valid_until >= world.today, Certification.certified_at < midnight
                )
            )
        )
        # not yet seen by the second person, who decides once a week
        self._waiting = set(
            session.scalars(
                select(BenefitAction.benefit_id).where(
                    BenefitAction.kind == ActionKind.RESUME,
                    BenefitAction.status == ActionStatus.PROPOSED,
                    BenefitAction.proposed_on >= world.today - _DECIDED_WITHIN,
                )
            )
        )

    def is_wrongful(self, world: World, life: Life) -> bool:
        """Say whether a person's suspension should not be.

        It rests on no decision about a missing certification; or was decided while a case was open, or with nobody
        having tried to reach them lately; or they are certified and no resumption waits for its weekly decision.
        """
        decided = self._decided.get(life.id)
        if decided is None:
            return True
        terms = world.services.benefit_terms
        day = local_date(decided)
        lately = day - timedelta(days=terms.reach_days + terms.grace_days)
        is_tried = any(lately <= one <= day for one in world.attempted[life.id])
        has_case = any(began <= decided and (ended is None or ended > decided) for began, ended in self._cases[life.id])
        is_certified = life.id in self._certified and life.id not in self._waiting
        return not is_tried or has_case or is_certified


def _is_owed(life: Life, month: int) -> bool:
    """Say whether a month is owed: to whoever lived in it, the month of the death included, and served no sentence."""
    return (life.dies_on is None or month_of(life.dies_on) >= month) and not _is_serving(life, month)


def _is_serving(life: Life, month: int) -> bool:
    """Say whether a month is not owed: from the month after a sentence began to the month of release."""
    if life.jailed_on is None or life.freed_on is None:
        return False
    return month_of(life.jailed_on) < month <= month_of(life.freed_on)
