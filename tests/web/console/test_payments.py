from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from models import AuditEntry, BenefitAmount
from tests.staff import sit_down

if TYPE_CHECKING:
    from flask import Flask

    from models.session import Transactions
    from settings import Settings
    from tests.fakes.clock import StandingClock
    from tests.office import Office
    from tests.staff import Desk


def test_it_works(
    desks: dict[str, Desk], office: Office, app: Flask, clock: StandingClock, transactions: Transactions
) -> None:
    """The city closes March, then April with somebody new; each taking of a file is written down."""
    for cents in (250_000, 312_345):
        office.pensioner(cents=cents)
    city = desks["city"]
    assert "还没定" in city.get("/payments").text
    assert "没有月养老金金额" not in city.get("/payments/2025-03").text
    # no month before the first one: nothing differs
    assert "第一次发" not in city.get("/payments/2025-03").text
    assert city.post("/payments/2025-03/close", month="2025-04").status_code == 422
    assert city.post("/payments/2025-03/close", month="2025-03").status_code == 303
    assert "5623.45" in city.get("/payments").text
    file = take(city, "file")
    assert file.decode().splitlines()[-1] == "total,2,2025-03,5623.45"
    digest = sha256(file).hexdigest()
    assert digest in city.get("/payments/2025-03").text
    assert take(city, "checksum").startswith(digest.encode())
    assert take(city, "differences").count(b"first_month") == 0
    office.pensioner(cents=100_000)
    page = city.get("/payments/2025-04").text
    assert "第一次发" in page
    assert "+1000.00" in page
    assert city.post("/payments/2025-04/close", month="2025-04").status_code == 422, "it has not begun"
    city = sit_down(app, transactions, city.staff, clock.advance(days=25))
    assert city.post("/payments/2025-04/close", month="2025-04").status_code == 303
    assert take(city, "differences", month="2025-04").count(b"first_month") == 1
    with office.transactions() as session:
        acts = session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "payment.take")).all()
    assert sorted(acts) == ["2025-03 checksum", "2025-03 differences", "2025-03 file", "2025-04 differences"]


def test_closed_again_nothing_changes(desks: dict[str, Desk], office: Office) -> None:
    office.pensioner()
    city = desks["city"]
    city.post("/payments/2025-03/close", month="2025-03")
    before = take(city, "file")
    office.pensioner()
    assert city.post("/payments/2025-03/close", month="2025-03").status_code == 303
    assert take(city, "file") == before


def test_a_file_that_was_lost_is_put_back(desks: dict[str, Desk], office: Office, settings: Settings) -> None:
    office.pensioner()
    city = desks["city"]
    city.post("/payments/2025-03/close", month="2025-03")
    before = take(city, "file")
    (settings.payment_dir / "payment-2025-03.csv").unlink()
    assert take(city, "file") == before


def test_what_is_not_closed_cannot_be_taken(desks: dict[str, Desk], office: Office) -> None:
    office.pensioner()
    assert desks["city"].get("/payments/2025-03/file").status_code == 404
    assert desks["city"].get("/payments/2025-04").status_code == 404
    assert desks["city"].get("/payments/march").status_code == 404


@pytest.mark.parametrize("name", ["district", "agency"])
def test_a_district_sees_totals_and_takes_nothing(desks: dict[str, Desk], office: Office, name: str) -> None:
    office.pensioner()
    assert desks[name].get("/payments/2025-03").status_code == 200
    assert desks[name].post("/payments/2025-03/close", month="2025-03").status_code == 403
    desks["city"].post("/payments/2025-03/close", month="2025-03")
    assert desks[name].get("/payments/2025-03/file").status_code == 403


def take(desk: Desk, which: str, month: str = "2025-03") -> bytes:
    with desk.get(f"/payments/{month}/{which}") as answer:
        assert answer.status_code == 200
        return bytes(answer.data)


def test_before_closing_it_says_who_has_no_amount(desks: dict[str, Desk], office: Office) -> None:
    office.pensioner()
    office.night()
    assert "没有月养老金金额" in desks["city"].get("/payments/2025-03").text


def test_a_month_whose_records_were_changed_gives_no_file(
    desks: dict[str, Desk], office: Office, settings: Settings
) -> None:
    one = office.pensioner()
    city = desks["city"]
    city.post("/payments/2025-03/close", month="2025-03")
    (settings.payment_dir / "payment-2025-03.csv").unlink()
    with office.transactions() as session:
        session.execute(update(BenefitAmount).where(BenefitAmount.benefit_id == one.id).values(cents=1))
    answer = city.get("/payments/2025-03/file")
    assert answer.status_code == 422
    assert "被人改过" in answer.text
