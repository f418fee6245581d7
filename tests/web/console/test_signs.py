"""What other departments said of a person, on their page, on the ticket that asks about it, and on the receipt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from models import Certification, Ticket
from tests.matching import deaths, take_in, write

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from models.session import Transactions
    from tests.cast import Cast
    from tests.staff import Desk


def test_it_works(app: Flask, desks: dict[str, Desk], cast: Cast, transactions: Transactions, tmp_path: Path) -> None:
    zhou = cast.old_zhou
    take_in(app, write(tmp_path, (zhou.id_number, zhou.name, "2025-03-05")))
    take_in(app, deaths(tmp_path, (zhou.id_number, zhou.name, "", "2025-03-01")), "cremation")
    desk = desks["worker"]
    person = desk.get(f"/people/{zhou.id}").text
    assert "看病记录 2025-03-05：已经按这条记录认证" in person
    assert "火化记录 2025-03-01：一边说去世，一边说还在".replace("，", ",") in person
    with transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
    shown = desk.get(f"/tickets/{ticket.id}").text
    for text in (
        "2025-03-05　看病记录（卫生健康部门）",
        "<b>在世</b>",
        "2025-03-01　火化记录（民政部门）",
        "<b>去世</b>",
        "优先",
    ):
        assert text in shown, text
    assert desks["neighbour"].get(f"/tickets/{ticket.id}").status_code == 404


def test_a_receipt_names_the_department_and_the_day(
    app: Flask, client: FlaskClient, cast: Cast, transactions: Transactions, tmp_path: Path
) -> None:
    zhou = cast.old_zhou
    take_in(app, write(tmp_path, (zhou.id_number, zhou.name, "2025-03-05")))
    with transactions() as session:
        number = session.scalars(select(Certification.receipt_number)).one()
    for page in (f"/h5/receipts/{number}", f"/verify/{number}"):
        shown = client.get(page).text
        assert "卫生健康部门，2025年3月5日" in shown
        assert "数据比对认证" in shown
        assert "看病" not in shown, "it goes through many hands"
    told = client.get(f"/api/v1/receipts/{number}").get_json()
    assert (told["evidence_from"], told["evidence_on"], told["method"]) == ("卫生健康部门", "2025-03-05", "data_match")
    assert client.get(f"/h5/receipts/{number}.pdf").status_code == 200
