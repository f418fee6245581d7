"""Taking reports down: deaths, changes, moves, fraudulent claims. Nothing follows from one until staff verify it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select

from casework.alive_cases import decide_by
from casework.event_tickets import verified_by
from casework.handover import hand_over_report
from casework.leads import TELLER_FIELDS, count_tips, is_teller, open_lead
from casework.life_events import is_confirmed_death
from casework.names import is_same_name
from casework.numbers import make_number
from casework.report_events import KINDS, record_of, withdraw_record
from casework.tickets import open_ticket
from clock import LOCAL_ZONE, local_date
from models import Account, LifeEvent, Report, Retiree
from models.account import hold_account
from models.audit import Actor, ActorKind, record
from models.life_event import OPEN_EVENTS, STANDING_EVENTS, EventSource, LifeEventStatus
from models.report import ReportKind, ReportStatus
from models.retiree import ID_NUMBER_PURPOSE
from models.ticket import TicketOrigin
from models.transitions import move
from policy import identity_number
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from casework.terms import Terms
    from models.vault import Vault
    from policy.rules import RuleSet

# the letter with which the numbers of a kind begin
_LETTERS = {
    ReportKind.DEATH: "S",
    ReportKind.ADDRESS_CHANGE: "D",
    ReportKind.PHONE_CHANGE: "H",
    ReportKind.MOVING_AWAY: "Q",
    ReportKind.MISSING: "X",
    ReportKind.FRAUD: "J",
    ReportKind.STILL_ALIVE: "F",
}
# So many reports of one account a day; more is somebody playing with us.
MOST_A_DAY = 5


@dataclass(frozen=True)
class Told:
    """What somebody tells: of a retiree they are bound to, or of one they name by number. content: all of it."""

    kind: ReportKind
    retiree_id: uuid.UUID | None = None
    id_number: str | None = None
    happened_on: date | None = None
    is_anonymous: bool = False
    content: dict[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Told({self.kind})"


def file_report(
    session: Session,
    account: Account,
    told: Told,
    *,
    rules: RuleSet,
    terms: Terms,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> Report:
    """Write a report down for staff and return it; the same one told again while it stands is returned, not doubled.

    Of somebody's death each account tells once. An anonymous report keeps nothing that leads to the account: of the
    moment no more than the day, by which no message that came in can be told. Raises Refusal `too_many_tries`.
    """
    retiree = _find_retiree(session, told, vault)
    if not told.is_anonymous:
        # whoever tells at the same moment waits: the same is not taken down twice, nor more than there may be
        hold_account(session, account)
        standing = None if retiree is None else _find_standing(session, account, told, retiree)
        if standing is not None:
            return standing
        _check_often(session, account, now)
    is_tip = told.kind is ReportKind.FRAUD
    # asked before the report joins the record: of one that is reversed at this moment it becomes a new one
    is_known = (
        told.kind is ReportKind.DEATH
        and retiree is not None
        and is_confirmed_death(session, retiree.id, told.happened_on)
    )
    at = day_only(now) if told.is_anonymous or is_tip else now
    days = rules.death_report_days
    content = {name: value for name, value in told.content.items() if not (is_tip and name in TELLER_FIELDS)}
    report = Report(
        number=make_number(_LETTERS[told.kind], now),
        kind=told.kind,
        # who tells of a wrongful claim stands sealed in the lead and nowhere else
        account_id=None if told.is_anonymous or is_tip else account.id,
        retiree_id=retiree.id if retiree else None,
        owner_code=retiree.owner_code if retiree else None,
        content=json.dumps(content, ensure_ascii=False),
        happened_on=told.happened_on,
        # whoever tells what staff know already is late for nothing
        is_late=(
            told.kind is ReportKind.DEATH
            and not is_known
            and told.happened_on is not None
            and local_date(now) > told.happened_on + timedelta(days=days)
        ),
        rule_set=rules.name,
        reported_at=at,
    )
    session.add(report)
    teller = Actor(ActorKind.PUBLIC, "") if told.is_anonymous or is_tip else actor
    record(session, teller, "report.file", report, now=at, reason=told.kind.value)
    record_of(session, report, retiree, rules=rules, actor=teller, now=at)
    if is_tip:
        known = {name: value for name, value in told.content.items() if name in TELLER_FIELDS}
        open_lead(session, report, retiree, known, None if told.is_anonymous else account, actor=teller, now=at)
    due_by = decide_by(local_date(now)) if told.kind is ReportKind.STILL_ALIVE else None
    if is_tip or retiree is None:
        # a tip is the agency's: the community it may concern sees none of it
        agency = None if retiree is None else retiree.agency_code
        hand_over_report(session, report, terms=terms, actor=teller, now=at, owner_code=agency, due_by=due_by)
    elif (kind := verified_by(KINDS[told.kind], EventSource.ACCOUNT)) is not None and not is_known:
        open_ticket(
            session,
            kind,
            retiree,
            TicketOrigin.REPORT,
            report_id=report.id,
            account_id=report.account_id,
            is_urgent=told.kind is ReportKind.STILL_ALIVE,
            due_by=due_by,
            terms=terms,
            actor=teller,
            now=at,
        )
    return report


def day_only(now: datetime) -> datetime:
    """Return the first moment of the day in China: what is kept of when an anonymous report was told or followed."""
    return datetime.combine(local_date(now), time(), LOCAL_ZONE)


def find_reports(session: Session, account: Account) -> Sequence[Report]:
    """Return what this account told, the newest first."""
    return session.scalars(
        select(Report).where(Report.account_id == account.id).order_by(Report.reported_at.desc()).limit(10)
    ).all()


def find_report(session: Session, number: str) -> Report | None:
    """Return the report of that number, for whoever holds it: this is how an anonymous one is followed."""
    return session.scalar(select(Report).where(Report.number == number.strip().upper()))


def may_follow(session: Session, report: Report, account: Account) -> bool:
    """Say whether an account may follow a report by its number: its own, or one that was told anonymously."""
    if report.kind is ReportKind.FRAUD:
        return is_teller(session, report, account)
    return report.account_id in {None, account.id}


def withdraw_report(session: Session, account: Account, number: str, *, actor: Actor, now: datetime) -> Report:
    """Take back a report of one's own; raise Refusal `not_yours` for another's or one that staff have gone on with."""
    report = find_report(session, number)
    if report is None or report.account_id != account.id:
        raise Refusal("not_yours")
    event = None if report.life_event_id is None else session.get(LifeEvent, report.life_event_id)
    if event is not None and event.status is not LifeEventStatus.NOTIFIED:
        raise Refusal("not_yours")
    if report.status is not ReportStatus.NOTIFIED or not move(
        session, report, ReportStatus.WITHDRAWN, reason="by_teller", actor=actor, now=now
    ):
        raise Refusal("not_yours")
    withdraw_record(session, report, actor=actor, now=now)
    return report


def _find_standing(session: Session, account: Account, told: Told, retiree: Retiree) -> Report | None:
    """Return what the account told before and staff have still to decide: of a death whatever it was, also confirmed.

    Whatever else was decided may come about once more, and is told again then: an address after another, a life.
    """
    standing = STANDING_EVENTS if told.kind is ReportKind.DEATH else OPEN_EVENTS
    same = (
        select(Report)
        .outerjoin(LifeEvent, LifeEvent.id == Report.life_event_id)
        .where(
            Report.kind == told.kind,
            Report.account_id == account.id,
            Report.retiree_id == retiree.id,
            Report.status == ReportStatus.NOTIFIED,
            or_(LifeEvent.id.is_(None), LifeEvent.status.in_(standing)),
        )
    )
    if told.kind is ReportKind.DEATH:
        return session.scalar(same.limit(1))
    on_that_day = session.scalars(same.where(Report.happened_on == told.happened_on))
    return next((one for one in on_that_day if json.loads(one.content) == told.content), None)


def _check_often(session: Session, account: Account, now: datetime) -> None:
    """Raise Refusal `too_many_tries` where the account has told enough today."""
    told = session.scalar(
        select(func.count())
        .select_from(Report)
        .where(Report.account_id == account.id, Report.reported_at >= day_only(now))
    )
    if (told or 0) + count_tips(session, account, day_only(now)) >= MOST_A_DAY:
        raise Refusal("too_many_tries")


def _find_retiree(session: Session, told: Told, vault: Vault) -> Retiree | None:
    """Return whom a report is about: by number only where the name told is theirs too, otherwise staff look."""
    if told.retiree_id is not None:
        return session.get_one(Retiree, told.retiree_id)
    if told.id_number is None:
        return None
    indexes = vault.blind_indexes(identity_number.normalise(told.id_number), ID_NUMBER_PURPOSE)
    found = session.scalar(select(Retiree).where(Retiree.id_number_index.in_(indexes)))
    return found if found is not None and is_same_name(found.name, str(told.content.get("name", ""))) else None
