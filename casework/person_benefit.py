"""A person's pension as their page shows it: reasons with articles and who answers for them, months not as owed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.benefit_lists import benefit_of
from casework.benefit_states import ARTICLES
from casework.proposal_lists import staff_names
from models import BenefitAction, BenefitAmount, BenefitReason
from models.benefit import ActionKind, ActionStatus

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from casework.benefit_books import MonthBalance
    from models import Benefit, Staff

MONTHS = 24


@dataclass(frozen=True)
class StandingReason:
    """One reason for which the pension is suspended. set_by: who approved it."""

    reason: BenefitReason
    article: str
    set_by: str


@dataclass(frozen=True)
class ShownBenefit:
    """A pension with its reasons, the monthly amounts, and every month that is not as it should be.

    odd: months still owed or overpaid. owed, overpaid: their sums in cents. months: the latest, whatever they are.
    """

    benefit: Benefit
    reasons: Sequence[StandingReason]
    amounts: Sequence[BenefitAmount]
    months: Sequence[MonthBalance]
    odd: Sequence[MonthBalance]
    owed: int
    overpaid: int
    actions: Sequence[BenefitAction]
    names: dict[uuid.UUID, str]
    ended_by: BenefitAction | None

    @property
    def suspended_since(self) -> date | None:
        """From when the oldest of the standing reasons holds."""
        return min((one.reason.began_on for one in self.reasons), default=None)


def show_benefit(session: Session, staff: Staff, retiree_id: uuid.UUID) -> ShownBenefit | None:
    """Return the pension of a person in reach, None where there is none yet."""
    found = benefit_of(session, staff, retiree_id)
    if found is None:
        return None
    by_id = {one.id: one for one in found.actions}
    names = staff_names(session, {who for one in found.actions for who in (one.proposed_by_id, one.decided_by_id)})
    reasons = []
    for reason in sorted(found.reasons, key=lambda one: one.began_on):
        action = by_id.get(reason.set_action_id)
        decided_by = None if action is None else action.decided_by_id
        reasons.append(StandingReason(reason, ARTICLES[reason.kind], names.get(decided_by, "") if decided_by else ""))
    amounts = session.scalars(
        select(BenefitAmount).where(BenefitAmount.benefit_id == retiree_id).order_by(BenefitAmount.from_month.desc())
    ).all()
    ended = (one for one in found.actions if one.kind is ActionKind.TERMINATE and one.status is ActionStatus.APPROVED)
    return ShownBenefit(
        benefit=found.benefit,
        reasons=reasons,
        amounts=amounts,
        months=list(reversed(found.months))[:MONTHS],
        odd=[one for one in found.months if one.owed or one.overpaid],
        owed=sum(one.owed for one in found.months),
        overpaid=sum(one.overpaid for one in found.months),
        actions=found.actions,
        names=names,
        ended_by=next(ended, None) if found.benefit.last_month is not None else None,
    )
