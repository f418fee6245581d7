"""How characters are read: our table says what pypinyin's says, in a hundredth of its memory."""

from __future__ import annotations

import pytest

from deploy.write_syllables import list_syllables
from policy.reading.sounds import SYLLABLES, merged, syllable


def test_it_works() -> None:
    assert [syllable(character) for character in "长沙女人"] == ["zhang", "sha", "nv", "ren"]
    assert syllable("\U00020000") == "he"


def test_the_table_is_the_one_that_pypinyin_has() -> None:
    assert SYLLABLES.read_text("utf-8") == list_syllables(), "run .venv/bin/python -m deploy.write_syllables"


@pytest.mark.parametrize("sign", ["a", "3", "。", "あ", "\U0001f600", "\U00032fff", "\ue000"])
def test_other_signs_have_no_syllable(sign: str) -> None:
    assert syllable(sign) is None


def test_what_southern_speech_does_not_tell_apart_is_one() -> None:
    assert merged("zhang") == merged("zan")
    assert merged("fei") == merged("hei")
    assert merged("nan") == merged("lang")
