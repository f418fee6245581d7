"""The one door to WeChat's API.

wechatpy knows the endpoints; ours are the address, the time-outs, the tokens, and telling its refusals apart. An access
token that WeChat refuses is fetched anew once for a failed call, never more.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from wechatpy.exceptions import WeChatClientException

from bot.gateway_http import API, TOKEN_CODES, Client, open_session, read_answer, read_media, told_apart
from wechat import MiniProgramLogin, OAuthUser, Trouble, WechatRefused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from bot.tokens import TokenKeeper

Read = TypeVar("Read")
_TAG_EXISTS = 45157


@dataclass(frozen=True)
class GatewaySettings:
    """Whose API calls these are, where the API is, and how long an answer is waited for."""

    app_id: str
    app_secret: str
    api_base_url: str
    miniprogram_app_id: str
    miniprogram_app_secret: str
    read_seconds: float = 8.0

    def __repr__(self) -> str:
        return "GatewaySettings()"


class WechatGateway:
    """WeChat's API for one official account and its mini-program."""

    def __init__(self, settings: GatewaySettings, keeper: TokenKeeper) -> None:
        self._settings = settings
        self._keeper = keeper
        self._http = open_session(settings.api_base_url, settings.read_seconds)

    # messages

    def send_text(self, openid: str, text: str) -> None:
        """Send a customer-service message."""
        self._call(lambda client: client.message.send_text(openid, text))

    def send_menu(self, openid: str, head: str, options: Sequence[tuple[str, str]]) -> None:
        """Send a customer-service message with options."""
        listed = [{"id": number, "content": words} for number, words in options]
        menu = {"head_content": head, "list": listed, "tail_content": ""}
        self._call(lambda client: client.message.send_msg_menu(openid, menu))

    def send_template(
        self, openid: str, template_id: str, fields: Mapping[str, str], *, url: str, client_msg_id: str
    ) -> str:
        """Send a template message; the same client_msg_id is sent once."""
        body = {
            "touser": openid,
            "template_id": template_id,
            "url": url,
            "client_msg_id": client_msg_id,
            "data": {name: {"value": value} for name, value in fields.items()},
        }
        # the message has gone out, whether or not the answer names it
        return self._post(lambda found: str(found.get("msgid", "")), "/cgi-bin/message/template/send", body)

    def send_subscription(self, openid: str, template_id: str, fields: Mapping[str, str], *, url: str) -> None:
        """Send a subscription notice of the service account."""
        data = {name: {"value": value} for name, value in fields.items()}
        body = {"touser": openid, "template_id": template_id, "page": url, "data": data}
        self._post(lambda _found: None, "/cgi-bin/message/subscribe/bizsend", body)

    def download_media(self, media_id: str, most_bytes: int) -> bytes:
        """Return a recording that somebody sent; `wrong` for one that is longer, or a video."""

        def download(client: Any) -> bytes:
            params = {"access_token": client.access_token, "media_id": media_id}
            with self._http.get(f"{API}/cgi-bin/media/get", params=params, stream=True) as answer:
                answer.raise_for_status()
                return read_media(answer, most_bytes)

        return bytes(self._call(download))

    # the account

    def push_menu(self, menu: Mapping[str, object], conditional: Sequence[Mapping[str, object]]) -> None:
        """Replace the account's menu and its conditional ones, which WeChat cannot edit."""
        self._call(lambda client: client.menu.delete())
        self._call(lambda client: client.menu.create(menu))
        for one in conditional:
            self._call(lambda client, one=one: client.menu.add_conditional(one))  # type: ignore[misc]

    def tag_id(self, name: str) -> int:
        """Return the id of the tag of that name, made now if there is none."""
        found = self._find_tag(name)
        if found is not None:
            return found
        try:
            return int(self._call(lambda client: client.tag.create(name)["id"]))
        except WechatRefused as refused:
            found = self._find_tag(name) if refused.errcode == _TAG_EXISTS else None
            if found is None:
                raise
            return found

    def tag(self, tag_id: int, openid: str, *, is_on: bool) -> None:
        """Put a tag on somebody, or take it off."""
        self._call(lambda client: (client.tag.tag_user if is_on else client.tag.untag_user)(tag_id, openid))

    def union_id(self, openid: str) -> str | None:
        """Return a follower's union id, if the account has an open platform."""
        return self._call(lambda client: client.user.get(openid).get("unionid")) or None

    # logging in

    def oauth_user(self, code: str) -> OAuthUser:
        """Return who a page's login code stands for."""
        return self._ask(
            lambda found: OAuthUser(found["openid"], found.get("unionid") or None, bool(found.get("is_snapshotuser"))),
            "GET",
            "/sns/oauth2/access_token",
            params={
                "appid": self._settings.app_id,
                "secret": self._settings.app_secret,
                "code": code,
                "grant_type": "authorization_code",
            },
        )

    def code2session(self, code: str) -> MiniProgramLogin:
        """Return who a mini-program's login code stands for; the session key is dropped here."""
        return self._ask(
            lambda found: MiniProgramLogin(found["openid"], found.get("unionid") or None),
            "GET",
            "/sns/jscode2session",
            params={
                "appid": self._settings.miniprogram_app_id,
                "secret": self._settings.miniprogram_app_secret,
                "js_code": code,
                "grant_type": "authorization_code",
            },
        )

    def jsapi_ticket(self) -> str:
        """Return the ticket that signs pages for the JS-SDK, shared like the access token."""
        return self._keeper.get(f"jsapi_ticket:{self._settings.app_id}", self._fetch_ticket)

    # face verification, second generation

    def verify_id(self, openid: str, cert_name: str, cert_no: str, out_seq_no: str, *, in_miniprogram: bool) -> str:
        """Return a verify id for WeChat's face verification of that person."""
        cert_info = {"cert_type": "IDENTITY_CARD", "cert_name": cert_name, "cert_no": cert_no}
        body = {"out_seq_no": out_seq_no, "cert_info": cert_info, "openid": openid}
        path = "/cityservice/face/identify/getverifyid"
        return self._post(lambda found: str(found["verify_id"]), path, body, in_miniprogram=in_miniprogram)

    def verify_result(
        self, openid: str, verify_id: str, cert_hash: str, out_seq_no: str, *, in_miniprogram: bool
    ) -> int:
        """Return the verify_ret of a face verification; 10000 is the one that passed."""
        body = {"verify_id": verify_id, "out_seq_no": out_seq_no, "cert_hash": cert_hash, "openid": openid}
        path = "/cityservice/face/identify/queryverifyinfo"
        return self._post(lambda found: int(found["verify_ret"]), path, body, in_miniprogram=in_miniprogram)

    # how calls are made

    def _find_tag(self, name: str) -> int | None:
        tags: dict[str, int] = self._call(lambda client: {tag["name"]: int(tag["id"]) for tag in client.tag.get()})
        return tags.get(name)

    def _post(
        self,
        read: Callable[[dict[str, Any]], Read],
        path: str,
        body: Mapping[str, object],
        *,
        in_miniprogram: bool = False,
    ) -> Read:
        found: Read = self._call(
            lambda client: read(client.post(f"{API}{path}", data=body)), in_miniprogram=in_miniprogram
        )
        return found

    def _call(self, call: Callable[[Any], Any], *, in_miniprogram: bool = False) -> Any:
        """Make a call with a good access token, and once more with a new one where WeChat refuses it."""
        token = self._token(in_miniprogram=in_miniprogram)
        try:
            return self._try(call, token)
        except WechatRefused as refused:
            if refused.errcode not in TOKEN_CODES:
                raise
        return self._try(call, self._token(in_miniprogram=in_miniprogram, bad=token))

    def _try(self, call: Callable[[Any], Any], token: str) -> Any:
        client = Client(self._settings.app_id, token, self._http)
        return told_apart(lambda: call(client))

    def _token(self, *, in_miniprogram: bool, bad: str | None = None) -> str:
        """Return a good access token. Where there is none the call itself was never made: that is never `uncertain`.

        Nor is it `wrong` with what was to be sent: a secret that is no longer right, or an address that WeChat does
        not know, is the operator's to mend.
        """
        app_id, secret = self._settings.app_id, self._settings.app_secret
        if in_miniprogram:
            app_id, secret = self._settings.miniprogram_app_id, self._settings.miniprogram_app_secret
        try:
            return self._keeper.get(f"access_token:{app_id}", partial(self._fetch_token, app_id, secret), bad=bad)
        except WechatRefused as refused:
            trouble = {Trouble.UNCERTAIN: Trouble.BUSY, Trouble.WRONG: Trouble.TOKEN}.get(refused.trouble)
            raise WechatRefused(refused.errcode, trouble or refused.trouble) from None

    def _fetch_token(self, app_id: str, secret: str) -> tuple[str, int]:
        """Ask for the stable token: asked for again, it is the same one, so that nobody's is made void."""
        body = {"grant_type": "client_credential", "appid": app_id, "secret": secret, "force_refresh": False}
        return self._ask(
            lambda found: (str(found["access_token"]), int(found["expires_in"])),
            "POST",
            "/cgi-bin/stable_token",
            json=body,
        )

    def _fetch_ticket(self) -> tuple[str, int]:
        def ask(client: Any) -> tuple[str, int]:
            found = client.jsapi.get_ticket()
            return str(found["ticket"]), int(found["expires_in"])

        value, seconds = self._call(ask)
        return value, seconds

    def _ask(self, read: Callable[[dict[str, Any]], Read], method: str, path: str, **how: Any) -> Read:
        """Make a call that needs no access token."""

        def ask() -> Read:
            answer = self._http.request(method, f"{API}{path}", **how)
            answer.raise_for_status()
            found = read_answer(answer.content)
            if found.get("errcode"):
                raise WeChatClientException(int(found["errcode"]), "", None, None, None)
            return read(found)

        made: Read = told_apart(ask)
        return made
