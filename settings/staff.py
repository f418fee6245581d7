"""The settings of the staff's work: terms of tickets, checks of visits, logins."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from casework.staff_login import LoginRules
from casework.terms import TERM_NAMES, Terms
from settings.reader import SettingsError

if TYPE_CHECKING:
    from settings.reader import Reader

_DAYS = (
    "home_visit=10,window=10,data_discrepancy=10,death_verification=5,information_collection=20,"
    "welfare_call=20,handed_over=3,complaint=10,manual_review=3"
)
_MOST_DAYS = 365
_ESCALATIONS = 2


@dataclass(frozen=True)
class StaffSettings:
    """How long staff have, what is looked at twice, how long a login lasts."""

    ticket_days: str
    ticket_remind_days: int
    ticket_escalate_days: str
    deadline_help_days: int
    visit_check_percent: int
    mark_review_days: int
    staff_idle_minutes: int
    staff_session_hours: int
    staff_lock_tries: int
    staff_lock_minutes: int

    def login_rules(self) -> LoginRules:
        """Return how long a login of staff lasts and when it is locked."""
        return LoginRules(
            idle=timedelta(minutes=self.staff_idle_minutes),
            longest=timedelta(hours=self.staff_session_hours),
            lock_tries=self.staff_lock_tries,
            lock_for=timedelta(minutes=self.staff_lock_minutes),
        )

    def terms(self) -> Terms:
        """Return the terms of tickets."""
        first, second = _days("TICKET_ESCALATE_DAYS", self.ticket_escalate_days.split(","))
        return Terms(
            due=_read_terms(self.ticket_days),
            remind_days=self.ticket_remind_days,
            escalate_days=(first, second),
            deadline_days=self.deadline_help_days,
            check_percent=self.visit_check_percent,
        )


def read_staff(reader: Reader) -> dict[str, Any]:
    """Read and check the settings of the staff's work; raise SettingsError for the first that is wrong."""
    escalate = reader.text("TICKET_ESCALATE_DAYS", "1,5")
    steps = _days("TICKET_ESCALATE_DAYS", escalate.split(","))
    if len(steps) != _ESCALATIONS or steps[0] >= steps[1]:
        raise SettingsError("TICKET_ESCALATE_DAYS", f"{escalate!r} is not two rising numbers", "such as 1,5")
    days = reader.text("TICKET_DAYS", _DAYS)
    _read_terms(days)
    return {
        "ticket_days": days,
        "ticket_remind_days": reader.whole("TICKET_REMIND_DAYS", 2, 0, 60),
        "ticket_escalate_days": escalate,
        "deadline_help_days": reader.whole("DEADLINE_HELP_DAYS", 30, 0, 365),
        "visit_check_percent": reader.whole("VISIT_CHECK_PERCENT", 5, 0, 100),
        "mark_review_days": reader.whole("MARK_REVIEW_DAYS", 180, 1, 3650),
        "staff_idle_minutes": reader.whole("STAFF_IDLE_MINUTES", 60, 5, 720),
        "staff_session_hours": reader.whole("STAFF_SESSION_HOURS", 12, 1, 72),
        "staff_lock_tries": reader.whole("STAFF_LOCK_TRIES", 5, 1, 100),
        "staff_lock_minutes": reader.whole("STAFF_LOCK_MINUTES", 15, 1, 1440),
    }


def _read_terms(text: str) -> dict[str, int]:
    pairs = [part.split("=") for part in text.split(",")]
    if any(len(pair) != 2 for pair in pairs) or {pair[0] for pair in pairs} != set(TERM_NAMES):  # noqa: PLR2004 - a pair
        raise SettingsError("TICKET_DAYS", "it is not one number for each kind of ticket", _DAYS)
    return dict(zip((name for name, _ in pairs), _days("TICKET_DAYS", [days for _, days in pairs]), strict=True))


def _days(name: str, texts: list[str]) -> list[int]:
    if not all(text.isascii() and text.isdigit() and int(text) <= _MOST_DAYS for text in texts):
        raise SettingsError(name, "a number of days is not one", f"whole numbers up to {_MOST_DAYS}")
    return [int(text) for text in texts]
