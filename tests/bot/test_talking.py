"""How one talks with it: going back, changing one's mind, not being understood, every kind of message."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bot.conversations.flows import FLOWS
from bot.replies import SAYINGS
from certification.consents import PERSONAL_VERSION
from models import Conversation, InboxMessage
from models.ticket import TicketKind, TicketOrigin
from tests.bot.talk import bind, reports, tickets
from tests.rows import count

if TYPE_CHECKING:
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.weixin import Chat

ADDRESS = "开福区湘春路8号湘春社区"
NUMBER = re.compile(r"[A-Z]\d{4}-\d{8}")


def test_a_person_takes_over_after_the_second_failure(bound_li: Chat, parts: Services) -> None:
    bound_li.say("改电话")
    first = bound_li.say("不晓得")
    assert "11位" in first
    second = bound_li.say("真的不晓得")
    assert "交给工作人员" in second
    assert first != second
    assert len(tickets(parts, TicketKind.HANDED_OVER)) == 1
    assert "您要办什么" in bound_li.say("菜单")


@pytest.mark.parametrize("word", ["取消", "算了", "不办了。"])
def test_a_conversation_can_be_left(bound_li: Chat, parts: Services, word: str) -> None:
    bound_li.say("改电话")
    assert "不办了" in bound_li.say(word)
    assert reports(parts) == []
    assert "您要办什么" in bound_li.say("菜单")


def test_one_can_go_back(bound_li: Chat) -> None:
    bound_li.say("搬到外地")
    bound_li.tap("外省")
    assert "地址" in bound_li.shown
    assert "搬到哪里" in bound_li.say("返回")
    assert "不办了" in bound_li.say("上一步")


def test_one_can_ask_for_a_person_anywhere(bound_li: Chat, parts: Services) -> None:
    bound_li.say("改电话")
    assert "交给工作人员" in bound_li.say("人工")
    (ticket,) = tickets(parts, TicketKind.HANDED_OVER)
    assert ticket.origin is TicketOrigin.REQUESTED


def test_a_menu_entry_begins_something_else(bound_li: Chat) -> None:
    bound_li.say("改电话")
    assert "新地址" in bound_li.do("CLICK", "change_address")
    assert "哪种情况" in bound_li.say("请人上门")


def test_an_old_option_is_not_taken_for_an_answer(bound_li: Chat) -> None:
    bound_li.say("搬到外地")
    old = bound_li.last
    bound_li.say("改电话")
    bound_li.last = old
    assert "前面的问题" in bound_li.tap("外省")
    assert "新电话" in bound_li.shown


@pytest.mark.parametrize("said", ["1", "一", "第一个", "1.", "①", "１", "嗯，第一个吧", "病重卧床", "卧床"])
def test_an_option_is_chosen_in_any_form(bound_li: Chat, said: str) -> None:
    bound_li.say("上门")
    assert "病重卧床" in bound_li.say(said)
    assert "对吗" in bound_li.shown


def test_an_option_is_chosen_by_a_phone_that_sends_no_id(bound_li: Chat) -> None:
    bound_li.say("上门")
    assert "因为病重卧床" in bound_li.say("病重卧床", bizmsgmenuid="0")


def test_a_spoken_answer_counts_like_a_typed_one(bound_li: Chat) -> None:
    bound_li.say("上门")
    spoken = {"MsgType": "voice", "MediaId": "m1", "Format": "amr", "Recognition": "第二个。"}
    assert "因为行动不便" in bound_li.send(spoken)


def test_without_recognition_a_voice_message_is_asked_to_be_typed(bound_li: Chat) -> None:
    shown = bound_li.send({"MsgType": "voice", "MediaId": "m1", "Format": "amr", "Recognition": ""})
    assert "请打字" in shown
    assert "我要认证" in bound_li.options
    bound_li.say("改电话")
    bound_li.send({"MsgType": "voice", "MediaId": "m2", "Format": "amr"})
    assert bound_li.options == []
    assert "对吗" in bound_li.say("13900000008")


def test_a_conversation_survives_and_then_rests_too_long(bound_li: Chat, parts: Services, clock: StandingClock) -> None:
    bound_li.say("改电话")
    clock.advance(minutes=29)
    assert "13900000008" in bound_li.say("13900000008")
    clock.advance(minutes=31)
    assert "停下来了" in bound_li.say("对")
    assert reports(parts) == []


def test_a_link_for_another_phone_certifies_one_person(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("我要认证")
    shown = daughter.tap("发给老人或邻居")
    link = re.search(r"http\S+/h5/link/\S+", shown)
    assert link
    neighbour = daughter.weixin.client.application.test_client()
    path = link[0].removeprefix(parts.settings.public_base_url)
    assert "开始" in neighbour.get(path).get_data(as_text=True)
    assert neighbour.get("/api/v1/me").status_code == 401
    assert neighbour.post(path).status_code == 303
    (seen,) = neighbour.get("/api/v1/me").get_json()["retirees"]
    assert (seen["id"], seen["masked_name"]) == (str(cast.old_zhou.id), "周*田")
    claim_of_another = {"relation": "self", "name": cast.grandma_li.name, "id_number": cast.grandma_li.id_number}
    refused = neighbour.post(
        "/api/v1/bindings",
        json=claim_of_another | {"consent_version": PERSONAL_VERSION},
        headers={"X-Requested-With": "XMLHttpRequest"},
    )
    assert refused.get_json()["code"] == "not_your_right"
    daughter.weixin.clock.advance(hours=73)
    assert neighbour.get("/api/v1/me").get_json()["retirees"] == []
    assert neighbour.post(path).status_code == 410


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        ({"MsgType": "image", "PicUrl": "http://127.0.0.1/none", "MediaId": "m"}, "照片"),
        ({"MsgType": "video", "MediaId": "m", "ThumbMediaId": "t"}, "录像"),
        ({"MsgType": "shortvideo", "MediaId": "m", "ThumbMediaId": "t"}, "录像"),
        ({"MsgType": "location", "Location_X": "28", "Location_Y": "112", "Scale": "15", "Label": "长沙"}, "位置"),
        ({"MsgType": "link", "Title": "t", "Description": "d", "Url": "http://127.0.0.1/x"}, "链接"),
        ({"MsgType": "file", "Title": "t"}, "看不懂"),
        ({"MsgType": "sticker_of_tomorrow"}, "看不懂"),
        ({"MsgType": "text", "Content": ""}, "看不懂"),
    ],
)
def test_every_kind_of_message_gets_a_polite_answer(li: Chat, fields: dict[str, str], part: str) -> None:
    assert part in li.send(fields)


@pytest.mark.parametrize(
    "event",
    [
        {"Event": "unsubscribe"},
        {"Event": "VIEW", "EventKey": "http://127.0.0.1/x"},
        {"Event": "LOCATION", "Latitude": "28.1", "Longitude": "112.9", "Precision": "40"},
        {"Event": "TEMPLATESENDJOBFINISH", "MsgID": "200163836", "Status": "failed:user block"},
        {"Event": "subscribe_msg_popup_event", "SubscribeMsgPopupEvent": {"List": {"TemplateId": "T"}}},
        {"Event": "subscribe_msg_popup_event"},
        {"Event": "event_of_tomorrow"},
    ],
)
def test_events_that_need_no_answer_get_none(li: Chat, event: dict[str, str]) -> None:
    assert li.send({"MsgType": "event"} | event) == ""


def test_a_scanned_code_begins_what_it_stands_for(li: Chat) -> None:
    assert "欢迎" in li.do("subscribe", "qrscene_report_fraud")
    assert "匿名" in li.options
    assert "匿名" in li.do("SCAN", "report_fraud") or "匿名" in li.options
    assert "我要认证" in li.do("subscribe", "qrscene_' OR 1=1 --") or "我要认证" in li.options


def test_numbers_are_never_repeated_whole(li: Chat, parts: Services, cast: Cast) -> None:
    li.say("绑定")
    li.tap("同意")
    li.tap("我自己")
    heard = [li.say("李桂香"), li.say(cast.grandma_li.id_number), li.tap("同意")]
    with parts.transactions() as session:
        (kept,) = session.connection().exec_driver_sql("SELECT state FROM conversations").scalars()
        assert kept is not None
        assert cast.grandma_li.id_number.encode() not in bytes(kept)
    heard.append(li.tap("对"))
    assert not any(cast.grandma_li.id_number in one for one in heard)


def test_nothing_somebody_writes_becomes_a_link_of_ours(bound_li: Chat) -> None:
    bound_li.say("改地址")
    evil = '开福区湘春路8号湘春社区<a href="http://127.0.0.1/">点这里</a>'
    assert '<a href="http' not in bound_li.say(evil)
    bound_li.say("取消")
    bound_li.say("举报")
    bound_li.tap("匿名")
    shown = bound_li.say("]]></Content><MsgType>x</MsgType> <a href='http://127.0.0.1'>点</a>")
    assert "<a href='http" not in shown
    assert "]]＞＜/Content＞" in shown


def test_every_sentence_is_short_and_every_question_has_two_wordings() -> None:
    for code, text in SAYINGS.items():
        assert len(text.split("\n")) <= 3, code
        for line in text.split("\n"):
            plain = re.sub(r"<[^>]*>|\{[^}]*\}", "", line)
            assert len(plain) <= 36, (code, plain)
    from bot.conversations.engine import steps_of  # noqa: PLC0415 - beside what it is about

    for flow in FLOWS.values():
        for question in steps_of(flow):
            is_last = question.slot == "confirmed"
            code = str(flow.read_back) if is_last else question.wording or question.slot
            assert {code, f"{code}_again"} <= set(SAYINGS), (flow.name, code)
            assert SAYINGS[code] != SAYINGS[f"{code}_again"]


def test_what_is_kept_of_a_chat_is_sealed_and_small(bound_li: Chat, parts: Services) -> None:
    assert count(parts.transactions, Conversation) == 1
    assert count(parts.transactions, InboxMessage) >= 8
    with parts.transactions() as session:
        raw = session.connection().exec_driver_sql("SELECT openid FROM accounts WHERE openid IS NOT NULL").all()
    assert len(raw) == 1
    assert bound_li.openid not in str(raw)
