"""Receipts: a page to show and print, a PDF to keep, the QR code, and the page that the code leads to.

All of it is open to whoever holds the number, which nobody can guess, and shows no more than is printed. So a child may
be sent the link, and the browser that WeChat opens for the PDF needs no login.
"""

from __future__ import annotations

from http import HTTPStatus
from io import BytesIO
from typing import TYPE_CHECKING

import segno
from flask import Blueprint, Response, redirect, render_template, request, url_for

from api.guards import current_actor, public
from api.h5.receipt_fields import list_fields
from api.h5.receipt_pdf import draw_receipt
from certification.receipt_tokens import (
    CERTIFICATION,
    NotGenuine,
    find_token,
    public_keys,
    read_token,
    sign_receipt,
    state_certification,
)
from certification.receipts import show_receipt, tidy_receipt_number
from clock import local_date
from refusal import Refusal
from services import services
from words import RECEIPT

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from certification.receipts import Receipt

_MOST_TYPED = 64
receipt_pages = Blueprint("receipt_pages", __name__)
receipt_pages.before_request(public)


@receipt_pages.get("/h5/receipts/<string:number>")
def show_page(number: str) -> str:
    """Show the receipt, with ways to keep it."""
    receipt = _find(number)
    return render_template(
        "receipt.html",
        words=RECEIPT,
        receipt=receipt,
        fields=list_fields(receipt),
        counts=_counts(receipt),
        qr=segno.make_qr(_address(receipt), error="m").svg_data_uri(light="#fff"),
    )


@receipt_pages.get("/h5/receipts/<string:number>.pdf")
def save_pdf(number: str) -> Response:
    """Give the receipt as a PDF in large type."""
    receipt = _find(number)
    if receipt.is_revoked:
        raise Refusal("receipt_revoked")
    drawn = draw_receipt(receipt, services().settings.public_base_url, _address(receipt))
    answer = Response(drawn, mimetype="application/pdf")
    answer.headers.set("Content-Disposition", "attachment", filename=f"receipt-{receipt.number}.pdf")
    return answer


@receipt_pages.get("/h5/receipts/<string:number>.svg")
def show_code(number: str) -> Response:
    """Give the QR code that leads to the public verification page."""
    drawing = BytesIO()
    segno.make_qr(_address(_find(number)), error="m").save(drawing, kind="svg", light="#fff")
    return Response(drawing.getvalue(), mimetype="image/svg+xml")


@receipt_pages.get("/verify")
def look_up() -> AnyResponse | str:
    """Ask for a number that somebody reads from paper."""
    typed = request.args.get("number", "").strip()
    if not typed:
        return render_template("verify.html", receipt=None, asked=False)
    return redirect(url_for("receipt_pages.verify", number=tidy_receipt_number(typed) or "unknown"), code=303)


@receipt_pages.post("/verify")
def look_up_whole() -> AnyResponse | str:
    """Take a number, or the whole signed receipt: in the body, for what it says belongs into no address."""
    typed = request.form.get("number", "").strip()
    token = find_token(typed)
    if token is None:
        return redirect(url_for("receipt_pages.look_up", number=typed[:_MOST_TYPED]), code=303)
    with services().transactions() as session:
        keys = public_keys(session)
    try:
        statement = read_token(token, keys)
    except NotGenuine:
        raise Refusal("receipt_not_genuine") from None
    if statement.kind != CERTIFICATION:
        return redirect(url_for("acts.show_act", token=token), code=303)
    return redirect(url_for("receipt_pages.verify", number=statement.number), code=303)


@receipt_pages.get("/verify/<path:number>")
def verify(number: str) -> tuple[str, int]:
    """Say whether a receipt of that number exists and counts today."""
    try:
        receipt = _find(number)
    except Refusal:
        return render_template("verify.html", receipt=None, asked=True), HTTPStatus.NOT_FOUND
    return render_template(
        "verify.html", receipt=receipt, fields=list_fields(receipt), counts=_counts(receipt), asked=True
    ), HTTPStatus.OK


def _find(number: str) -> Receipt:
    with services().transactions() as session:
        receipt = show_receipt(session, number, actor=current_actor(), now=services().clock.now())
    if receipt is None:
        raise Refusal("unknown_receipt")
    return receipt


def _counts(receipt: Receipt) -> bool:
    return receipt.counts_on(local_date(services().clock.now()))


def _address(receipt: Receipt) -> str:
    """Return what the QR code holds: the page where people open this service, and the receipt itself, signed.

    What stands behind the # is never sent to a server: a clerk without a network verifies it, a phone opens the page.
    """
    with services().transactions() as session:
        token = sign_receipt(session, state_certification(receipt), now=services().clock.now())
    return f"{services().settings.public_base_url}/verify/{receipt.number}#{token}"
