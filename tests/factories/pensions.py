"""One of everything that hangs on a pension: for walks over every address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.benefit_amounts import set_amount
from casework.life_events import notify_event
from models import BenefitAction, Call, Lead, Overpayment, Report
from models.audit import Actor, ActorKind
from models.benefit import ActionKind
from models.life_event import EventSource, LifeEventKind
from models.report import ReportKind
from policy.months import month_of
from policy.rules import rule_set

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.orm import Session

    from models import Retiree

BY = Actor(ActorKind.SYSTEM, "test")


def add_benefit(session: Session, zhou: Retiree, now: datetime) -> dict[str, UUID | str]:
    """Add a pension of his with one of everything that hangs on it."""
    set_amount(session, zhou, 312_345, actor=BY, now=now)
    event = notify_event(
        session,
        LifeEventKind.DEATH,
        zhou,
        happened_on=now.date(),
        source=EventSource.STAFF,
        content={"note": zhou.name},
        rules=rule_set("changsha-2020"),
        actor=BY,
        now=now,
    )
    session.flush()
    action = BenefitAction(
        benefit_id=zhou.id,
        agency_code=zhou.agency_code,
        kind=ActionKind.TERMINATE,
        article="32",
        rule_set="changsha-2020",
        began_on=now.date(),
        life_event_id=event.id,
        proposed_on=now.date(),
        proposed_at=now,
    )
    report = Report(
        number="R2503-1",
        kind=ReportKind.FRAUD,
        retiree_id=zhou.id,
        owner_code=zhou.owner_code,
        content="{}",
        rule_set="changsha-2020",
        reported_at=now,
    )
    session.add_all([action, report])
    session.flush()
    overpayment = Overpayment(
        number="K2503-1",
        benefit_id=zhou.id,
        agency_code=zhou.agency_code,
        from_month=month_of(now.date()),
        until_month=month_of(now.date()),
        cents=312_345,
        opened_at=now,
    )
    lead = Lead(report_id=report.id, retiree_id=zhou.id, agency_code=zhou.agency_code, received_at=now)
    call = Call(retiree_id=zhou.id, owner_code=zhou.owner_code, due_by=now.date(), listed_at=now)
    session.add_all([overpayment, lead, call])
    session.flush()
    return {
        "event_id": event.id,
        "action_id": action.id,
        "overpayment_id": overpayment.id,
        "lead_id": lead.id,
        "call_id": call.id,
    }
