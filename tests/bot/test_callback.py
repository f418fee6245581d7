"""The callback against whoever is not WeChat: 4xx, no trace, nothing done; and against WeChat's own repetitions."""

from __future__ import annotations

import base64
import io
import itertools
import logging
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from models import Conversation, InboxMessage, Report, Ticket
from settings import WechatMode
from tests.rows import count
from tests.weixin import Weixin, sign, write_xml

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from services import Services
    from settings import Settings
    from tests.fakes.clock import StandingClock
    from tests.weixin import Chat

LI = "oGrandmaLi_0001"
HEAD = (
    "<xml><ToUserName>{}</ToUserName><FromUserName>{}</FromUserName><CreateTime>{}</CreateTime>"
    "<MsgType>text</MsgType></xml>"
)
SECRET_WORDS = "我的身份证号是四三零一零二"


def text(weixin: Weixin, content: str = SECRET_WORDS, openid: str = LI, **fields: str) -> str:
    now = int(weixin.clock.now().timestamp())
    original = weixin.settings.wechat_original_id or ""
    return write_xml(openid, original, now, {"MsgType": "text", "Content": content} | fields)


def refused(reason: str) -> float:
    return REGISTRY.get_sample_value("wechat_callbacks_refused_total", {"reason": reason}) or 0.0


def post(weixin: Weixin, query: dict[str, Any], body: bytes) -> TestResponse:
    return weixin.client.post("/wechat", query_string=query, data=body, content_type="text/xml")


def assert_turned_away(answer: TestResponse, parts: Services) -> None:
    assert 400 <= answer.status_code < 500
    told = answer.get_data(as_text=True)
    assert "Traceback" not in told
    assert SECRET_WORDS not in told
    assert count(parts.transactions, InboxMessage) == 0
    assert count(parts.transactions, Conversation) == 0


def test_the_address_is_proved(weixin: Weixin) -> None:
    now = str(int(weixin.clock.now().timestamp()))
    token = weixin.settings.wechat_token or ""
    query = {"timestamp": now, "nonce": "n", "echostr": "<b>5837397</b>", "signature": sign(token, now, "n")}
    answer = weixin.client.get("/wechat", query_string=query)
    assert (answer.status_code, answer.get_data(as_text=True)) == (200, "<b>5837397</b>")
    assert answer.content_type.startswith("text/plain")
    assert weixin.client.get("/wechat", query_string=query | {"signature": "0" * 40}).status_code == 403
    assert weixin.client.get("/wechat").status_code == 400


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"msg_signature": "0" * 40}, "signature"),
        ({"msg_signature": ""}, "signature"),
        ({"msg_signature": "签名签名签名"}, "signature"),
        ({"msg_signature": None}, "signature"),
        ({"encrypt_type": "raw"}, "mode"),
        ({"encrypt_type": None}, "mode"),
        ({"timestamp": None}, "timestamp"),
        ({"timestamp": "abc"}, "timestamp"),
        ({"timestamp": "9" * 200}, "timestamp"),
        ({"timestamp": "9" * 100}, "timestamp"),
        ({"timestamp": "-1"}, "timestamp"),
        ({"timestamp": "１７４１５７２０００"}, "timestamp"),
        ({"nonce": ""}, "nonce"),
        ({"nonce": "n" * 500}, "nonce"),
        ({"nonce": "another"}, "signature"),
        ({"signature": "0" * 40}, "signature"),
        ({"signature": None}, "signature"),
    ],
)
def test_a_request_that_is_not_wechats_is_turned_away(
    weixin: Weixin, parts: Services, change: dict[str, str | None], reason: str
) -> None:
    query, body = weixin.wrap(text(weixin))
    changed = {name: value for name, value in (query | change).items() if value is not None}
    before = refused(reason)
    assert_turned_away(post(weixin, changed, body.encode()), parts)
    assert refused(reason) == before + 1


