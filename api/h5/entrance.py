"""`/`: what to try. `/h5/login`: play an invented retiree; there is no such thing in production."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from flask import Blueprint, redirect, render_template, request, url_for

from api.guards import current_actor, development_only, public, sign_in
from casework.accounts import find_demonstration, open_demonstration_account
from certification.standing import find_standing
from models.account import Relation
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

entrance = Blueprint("entrance", __name__)
entrance.before_request(public)

development_login = Blueprint("development_login", __name__)
development_login.before_request(development_only)


@entrance.get("/")
def show_home() -> str:
    """Tell a newcomer what to try; in production, tell people where to go."""
    if services().settings.in_production:
        return render_template("home_production.html")
    now = services().clock.now()
    with services().transactions() as session:
        people = [
            (retiree, find_standing(session, retiree, services().rules, now=now))
            for retiree in find_demonstration(session)
        ]
    return render_template("home.html", people=people, has_simulator=services().settings.has_simulator)


@development_login.get("/h5/login")
def show_login() -> Response:
    """Lead to the newcomer's page: that is where somebody is chosen."""
    return redirect(url_for("entrance.show_home"))


@development_login.post("/h5/login")
def log_in() -> Response:
    """Log in as an invented retiree, or as a relative of theirs."""
    try:
        retiree_id, relation = uuid.UUID(request.form["retiree_id"]), Relation(request.form["relation"])
    except (ValueError, KeyError):
        raise Refusal("malformed") from None
    parts = services()
    with parts.transactions() as session:
        account = open_demonstration_account(
            session, retiree_id, relation, vault=parts.vault, actor=current_actor(), now=parts.clock.now()
        )
    sign_in(account)
    return redirect(url_for("certify.show_certify"), code=303)
