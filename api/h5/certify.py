"""`/h5/certify`: the page that leads an old person through a certification; its script speaks to the API."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, url_for

from api.guards import public
from api.headers import CONTENT
from certification.consents import BIOMETRIC_VERSION
from services import services
from settings import FaceWay
from words import PAGE

# WeChat's JS-SDK, from the version that knows the face verification of service accounts.
WECHAT_SCRIPT = "https://res.wx.qq.com/open/js/jweixin-1.6.3.js"

certify = Blueprint("certify", __name__)
certify.before_request(public)


@certify.get("/h5/certify")
def show_certify() -> Response:
    """Show the page; who is asking is found out by its script, which sends a stranger to the login.

    Where WeChat looks at faces, its script is the one thing the page may load from elsewhere.
    """
    settings = services().settings
    shown = make_response(
        render_template(
            "certify.html",
            words=PAGE,
            consent_version=BIOMETRIC_VERSION,
            limits=services().limits,
            face=settings.face_on_pages,
            login=url_for("enter.come_in" if settings.in_production else "entrance.show_home"),
            wechat_script=WECHAT_SCRIPT,
        )
    )
    if settings.face_on_pages is FaceWay.WECHAT:
        shown.headers["Content-Security-Policy"] = f"{CONTENT}; script-src 'self' {WECHAT_SCRIPT}"
    return shown
