"""An agency at work for tests of life events and benefits: two officers, a community worker, people with pensions."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from casework.assistance import request_assistance
from casework.benefit_amounts import set_amount
from casework.benefit_decisions import Deciding, approve, undo
from casework.benefit_proposals import propose_by_staff
from casework.benefit_terms import USUAL_TERMS, BenefitTerms
from casework.life_event_effects import Effects
from casework.life_event_reversal import reverse_event
from casework.life_events import confirm_event, corroborate_event, notify_event
from casework.night_run import prepare, sweep
from casework.overpayments import give_back, receive
from casework.payment_folder import close_month
from casework.reports import Told, file_report
from casework.terms import TERM_NAMES, Terms
from clock import LOCAL_ZONE
from models import Account, BenefitAction, Report, Retiree, Ticket
from models.audit import Actor, ActorKind
from models.benefit import ActionStatus
from models.life_event import EventSource, LifeEvent, LifeEventKind
from models.ticket import ENDED, Place, TicketOrigin, VisitReason
from models.types import installed_vault
from policy.rules import rule_set
from tests.cast import COMMUNITY
from tests.factories.retirees import make_retiree
from tests.staff import add_staff_cast

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable
    from pathlib import Path

    from casework.life_event_reversal import Reversal
    from casework.payment_folder import ClosedMonth
    from casework.sweep import Night
    from models import Overpayment, Staff
    from models.report import ReportKind
    from models.session import Transactions
    from models.ticket import TicketKind
    from policy.rules import RuleSet

SYSTEM = Actor(ActorKind.SYSTEM, "night_run")
RULES = rule_set("changsha-2020")
TERMS = Terms(due=dict.fromkeys(TERM_NAMES, 10), remind_days=2, escalate_days=(1, 5), deadline_days=30, check_percent=5)


@dataclass
class Office:
    """The agency of the first district at a moment that tests move on."""

    transactions: Transactions
    folder: Path
    now: datetime
    worker: Staff
    first: Staff
    second: Staff
    terms: BenefitTerms = USUAL_TERMS

    @property
    def today(self) -> date:
        return self.now.astimezone(LOCAL_ZONE).date()

    def go_to(self, day: date) -> None:
        self.now = datetime.combine(day, time(10), LOCAL_ZONE)

    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @property
    def effects(self) -> Effects:
        return Effects(RULES, TERMS, installed_vault())

    def deciding(self, staff: Staff) -> Deciding:
        """Decide a second later than before: what was decided first is known by its moment."""
        self.now += timedelta(seconds=1)
        return Deciding(RULES, self.terms, actor_of(staff), self.now)

    def pensioner(self, cents: int = 300_000, **values: Any) -> Retiree:
        with self.transactions() as session:
            made = make_retiree(session, **{"community_code": COMMUNITY} | values)
            set_amount(session, made, cents, actor=SYSTEM, now=self.now)
        return made

    def tell(self, kind: LifeEventKind, retiree: Retiree | None, on: date | None, **content: Any) -> LifeEvent:
        with self.transactions() as session:
            return notify_event(
                session,
                kind,
                None if retiree is None else session.get_one(Retiree, retiree.id),
                happened_on=on,
                source=EventSource.STAFF,
                content=content,
                rules=RULES,
                actor=actor_of(self.worker),
                now=self.now,
            )

    def report(
        self, account: Account, kind: ReportKind, retiree: Retiree | None, on: date | None = None, **content: Any
    ) -> Report:
        """Somebody tells in the chat."""
        told = Told(kind, None if retiree is None else retiree.id, happened_on=on, content=content)
        with self.transactions() as session:
            return file_report(
                session,
                session.get_one(Account, account.id),
                told,
                rules=RULES,
                terms=TERMS,
                vault=installed_vault(),
                actor=account_actor(account),
                now=self.now,
            )

    def ask_for_help(self, retiree: Retiree) -> str:
        """Somebody who cannot leave the bed asks for a visit; return the ticket's number."""
        with self.transactions() as session:
            return request_assistance(
                session,
                session.get_one(Retiree, retiree.id),
                place=Place.HOME,
                visit_reason=VisitReason.BEDRIDDEN,
                origin=TicketOrigin.REQUESTED,
                terms=TERMS,
                actor=SYSTEM,
                now=self.now,
            ).number

    def event_of(self, report: Report) -> LifeEvent:
        with self.transactions() as session:
            return session.get_one(LifeEvent, report.life_event_id)

    def standing_tickets(self, retiree: Retiree) -> list[TicketKind]:
        with self.transactions() as session:
            standing = select(Ticket.kind).where(Ticket.retiree_id == retiree.id, Ticket.status.not_in(ENDED))
            return sorted(session.scalars(standing))

    def confirm(self, event: LifeEvent) -> LifeEvent:
        with self.transactions() as session:
            if event.kind is not LifeEventKind.STILL_ALIVE:
                corroborate_event(
                    session, self.worker, event.id, "去家里看过", actor=actor_of(self.worker), now=self.now
                )
            actor = actor_of(self.first)
            return confirm_event(session, self.first, event.id, effects=self.effects, actor=actor, now=self.now)

    def happens(self, kind: LifeEventKind, retiree: Retiree, on: date | None, **content: Any) -> LifeEvent:
        return self.confirm(self.tell(kind, retiree, on, **content))

    def reverse(self, event: LifeEvent) -> Reversal:
        with self.transactions() as session:
            actor = actor_of(self.first)
            return reverse_event(
                session, self.first, event.id, "弄错了人", effects=self.effects, actor=actor, now=self.now
            )

    def receive(self, overpayment: Overpayment, cents: int, reference: str) -> None:
        """Money of an overpayment comes back."""
        self._write(receive, overpayment, cents, reference)

    def give_back(self, overpayment: Overpayment, cents: int, reference: str) -> None:
        """Money of an overpayment is given back."""
        self._write(give_back, overpayment, cents, reference)

    def _write(self, write: Callable[..., object], overpayment: Overpayment, cents: int, reference: str) -> None:
        with self.transactions() as session:
            actor = actor_of(self.first)
            write(
                session,
                self.first,
                overpayment.id,
                cents,
                day=self.today,
                reference=reference,
                actor=actor,
                now=self.now,
            )

    def other_ground(self, retiree: Retiree, on: date) -> BenefitAction:
        """Propose to suspend for another legal ground, or to resume where one stands."""
        with self.transactions() as session:
            return propose_by_staff(
                session,
                self.first,
                session.get_one(Retiree, retiree.id),
                on=on,
                legal_ground="某法第九条",
                rules=RULES,
                actor=actor_of(self.first),
                now=self.now,
            )

    def proposed(self, retiree: Retiree | None = None) -> list[BenefitAction]:
        with self.transactions() as session:
            waiting = select(BenefitAction).where(BenefitAction.status == ActionStatus.PROPOSED)
            if retiree is not None:
                waiting = waiting.where(BenefitAction.benefit_id == retiree.id)
            return list(session.scalars(waiting.order_by(BenefitAction.proposed_at, BenefitAction.id)))

    def approve(self, *actions: BenefitAction) -> dict[str, int]:
        """Approve by the second officer; return why any stayed."""
        with self.transactions() as session:
            ids = [one.id for one in actions]
            return dict(approve(session, self.second, ids, self.deciding(self.second)).left)

    def approve_everything(self, retiree: Retiree | None = None) -> None:
        while waiting := self.proposed(retiree):
            if self.approve(*waiting):
                return

    def undo(self, *actions_ids: uuid.UUID) -> dict[str, int]:
        """Undo by both officers: one asks, the other does it."""
        with self.transactions() as session:
            undo(session, self.first, list(actions_ids), self.deciding(self.first))
        with self.transactions() as session:
            return dict(undo(session, self.second, list(actions_ids), self.deciding(self.second)).left)

    def prepared(self, rules: RuleSet = RULES, as_of: date | None = None) -> Night:
        """Return what a night run of today, or by another day, is made with."""
        return prepare(
            self.transactions,
            as_of or self.today,
            rules=rules,
            benefit_terms=self.terms,
            terms=TERMS,
            vault=installed_vault(),
            actor=SYSTEM,
            now=self.now,
        )

    def night(self, rules: RuleSet = RULES) -> dict[str, int]:
        return sweep(self.transactions, self.prepared(rules))

    def close(self, month: int) -> ClosedMonth:
        """Close a month, on its first day where that is still to come."""
        begins = datetime.combine(date(month // 12, month % 12 + 1, 1), time(10), LOCAL_ZONE)
        return close_month(self.transactions, self.folder, month, closed_by="second", now=max(self.now, begins))

    def paid(self, month: int) -> dict[str, list[tuple[str, str, int]]]:
        """Read a month's file as the paying system does: by number, kind, for which month, cents."""
        closed = self.close(month)
        found: dict[str, list[tuple[str, str, int]]] = {}
        for line in closed.path.read_text().splitlines()[1:-1]:
            number, kind, for_month, amount = line.split(",")
            found.setdefault(number, []).append((kind, for_month, int(amount.replace(".", ""))))
        return found


def actor_of(staff: Staff) -> Actor:
    return Actor(ActorKind.STAFF, str(staff.id))


def account_actor(account: Account) -> Actor:
    return Actor(ActorKind.ACCOUNT, str(account.id), "wechat")


def open_office(transactions: Transactions, folder: Path, now: datetime) -> Office:
    """Hire the staff; the regions are there already."""
    shutil.rmtree(folder, ignore_errors=True)
    with transactions() as session:
        staff = add_staff_cast(session, ("worker", "agency", "district"))
    return Office(transactions, folder, now, staff["worker"], staff["agency"], staff["district"])
