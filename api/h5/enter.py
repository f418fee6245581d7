"""`/h5/enter`: coming in from WeChat. `/h5/link`: certifying one person on somebody else's phone."""

from __future__ import annotations

import hmac
import secrets
import uuid
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, redirect, render_template, request, session, url_for

from api.guards import SAFE_METHODS, current_actor, public, sign_in
from casework.accounts import find_or_open
from casework.links import open_link
from models.account import AccountKind
from refusal import Refusal
from services import services
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

_STATE = "oauth_state"
# where else than to the certification somebody may be led
MINE = "mine"
_OWN_PAGES = frozenset({"same-origin", "none"})

enter = Blueprint("enter", __name__)
enter.before_request(public)


@enter.before_request
def refuse_other_pages() -> None:
    """Let no other site's page press a button of ours for somebody; raise Refusal `cross_site`.

    Browsers say where a form stands by one header or the other; what says neither is no page.
    """
    if request.method in SAFE_METHODS:
        return
    origin = request.headers.get("Origin")
    own = {request.host, urlsplit(services().settings.public_base_url).netloc}
    is_foreign = origin is not None and urlsplit(origin).netloc not in own
    if is_foreign or request.headers.get("Sec-Fetch-Site", "same-origin") not in _OWN_PAGES:
        raise Refusal("cross_site")


@enter.get("/h5/enter")
def come_in() -> Response:
    """Send somebody to WeChat to find out who they are, with a state that only this browser can bring back, once."""
    settings = services().settings
    if not settings.has_wechat:
        raise Refusal("not_found")
    state = secrets.token_urlsafe(16)
    session[_STATE] = {"state": state, "who": _retiree_asked_for(), "to": request.args.get("to")}
    asked = {
        "appid": settings.wechat_app_id,
        "redirect_uri": f"{settings.public_base_url}/h5/entered",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": state,
    }
    return redirect(f"{settings.wechat_open_base_url}/connect/oauth2/authorize?{urlencode(asked)}#wechat_redirect")


@enter.get("/h5/entered")
def come_back() -> Response:
    """Take whom WeChat says it is, sign them in, and lead on to the certification."""
    kept = session.pop(_STATE, None) or {}
    state = request.args.get("state", "")
    if not hmac.compare_digest(str(kept.get("state", "")).encode(), state.encode("utf-8", "replace")) or not state:
        raise Refusal("login_stale")
    try:
        user = services().wechat.oauth_user(request.args.get("code", ""))
    except WechatRefused as refused:
        is_passing = refused.trouble in {Trouble.BUSY, Trouble.UNCERTAIN, Trouble.TOKEN}
        raise Refusal("wechat_busy" if is_passing else "login_stale") from None
    if user.is_snapshot:
        raise Refusal("login_snapshot")
    with services().transactions() as database:
        account = find_or_open(
            database,
            AccountKind.WECHAT,
            user.openid,
            union_id=user.unionid,
            vault=services().vault,
            now=services().clock.now(),
        )
    sign_in(account)
    if kept.get("to") == MINE:
        return redirect(url_for("mine.show_mine"))
    who = kept.get("who")
    return redirect(url_for("certify.show_certify", **({"who": who} if who else {})))


@enter.get("/h5/link/<string:token>")
def show_link(token: str) -> str:
    """Ask for the one tap; a link that is merely looked at by a program opens nothing."""
    return render_template("link.html", token=token)


@enter.post("/h5/link/<string:token>")
def follow_link(token: str) -> Response:
    """Sign in as whoever holds the link: they may certify this one person."""
    with services().transactions() as database:
        account = open_link(database, token, vault=services().vault, actor=current_actor(), now=services().clock.now())
    sign_in(account)
    return redirect(url_for("certify.show_certify"), code=303)


def _retiree_asked_for() -> str | None:
    try:
        return str(uuid.UUID(request.args.get("who", "")))
    except ValueError:
        return None
