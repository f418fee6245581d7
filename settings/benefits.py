"""The settings of benefits: reminders, grace, recovery, the night run. No text gives these numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from casework.benefit_terms import BenefitTerms
from settings.reader import SettingsError

if TYPE_CHECKING:
    from pathlib import Path

    from settings.reader import Reader

_MOST_DAYS = 365


@dataclass(frozen=True)
class BenefitSettings:
    """When people are reminded, what may follow a missing certification and when, where payment files go."""

    remind_days: str
    remind_overdue_days: int
    remind_relatives_days: int
    call_days: int
    suspend_grace_days: int
    reach_days: int
    recovery_days: int
    set_aside_days: int
    payment_dir: Path
    night_run_hour: int

    def benefit_terms(self) -> BenefitTerms:
        """Return the numbers that benefits go by."""
        return BenefitTerms(
            remind_days=_ladder(self.remind_days),
            overdue_days=self.remind_overdue_days,
            relatives_from=self.remind_relatives_days,
            calls_from=self.call_days,
            grace_days=self.suspend_grace_days,
            reach_days=self.reach_days,
            recovery_days=self.recovery_days,
            set_aside_days=self.set_aside_days,
        )


def read_benefits(reader: Reader, data_dir: Path) -> dict[str, Any]:
    """Read and check the settings of benefits; raise SettingsError for the first that is wrong."""
    days = reader.text("REMIND_DAYS", "60,30,15,7,3,1")
    _ladder(days)
    return {
        "remind_days": days,
        "remind_overdue_days": reader.whole("REMIND_OVERDUE_DAYS", 15, 1, 90),
        "remind_relatives_days": reader.whole("REMIND_RELATIVES_DAYS", 30, 0, _MOST_DAYS),
        "call_days": reader.whole("CALL_DAYS", 7, 0, _MOST_DAYS),
        "suspend_grace_days": reader.whole("SUSPEND_GRACE_DAYS", 30, 0, _MOST_DAYS),
        "reach_days": reader.whole("REACH_DAYS", 90, 1, _MOST_DAYS),
        "recovery_days": reader.whole("RECOVERY_DAYS", 60, 1, 3650),
        "set_aside_days": reader.whole("SET_ASIDE_DAYS", 30, 1, _MOST_DAYS),
        "payment_dir": reader.path("PAYMENT_DIR", data_dir / "payments"),
        "night_run_hour": reader.whole("NIGHT_RUN_HOUR", 2, 0, 23),
    }


def _ladder(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() and 0 < int(part) <= _MOST_DAYS for part in parts):
        raise SettingsError("REMIND_DAYS", f"{text!r} is not numbers of days", "such as 60,30,15,7,3,1")
    days = tuple(int(part) for part in parts)
    if list(days) != sorted(set(days), reverse=True):
        raise SettingsError("REMIND_DAYS", f"{text!r} is not falling", "such as 60,30,15,7,3,1")
    return days
