from __future__ import annotations

import json
import resource
from typing import TYPE_CHECKING

import pytest

from jobs.sms import SmsFile

if TYPE_CHECKING:
    from pathlib import Path


def test_a_message_for_which_there_is_no_room_is_not_sent_and_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sms.jsonl"
    sms = SmsFile(path)
    sms.send("13800130000", "第一条", key="1")
    before, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, hard))
    try:
        with pytest.raises(OSError, match="No space"):
            sms.send("13800130001", "第二条", key="2")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (before, hard))
    sms.send("13800130002", "第三条", key="3")
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == ["1", "3"]
