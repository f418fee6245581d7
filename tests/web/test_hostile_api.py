from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from models.types import install_vault
from tests.hostile_api import open_target, send_generated
from tests.stand_in import StandIn

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.vault import Vault
    from settings import Settings


@pytest.fixture
def wechat() -> Iterator[StandIn]:
    with StandIn() as made:
        yield made


@pytest.mark.slow
def test_no_generated_request_is_answered_otherwise_than_described(
    settings: Settings, wechat: StandIn, vault: Vault
) -> None:
    try:
        found = send_generated(open_target(settings, wechat.url), each=6)
    finally:
        install_vault(vault)
    assert found.faults == {}
    assert found.requests > 150
    assert not any(status >= 500 for status in found.statuses)
    # some were about what is there
    assert found.statuses[200] + found.statuses[201] + found.statuses[204] > 10
