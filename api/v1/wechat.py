"""What a mini-program and pages inside WeChat need: logging in, WeChat's face verification, signing for the JS-SDK."""

from __future__ import annotations

import hashlib
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from api.guards import current_account, current_actor, current_openid, is_miniprogram, public, revoke_current, signed_in
from api.v1.answers import answer_progress
from api.v1.blueprints import Blueprint
from api.v1.schemas import JsSdkAnswer, JsSdkQuery, LoginAnswer, LoginBody, ProgressAnswer, VerifyIdAnswer
from casework.accounts import find_or_open
from casework.logins import issue_token
from certification.consents import BIOMETRIC_VERSION, PERSONAL_VERSION
from certification.verifiers.wechat_face import keep_verify_id, open_query, read_papers, settle
from models import Attempt
from models.account import AccountKind
from refusal import Refusal
from services import services
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    import uuid

logins = Blueprint("logins", __name__, description="Logging in from the mini-program")
logins.before_request(public)
wechat = Blueprint("wechat_api", __name__, description="WeChat's face verification and JS-SDK")
wechat.before_request(signed_in)

_PASSING = frozenset({Trouble.BUSY, Trouble.UNCERTAIN, Trouble.TOKEN, Trouble.QUOTA})


@logins.post("/logins")
@logins.doc(security=[])
@logins.arguments(LoginBody)
@logins.response(201, LoginAnswer)
def post_login(body: dict[str, Any]) -> dict[str, Any]:
    """Take the code of wx.login and give out a token of our own, for the header `Authorization: Bearer`."""
    parts, now = services(), services().clock.now()
    if parts.settings.miniprogram_app_id is None:
        raise Refusal("not_found")
    try:
        who = parts.wechat.code2session(body["code"])
    except WechatRefused as refused:
        raise _busy_or("login_stale", refused) from None
    with parts.transactions() as session:
        account = find_or_open(
            session, AccountKind.MINIPROGRAM, who.openid, union_id=who.unionid, vault=parts.vault, now=now
        )
        token, expires_at = issue_token(
            session,
            account,
            who.openid,
            minutes=parts.settings.login_token_minutes,
            vault=parts.vault,
            now=now,
        )
    return {
        "token": token,
        "expires_at": expires_at,
        "face": parts.settings.face_in_miniprogram,
        "personal_consent_version": PERSONAL_VERSION,
        "biometric_consent_version": BIOMETRIC_VERSION,
    }


@wechat.delete("/logins/current")
@wechat.response(204)
def delete_login() -> None:
    """End the token of this request."""
    revoke_current()


@wechat.post("/attempts/<uuid:attempt_id>/verify-id")
@wechat.response(201, VerifyIdAnswer)
def post_verify_id(attempt_id: uuid.UUID) -> dict[str, Any]:
    """Ask WeChat for a verify id, for wx.requestFacialVerify on this phone."""
    parts, now, openid = services(), services().clock.now(), _openid()
    with parts.transactions() as session:
        papers = read_papers(session, current_account(), attempt_id, actor=current_actor(), now=now)
    try:
        verify_id = parts.wechat.verify_id(
            openid, papers.name, papers.number, papers.out_seq_no, in_miniprogram=is_miniprogram()
        )
    except WechatRefused as refused:
        raise _busy_or("wechat_face_refused", refused) from None
    with parts.transactions() as session:
        keep_verify_id(session, attempt_id, verify_id, openid, vault=parts.vault, now=now)
    return {"verify_id": verify_id}


@wechat.post("/attempts/<uuid:attempt_id>/verify-result")
@wechat.response(200, ProgressAnswer)
def post_verify_result(attempt_id: uuid.UUID) -> dict[str, Any]:
    """Ask WeChat what came of the check, after wx.requestFacialVerify, and answer with the outcome."""
    parts, now, openid = services(), services().clock.now(), _openid()
    with parts.transactions() as session:
        query = open_query(session, current_account(), attempt_id, openid, vault=parts.vault, now=now)
    errcode, verify_ret = 0, None
    try:
        verify_ret = parts.wechat.verify_result(
            openid, query.verify_id, query.cert_hash, query.out_seq_no, in_miniprogram=is_miniprogram()
        )
    except WechatRefused as refused:
        if refused.trouble in _PASSING:
            raise Refusal("wechat_busy", retryable=True) from None
        errcode = refused.errcode or -1
    with parts.transactions() as session:
        settle(
            session,
            attempt_id,
            errcode,
            verify_ret,
            consequences=parts.consequences,
            actor=current_actor(),
            now=now,
        )
        return answer_progress(session, session.get_one(Attempt, attempt_id), now=now)


@wechat.get("/js-sdk")
@wechat.arguments(JsSdkQuery, location="query")
@wechat.response(200, JsSdkAnswer)
def get_js_sdk(query: dict[str, Any]) -> dict[str, Any]:
    """Sign a page of ours for WeChat's JS-SDK; no other address is signed."""
    parts = services()
    asked, own = urlsplit(query["url"]), urlsplit(parts.settings.public_base_url)
    if (asked.scheme, asked.netloc) != (own.scheme, own.netloc) or asked.fragment or not parts.settings.has_wechat:
        raise Refusal("malformed", field="url")
    try:
        ticket = parts.wechat.jsapi_ticket()
    except WechatRefused as refused:
        raise _busy_or("wechat_busy", refused) from None
    nonce, timestamp = secrets.token_hex(8), int(parts.clock.now().timestamp())
    return {
        "app_id": parts.settings.wechat_app_id,
        "timestamp": timestamp,
        "nonce": nonce,
        "signature": sign_page(ticket, nonce, timestamp, query["url"]),
    }


def sign_page(ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """Return the signature of a page's address (up to its #) as WeChat's JS-SDK checks it."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode()).hexdigest()  # noqa: S324 - WeChat's own choice  # nosec B324


def _openid() -> str:
    openid = current_openid()
    if openid is None:
        raise Refusal("wechat_face_refused")
    return openid


def _busy_or(code: str, refused: WechatRefused) -> Refusal:
    return Refusal("wechat_busy", retryable=True) if refused.trouble in _PASSING else Refusal(code)
