"""What may go wrong between us and WeChat, against a real server: what was done, what was not, what nobody can say."""

from __future__ import annotations

import logging
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bot.gateway import GatewaySettings, WechatGateway
from bot.tokens import DatabaseTokens, TokenKeeper
from clock import SystemClock
from models.session import Transactions
from tests.stand_in import Fault, StandIn
from tests.stand_in.server import APP_ID, APP_SECRET, PROGRAM_ID, PROGRAM_SECRET
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine

    from tests.fakes.clock import StandingClock

LI = "oGrandmaLi_0001"
READ_SECONDS = 0.4


@pytest.fixture
def api() -> Iterator[StandIn]:
    with StandIn() as made:
        made.heard_from(LI)
        yield made


@pytest.fixture
def keeper(transactions: Transactions) -> TokenKeeper:
    return TokenKeeper(DatabaseTokens(transactions), SystemClock())


def gateway_to(url: str, keeper: TokenKeeper, *, secret: str = APP_SECRET) -> WechatGateway:
    settings = GatewaySettings(APP_ID, secret, url, PROGRAM_ID, PROGRAM_SECRET, read_seconds=READ_SECONDS)
    return WechatGateway(settings, keeper)


@pytest.fixture
def gateway(api: StandIn, keeper: TokenKeeper) -> WechatGateway:
    return gateway_to(api.url, keeper)


@pytest.fixture
def with_token(gateway: WechatGateway, api: StandIn) -> WechatGateway:
    """The gateway with a token that it has already fetched."""
    gateway.union_id(LI)
    api.calls.clear()
    return gateway


def refusal_of(call: Callable[[], object]) -> WechatRefused:
    with pytest.raises(WechatRefused) as refused:
        call()
    behind = refused.value.__context__
    assert behind is None or refused.value.__suppress_context__, "what is behind it may hold an address with a token"
    assert set(str(refused.value)) <= set("abcdefghijklmnopqrstuvwxyz_-0123456789 ")
    return refused.value


def send(gateway: WechatGateway) -> Callable[[], object]:
    return lambda: gateway.send_text(LI, "您好")


# what reached WeChat, and what did not


@pytest.mark.parametrize(
    "fault",
    [Fault(hang=True), Fault(stall=True), Fault(cut=True), Fault(garbled=True)],
    ids=["no answer", "half an answer, then silence", "half an answer, then the end", "a page instead of an answer"],
)
def test_a_message_whose_answer_does_not_come_back_whole_may_have_arrived(
    with_token: WechatGateway, api: StandIn, fault: Fault
) -> None:
    api.fault = fault
    assert refusal_of(send(with_token)).trouble is Trouble.UNCERTAIN
    assert api.texts_of(LI) == ["您好"]
    assert api.calls.count("POST /cgi-bin/message/custom/send") == 1


@pytest.mark.parametrize(
    "fault",
    [Fault(hang=True), Fault(stall=True), Fault(cut=True), Fault(garbled=True), Fault(status=502), Fault(refuse=True)],
)
def test_a_message_for_which_there_was_no_token_has_certainly_not_arrived(
    gateway: WechatGateway, api: StandIn, fault: Fault
) -> None:
    api.fault = fault
    assert refusal_of(send(gateway)).trouble is Trouble.BUSY
    assert "POST /cgi-bin/message/custom/send" not in api.calls
    api.fault = Fault()
    gateway.send_text(LI, "又好了")
    assert api.texts_of(LI) == ["又好了"]


def test_nobody_there_is_a_busy_api(keeper: TokenKeeper) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        gateway = gateway_to(f"http://127.0.0.1:{free.getsockname()[1]}", keeper)
    assert refusal_of(send(gateway)).trouble is Trouble.BUSY


def test_an_api_that_stops_and_comes_back_is_found_again(with_token: WechatGateway, api: StandIn) -> None:
    api.__exit__()
    assert refusal_of(send(with_token)).trouble is Trouble.BUSY
    api.__enter__()
    with_token.send_text(LI, "又好了")
    assert api.texts_of(LI) == ["又好了"]


