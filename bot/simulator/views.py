"""The chat window: a page, what is typed there, and what was sent to it in the meantime."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
from flask import Blueprint, abort, jsonify, redirect, render_template, request

from bot.guards import development_only
from bot.menu import build_menu
from bot.simulator.api import make_api
from bot.simulator.phone import Simulated, message_xml, post_message
from casework.accounts import find_demonstration
from services import services

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as AnyResponse

_OPENID = re.compile(r"[0-9A-Za-z_-]{1,64}")
_KINDS = frozenset({"text", "voice", "image", "location", "event"})

simulated = Simulated()
simulator = Blueprint(
    "simulator", __name__, template_folder="templates", static_folder="static", static_url_path="/simulator/static"
)
simulator.before_request(development_only)
simulator.register_blueprint(make_api(simulated))


@simulator.get("/simulator")
def show_phone() -> str | AnyResponse:
    """Show the chat window, and whose names and numbers may be tried; at the address that links in the chat lead to."""
    public = services().settings.public_base_url
    if urlsplit(public).netloc != request.host:
        return redirect(f"{public}/simulator")
    with services().transactions() as session:
        people = find_demonstration(session)
    return render_template("simulator/phone.html", people=people, menu=build_menu()["button"])


@simulator.post("/simulator/say")
def say() -> tuple[Response, int] | Response:
    """Send what somebody does to `/wechat`, and return its reply."""
    sent = request.get_json(silent=True) or {}
    openid, kind = str(sent.get("openid", "")), str(sent.get("kind", ""))
    if not _OPENID.fullmatch(openid) or kind not in _KINDS:
        abort(400)
    values = {str(name): str(value) for name, value in sent.get("values", {}).items()}
    settings = services().settings
    try:
        text = post_message(settings, message_xml(settings, openid, kind, values))
    except requests.RequestException:
        return jsonify(text=""), 502
    return jsonify(text=text)


@simulator.get("/simulator/delivered")
def delivered() -> Response:
    """Return what was sent to somebody by itself, from a number on."""
    openid = request.args.get("openid", "")
    since = request.args.get("since", 0, type=int)
    return jsonify(messages=simulated.delivered[openid][max(since, 0) :])
