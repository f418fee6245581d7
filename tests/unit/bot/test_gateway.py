"""The door to WeChat's API, against a real server that checks what it is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from requests.exceptions import InvalidURL

from bot.gateway import GatewaySettings, WechatGateway
from bot.tokens import DatabaseTokens, TokenKeeper
from clock import SystemClock
from tests.stand_in import Fault, StandIn
from tests.stand_in.server import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from models.session import Transactions

LI = "oGrandmaLi_0001"


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as made:
        yield made


@pytest.fixture
def gateway(api: StandIn, transactions: Transactions) -> WechatGateway:
    settings = GatewaySettings(APP_ID, APP_SECRET, api.url, PROGRAM_ID, PROGRAM_SECRET, read_seconds=0.5)
    return WechatGateway(settings, TokenKeeper(DatabaseTokens(transactions), SystemClock()))


def trouble_of(gateway: WechatGateway) -> WechatRefused:
    with pytest.raises(WechatRefused) as refused:
        gateway.send_text(LI, "您好")
    assert LI not in str(refused.value)
    assert "您好" not in str(refused.value)
    return refused.value


def test_messages_arrive_as_they_were_written(api: StandIn, gateway: WechatGateway) -> None:
    api.heard_from(LI)
    gateway.send_text(LI, "收到了 𠮷䶮 😀")
    gateway.send_menu(LI, "选一个", [("100101", "1 好"), ("100102", "2 不好")])
    assert api.texts_of(LI) == ["收到了 𠮷䶮 😀", "选一个"]
    assert api.delivered[1].content["list"][1] == {"id": "100102", "content": "2 不好"}
    assert api.token_requests == 1


def test_a_template_message_is_sent_once_however_often_it_is_asked_for(api: StandIn, gateway: WechatGateway) -> None:
    sent = [
        gateway.send_template(LI, "T1", {"thing1": "李*香"}, url="https://pension.example.cn", client_msg_id="a" * 32)
        for _ in range(2)
    ]
    assert sent[0] == sent[1] != ""
    assert [one.kind for one in api.delivered] == ["template"]


def test_a_void_token_is_fetched_anew_once(api: StandIn, gateway: WechatGateway) -> None:
    api.heard_from(LI)
    gateway.send_text(LI, "一")
    api.expire_tokens()
    gateway.send_text(LI, "二")
    assert api.texts_of(LI) == ["一", "二"]
    assert api.token_requests == 2


def test_a_server_that_takes_no_token_is_asked_for_one_more_and_no_further(
    api: StandIn, gateway: WechatGateway
) -> None:
    api.fault = Fault(errcode=40001, times=1000)
    assert trouble_of(gateway).trouble is Trouble.TOKEN
    assert api.token_requests == 2
    assert api.calls.count("POST /cgi-bin/message/custom/send") == 2


@pytest.mark.parametrize(
    ("errcode", "trouble"),
    [
        (-1, Trouble.BUSY),
        (43004, Trouble.USER_REFUSED),
        (43101, Trouble.USER_REFUSED),
        (45015, Trouble.WINDOW),
        (45047, Trouble.WINDOW),
        (45009, Trouble.QUOTA),
        (45011, Trouble.QUOTA),
        (40003, Trouble.WRONG),
        (48001, Trouble.WRONG),
    ],
)
def test_refusals_are_told_apart(api: StandIn, gateway: WechatGateway, errcode: int, trouble: Trouble) -> None:
    api.fault = Fault(errcode=errcode, times=1)
    refused = trouble_of(gateway)
    assert (refused.trouble, refused.errcode) == (trouble, errcode)


def test_a_server_in_trouble_and_one_that_hangs_up_did_nothing(api: StandIn, gateway: WechatGateway) -> None:
    api.heard_from(LI)
    gateway.send_text(LI, "先拿到令牌")
    api.fault = Fault(status=503)
    assert trouble_of(gateway).trouble is Trouble.BUSY
    api.fault = Fault(refuse=True)
    assert trouble_of(gateway).trouble is Trouble.BUSY
    api.fault = Fault()
    gateway.send_text(LI, "又好了")
    assert api.texts_of(LI) == ["先拿到令牌", "又好了"]


def test_no_answer_in_time_leaves_it_open_whether_it_arrived(api: StandIn, gateway: WechatGateway) -> None:
    api.heard_from(LI)
    gateway.send_text(LI, "一")
    api.fault = Fault(hang=True)
    assert trouble_of(gateway).trouble is Trouble.UNCERTAIN
    assert api.texts_of(LI) == ["一", "您好"]


def test_recordings_come_up_to_a_size(api: StandIn, gateway: WechatGateway) -> None:
    api.media["short"], api.media["long"] = b"#!AMR\n" + bytes(100), bytes(5000)
    assert gateway.download_media("short", 1000) == api.media["short"]
    with pytest.raises(WechatRefused):
        gateway.download_media("long", 1000)
    with pytest.raises(WechatRefused) as unknown:
        gateway.download_media("none", 1000)
    assert (unknown.value.errcode, unknown.value.trouble) == (40007, Trouble.WRONG)


def test_codes_tell_who_somebody_is_once(api: StandIn, gateway: WechatGateway) -> None:
    api.oauth["page"] = {"openid": LI, "scope": "snsapi_base"}
    api.oauth["snapshot"] = {"openid": "oNobody", "is_snapshotuser": 1}
    api.programs["program"] = {"openid": "pLi", "session_key": "never seen", "unionid": "uLi"}
    assert gateway.oauth_user("page").openid == LI
    assert gateway.oauth_user("snapshot").is_snapshot
    login = gateway.code2session("program")
    assert (login.openid, login.unionid) == ("pLi", "uLi")
    assert "never seen" not in repr(vars(login))
    for used in (lambda: gateway.oauth_user("page"), lambda: gateway.code2session("program")):
        with pytest.raises(WechatRefused) as refused:
            used()
        assert refused.value.errcode == 40163


def test_the_menu_and_the_tag_are_what_wechat_takes(api: StandIn, gateway: WechatGateway) -> None:
    from bot.menu import push_menu  # noqa: PLC0415 - beside what it is about

    assert push_menu(gateway) == ("我要认证", "我要办事", "我的")
    assert push_menu(gateway) == ("我要认证", "我要办事", "我的")
    assert [set(menu) for menu in api.menus] == [{"button"}, {"button", "matchrule"}]
    assert list(api.tags) == ["亲属"]
    gateway.tag(api.tags["亲属"], LI, is_on=True)
    assert api.tagged == {(100, LI)}


def test_nothing_else_on_the_network_is_ever_asked(gateway: WechatGateway) -> None:
    http = vars(gateway)["_http"]
    with pytest.raises(InvalidURL, match="example"):
        http.get("https://example.cn/")