@pytest.mark.parametrize("seconds", [-301, 301])
def test_an_old_or_early_request_is_turned_away(weixin: Weixin, parts: Services, seconds: int) -> None:
    timestamp = str(int(weixin.clock.now().timestamp()) + seconds)
    assert_turned_away(weixin.post(text(weixin), timestamp=timestamp), parts)
    assert weixin.post(text(weixin), timestamp=str(int(timestamp) + (1 if seconds < 0 else -1))).status_code == 200


def signed(weixin: Weixin, encrypted: str) -> tuple[dict[str, str], bytes]:
    """Return a rightly signed request around anything: what only somebody with the token could send."""
    timestamp = str(int(weixin.clock.now().timestamp()))
    nonce = str(next(weixin.nonces))
    token = weixin.settings.wechat_token or ""
    query = {
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": sign(token, timestamp, nonce),
        "encrypt_type": "aes",
        "msg_signature": sign(token, timestamp, nonce, encrypted),
    }
    return query, f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>".encode()


@pytest.mark.parametrize(
    "encrypted",
    ["", "x", "%%%", base64.b64encode(b"").decode(), base64.b64encode(bytes(32)).decode(), "A" * 4000],
)
def test_an_envelope_that_does_not_open_is_turned_away(weixin: Weixin, parts: Services, encrypted: str) -> None:
    assert_turned_away(post(weixin, *signed(weixin, encrypted)), parts)


def test_another_accounts_envelope_is_turned_away(weixin: Weixin, parts: Services) -> None:
    other = replace(weixin, settings=replace(weixin.settings, wechat_app_id="wxanother000000001"))
    assert_turned_away(other.post(text(weixin)), parts)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "no xml",
        "<xml/>",
        "<other><MsgType>text</MsgType></other>",
        "<xml><MsgType></MsgType></xml>",
        "<xml><MsgType>text</MsgType></xml>",
        "<xml><MsgType><a>text</a></MsgType></xml>",
        "<xml><MsgType>text</MsgType><MsgType>event</MsgType></xml>",
        HEAD.format("{to}", "o1", "x"),
        HEAD.format("{to}", "o 1", "1"),
        HEAD.format("{to}", "o1", "9" * 5000),
        HEAD.format("gh_another", "o1", "1"),
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><xml><MsgType>&e;</MsgType></xml>',
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><xml><MsgType>&b;</MsgType></xml>',
        "<xml>" + "<a>" * 9000 + "</a>" * 9000 + "</xml>",
        "<xml><MsgType>text\x00</MsgType></xml>",
    ],
)
def test_a_message_that_is_none_is_turned_away(weixin: Weixin, parts: Services, content: str) -> None:
    xml = content.replace("{to}", weixin.settings.wechat_original_id or "")
    assert_turned_away(weixin.post(xml), parts)


def test_a_body_declaring_entities_is_turned_away_before_anything_is_decrypted(weixin: Weixin, parts: Services) -> None:
    query, body = weixin.wrap(text(weixin))
    hostile = '<!DOCTYPE x [<!ENTITY a "A">]>' + body
    before = refused("doctype")
    assert_turned_away(post(weixin, query, hostile.encode()), parts)
    assert refused("doctype") == before + 1


def test_a_body_of_more_than_64_kib_is_turned_away(weixin: Weixin, parts: Services) -> None:
    query, _body = weixin.wrap(text(weixin))
    answer = post(weixin, query, b"<xml>" + b"a" * 65_536 + b"</xml>")
    assert answer.status_code == 413
    assert_turned_away(answer, parts)


class Unread(io.BytesIO):
    """A body that does not come: whoever waits for it waits for ever."""

    def read(self, _size: int | None = -1, /) -> bytes:
        raise AssertionError("waited for")

    def readinto(self, _buffer: object, /) -> int:
        raise AssertionError("waited for")


@pytest.mark.parametrize("change", [{"signature": "0" * 40}, {"signature": None}, {"timestamp": "1"}])
def test_nobodys_body_is_waited_for_but_wechats(weixin: Weixin, parts: Services, change: dict[str, str | None]) -> None:
    query, _body = weixin.wrap(text(weixin))
    changed = {name: value for name, value in (query | change).items() if value is not None}
    answer = weixin.client.post(
        "/wechat", query_string=changed, input_stream=Unread(b"x" * 1000), content_type="text/xml"
    )
    assert_turned_away(answer, parts)


