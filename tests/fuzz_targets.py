"""What the coverage fuzzer throws bytes at: the decoders of uploads, and WeChat's callback from body to message.

A target takes bytes and returns; anything but the refusals named here is a find. `python -m benchmarks.fuzz` runs them,
a test replays `tests/corpus`.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING

from wechatpy.crypto import WeChatCrypto

from bot.envelope import Envelopes, Rejected
from bot.parsing import read_message
from bot.reading.pasted import is_pasted, read_pasted
from certification.face.decode import decode_frame, decode_photo
from certification.face.liveness.film import is_container, read_film
from certification.face.types import PictureRefused
from certification.receipt_tokens import NotGenuine, read_token
from settings import WechatMode
from tests.weixin import sign

if TYPE_CHECKING:
    from collections.abc import Callable

APP_ID, TOKEN, KEY, ORIGINAL_ID = "wx0123456789abcdef", "inventedtoken", "a" * 43, "gh_0123456789ab"
NOW = datetime(2025, 3, 10, 2, 0, tzinfo=UTC)
TIMESTAMP, NONCE = str(int(NOW.timestamp())), "100000"
ENVELOPES = Envelopes(APP_ID, TOKEN, (KEY,), WechatMode.COMPATIBLE)
MOST_FRAMES = 5


def photo(data: bytes) -> None:
    """Decode bytes as a photograph and as a streamed frame."""
    for decode in (decode_photo, decode_frame):
        with suppress(PictureRefused):
            assert decode(data).shape[2] == 3


def film(data: bytes) -> None:
    """Open bytes as a video and look at its first frames; those that do not begin like one get the beginning of one."""
    for video in (data, b"\x00\x00\x00\x18ftypmp42" + data):
        if is_container(video):
            with suppress(PictureRefused):
                for _at_ms, rgb in islice(read_film(video), MOST_FRAMES):
                    assert rgb.shape[2] == 3


def callback(data: bytes) -> None:
    """Take bytes as the body of a callback, rightly signed: in clear, as an envelope, and inside of one."""
    query = {"timestamp": TIMESTAMP, "nonce": NONCE, "signature": sign(TOKEN, TIMESTAMP, NONCE)}
    text = data.decode(errors="replace")
    sealed = str(WeChatCrypto(TOKEN, KEY, APP_ID).encrypt_message(text, NONCE, TIMESTAMP))
    encrypted = sealed.partition("<Encrypt><![CDATA[")[2].partition("]]>")[0]
    aes = {"encrypt_type": "aes", "msg_signature": sign(TOKEN, TIMESTAMP, NONCE, encrypted)}
    for arguments, body in (
        (query, data),
        (query | {"encrypt_type": "aes", "msg_signature": sign(TOKEN, TIMESTAMP, NONCE, text)}, data),
        (query | aes, sealed.encode()),
    ):
        with suppress(Rejected):
            opened = ENVELOPES.open(arguments, partial(bytes, body), NOW)
            heard = read_message(opened.content, original_id=ORIGINAL_ID)
            assert len(heard.text) <= 4000


def text(data: bytes) -> None:
    """Take bytes as what somebody pasted, and as a receipt's token."""
    said = data.decode(errors="replace")
    is_pasted(said)
    read_pasted(said, own_host="pension.example.cn", telephones=())
    with suppress(NotGenuine):
        read_token(said, {"00000000": bytes(range(32))})


TARGETS: dict[str, Callable[[bytes], None]] = {"photo": photo, "film": film, "callback": callback, "text": text}
