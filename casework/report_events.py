"""From what somebody told in the chat to a record of a life: one for each thing that happened, in status `notified`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from casework.event_tickets import end_event_tickets
from casework.life_events import notify_event
from models import Binding, LifeEvent, Report, Sign
from models.account import Relation
from models.life_event import EventSource, LifeEventKind, LifeEventStatus
from models.matching import MatchedBy, SignKind
from models.report import ReportKind, ReportStatus
from models.transitions import move

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Retiree
    from models.audit import Actor
    from policy.rules import RuleSet

KINDS = {
    ReportKind.DEATH: LifeEventKind.DEATH,
    ReportKind.ADDRESS_CHANGE: LifeEventKind.ADDRESS_CHANGE,
    ReportKind.PHONE_CHANGE: LifeEventKind.PHONE_CHANGE,
    ReportKind.MOVING_AWAY: LifeEventKind.MOVING_AWAY,
    ReportKind.MISSING: LifeEventKind.MISSING,
    ReportKind.FRAUD: LifeEventKind.FRAUD,
    ReportKind.STILL_ALIVE: LifeEventKind.STILL_ALIVE,
}
# Art. 32(2): relatives and interested parties declare that somebody is missing.
_DECLARING = frozenset(set(Relation) - {Relation.SELF})


def record_of(
    session: Session, report: Report, retiree: Retiree | None, *, rules: RuleSet, actor: Actor, now: datetime
) -> LifeEvent:
    """Write the record of a report, or join it to the one that stands for the same death."""
    event = notify_event(
        session,
        KINDS[report.kind],
        retiree,
        happened_on=report.happened_on,
        source=EventSource.ANONYMOUS if report.account_id is None else EventSource.ACCOUNT,
        # of a tip the record keeps nothing: it stands in the report, for the agency alone
        content={} if report.kind is ReportKind.FRAUD else json.loads(report.content),
        rules=rules,
        actor=actor,
        now=now,
        is_declared=report.kind is ReportKind.MISSING and _declares(session, report),
    )
    session.flush()
    report.life_event_id = event.id
    return event


def withdraw_record(session: Session, report: Report, *, actor: Actor, now: datetime) -> None:
    """Take the record back with the last report that told of it, while staff have not gone on with it."""
    event = None if report.life_event_id is None else session.get(LifeEvent, report.life_event_id)
    if event is None or event.status is not LifeEventStatus.NOTIFIED or _is_told_by_others(session, event):
        return
    if move(session, event, LifeEventStatus.WITHDRAWN, reason="by_teller", actor=actor, now=now):
        end_event_tickets(session, event, actor=actor, now=now)


def _is_told_by_others(session: Session, event: LifeEvent) -> bool:
    """Say whether staff or data told of a record, or a report that stands: of a death they share one."""
    if event.source in {EventSource.STAFF, EventSource.DATA}:
        return True
    by_report = exists().where(Report.life_event_id == event.id, Report.status == ReportStatus.NOTIFIED)
    by_data = exists().where(
        Sign.retiree_id == event.retiree_id,
        Sign.kind == SignKind.DEATH,
        Sign.matched_by == MatchedBy.ID_NUMBER,
        Sign.decided_at >= event.reported_at,
    )
    return bool(session.scalar(select(by_report))) or (
        event.kind is LifeEventKind.DEATH and bool(session.scalar(select(by_data)))
    )


def _declares(session: Session, report: Report) -> bool:
    """Say whether kin or an interested party tells, bound as such or by their own word of it."""
    told = json.loads(report.content)
    if told.get("kin") in {"direct_relative", "relative"}:
        return True
    relation = session.scalar(
        select(Binding.relation).where(
            Binding.account_id == report.account_id,
            Binding.retiree_id == report.retiree_id,
            Binding.confirmed_at.is_not(None),
        )
    )
    return relation in _DECLARING