def test_a_body_of_unsaid_length_is_turned_away(weixin: Weixin, parts: Services) -> None:
    query, _body = weixin.wrap(text(weixin))
    before = refused("length")
    answer = weixin.client.post(
        "/wechat", query_string=query, input_stream=Unread(), headers={"Transfer-Encoding": "chunked"}
    )
    assert_turned_away(answer, parts)
    assert refused("length") == before + 1


def test_an_argument_given_twice_is_turned_away(weixin: Weixin, parts: Services) -> None:
    query, body = weixin.wrap(text(weixin))
    doubled = [*query.items(), ("nonce", "other")]
    assert_turned_away(weixin.client.post("/wechat", query_string=doubled, data=body.encode()), parts)


def test_a_retry_gets_the_same_reply_and_does_nothing(weixin: Weixin, parts: Services) -> None:
    query, body = weixin.wrap(text(weixin, "丧葬费有多少"))
    answers = [post(weixin, query, body.encode()) for _ in range(3)]
    contents = [weixin.open(answer)["Content"] for answer in answers]
    assert len(set(contents)) == 1
    assert "不敢乱说" in contents[0]
    assert (count(parts.transactions, InboxMessage), count(parts.transactions, Ticket)) == (1, 1)


def test_the_same_message_under_another_nonce_is_acted_on_once(weixin: Weixin, parts: Services) -> None:
    xml = text(weixin, "丧葬费有多少", MsgId="77")
    first, second = (weixin.open(weixin.post(xml))["Content"] for _ in range(2))
    assert first == second
    assert count(parts.transactions, Ticket) == 1


def test_a_used_timestamp_and_nonce_with_another_body_is_an_attack(weixin: Weixin, parts: Services) -> None:
    timestamp = str(int(weixin.clock.now().timestamp()))
    assert weixin.post(text(weixin, "你好"), nonce="n1", timestamp=timestamp).status_code == 200
    before = refused("replay")
    assert weixin.post(text(weixin, "举报"), nonce="n1", timestamp=timestamp).status_code == 403
    assert refused("replay") == before + 1
    assert count(parts.transactions, InboxMessage) == 1


def test_two_people_with_the_same_message_id_are_both_heard(weixin: Weixin, parts: Services) -> None:
    for openid in ("oFirst", "oSecond"):
        answer = weixin.open(weixin.post(text(weixin, "你好", openid=openid, MsgId="5")))
        assert answer["ToUserName"] == openid
    assert count(parts.transactions, InboxMessage) == 2


def test_events_of_one_second_are_told_apart(li: Chat, parts: Services) -> None:
    now = int(li.weixin.clock.now().timestamp())
    original = li.weixin.settings.wechat_original_id or ""
    for key in ("certify", "human", "human"):
        xml = write_xml(li.openid, original, now, {"MsgType": "event", "Event": "CLICK", "EventKey": key})
        assert li.weixin.post(xml).status_code == 200
    assert count(parts.transactions, InboxMessage) == 2


def test_nothing_personal_is_logged(li: Chat, caplog: pytest.LogCaptureFixture, cast: object) -> None:
    del cast
    with caplog.at_level(logging.DEBUG):
        li.say(SECRET_WORDS)
        li.weixin.client.post("/wechat?openid=oGrandmaLi_0001", data=SECRET_WORDS.encode())
    logged = "\n".join(record.getMessage() for record in caplog.records)
    assert SECRET_WORDS not in logged
    assert li.openid not in logged


