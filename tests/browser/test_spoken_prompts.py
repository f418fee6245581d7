"""Prompts are heard: by the browser's Chinese voice where there is one, otherwise as recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import NOBODY, SITTER

if TYPE_CHECKING:
    from tests.browser.conftest import OpenPhone
    from tests.browser.device import Device

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
CHINESE_VOICE = """(() => {
    window.spoken = [];
    speechSynthesis.getVoices = () => [{ lang: 'en-US' }, { lang: 'zh_CN' }];
    speechSynthesis.speak = words => window.spoken.push(words.text);
    window.SpeechSynthesisUtterance = function (text) { this.text = text; };
})()"""

PLAYED = """(() => {
    window.played = [];
    const play = HTMLMediaElement.prototype.play;
    HTMLMediaElement.prototype.play = function () {
        if (this.src.endsWith('.mp3')) window.played.push(this.src.split('/').pop());
        return play.call(this);
    };
})()"""


def recordings_asked_for(phone: Device) -> list[str]:
    """Return the list that fills with the names of the recordings as the page asks for them."""
    asked: list[str] = []

    def note(address: str) -> None:
        if address.endswith(".mp3") and (not asked or asked[-1] != Path(address).stem):
            asked.append(Path(address).stem)

    phone.page.on("request", lambda request: note(request.url))
    return asked


def test_without_a_voice_the_recording_of_what_is_shown_is_played(open_phone: OpenPhone) -> None:
    with open_phone(camera_flags=NOBODY) as phone:
        asked = recordings_asked_for(phone)
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        phone.page.wait_for_timeout(6000)
        manifest = json.loads((ROOT / "api" / "static" / "voice" / "manifest.json").read_text(encoding="utf-8"))
        assert asked == ["position", "no_face"]
        assert manifest["position"]["text"] == phone.page.locator("#instruction").inner_text()
        assert manifest["no_face"]["text"] == phone.page.locator("#advice").inner_text()


def test_the_actions_to_record_are_spoken_one_after_another_and_no_further(open_phone: OpenPhone) -> None:
    with open_phone() as phone:
        phone.page.add_init_script(PLAYED)
        phone.come_to_ready(SITTER)
        phone.press("相机打不开，改用录像")
        phone.press("看要做的动作")
        phone.wait_for_screen("recording")
        phone.wait_until("window.played.length === 2")
        assert phone.page.evaluate("window.played") == ["open_mouth.mp3", "turn_right.mp3"]
        phone.press("再念一遍")
        phone.press("我不方便，请上门")
        phone.page.wait_for_timeout(6000)
        assert phone.page.evaluate("window.played.slice(2)") == ["open_mouth.mp3"]


def test_a_chinese_voice_is_preferred(open_phone: OpenPhone) -> None:
    with open_phone(camera_flags=NOBODY) as phone:
        asked = recordings_asked_for(phone)
        phone.page.add_init_script(CHINESE_VOICE)
        phone.come_to_ready(SITTER)
        phone.press("开始认证")
        phone.wait_for_screen("camera")
        phone.page.wait_for_timeout(6000)
        spoken = phone.page.evaluate("window.spoken")
    assert spoken[:2] == ["请把脸放进框里，看着手机。", "请摘下口罩，正对手机。"]
    assert asked == []