@pytest.mark.parametrize(
    ("status", "trouble"),
    [(500, Trouble.BUSY), (503, Trouble.BUSY), (429, Trouble.QUOTA), (404, Trouble.WRONG), (413, Trouble.WRONG)],
)
def test_http_refusals_are_told_apart(with_token: WechatGateway, api: StandIn, status: int, trouble: Trouble) -> None:
    api.fault = Fault(status=status)
    refused = refusal_of(send(with_token))
    assert (refused.trouble, refused.errcode) == (trouble, status)
    assert api.delivered == []


def test_no_answer_is_waited_for_longer_than_was_said(with_token: WechatGateway, api: StandIn) -> None:
    api.fault = Fault(slow=20 * READ_SECONDS)
    begun = time.monotonic()
    assert refusal_of(send(with_token)).trouble is Trouble.UNCERTAIN
    assert READ_SECONDS <= time.monotonic() - begun < 5 * READ_SECONDS


# tokens


def test_a_token_of_another_account_is_not_taken(with_token: WechatGateway, api: StandIn) -> None:
    api.tokens[APP_ID], _ = api.token_of(PROGRAM_ID)
    api.issued = {token: one for token, one in api.issued.items() if one.app_id == PROGRAM_ID}
    assert refusal_of(send(with_token)).trouble is Trouble.TOKEN


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_a_token_that_is_refused_once_costs_one_more_and_the_message_goes_out_once(
    with_token: WechatGateway, api: StandIn, errcode: int
) -> None:
    api.fault = Fault(errcode=errcode, times=1)
    with_token.send_text(LI, "您好")
    assert api.texts_of(LI) == ["您好"]
    assert api.token_requests == 2


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
def test_each_failed_call_fetches_one_token_and_is_made_twice_at_most(
    with_token: WechatGateway, api: StandIn, errcode: int
) -> None:
    api.fault = Fault(errcode=errcode, times=1000)
    for failed in range(1, 4):
        refused = refusal_of(send(with_token))
        assert (refused.trouble, refused.errcode) == (Trouble.TOKEN, errcode)
        assert api.token_requests == 1 + failed
        assert api.calls.count("POST /cgi-bin/message/custom/send") == 2 * failed


def test_a_token_is_replaced_before_it_runs_out(api: StandIn, transactions: Transactions, clock: StandingClock) -> None:
    api.clock = lambda: clock.now().timestamp()
    gateway = gateway_to(api.url, TokenKeeper(DatabaseTokens(transactions), clock))
    for _ in range(3):
        gateway.union_id(LI)
        clock.advance(seconds=7200 - 200)
    assert api.token_requests == len(set(api.shown)) == 3
    assert len(api.shown) == 3, "no call was refused for its token"


def test_wechat_s_word_that_a_token_ran_out_is_taken(api: StandIn, keeper: TokenKeeper) -> None:
    gateway = gateway_to(api.url, keeper)
    gateway.union_id(LI)
    api.clock = lambda: time.time() + 7201
    gateway.union_id(LI)
    assert api.token_requests == len(set(api.shown)) == 2


def test_a_secret_that_is_no_longer_right_leaves_the_message_unspoilt(api: StandIn, keeper: TokenKeeper) -> None:
    gateway = gateway_to(api.url, keeper, secret="an older secret")
    refused = refusal_of(send(gateway))
    assert (refused.trouble, refused.errcode) == (Trouble.TOKEN, 40125)


def test_the_two_accounts_have_tokens_of_their_own(gateway: WechatGateway, api: StandIn) -> None:
    gateway.union_id(LI)
    gateway.verify_id("pLi", "李桂香", "430102195001010000", "a" * 32, in_miniprogram=True)
    assert {api.issued[token].app_id for token in api.shown} == {APP_ID, PROGRAM_ID}
    assert all(len(token) == 512 for token in api.shown)


# media