_many = itertools.count()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_inside_a_right_envelope_never_breaks_us(
    weixin: Weixin, parts: Services, data: st.DataObject
) -> None:
    elements = st.sampled_from(
        [
            "MsgType",
            "Event",
            "EventKey",
            "Content",
            "MsgId",
            "CreateTime",
            "bizmsgmenuid",
            "Recognition",
            "List",
            "Ticket",
        ]
    )
    values = st.one_of(
        st.text(max_size=60),
        st.sampled_from(
            ["text", "voice", "event", "CLICK", "subscribe", "SCAN", "1", "绑定", "举报", "对", "匿名", "0"]
        ),
        st.dictionaries(st.sampled_from(["a", "Item"]), st.text(max_size=5), max_size=2),
        st.lists(st.text(max_size=5), min_size=2, max_size=3),
    )
    fields = data.draw(st.dictionaries(elements, values, max_size=8))
    clean = {name: _xml_text(value) for name, value in fields.items()}
    xml = write_xml(LI, weixin.settings.wechat_original_id or "", int(weixin.clock.now().timestamp()), clean)
    answer = weixin.post(xml)
    assert answer.status_code < 500
    if answer.status_code == 200:
        weixin.open(answer)
        before = count(parts.transactions, InboxMessage), count(parts.transactions, Report)
        assert weixin.post(xml).status_code == 200
        assert (count(parts.transactions, InboxMessage), count(parts.transactions, Report)) == before


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode)), data=st.data())
def test_whatever_body_comes_from_anybody_does_nothing(weixin: Weixin, body: bytes, data: st.DataObject) -> None:
    query, good = weixin.wrap(text(weixin))
    names = data.draw(st.sets(st.sampled_from(sorted(query))))
    query |= {name: data.draw(st.text(max_size=40)) for name in names}
    place = data.draw(st.integers(0, len(good)))
    mixed = data.draw(st.sampled_from([body, good.encode()[:place] + body, body + good.encode()]))
    answer = post(weixin, query, mixed)
    assert 400 <= answer.status_code < 500 or (answer.status_code == 200 and mixed.strip() == good.encode().strip())
    assert SECRET_WORDS not in answer.get_data(as_text=True)


def _xml_text(value: Any) -> Any:
    """Return a value without the characters that no XML may hold."""
    if isinstance(value, str):
        return "".join(sign for sign in value if sign.isprintable())
    if isinstance(value, list):
        return [_xml_text(one) for one in value]
    return {name: _xml_text(one) for name, one in value.items()}


def test_the_three_modes(settings: Settings, weixin: Weixin) -> None:
    timestamp, nonce = str(int(weixin.clock.now().timestamp())), os.urandom(4).hex()
    plain = {
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": sign(settings.wechat_token or "", timestamp, nonce),
    }
    clear = text(weixin, "你好").encode()
    assert post(weixin, plain, clear).status_code == 403
    services = weixin.client.application.extensions["services"]
    for mode in (WechatMode.PLAIN, WechatMode.COMPATIBLE):
        object.__setattr__(services, "settings", replace(settings, wechat_mode=mode))
        answer = post(weixin, plain | {"nonce": nonce}, clear)
        assert answer.status_code == 200
        assert "您要办什么" in answer.get_data(as_text=True)
        assert post(weixin, plain | {"signature": "0" * 40}, clear).status_code == 403
        encrypted = weixin.post(text(weixin, "你好"))
        assert encrypted.status_code == (403 if mode is WechatMode.PLAIN else 200)


def test_without_an_account_there_is_no_callback(settings: Settings, weixin: Weixin) -> None:
    services = weixin.client.application.extensions["services"]
    object.__setattr__(services, "settings", replace(settings, wechat_app_id=None))
    assert weixin.post(text(weixin)).status_code == 404


def test_every_sign_survives_the_way_there_and_back(li: Chat, clock: StandingClock) -> None:
    del clock
    li.say("举报")
    li.tap("匿名")
    assert "𠮷䶮😀👨‍👩‍👧𠀀" in li.say("𠮷䶮😀👨‍👩‍👧𠀀 有人冒领")


def test_the_counters_are_shown_without_persons(li: Chat) -> None:
    li.say(SECRET_WORDS)
    li.weixin.client.post("/wechat", data=SECRET_WORDS.encode())
    shown = li.weixin.client.get("/metrics").get_data(as_text=True)
    assert 'wechat_callbacks_taken_total{kind="text"}' in shown
    assert 'wechat_callbacks_refused_total{reason="timestamp"}' in shown
    assert li.openid not in shown
    assert SECRET_WORDS not in shown
