"""How staff come in: password, one-time password, a password of one's own; and how they go."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import segno
from flask import Blueprint, g, redirect, render_template, request, url_for

from api.console.pages import back_to, csrf_field, page, typed
from api.guards import (
    STAFF_COOKIE,
    current_actor,
    current_staff,
    current_staff_session,
    public,
    staff_at_login,
    typed_as_text,
)
from casework.passwords import DEMONSTRATION_PASSWORD
from casework.staff_login import (
    change_password,
    check_code,
    check_password,
    end_session,
    mark_browser,
    new_secret,
    secret_address,
)
from models import Staff, StaffSession
from refusal import Refusal
from services import services
from words import REFUSALS
from words.staff import ISSUER

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

entrance = Blueprint("console_entrance", __name__, url_prefix="/staff")
entrance.before_request(public)
entrance.before_request(typed_as_text)
own_login = Blueprint("console_login", __name__, url_prefix="/staff")
own_login.before_request(staff_at_login)

# A browser in which somebody logged in whole is known for so long.
_BROWSER_COOKIE, _BROWSER_KEPT = "staff_browser", timedelta(days=180)


@entrance.get("/login")
def show_login() -> str:
    """Ask for login and password."""
    return render_template("console/login.html", wrong="")


@entrance.post("/login")
def log_in() -> AnyResponse | tuple[str, int]:
    """Check the password and go on to the one-time password."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        raise Refusal("cross_site")
    parts = services()
    password = request.form.get("password", "")
    if parts.settings.in_production and password == DEMONSTRATION_PASSWORD:
        return render_template("console/login.html", wrong=REFUSALS["login_wrong"]), 401
    with parts.transactions() as session:
        token = check_password(
            session,
            typed("login"),
            password,
            mark=request.cookies.get(_BROWSER_COOKIE, ""),
            rules=parts.login_rules,
            vault=parts.vault,
            now=parts.clock.now(),
        )
    if token is None:
        return render_template("console/login.html", wrong=REFUSALS["login_wrong"]), 401
    return _with_cookie(redirect(url_for("console_login.show_code"), code=303), token)


@own_login.get("/code")
def show_code() -> AnyResponse | str:
    """Ask for the one-time password; on the first login show the secret to be put into the authenticator."""
    if current_staff_session().proven:
        return back_to(url_for("console_home.show_home"))
    return _code_page("")


@own_login.post("/code")
def prove() -> AnyResponse | tuple[str, int]:
    """Check the one-time password: from here on the login is whole."""
    parts = services()
    with parts.transactions() as session:
        within = session.get_one(StaffSession, current_staff_session().id)
        token = check_code(
            session,
            within,
            typed("code"),
            mark=request.cookies.get(_BROWSER_COOKIE, ""),
            rules=parts.login_rules,
            vault=parts.vault,
            actor=current_actor(),
            now=parts.clock.now(),
        )
    if token is None:
        return _code_page(REFUSALS["code_wrong_staff"]), 401
    after = "console_login.show_password" if current_staff().must_change_password else "console_home.show_home"
    answer = _with_cookie(back_to(url_for(after)), token)
    _set_cookie(answer, _BROWSER_COOKIE, mark_browser(within, parts.vault), _BROWSER_KEPT)
    return answer


@own_login.get("/password")
def show_password() -> AnyResponse | str:
    """Ask for a new password."""
    if not current_staff_session().proven:
        return back_to(url_for("console_login.show_code"))
    return page("password.html", wrong="", is_first=_is_first())


@own_login.post("/password")
def set_password() -> AnyResponse | tuple[str, int]:
    """Change one's own password."""
    parts = services()
    if not current_staff_session().proven:
        raise Refusal("not_logged_in")
    if request.form.get("password") != request.form.get("again"):
        return page("password.html", wrong=REFUSALS["passwords_differ"], is_first=_is_first()), 422
    try:
        with parts.transactions() as session:
            change_password(
                session,
                # read anew and held: a login that is reset or closed at this moment stays so
                session.get_one(Staff, current_staff().id, with_for_update=True),
                session.get_one(StaffSession, current_staff_session().id),
                request.form.get("old", ""),
                request.form.get("password", ""),
                actor=current_actor(),
                now=parts.clock.now(),
            )
    except Refusal as refusal:
        sentence = REFUSALS[refusal.code].format(**refusal.values)
        return page("password.html", wrong=sentence, is_first=_is_first()), 422
    return back_to(url_for("console_home.show_home"))


@own_login.post("/logout")
def log_out() -> AnyResponse:
    """End this login. What the phone has not sent yet stays on it; pages it kept are forgotten."""
    with services().transactions() as session:
        end_session(session, current_staff_session(), now=services().clock.now())
    g.staff = None
    answer = redirect(url_for("console_entrance.show_login"), code=303)
    answer.delete_cookie(STAFF_COOKIE, path="/staff")
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _is_first() -> bool:
    return current_staff().must_change_password


def _code_page(wrong: str) -> str:
    parts = services()
    secret = picture = None
    if current_staff().totp_step == 0:
        with parts.transactions() as session:
            staff = session.get_one(Staff, current_staff().id, with_for_update=True)
            secret = new_secret(session, staff)
            picture = segno.make_qr(secret_address(staff, ISSUER), error="m").svg_data_uri(light="#fff", scale=5)
    return render_template("console/code.html", wrong=wrong, secret=secret, picture=picture, csrf_field=csrf_field)


def _with_cookie(answer: AnyResponse, token: str) -> AnyResponse:
    _set_cookie(answer, STAFF_COOKIE, token)
    return answer


def _set_cookie(answer: AnyResponse, name: str, value: str, kept: timedelta | None = None) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=kept,
        path="/staff",
        httponly=True,
        secure=services().settings.in_production,
        samesite="Strict",
    )