def test_a_video_is_no_recording(with_token: WechatGateway, api: StandIn) -> None:
    api.media["video"] = {"video_url": "http://vweixinp.example.cn/one.mp4"}
    assert refusal_of(lambda: with_token.download_media("video", 1000)).trouble is Trouble.WRONG
    assert api.calls == ["GET /cgi-bin/media/get"]


def test_a_recording_may_be_exactly_as_long_as_allowed(with_token: WechatGateway, api: StandIn) -> None:
    api.media["whole"] = bytes(range(250)) * 4
    assert with_token.download_media("whole", 1000) == api.media["whole"]
    refused = refusal_of(lambda: with_token.download_media("whole", 999))
    assert (refused.trouble, refused.errcode) == (Trouble.WRONG, 0)


@pytest.mark.parametrize("fault", [Fault(cut=True), Fault(stall=True), Fault(hang=True), Fault(garbled=True)])
def test_a_recording_that_does_not_arrive_whole_may_be_asked_for_again(
    with_token: WechatGateway, api: StandIn, fault: Fault
) -> None:
    api.media["voice"] = b"#!AMR\n" + bytes(200_000)
    api.fault = fault
    assert refusal_of(lambda: with_token.download_media("voice", 10**6)).trouble is Trouble.UNCERTAIN
    api.fault = Fault()
    assert with_token.download_media("voice", 10**6) == api.media["voice"]


def test_a_token_refused_for_a_recording_is_replaced_too(with_token: WechatGateway, api: StandIn) -> None:
    api.media["voice"] = b"#!AMR\n"
    api.expire_tokens()
    assert with_token.download_media("voice", 100) == b"#!AMR\n"


# what is left behind


def test_logs_hold_no_token_no_secret_and_nobody(
    gateway: WechatGateway, api: StandIn, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("tests").debug("that something is written down at all")
    api.oauth["code"] = {"openid": LI}
    gateway.oauth_user("code")
    gateway.union_id(LI)
    api.fault = Fault(garbled=True)
    refusal_of(send(gateway))
    assert "something is written" in caplog.text
    for secret in (APP_SECRET.replace(" ", "+"), LI, api.tokens[APP_ID], APP_ID):
        assert secret not in caplog.text


def test_settings_are_shown_to_nobody(api: StandIn) -> None:
    assert APP_SECRET not in repr(GatewaySettings(APP_ID, APP_SECRET, api.url, PROGRAM_ID, PROGRAM_SECRET))


# the account


def test_a_tag_that_another_process_makes_at_the_same_moment_is_taken(api: StandIn, own_engine: Engine) -> None:
    gateway = gateway_to(api.url, TokenKeeper(DatabaseTokens(Transactions(own_engine)), SystemClock()))
    gateway.union_id(LI)
    api.fault = Fault(slow=READ_SECONDS / 3)
    with ThreadPoolExecutor(2) as both:
        assert set(both.map(gateway.tag_id, ["亲属", "亲属"])) == {100}
    assert api.complaints == [("/cgi-bin/tags/create", 45157)]


def test_a_tag_is_taken_off_again(with_token: WechatGateway, api: StandIn) -> None:
    number = with_token.tag_id("亲属")
    with_token.tag(number, LI, is_on=True)
    with_token.tag(number, LI, is_on=False)
    assert api.tagged == set()


def test_the_face_check_is_asked_about_the_very_person_it_was_begun_for(gateway: WechatGateway, api: StandIn) -> None:
    verify_id = gateway.verify_id("pLi", "李桂香", "430102195001010000", "b" * 32, in_miniprogram=True)
    other = "0" * 64
    refused = refusal_of(lambda: gateway.verify_result("pLi", verify_id, other, "b" * 32, in_miniprogram=True))
    assert (refused.errcode, refused.trouble) == (84001, Trouble.WRONG)
    api.verify_ret = 90007
    right = api.verifications[verify_id]["hash"]
    assert gateway.verify_result("pLi", verify_id, right, "b" * 32, in_miniprogram=True) == 90007
