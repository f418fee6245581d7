"""`/h5/mine`: what we hold about somebody, for them to see, take along, correct, and take their consent back."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from typing import TYPE_CHECKING

from flask import Blueprint, Response, redirect, render_template, request, url_for

from api.guards import current_account, current_actor, on_page
from api.h5.days import write_day
from api.h5.enter import refuse_other_pages
from api.h5.receipt_fields import write_moment
from casework.own_data import find_own, gather_own
from casework.reports import Told, file_report
from casework.spreadsheets import defuse
from certification.consents import can_withdraw, withdraw_consent
from certification.receipt_tokens import Statement, find_token, sign_receipt
from clock import local_date
from models.report import ReportKind
from refusal import Refusal
from services import services
from words.protection import MINE, MINE_SECTIONS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

    from casework.own_data import Line

mine = Blueprint("mine", __name__)
mine.before_request(on_page)
mine.before_request(refuse_other_pages)
_CHANGES = {"phone": ReportKind.PHONE_CHANGE, "address": ReportKind.ADDRESS_CHANGE}
_LONGEST = 120


@mine.get("/h5/mine")
def show_mine() -> str:
    """Show everything we hold about whoever is signed in."""
    now = services().clock.now()
    with services().transactions() as session:
        own = find_own(session, current_account(), now=now)
        lines = gather_own(session, own, "shown", actor=current_actor(), now=now)
        can_take_back = can_withdraw(session, own.id)
    sections: dict[str, list[tuple[str, str]]] = {}
    for section, label, value in map(_in_words, lines):
        sections.setdefault(section, []).append((label, value))
    return render_template(
        "mine.html",
        sections=sections,
        can_take_back=can_take_back,
        done=MINE.get(request.args.get("done", "")),
        receipt=find_token(request.args.get("receipt", "")),
    )


@mine.get("/h5/mine/copy.csv")
def save_copy() -> Response:
    """Give the same as a file that any telephone opens."""
    now = services().clock.now()
    with services().transactions() as session:
        own = find_own(session, current_account(), now=now)
        lines = gather_own(session, own, "copied", actor=current_actor(), now=now)
    text = io.StringIO(newline="")
    csv.writer(text).writerows([defuse(cell) for cell in row] for row in map(_in_words, lines))
    # the mark at the beginning tells spreadsheets that this is UTF-8
    answer = Response(text.getvalue().encode("utf-8-sig"), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename="mine.csv")
    return answer


@mine.post("/h5/mine/consent/withdraw")
def take_back() -> AnyResponse:
    """Take back the consent to use the face: from now on somebody comes, or the window helps."""
    now = services().clock.now()
    with services().transactions() as session:
        own = find_own(session, current_account(), now=now)
        withdraw_consent(session, current_account(), own, actor=current_actor(), now=now)
    return redirect(url_for("mine.show_mine", done="withdrawn"), code=303)


@mine.post("/h5/mine/changes/<string:what>")
def ask_for_change(what: str) -> AnyResponse:
    """Take down what is wrong; the community looks at it before it counts (Art. 16(3))."""
    value = request.form.get("value", "").strip()
    if what not in _CHANGES:
        raise Refusal("not_found")
    if not 0 < len(value) <= _LONGEST:
        raise Refusal("malformed", field="value")
    parts, now = services(), services().clock.now()
    with parts.transactions() as session:
        own = find_own(session, current_account(), now=now)
        report = file_report(
            session,
            current_account(),
            Told(_CHANGES[what], retiree_id=own.id, content={what: value}),
            rules=parts.rules,
            terms=parts.terms,
            vault=parts.vault,
            actor=current_actor(),
            now=now,
        )
        told = Statement(report.kind.value, report.number, local_date(report.reported_at))
        receipt = sign_receipt(session, told, now=now)
    return redirect(url_for("mine.show_mine", done="asked", receipt=receipt), code=303)


def _in_words(line: Line) -> tuple[str, str, str]:
    """Return a line as people read it: section, label, value."""
    section, labels = MINE_SECTIONS[line.section]
    value = line.value
    if isinstance(value, datetime):
        said = write_moment(value)
    elif isinstance(value, date):
        said = write_day(value)
    else:
        said = str(value)
    return section, labels.get(line.label, line.label), said
