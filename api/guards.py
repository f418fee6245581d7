"""Who may come in: every blueprint names one guard, also where everybody may."""

from __future__ import annotations

import hmac
import uuid
from typing import TYPE_CHECKING

from flask import g, request, session

from casework.accounts import find_account
from casework.logins import find_by_token, revoke_token
from casework.staff_login import find_session
from casework.ticket_lists import count_notices
from models import Region, Staff
from models.account import AccountKind
from models.audit import Actor, ActorKind
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from flask import Request
    from flask.sessions import SessionMixin
    from sqlalchemy.orm import Session

    from models import Account, StaffSession
    from settings import FaceWay

STAFF_COOKIE = "staff"
_CSRF_PURPOSE, _CSRF_SIGNS = "staff.csrf", 32
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
_ACCOUNT = "account_id"
# What our own pages' scripts say they are: a form on a foreign page cannot set this header, and no foreign script may.
OUR_PAGE = "XMLHttpRequest"


def public() -> None:
    """Everybody, also without an account."""


def development_only() -> None:
    """Nobody in production: what is behind it does not exist there."""
    if services().settings.in_production:
        raise Refusal("not_found")


def signed_in() -> None:
    """Whoever has an account: by cookie, or by a mini-program's token.

    With a cookie no request that changes something may come from another site's page.

    Raises Refusal `not_signed_in`, `cross_site`.
    """
    token = bearer_token()
    if token is not None:
        _sign_in_by(token)
        return
    _refuse_other_sites()
    g.account = _find_signed_in()
    if g.account is None:
        raise Refusal("not_signed_in")


def says_who() -> None:
    """Whoever has an account; the one in a cookie is looked up when it is needed.

    A frame's own lookup finds it, and whoever is told to wait needs none.

    Raises what `signed_in` raises, for an account that is gone as soon as it is needed.
    """
    token = bearer_token()
    if token is not None:
        _sign_in_by(token)
        return
    _refuse_other_sites()
    g.account_id = _id_in_cookie()
    if g.account_id is None:
        raise Refusal("not_signed_in")


def on_page() -> None:
    """Whoever is signed in by cookie, on pages with forms of their own; raises Refusal `not_signed_in`.

    A form is not refused for a header that no form sends: its blueprint looks at where the form stands.
    """
    g.account = _find_signed_in()
    if g.account is None:
        raise Refusal("not_signed_in")


def staff_only() -> None:
    """Whoever of staff has logged in with both proofs, and has a password of their own.

    What changes something carries the token of this login, which no foreign page knows. Raises Refusal
    `not_logged_in`, `password_change_first`, `form_stale`.
    """
    staff_at_login()
    if not g.staff_session.proven:
        raise Refusal("not_logged_in")
    if g.staff.must_change_password:
        raise Refusal("password_change_first")


def staff_at_login() -> None:
    """Whoever has given the right password, for the pages on the way to a full login."""
    parts = services()
    token = request.cookies.get(STAFF_COOKIE, "")
    now = parts.clock.now()
    with parts.transactions() as database:
        found = find_session(database, token, rules=parts.login_rules, vault=parts.vault, now=now) if token else None
        g.staff = database.get(Staff, found.staff_id) if found else None
        if g.staff is not None:
            # what the head of every page shows
            g.staff_region = database.get_one(Region, g.staff.region_code).name
            g.staff_notices = count_notices(database, g.staff)
    g.staff_session = found
    if found is None:
        raise Refusal("not_logged_in")
    if request.method not in SAFE_METHODS:
        sent = request.headers.get("X-CSRF-Token") or request.form.get("csrf", "")
        if not any(hmac.compare_digest(sent.encode(), known.encode()) for known in _csrf_tokens()):
            raise Refusal("form_stale")
    typed_as_text()


def typed_as_text() -> None:
    """Let nobody type what is no text: PostgreSQL takes no NUL, and would answer with a fault. Raises `malformed`."""
    typed = [*request.args.items(multi=True)]
    if request.mimetype in _FORMS:
        typed += request.form.items(multi=True)
    for name, value in typed:
        if "\0" in value:
            raise Refusal("malformed", field=name)


def csrf_token() -> str:
    """Return what forms of this login carry; it follows from the login's own token, so another site cannot know it."""
    return _csrf_tokens()[0]


