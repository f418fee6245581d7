"""Monthly payment decisions: totals and checksum, what differs from the month before and why, closing, the files."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from flask import Blueprint, send_file, url_for

from api.console.pages import back_to, page, typed
from api.guards import current_actor, current_staff, staff_only
from casework.benefit_lists import heaps
from casework.payment_files import count_without_amount
from casework.payment_folder import close_month
from casework.payment_lists import count_differences, find_month, is_of_city, list_months, require_city
from casework.proposal_lists import staff_names
from models.audit import record
from models.benefit import PaymentStatus
from policy.months import read_month, write_month
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from flask import Response
    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response as AnyResponse

    from models import PaymentMonth

payments = Blueprint("console_payments", __name__, url_prefix="/staff/payments")
payments.before_request(staff_only)

# The files of a closed month by what an address calls them.
FILES = {"file": ".csv", "differences": ".differences.csv", "checksum": ".csv.sha256"}


@payments.get("")
def show_list() -> str:
    """Show the months with their totals."""
    with services().transactions() as session:
        return page("payments.html", months=list_months(session, current_staff()))


@payments.get("/<string:month>")
def show_month(month: str) -> str:
    """Show one month: its totals and checksum, and by reason what differs from the month before."""
    staff, number = current_staff(), _month(month)
    with services().transactions() as session:
        row = find_month(session, staff, number)
        of_city = is_of_city(session, staff)
        waiting = sum(count for _heap, count in heaps(session, staff))
        return page(
            "payment.html",
            row=row,
            is_open=row.status is PaymentStatus.OPEN,
            of_city=of_city,
            differences=count_differences(session, number) if of_city else None,
            waiting=waiting,
            without_amount=count_without_amount(session, number) if of_city else 0,
            closed_by=_closer(session, row),
            files=FILES,
        )


@payments.post("/<string:month>/close")
def close(month: str) -> AnyResponse:
    """Close the open month: its file is final, and the next month opens."""
    parts, staff, number = services(), current_staff(), _month(month)
    now = parts.clock.now()
    with parts.transactions() as session:
        require_city(session, staff)
        find_month(session, staff, number)
        if typed("month") != month:
            raise Refusal("malformed", field="month")
        record(session, current_actor(), "payment.close", staff, now=now, reason=month)
    close_month(parts.transactions, parts.settings.payment_dir, number, closed_by=current_actor().name, now=now)
    return back_to(url_for("console_payments.show_month", month=month))


@payments.get("/<string:month>/<string:which>")
def give_file(month: str, which: str) -> Response:
    """Give a closed month's file, its differences or its checksum; who took it is written down."""
    parts, staff, number = services(), current_staff(), _month(month)
    if which not in FILES:
        raise Refusal("not_found")
    now = parts.clock.now()
    with parts.transactions() as session:
        require_city(session, staff)
        row = find_month(session, staff, number)
        if row.status is not PaymentStatus.CLOSED:
            raise Refusal("not_found")
        record(session, current_actor(), "payment.take", staff, now=now, reason=f"{month} {which}")
        closed_by = row.closed_by or ""
    # puts back a file that is missing, and refuses one that the records no longer give
    folder = parts.settings.payment_dir
    close_month(parts.transactions, folder, number, closed_by=closed_by, now=now)
    path = (folder / f"payment-{write_month(number)}{FILES[which]}").resolve()
    answer = send_file(path, mimetype="text/plain; charset=utf-8", as_attachment=True, download_name=path.name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _closer(session: Session, row: PaymentMonth) -> str:
    """Return the name of the member of staff who closed a month, or what the command line was run as."""
    try:
        staff_id = uuid.UUID(row.closed_by or "")
    except ValueError:
        return row.closed_by or ""
    return staff_names(session, [staff_id]).get(staff_id, "")


def _month(text: str) -> int:
    try:
        return read_month(text)
    except ValueError:
        raise Refusal("not_found") from None
