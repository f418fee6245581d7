from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.weixin import Chat


@pytest.mark.parametrize("kind", ["image", "link", "voice", "video", "text"])
def test_an_address_in_a_message_is_never_called(li: Chat, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.2)
        address = f"http://127.0.0.1:{listening.getsockname()[1]}/latest/meta-data"
        fields = {"MsgType": kind, "PicUrl": address, "Url": address, "MediaId": address, "ThumbMediaId": address}
        li.send(
            fields | {"Content": f"看看 {address}", "Title": address, "Description": address, "Recognition": address}
        )
        with pytest.raises(TimeoutError):
            listening.accept()
