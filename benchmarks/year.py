"""A year day by day for 20,000 invented retirees: `.venv/bin/python -m benchmarks.year [--retirees N]`.

Deaths told in time, late or never; people who certify early, late or not, move, are in prison, are found by data; staff
who visit, call and decide once a week. Everything goes through the use cases and the night run; the payment files are
read as the paying system reads them. Counted against what really happened, which only this program knows:

wrongful suspensions: months not paid to somebody alive whom nobody had tried to reach, or with an open case, or who was
certified; and months paid for people who were dead, by how their deaths became known. Writes
docs/img/benefits-year.svg and the table between the marks in docs/benefits.md.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from benchmarks.year_chart import write_document
from benchmarks.year_lives import Life, Tally
from benchmarks.year_town import settle
from casework.benefit_decisions import Deciding, approve
from casework.benefit_terms import USUAL_TERMS
from casework.life_event_effects import Effects
from casework.life_events import confirm_event, corroborate_event, notify_event
from casework.night_run import prepare, sweep
from casework.payment_folder import close_month
from casework.terms import TERM_NAMES, Terms
from casework.tickets import end_ticket
from certification.certify import certify
from clock import LOCAL_ZONE
from models import (
    Benefit,
    BenefitAction,
    Call,
    OutboxMessage,
    Retiree,
    Staff,
    Ticket,
    Visit,
    schema,
)
from models.audit import Actor, ActorKind
from models.benefit import ActionStatus, BenefitStatus
from models.certification import Channel
from models.life_event import EventSource, LifeEventKind
from models.outbox import OutboxStatus
from models.reaching import CallOutcome
from models.session import Transactions, open_database
from models.ticket import ENDED, Place, TicketKind
from models.types import install_vault
from models.vault import Vault
from models.visit import VisitOutcome
from policy.months import first_day, month_of
from policy.rules import rule_set

if TYPE_CHECKING:
    import uuid

    from sqlalchemy.orm import Session

YEAR = 2025
CITY = "430100"
RULES = rule_set("changsha-2020")
TERMS = Terms(due=dict.fromkeys(TERM_NAMES, 10), remind_days=2, escalate_days=(1, 5), deadline_days=30, check_percent=5)
SYSTEM = Actor(ActorKind.SYSTEM, "night_run")


def main() -> None:
    """Simulate, count, write chart and table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--retirees", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    try:
        tally = Year(folder, given.retirees, given.seed).live()
    finally:
        shutil.rmtree(folder)
    write_document(tally, given.retirees)
    print(
        json.dumps({"wrongful": tally.wrongful, "paid_after_death": tally.paid_after_death, **tally.nights}, indent=2)
    )