def _csrf_tokens() -> list[str]:
    token = request.cookies.get(STAFF_COOKIE, "")
    return [index[:_CSRF_SIGNS] for index in services().vault.blind_indexes(token, _CSRF_PURPOSE)]


def current_staff() -> Staff:
    """Return the member of staff that the guard let in."""
    staff: Staff = g.staff
    return staff


def current_staff_session() -> StaffSession:
    """Return the login that the guard let in."""
    found: StaffSession = g.staff_session
    return found


def sign_in(account: Account) -> None:
    """Remember the account in the browser's signed cookie; whatever was there before is forgotten."""
    session.clear()
    session[_ACCOUNT] = str(account.id)


def sign_out() -> None:
    """Forget who was signed in."""
    session.clear()


def current_account() -> Account:
    """Return the account that the guard let in; raises Refusal `not_signed_in` where none was looked up."""
    account: Account | None = g.get("account")
    if account is None:
        raise Refusal("not_signed_in")
    return account


def find_current_account(database: Session) -> Account:
    """Return the account that the guard `says_who` let in, looked up in this transaction.

    Raises Refusal `not_signed_in` for one that is gone.
    """
    if g.get("account") is None:
        g.account = find_account(database, g.account_id)
    account = current_account()
    if account in database:
        database.expunge(account)  # it stays what it is when this transaction leaves nothing
    return account


def current_account_id() -> uuid.UUID:
    """Return the id of the account that the guard let in."""
    account_id: uuid.UUID = g.account.id if g.get("account") is not None else g.account_id
    return account_id


def is_miniprogram() -> bool:
    """Say whether this request comes from the mini-program."""
    return g.get("openid") is not None


def chosen_face_way() -> FaceWay:
    """Return who looks at faces where this request comes from, as the operator chose."""
    settings = services().settings
    return settings.face_in_miniprogram if is_miniprogram() else settings.face_on_pages


def current_openid() -> str | None:
    """Return whom WeChat knows the person as where this request comes from; None outside WeChat."""
    openid: str | None = g.get("openid")
    if openid is None and current_account().kind is AccountKind.WECHAT:
        openid = current_account().openid
    return openid


def bearer_token() -> str | None:
    """Return the token in the request's header, if it has one."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def revoke_current() -> None:
    """End the token of this request, or forget who was signed in."""
    token = bearer_token()
    if token is None:
        sign_out()
        return
    with services().transactions() as database:
        revoke_token(database, token, vault=services().vault, now=services().clock.now())


def current_actor() -> Actor:
    """Return who acts in this request, for audit rows and transitions."""
    origin = origin_of(request)
    if g.get("staff") is not None:
        return Actor(ActorKind.STAFF, str(g.staff.id), origin)
    if g.get("account") is None and g.get("account_id") is None:
        return Actor(ActorKind.PUBLIC, "", origin)
    return Actor(ActorKind.ACCOUNT, str(current_account_id()), origin)


def origin_of(asked: Request) -> str:
    """Return where a request comes from, for audit rows."""
    return (asked.remote_addr or "")[:64]


def _sign_in_by(token: str) -> None:
    with services().transactions() as database:
        found = find_by_token(database, token, vault=services().vault, now=services().clock.now())
    if found is None:
        raise Refusal("not_signed_in")
    g.account, g.openid = found


def signed_in_id() -> str | None:
    """Return the account's id in the browser's signed cookie, without a look at the database."""
    return account_in(session)


def account_in(cookie: SessionMixin | None) -> str | None:
    """Return the account's id in a signed cookie."""
    found: str | None = None if cookie is None else cookie.get(_ACCOUNT)
    return found


def as_id(said: str) -> uuid.UUID | None:
    """Return an id as it is said; None for what is none."""
    try:
        return uuid.UUID(said)
    except ValueError:
        return None


def _find_signed_in() -> Account | None:
    account_id = _id_in_cookie()
    if account_id is None:
        return None
    with services().transactions() as database:
        return find_account(database, account_id)


def _id_in_cookie() -> uuid.UUID | None:
    return as_id(signed_in_id() or "")


def _refuse_other_sites() -> None:
    if request.method not in SAFE_METHODS and request.headers.get("X-Requested-With") != OUR_PAGE:
        raise Refusal("cross_site")
