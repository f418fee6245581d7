"""What the operator sets about benefits: numbers that no text has."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BenefitTerms:
    """When people are reminded, when a missing certification may be followed by a proposal, how long a debtor has.

    remind_days: so many days before the due day, falling; after it, every overdue_days. relatives_from: from so many
    days before, bound relatives are told too; calls_from: from so many on, the community calls whoever no message
    reached. grace_days: so many days after the due day a suspension may be proposed. reach_days: attempts to reach a
    person count from so many days before the due day. recovery_days: from the notice to the due day (Art. 31(1)).
    set_aside_days: so long nobody is asked again about a suspension that was refused, excluded or undone.
    """

    remind_days: tuple[int, ...]
    overdue_days: int
    relatives_from: int
    calls_from: int
    grace_days: int
    reach_days: int
    recovery_days: int
    set_aside_days: int


# What the settings have unless told otherwise; tests and benchmarks use the same.
USUAL_TERMS = BenefitTerms(
    remind_days=(60, 30, 15, 7, 3, 1),
    overdue_days=15,
    relatives_from=30,
    calls_from=7,
    grace_days=30,
    reach_days=90,
    recovery_days=60,
    set_aside_days=30,
)