class Year:
    """The agency, its people, and the days."""

    def __init__(self, folder: Path, retirees: int, seed: int) -> None:
        self.vault = Vault(bytes(range(32)))
        install_vault(self.vault)
        self._folder = folder
        engine = open_database(f"sqlite:///{folder / 'year.sqlite3'}")
        schema.upgrade(engine)
        self.transactions = Transactions(engine)
        self.random = Random(seed)
        self.tally = Tally()
        self.now = _morning(date(YEAR, 1, 1))
        self.lives, self.staff = settle(self.transactions, self.random, retirees, seed, year=YEAR, now=self.now)
        self.by_id = {one.id: one for one in self.lives}
        self.by_number = {one.number: one for one in self.lives}
        self.diary = self._write_diary()
        self.attempted: dict[uuid.UUID, date] = {}

    def live(self) -> Tally:
        """Go through the year and the three months after it, in which what is overdue is decided."""
        day, last = date(YEAR, 1, 1), date(YEAR + 1, 3, 31)
        while day <= last:
            self.now = _morning(day)
            self._night(day)
            for what, life in self.diary.get(day, ()):
                self._happen(what, life, day)
            self._deliver(day)
            if day.weekday() == 2:
                self._work(day)
            if day.day == 12:
                self._close(month_of(day))
            day += timedelta(days=1)
        return self.tally

    def _write_diary(self) -> dict[date, list[tuple[str, Life]]]:
        diary: dict[date, list[tuple[str, Life]]] = defaultdict(list)
        for life in self.lives:
            if life.certifies in {"self", "data"}:
                diary[life.certifies_on].append(("certify", life))
            for what, day in (
                ("death", life.known_on),
                ("jail", life.jailed_on),
                ("free", life.freed_on),
                ("move", life.moves_on),
            ):
                if day is not None:
                    diary[day].append((what, life))
        return diary

    def _happen(self, what: str, life: Life, day: date) -> None:
        match what:
            case "certify":
                channel = Channel.DATA_MATCH if life.certifies == "data" else Channel.SELF_SERVICE
                self._certify(life, channel, day)
            case "death":
                self._event(LifeEventKind.DEATH, life, life.dies_on)
            case "jail":
                self._event(LifeEventKind.IMPRISONED, life, day)
            case "free":
                self._event(LifeEventKind.RELEASED, life, day)
            case "move":
                self._event(LifeEventKind.MOVING_AWAY, life, day, place="province", address="广东省深圳市福田区某路1号")

    def _certify(self, life: Life, channel: Channel, day: date) -> None:
        if life.dies_on is not None and life.dies_on <= day:
            return
        with self.transactions() as session:
            retiree = session.get_one(Retiree, life.id)
            certify(session, retiree, channel, rules=RULES, actor=SYSTEM, now=self.now)
            for ticket in self._standing(session, life.id):
                end_ticket(session, ticket, "certified", actor=SYSTEM, now=self.now)

    def _event(self, kind: LifeEventKind, life: Life, on: date | None, **told: str) -> None:
        """Tell, corroborate, confirm; a second person approves what is proposed, when they next work."""
        with self.transactions() as session:
            worker, first = self.staff["worker"], self.staff["first"]
            retiree = session.get_one(Retiree, life.id)
            event = notify_event(
                session,
                kind,
                retiree,
                happened_on=on,
                source=EventSource.STAFF,
                content=told,
                rules=RULES,
                actor=_actor(worker),
                now=self.now,
            )
            session.flush()
            corroborate_event(session, worker, event.id, "去家里看过", actor=_actor(worker), now=self.now)
            confirm_event(
                session, first, event.id, effects=Effects(RULES, TERMS, self.vault), actor=_actor(first), now=self.now
            )

    def _night(self, day: date) -> None:
        night = prepare(
            self.transactions,
            day,
            rules=RULES,
            benefit_terms=USUAL_TERMS,
            terms=TERMS,
            vault=self.vault,
            actor=SYSTEM,
            now=self.now,
        )
        self.tally.nights.update(sweep(self.transactions, night))

    def _deliver(self, day: date) -> None:
        """Let the day's messages arrive, and whoever acts on a reminder act."""
        with self.transactions() as session:
            waiting = session.execute(
                select(OutboxMessage.id, OutboxMessage.retiree_id, OutboxMessage.notice).where(
                    OutboxMessage.status == OutboxStatus.WAITING
                )
            ).all()
            if waiting:
                session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.status == OutboxStatus.WAITING)
                    .values(status=OutboxStatus.SENT, ended_at=self.now)
                )
        for _id, retiree_id, notice in waiting:
            if retiree_id is None or not notice.startswith("certify_"):
                continue
            life = self.by_id[retiree_id]
            self.attempted[retiree_id] = day
            if life.certifies == "reminded" and self.random.random() < 0.5:
                self._certify(life, Channel.SELF_SERVICE, day)

    def _work(self, day: date) -> None:
        """Staff call, visit and decide, once a week."""
        worker = self.staff["worker"]
        with self.transactions() as session:
            calls = session.scalars(select(Call).where(Call.called_at.is_(None), Call.lapsed_at.is_(None))).all()
            calls = [one for one in calls if self._is_staffed(one.retiree_id)]
            for call in calls:
                life = self.by_id[call.retiree_id]
                is_there = life.certifies != "never" and not (life.dies_on and life.dies_on <= day)
                call.called_at, call.called_by_id = self.now, worker.id
                call.outcome = CallOutcome.REACHED if is_there else CallOutcome.NO_ANSWER
                self.attempted[life.id] = day
        for call in calls:
            life = self.by_id[call.retiree_id]
            if life.certifies in {"called", "reminded"} and self.random.random() < 0.6:
                self._certify(life, Channel.COUNTER, day)
        self._visit(day)
        self._come_back(day)
        with self.transactions() as session:
            second = self.staff["second"]
            ids = session.scalars(
                select(BenefitAction.id).where(BenefitAction.status == ActionStatus.PROPOSED).order_by(BenefitAction.id)
            ).all()
            approve(session, second, ids, Deciding(RULES, USUAL_TERMS, _actor(second), self.now))

    def _is_staffed(self, retiree_id: uuid.UUID) -> bool:
        """Say whether anybody makes the calls of this person's community: in one of ten nobody does."""
        return retiree_id.int % 10 > 0

    def _come_back(self, day: date) -> None:
        """Let some of those whose pension was suspended come to the window."""
        with self.transactions() as session:
            stopped = session.scalars(select(Benefit.id).where(Benefit.status == BenefitStatus.SUSPENDED)).all()
        for retiree_id in stopped:
            if self.random.random() < 0.2:
                self._certify(self.by_id[retiree_id], Channel.COUNTER, day)

    def _visit(self, day: date) -> None:
        """Go to whoever a ticket asks for: most are there and certified, some died, a few are never met."""
        with self.transactions() as session:
            tickets = session.execute(
                select(Ticket.id, Ticket.retiree_id).where(
                    Ticket.kind == TicketKind.ASSISTED_CERTIFICATION, Ticket.status.not_in(ENDED)
                )
            ).all()
        for ticket_id, retiree_id in tickets:
            if retiree_id is None:
                continue
            life = self.by_id[retiree_id]
            self.attempted[retiree_id] = day
            if life.dies_on is not None and life.dies_on <= day:
                if life.known_on is None:
                    life.known_on = day
                    self._event(LifeEventKind.DEATH, life, life.dies_on)
            elif life.certifies != "never" or self.random.random() < 0.3:
                self._certify(life, Channel.HOME_VISIT, day)
            else:
                self._write_absence(ticket_id, retiree_id)

    def _write_absence(self, ticket_id: uuid.UUID, retiree_id: uuid.UUID) -> None:
        with self.transactions() as session:
            session.add(
                Visit(
                    ticket_id=ticket_id,
                    retiree_id=retiree_id,
                    staff_id=self.staff["worker"].id,
                    content_index=str(ticket_id)[:32],
                    place=Place.HOME,
                    outcome=VisitOutcome.REFUSED,
                    began_at=self.now,
                    ended_at=self.now,
                    received_at=self.now,
                )
            )
            end_ticket(session, session.get_one(Ticket, ticket_id), "refused", actor=SYSTEM, now=self.now)

    def _standing(self, session: Session, retiree_id: uuid.UUID) -> list[Ticket]:
        return list(
            session.scalars(
                select(Ticket).where(
                    Ticket.retiree_id == retiree_id,
                    Ticket.kind == TicketKind.ASSISTED_CERTIFICATION,
                    Ticket.status.not_in(ENDED),
                )
            )
        )

    def _close(self, month: int) -> None:
        """Close a month and hold its file against what really is."""
        closed = close_month(self.transactions, self._folder / "payments", month, closed_by="second", now=self.now)
        paid = {line.split(",")[0] for line in closed.path.read_text().splitlines() if ",regular," in line}
        first = first_day(month)
        figures: Counter[str] = Counter(paid=len(paid))
        with self.transactions() as session:
            certified = set(session.scalars(select(Retiree.id).where(Retiree.certified_until >= self.now.date())))
            open_cases = set(
                session.scalars(
                    select(Ticket.retiree_id).where(
                        Ticket.status.not_in(ENDED),
                        Ticket.kind.not_in((TicketKind.WELFARE_CALL, TicketKind.INFORMATION_COLLECTION)),
                    )
                )
            )
        for life in self.lives:
            is_dead = life.dies_on is not None and month_of(life.dies_on) < month
            is_alive = life.dies_on is None or life.dies_on > self.now.date()
            in_prison = life.jailed_on is not None and month_of(life.jailed_on) < month <= month_of(
                life.freed_on or first
            )
            if life.number in paid:
                if is_dead:
                    figures["after_death"] += 1
                    self.tally.paid_after_death[life.death] += 1
            elif is_alive and not in_prison:
                figures["suspended"] += 1
                if (
                    (life.id in certified and self._is_old_news(life))
                    or life.id in open_cases
                    or life.id not in self.attempted
                ):
                    figures["wrongful"] += 1
                    self.tally.wrongful += 1
        self.tally.by_month.append({"month": month, **figures})

    def _is_old_news(self, life: Life) -> bool:
        """Say whether nobody works on resuming a pension: a second person decides it once a week."""
        with self.transactions() as session:
            return (
                session.scalar(
                    select(BenefitAction.id).where(
                        BenefitAction.benefit_id == life.id, BenefitAction.status == ActionStatus.PROPOSED
                    )
                )
                is None
            )


def _morning(day: date) -> datetime:
    return datetime.combine(day, time(9), LOCAL_ZONE)


def _actor(staff: Staff) -> Actor:
    return Actor(ActorKind.STAFF, str(staff.id))


if __name__ == "__main__":
    main()
