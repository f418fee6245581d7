"""The settings of policy answers: when a question is refused, when it is answered at once, who else may choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from policy.answering.thresholds import Thresholds
from settings.reader import SettingsError, split_address

if TYPE_CHECKING:
    from pathlib import Path

    from settings.reader import Reader

_PERCENT = 100


@dataclass(frozen=True)
class PolicySettings:
    """How sure an answer must be, how long a question is remembered, and an optional model that chooses."""

    policy_weights_dir: Path
    policy_refuse_below: int
    policy_answer_from: int
    policy_context_minutes: int
    policy_chooser_url: str | None = field(repr=False)
    policy_chooser_name: str

    def thresholds(self) -> Thresholds:
        """Return from which probability a question is answered, and below which it is refused."""
        return Thresholds(self.policy_refuse_below / _PERCENT, self.policy_answer_from / _PERCENT)


def read_policy(reader: Reader, data_dir: Path) -> dict[str, Any]:
    """Read and check the settings of policy answers; raise SettingsError for the first that is wrong."""
    url = reader.given("POLICY_CHOOSER_URL")
    if url is not None and (split_address(url).scheme not in {"http", "https"} or not split_address(url).hostname):
        raise SettingsError(
            "POLICY_CHOOSER_URL", "it is no address", "such as http://127.0.0.1:8080/v1/chat/completions"
        )
    return {
        "policy_weights_dir": reader.path("POLICY_WEIGHTS_DIR", data_dir / "policy"),
        "policy_refuse_below": reader.whole("POLICY_REFUSE_BELOW", 45, 1, 99),
        "policy_answer_from": reader.whole("POLICY_ANSWER_FROM", 60, 1, 99),
        "policy_context_minutes": reader.whole("POLICY_CONTEXT_MINUTES", 10, 1, 120),
        "policy_chooser_url": url,
        "policy_chooser_name": reader.text("POLICY_CHOOSER_NAME", "default"),
    }
