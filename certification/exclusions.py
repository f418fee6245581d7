"""Actions a person is not asked for: marked by staff, by themselves, or learned from earlier failures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select

from certification.face.types import Action
from certification.superseding import supersede_running
from models import ActionExclusion, Attempt
from models.attempt import AttemptStatus, CaptureWay
from models.audit import record
from models.retiree import ExclusionSource

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models import Retiree
    from models.audit import Actor

# So many attempts in which only this action was missing teach us not to ask for it again.
FAILURES_THAT_TEACH = 2
# Of fewer possible actions a film made beforehand shows every challenge.
FEWEST_FOR_THE_MACHINE = 3


def excluded_actions(session: Session, retiree_id: uuid.UUID) -> frozenset[Action]:
    """Return the actions this retiree is not asked for, this year or a later one."""
    rows = session.scalars(select(ActionExclusion.action).where(ActionExclusion.retiree_id == retiree_id))
    return frozenset(Action(action) for action in rows)


def is_predictable(session: Session, retiree_id: uuid.UUID) -> bool:
    """Say whether this retiree can do so few actions that a challenge can be known beforehand."""
    return len(Action) - len(excluded_actions(session, retiree_id)) < FEWEST_FOR_THE_MACHINE


def declare_exclusions(
    session: Session, retiree: Retiree, actions: Collection[Action], *, actor: Actor, now: datetime
) -> None:
    """Replace what the person said of themselves; what staff marked or failures taught stays.

    Attempts that run were drawn from other actions and end: nobody draws from few and then says to be able to do all.
    """
    # whoever says something of this person at this moment waits here, and then replaces it
    session.refresh(retiree, with_for_update=True)
    session.execute(
        delete(ActionExclusion).where(
            ActionExclusion.retiree_id == retiree.id, ActionExclusion.source == ExclusionSource.SELF
        )
    )
    for action in sorted(set(actions) - excluded_actions(session, retiree.id)):
        _exclude(session, retiree.id, action, ExclusionSource.SELF, now)
    running = select(Attempt.session_id).where(
        Attempt.retiree_id == retiree.id, Attempt.status == AttemptStatus.RUNNING, Attempt.way != CaptureWay.WECHAT
    )
    for session_id in session.scalars(running).all():
        supersede_running(session, session_id, actor=actor, now=now)
    record(session, actor, "exclusions.declare", retiree, now=now)


def learn_exclusion(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Stop asking for an action on which attempts with the right face got stuck repeatedly.

    Call once the attempt has ended. A stranger's face teaches nothing, and whoever is asked for no turn at all, or can
    do fewer than three actions, is never certified by the machine alone: nothing is won by failing on purpose.
    """
    missed = _missed_action(attempt)
    if missed is None or missed in excluded_actions(session, attempt.retiree_id):
        return
    ended = session.scalars(
        select(Attempt).where(Attempt.retiree_id == attempt.retiree_id, Attempt.ended_at.is_not(None))
    )
    if sum(_missed_action(earlier) is missed for earlier in ended) >= FAILURES_THAT_TEACH:
        _exclude(session, attempt.retiree_id, missed, ExclusionSource.LEARNED, now)


def _missed_action(attempt: Attempt) -> Action | None:
    findings = attempt.findings or {}
    if findings.get("verdict") not in {"match", "review"}:
        return None
    return next((Action(seen["action"]) for seen in findings["actions"] if not seen["done"]), None)


def _exclude(session: Session, retiree_id: uuid.UUID, action: Action, source: ExclusionSource, now: datetime) -> None:
    session.add(ActionExclusion(retiree_id=retiree_id, action=action.value, source=source, created_at=now))
