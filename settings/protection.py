"""The settings of what protects people and their data: the audit, limits, hosts, receipts, retention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from settings.reader import Reader


@dataclass(frozen=True)
class ProtectionSettings:
    """What protects people and their data."""

    audit_anchor_file: Path
    rate_limit_address: int
    rate_limit_account: int
    rate_limit_login: int
    rate_limit_lookup: int
    trusted_hosts: str | None
    trusted_proxies: int
    ended_faces_days: int
    event_pictures_days: int


def read_protection(reader: Reader, data_dir: Path) -> dict[str, Any]:
    """Read and check the settings of protection; raise SettingsError for the first that is wrong."""
    return {
        "audit_anchor_file": reader.path("AUDIT_ANCHOR_FILE", data_dir / "audit-anchors.jsonl"),
        "rate_limit_address": reader.whole("RATE_LIMIT_ADDRESS", 3000, 1, 1_000_000),
        "rate_limit_account": reader.whole("RATE_LIMIT_ACCOUNT", 1200, 1, 1_000_000),
        "rate_limit_login": reader.whole("RATE_LIMIT_LOGIN", 60, 1, 1_000_000),
        "rate_limit_lookup": reader.whole("RATE_LIMIT_LOOKUP", 120, 1, 1_000_000),
        "trusted_hosts": reader.given("TRUSTED_HOSTS"),
        "ended_faces_days": reader.whole("ENDED_FACES_DAYS", 365, 0, 3650),
        "event_pictures_days": reader.whole("EVENT_PICTURES_DAYS", 3650, 1, 36500),
        "trusted_proxies": reader.whole("TRUSTED_PROXIES", 0, 0, 10),
    }
