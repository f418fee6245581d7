"""How calls reach WeChat and how its answers are read: the address, the time-outs, and its refusals told apart."""

from __future__ import annotations

import json
import logging
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import ReadTimeoutError
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

from bot.counters import ERRORS
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    from collections.abc import Callable

API = "https://api.weixin.qq.com"
# WeChat's answers to a token that is void, unknown or expired.
TOKEN_CODES = frozenset({40001, 40014, 42001})
_CONNECT_SECONDS = 3.0
_MEDIA_SECONDS = 30.0
_CHUNK_BYTES = 64 * 1024
_SERVER_FAULT = 500
_TOO_MANY = 429
# Source: WeChat's list of return codes; what it does not name here is wrong for good.
_TROUBLES = {
    -1: Trouble.BUSY,
    **dict.fromkeys(TOKEN_CODES, Trouble.TOKEN),
    43004: Trouble.USER_REFUSED,  # does not follow the account
    43019: Trouble.USER_REFUSED,  # is on its black list
    43101: Trouble.USER_REFUSED,  # did not subscribe
    43116: Trouble.USER_REFUSED,
    48002: Trouble.USER_REFUSED,  # turned the account's messages off
    50005: Trouble.USER_REFUSED,  # does not follow the account
    45015: Trouble.WINDOW,
    45047: Trouble.WINDOW,
    45009: Trouble.QUOTA,
    45011: Trouble.QUOTA,
    45033: Trouble.QUOTA,
}

# Its DEBUG lines hold whole addresses, and with them tokens, secrets and openids.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


class Unreadable(Exception):
    """An answer came, and it is not one of WeChat's."""


class Client(WeChatClient):  # type: ignore[misc]  # wechatpy is untyped
    """wechatpy's endpoints with a token that is given, and nothing that fetches or keeps one."""

    def __init__(self, app_id: str, token: str, http: requests.Session) -> None:
        super().__init__(app_id, "", access_token=None, auto_retry=False)
        self._http = http
        self._token = token

    @property
    def access_token(self) -> str:
        """Return the token of this call."""
        return self._token

    def fetch_access_token(self) -> None:
        """Never fetch one here."""
        raise AssertionError("tokens come from the keeper")

    def _decode_result(self, res: requests.Response) -> dict[str, Any]:
        # wechatpy hands out whatever is no JSON as if the call had gone well
        return read_answer(res.content)


class Adapter(HTTPAdapter):
    """Sends what is meant for WeChat's API to where the settings say it is, and waits only so long."""

    def __init__(self, base_url: str, read_seconds: float) -> None:
        super().__init__(max_retries=0)
        self._base_url = base_url
        self._timeout = (_CONNECT_SECONDS, read_seconds)

    def send(self, request: requests.PreparedRequest, *_args: Any, **how: Any) -> requests.Response:
        """Send, with time-outs whatever the caller said."""
        address = request.url or ""
        if not address.startswith(f"{API}/"):
            raise requests.exceptions.InvalidURL(urlsplit(address).hostname or "")
        request.url = self._base_url + address.removeprefix(API)
        if self._base_url != API:
            request.headers["Host"] = urlsplit(self._base_url).netloc
        return super().send(request, **(how | {"timeout": self._timeout}))


def open_session(base_url: str, read_seconds: float) -> requests.Session:
    """Return a session that reaches WeChat's API at `base_url` and nothing else, follows nowhere, repeats nothing."""
    http = requests.Session()
    http.trust_env = False
    http.max_redirects = 0
    adapter = Adapter(base_url, read_seconds)
    http.mount("https://", adapter)
    http.mount("http://", adapter)
    return http


def read_answer(content: bytes) -> dict[str, Any]:
    """Return WeChat's answer; raise Unreadable for anything but a JSON object."""
    try:
        found = json.loads(content.decode(errors="replace"), strict=False)
    except ValueError:
        raise Unreadable from None
    if not isinstance(found, dict):
        raise Unreadable
    return found


def read_media(answer: requests.Response, most_bytes: int) -> bytes:
    """Return a file that WeChat answers with; raise WechatRefused `wrong` for a longer one, or a video's address."""
    give_up_at = time.monotonic() + _MEDIA_SECONDS
    content = bytearray()
    for chunk in answer.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > most_bytes:
            raise WechatRefused(0, Trouble.WRONG)
        if time.monotonic() > give_up_at:
            raise requests.exceptions.ReadTimeout
    if answer.headers.get("Content-Type", "").startswith(("application/json", "text/")):
        raise WechatRefused(*_refusal(int(read_answer(bytes(content)).get("errcode", 0))))
    return bytes(content)


def told_apart(call: Callable[[], Any]) -> Any:
    """Make a call and turn what may go wrong into WechatRefused, without a word of what was sent; count it.

    `busy` where nothing was done; `uncertain` where the call reached WeChat and its answer did not come back whole.
    """
    try:
        return _call(call)
    except WechatRefused as refused:
        ERRORS.labels(refused.trouble.value).inc()
        raise


def _call(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except (requests.exceptions.ConnectTimeout, requests.exceptions.TooManyRedirects):
        raise WechatRefused(0, Trouble.BUSY) from None
    except requests.exceptions.Timeout:
        raise WechatRefused(0, Trouble.UNCERTAIN) from None
    except requests.exceptions.ConnectionError as error:
        # an answer that stops in its middle comes as this too
        is_late = bool(error.args) and isinstance(error.args[0], ReadTimeoutError)
        raise WechatRefused(0, Trouble.UNCERTAIN if is_late else Trouble.BUSY) from None
    except WeChatClientException as refused:
        # wechatpy gives HTTP errors as its own exception, with no number of WeChat's
        if refused.errcode is not None:
            raise WechatRefused(*_refusal(int(refused.errcode))) from None
        raise WechatRefused(*_http_refusal(refused.response)) from None
    except requests.exceptions.HTTPError as error:
        raise WechatRefused(*_http_refusal(error.response)) from None
    except (Unreadable, requests.exceptions.RequestException, LookupError, TypeError, ValueError):
        # the last three: an answer without the fields that it should have
        raise WechatRefused(0, Trouble.UNCERTAIN) from None


def _refusal(errcode: int) -> tuple[int, Trouble]:
    return errcode, _TROUBLES.get(errcode, Trouble.WRONG)


def _http_refusal(answer: requests.Response | None) -> tuple[int, Trouble]:
    status = answer.status_code if answer is not None else 0
    if status == _TOO_MANY:
        return status, Trouble.QUOTA
    return status, Trouble.BUSY if status >= _SERVER_FAULT else Trouble.WRONG
