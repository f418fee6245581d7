"""The callback as a request among others: followed, protected, turned away and failing as they are."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from models import InboxMessage, OutboxMessage
from tests.bot.talk import claim
from tests.rows import count
from tests.weixin import write_xml

if TYPE_CHECKING:
    from services import Services
    from tests.cast import Cast
    from tests.weixin import Chat, Weixin

SECRET_WORDS = "我的身份证号是四三零一零二"


def a_message(weixin: Weixin) -> tuple[dict[str, str], bytes]:
    """Return the query and the body of one."""
    fields = {"MsgType": "text", "Content": SECRET_WORDS}
    now = int(weixin.clock.now().timestamp())
    query, body = weixin.wrap(write_xml("oGrandmaLi_0001", weixin.settings.wechat_original_id or "", now, fields))
    return query, body.encode()


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_other_methods_are_turned_away(weixin: Weixin, parts: Services, method: str) -> None:
    query, body = a_message(weixin)
    answer = weixin.client.open("/wechat", method=method, query_string=query, data=body)
    assert (answer.status_code, answer.data) == (405, b"")
    assert count(parts.transactions, InboxMessage) == 0


def test_it_is_followed_and_protected_like_any_request(weixin: Weixin, caplog: pytest.LogCaptureFixture) -> None:
    page = weixin.client.get("/verify").headers
    query, body = a_message(weixin)
    with caplog.at_level(logging.INFO, "access"):
        headers = {"X-Request-ID": "from-the-proxy-1"}
        answer = weixin.client.post("/wechat", query_string=query, data=body, headers=headers)
    assert answer.headers["X-Request-ID"] == "from-the-proxy-1"
    for name in ("Content-Security-Policy", "Permissions-Policy", "Referrer-Policy", "X-Content-Type-Options"):
        assert answer.headers[name] == page[name]
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    (line,) = [one.__dict__ for one in caplog.records if one.name == "access"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/wechat", 200)
    assert 'pension_requests_total{route="/wechat",status="200"}' in weixin.client.get("/metrics").text


def test_a_fault_is_told_by_its_kind_and_place_alone(
    weixin: Weixin, parts: Services, caplog: pytest.LogCaptureFixture
) -> None:
    query, body = a_message(weixin)
    whole = parts.transactions
    object.__setattr__(parts, "transactions", SECRET_WORDS)
    answer = weixin.client.post("/wechat", query_string=query, data=body)
    object.__setattr__(parts, "transactions", whole)
    assert (answer.status_code, answer.data) == (500, b"")
    (told,) = [one.getMessage() for one in caplog.records if one.levelno == logging.ERROR]
    assert "AttributeError at " in told
    assert SECRET_WORDS not in caplog.text
    # WeChat sends it again
    assert weixin.client.post("/wechat", query_string=query, data=body).status_code == 200


def test_a_message_out_that_a_message_causes_is_sent_at_once(
    bound_li: Chat, daughter: Chat, parts: Services, cast: Cast
) -> None:
    asked: list[str] = []
    object.__setattr__(parts, "ask", asked.append)
    bound_li.say("菜单")
    assert asked == []
    claim(daughter, cast.grandma_li, whose="父母、配偶或子女", person_name="王小明")
    assert count(parts.transactions, OutboxMessage) == 1
    assert asked == ["send_due"]
