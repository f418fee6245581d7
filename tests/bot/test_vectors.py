"""Examples that WeChat publishes: whoever gets these right speaks with the real one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from api.v1.wechat import sign_page
from bot.envelope import Envelopes, Rejected
from bot.parsing import read_message
from certification.verifiers.wechat_face import cert_hash
from settings import WechatMode

TIMESTAMP, NONCE = "1409735669", "1320562132"
NOW = datetime.fromtimestamp(int(TIMESTAMP) + 2, UTC)
ENCRYPTED = (
    "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpb"
    "UAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn"
    "6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1Dl"
    "D+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
)
CLEAR = (
    "<ToUserName><![CDATA[gh_10f6c3c3ac5a]]></ToUserName><FromUserName><![CDATA[oyORnuP8q7ou2gfYjqLzSIWZf0rs]]>"
    "</FromUserName><CreateTime>1409735668</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[abcdteT]]></Content><MsgId>6054768590064713728</MsgId>"
)
BODY = f"<xml>{CLEAR}<Encrypt><![CDATA[{ENCRYPTED}]]></Encrypt></xml>".encode()
QUERY = {
    "timestamp": TIMESTAMP,
    "nonce": NONCE,
    "signature": "16120ec1b8dbb870f510d87ce6bc2463eae6ca1a",
    "encrypt_type": "aes",
    "msg_signature": "5d197aaffba7e9b25a30732f161a50dee96bd5fa",
}
ENVELOPES = Envelopes(
    "wx2c2769f8efd9abc2", "spamtest", ("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG",), WechatMode.SECURE
)


def test_the_official_envelope_opens() -> None:
    heard = read_message(ENVELOPES.open(QUERY, lambda: BODY, NOW).content, original_id="gh_10f6c3c3ac5a")
    assert (heard.openid, heard.text, heard.kind) == ("oyORnuP8q7ou2gfYjqLzSIWZf0rs", "abcdteT", "text")
    assert heard.names == ("oyORnuP8q7ou2gfYjqLzSIWZf0rs", "6054768590064713728", "1409735668")


def test_it_opens_with_the_key_before_and_is_answered_with_that_one() -> None:
    changed = replace(ENVELOPES, keys=("A" * 43, *ENVELOPES.keys))
    opened = changed.open(QUERY, lambda: BODY, NOW)
    assert opened.key == ENVELOPES.keys[0]
    with pytest.raises(Rejected, match="envelope"):
        replace(ENVELOPES, keys=("A" * 43,)).open(QUERY, lambda: BODY, NOW)


def test_the_plain_signature_is_the_official_one() -> None:
    plain = {name: value for name, value in QUERY.items() if name in {"timestamp", "nonce", "signature"}}
    assert ENVELOPES.check_address(plain | {"echostr": "5837397320"}, NOW) == "5837397320"
    compatible = replace(ENVELOPES, mode=WechatMode.COMPATIBLE)
    assert compatible.open(plain, lambda: BODY, NOW).key is None
    with pytest.raises(Rejected, match="mode"):
        ENVELOPES.open(plain, lambda: BODY, NOW)


def test_a_page_is_signed_as_documented() -> None:
    ticket = "sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg"
    signed = sign_page(ticket, "Wm3WZYTPz0wzccnW", 1414587457, "http://mp.weixin.qq.com?params=value")
    assert signed == "0f9de62fce790f9a083d5c99e95740ceb90c27ed"


def test_papers_are_digested_as_documented() -> None:
    digest = cert_hash("张三", "310101199801011234")
    assert digest == "3c241f7ff324977aeb91f173bb2a7b06569e6fd784d5573db34a636d8671108b"
