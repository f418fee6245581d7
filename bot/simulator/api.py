"""The little of WeChat's API that development needs: tokens, messages out, logging in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, jsonify, redirect, request

from bot.guards import development_only

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from bot.simulator.phone import Simulated

SECONDS = 7200
_BAD_TOKEN, _BAD_CODE = 40001, 40029


def make_api(simulated: Simulated) -> Blueprint:  # noqa: C901 - one route after the other
    """Return the routes of the simulated API, on what is remembered."""
    api = Blueprint("simulator_api", __name__)
    api.before_request(development_only)

    @api.post("/simulator/api/cgi-bin/stable_token")
    def stable_token() -> Response:
        return jsonify(access_token=simulated.token, expires_in=SECONDS)

    @api.get("/simulator/api/cgi-bin/ticket/getticket")
    def ticket() -> Response:
        return _told(simulated, {"ticket": simulated.token, "expires_in": SECONDS})

    @api.post("/simulator/api/cgi-bin/message/custom/send")
    def custom() -> Response:
        sent = request.get_json(force=True)
        kind = sent["msgtype"]
        if kind == "msgmenu":
            menu = sent["msgmenu"]
            message = {"text": menu["head_content"], "options": menu["list"]}
        else:
            message = {"text": sent[kind]["content"], "options": []}
        return _deliver(simulated, sent["touser"], message)

    @api.post("/simulator/api/cgi-bin/message/template/send")
    @api.post("/simulator/api/cgi-bin/message/subscribe/bizsend")
    def template() -> Response:
        sent = request.get_json(force=True)
        lines = [f"{name}：{one['value']}" for name, one in sent["data"].items()]
        return _deliver(simulated, sent["touser"], {"text": "\n".join(lines), "options": []})

    @api.get("/simulator/api/sns/oauth2/access_token")
    def oauth() -> Response:
        openid = simulated.use_code(request.args.get("code", ""))
        return jsonify(errcode=_BAD_CODE, errmsg="") if openid is None else jsonify(openid=openid, scope="snsapi_base")

    @api.get("/simulator/api/sns/jscode2session")
    def code2session() -> Response:
        openid = simulated.use_code(request.args.get("js_code", ""))
        return jsonify(errcode=_BAD_CODE, errmsg="") if openid is None else jsonify(openid=openid, session_key="")

    @api.get("/simulator/open/connect/oauth2/authorize")
    def authorize() -> AnyResponse:
        code = simulated.new_code(request.cookies.get("simulated_openid", "nobody"))
        state = request.args.get("state", "")
        return redirect(f"{request.args.get('redirect_uri', '/')}?code={code}&state={state}")

    @api.route("/simulator/api/cgi-bin/<path:anything>", methods=["GET", "POST"])
    def anything_else(anything: str) -> Response:
        if anything.startswith("tags/create"):
            return _told(simulated, {"tag": {"id": 100}})
        return _told(simulated, {"tags": []} if anything.startswith("tags/get") else {})

    return api


def _deliver(simulated: Simulated, openid: str, message: dict[str, Any]) -> Response:
    if request.args.get("access_token") == simulated.token:
        simulated.deliver(openid, message)
    return _told(simulated, {"msgid": len(simulated.delivered[openid])})


def _told(simulated: Simulated, answer: dict[str, Any]) -> Response:
    if request.args.get("access_token") != simulated.token:
        return jsonify(errcode=_BAD_TOKEN, errmsg="")
    return jsonify({"errcode": 0, "errmsg": "ok"} | answer)
