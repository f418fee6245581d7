"""What a phone sends of a visit: JSON that would cost more than it says is refused unread."""

from __future__ import annotations

import tracemalloc

import pytest

from api.console.visit_form import parse
from refusal import Refusal


def test_it_works() -> None:
    assert parse('{"notes": "[屋里] {有人}", "position": {"latitude": 28.2}}'.encode())["notes"] == "[屋里] {有人}"


@pytest.mark.parametrize("one", [b"[]", b"{}", b'{"":[]}'])
def test_millions_of_lists_are_never_made(one: bytes) -> None:
    sent = b'{"notes":[' + b",".join([one] * 300_000) + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as refused:
            parse(sent)
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.code == "malformed"
    assert peak < 1024 * 1024
