"""Why a proposal may not be approved now: looked at anew for every one, however many are decided at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.benefit_conditions import (
    has_open_case,
    is_not_due_yet,
    is_overdue,
    says_to_be_alive,
    tried_since,
    was_tried,
)
from casework.benefit_facts import facts_of
from clock import local_date
from models import LifeEvent, Overpayment, Retiree
from models.benefit import ActionKind, ReasonKind
from models.recovery import OverpaymentStatus
from policy.months import month_of

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from casework.benefit_facts import LifeFacts
    from casework.benefit_terms import BenefitTerms
    from models import BenefitAction, Staff
    from policy.rules import RuleSet

NO_GROUND = "no_ground"
# What takes money from somebody.
_AGAINST = frozenset({ActionKind.SUSPEND, ActionKind.TERMINATE, ActionKind.RECOVER})


def blocked(
    session: Session,
    staff: Staff,
    actions: Sequence[BenefitAction],
    *,
    terms: BenefitTerms,
    rules: RuleSet,
    now: datetime,
) -> dict[uuid.UUID, str]:
    """Return by action why it may not be approved: `took_part`, `held_by_case`, `open_case`, `not_reached`.

    `no_ground`: nothing it rested on is so any more, and it lapses.
    """
    today = local_date(now)
    ids = {one.benefit_id for one in actions}
    people = select(Retiree.id).where(Retiree.id.in_(ids))
    alive = set(session.scalars(people.where(says_to_be_alive())))
    open_cases = set(session.scalars(people.where(has_open_case())))
    not_due_yet = set(session.scalars(people.where(is_not_due_yet(today))))
    overdue = set(session.scalars(people.where(is_overdue(today, terms))))
    tried = set(session.scalars(people.where(was_tried(tried_since(today, terms)))))
    investigated = set(
        session.scalars(
            select(Overpayment.benefit_id).where(
                Overpayment.benefit_id.in_(ids), Overpayment.status == OverpaymentStatus.INVESTIGATING
            )
        )
    )
    events = {one.life_event_id for one in actions} - {None}
    confirmed = set(
        session.scalars(select(LifeEvent.id).where(LifeEvent.id.in_(events), LifeEvent.verified_by_id == staff.id))
    )
    facts = facts_of(session, ids, rules=rules, today=today)
    found: dict[uuid.UUID, str] = {}
    for action in actions:
        person = action.benefit_id
        if _is_groundless(
            action, facts.get(person), is_not_due=person in not_due_yet, is_overdue_now=person in overdue
        ) or (action.kind is ActionKind.RECOVER and person not in investigated):
            code = NO_GROUND
        elif action.proposed_by_id == staff.id or action.life_event_id in confirmed:
            code = "took_part"
        elif action.kind in _AGAINST and person in alive:
            code = "held_by_case"
        elif not _is_about_certification(action):
            continue
        elif person in open_cases:
            code = "open_case"
        elif person not in tried:
            code = "not_reached"
        else:
            continue
        found[action.id] = code
    return found


def _is_about_certification(action: BenefitAction) -> bool:
    return action.kind is ActionKind.SUSPEND and action.reason is ReasonKind.NOT_CERTIFIED


def _is_groundless(
    action: BenefitAction,
    facts: LifeFacts | None,
    *,
    is_not_due: bool,
    is_overdue_now: bool,
) -> bool:
    """Say whether what a proposal rests on is no longer so."""
    match action.kind, action.reason:
        case ActionKind.SUSPEND, ReasonKind.NOT_CERTIFIED:
            return not is_overdue_now
        case ActionKind.RESUME, ReasonKind.NOT_CERTIFIED:
            return not is_not_due
        case ActionKind.TERMINATE, _:
            died = None if facts is None else facts.died
            return died is None or action.began_on is None or month_of(died[0]) != month_of(action.began_on)
        case _:
            return False
