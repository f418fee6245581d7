"""What a pension's status is and what is owed, from the reasons that stand: pure, and the only place that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from models.benefit import ActionKind, BenefitStatus, ReasonKind
from policy.months import month_of

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

ARTICLES = {
    ReasonKind.NOT_CERTIFIED: "32(1)",
    ReasonKind.MISSING: "32(2)",
    ReasonKind.IMPRISONED: "32(3)",
    ReasonKind.DUPLICATE: "32(4)",
    ReasonKind.OTHER: "32(5)",
}
_ARTICLES_OF_KINDS = {ActionKind.TERMINATE: "32", ActionKind.RECOVER: "31(1)"}
# Months under these reasons are not owed: nobody draws a pension while serving a sentence (劳社厅函〔2001〕44号), and
# nobody two for the same months. Under every other reason the pension waits and is paid once the reason ends (Art. 32).
NOT_OWED = frozenset({ReasonKind.IMPRISONED, ReasonKind.DUPLICATE})


def status_of(reasons: Collection[ReasonKind], last_month: int | None) -> BenefitStatus:
    """Return the status: a death ends the pension, any reason suspends it, without one it is paid (Art. 32)."""
    if last_month is not None:
        return BenefitStatus.TERMINATED
    return BenefitStatus.SUSPENDED if reasons else BenefitStatus.PAID


def article_of(kind: ActionKind, reason: ReasonKind | None) -> str:
    """Return article and item by which something is proposed."""
    return _ARTICLES_OF_KINDS.get(kind) or (ARTICLES[reason] if reason is not None else "32")


def first_stopped(reason: ReasonKind, began_on: date, open_month: int) -> int:
    """Return the first month that a reason keeps from being paid, approved while `open_month` is open.

    The month in which a sentence or a double claim begins is still owed, as is the month of a death; no text says so,
    it is the reading that takes nothing from anybody that they had begun to earn.
    """
    return max(open_month, month_of(began_on) + 1) if reason in NOT_OWED else open_month


def first_resumed(reason: ReasonKind, ended_on: date | None, open_month: int) -> int:
    """Return the first month that is paid again after a reason: of what was not owed, the month after its end."""
    if reason in NOT_OWED and ended_on is not None:
        return max(open_month, month_of(ended_on) + 1)
    return open_month


def is_owed_under(reason: ReasonKind, began_on: date, ended_on: date | None, month: int) -> bool:
    """Say whether a month is owed although that reason stood."""
    if reason not in NOT_OWED:
        return True
    return month <= month_of(began_on) or (ended_on is not None and month > month_of(ended_on))
