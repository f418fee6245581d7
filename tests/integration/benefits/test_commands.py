from __future__ import annotations

import csv
import hashlib
import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from models import Base, Benefit, BenefitAmount, PaymentMonth, Retiree
from models.life_event import LifeEventKind
from policy.months import read_month
from refusal import Refusal
from tests.cast import COMMUNITY
from tests.factories.retirees import make_retiree
from words import REFUSALS

if TYPE_CHECKING:
    from flask import Flask

    from models.session import Transactions
    from tests.office import Office


def _run(app: Flask, *arguments: str, code: int = 0) -> dict[str, Any]:
    done = app.test_cli_runner().invoke(args=["benefits", *arguments, "--json"])
    assert done.exit_code == code, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def _rows(transactions: Transactions) -> dict[str, int]:
    with transactions() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table)) or 0
            for name, table in Base.metadata.tables.items()
        }


def test_it_works(app: Flask, office: Office) -> None:
    people = [office.pensioner(cents) for cents in (123_456, 300_001)]
    told = _run(app, "payment-file", "--month", "2025-03")
    assert (told["people"], told["regular"], told["total"]) == (len(people), "4234.57", "4234.57")
    content = Path(told["file"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == told["sha256"]
    assert content.decode().splitlines()[-1] == "total,2,2025-03,4234.57"
    assert f"{told['sha256']}  payment-2025-03.csv" in Path(f"{told['file']}.sha256").read_text()
    again = _run(app, "payment-file", "--month", "2025-03")
    assert again["was_closed"]
    assert again["sha256"] == told["sha256"]
    assert _run(app, "payment-file", "--month", "2025-05", code=1)["error"]["code"] == "month_not_open"
    assert _run(app, "payment-file", "--month", "2025-04", code=1)["error"]["code"] == "month_to_come"


def test_a_lost_file_is_written_anew_and_an_altered_record_is_noticed(office: Office) -> None:
    one = office.pensioner()
    closed = office.close(read_month("2025-03"))
    content = closed.path.read_bytes()
    closed.path.unlink()
    assert office.close(read_month("2025-03")).path.read_bytes() == content
    closed.path.unlink()
    with office.transactions() as session:
        session.scalars(select(BenefitAmount).where(BenefitAmount.benefit_id == one.id)).one().cents += 1
    with pytest.raises(Refusal, match="file_altered"):
        office.close(read_month("2025-03"))


def test_a_fault_of_a_file_is_said_in_words(app: Flask, office: Office) -> None:
    one = office.pensioner()
    Path(_run(app, "payment-file", "--month", "2025-03")["file"]).unlink()
    with office.transactions() as session:
        amount = session.scalars(select(BenefitAmount).where(BenefitAmount.benefit_id == one.id)).one()
        amount.cents += 1
    assert _run(app, "payment-file", "--month", "2025-03", code=1)["error"]["code"] == "file_altered"
    office.go_to(date(2025, 4, 2))
    with office.transactions() as session:
        session.get_one(Benefit, one.id).first_month += 5
    with pytest.raises(Refusal, match="file_unexplained"):
        office.close(read_month("2025-04"))
    assert REFUSALS["file_altered"]
    assert REFUSALS["file_unexplained"]


@pytest.mark.parametrize("is_lost", [True, False])
@pytest.mark.parametrize("ending", [".csv.sha256", ".differences.csv", ".csv"])
def test_whatever_is_lost_or_changed_in_the_folder_is_put_back(office: Office, ending: str, *, is_lost: bool) -> None:
    office.go_to(date(2025, 2, 3))
    one = office.pensioner()
    office.close(read_month("2025-02"))
    office.go_to(date(2025, 3, 3))
    office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 2, 3))
    office.approve_everything(one)
    path = office.close(read_month("2025-03")).path.with_name(f"payment-2025-03{ending}")
    before = path.read_bytes()
    office.pensioner()
    if is_lost:
        path.unlink()
    else:
        path.write_bytes(before.replace(b"3", b"4"))
    office.close(read_month("2025-03"))
    assert path.read_bytes() == before


def test_whoever_has_no_amount_is_counted(app: Flask, office: Office) -> None:
    office.pensioner()
    stopped = office.pensioner()
    with office.transactions() as session:
        make_retiree(session, community_code=COMMUNITY)
    office.happens(LifeEventKind.DEATH, stopped, date(2025, 2, 3))
    office.approve_everything(stopped)
    office.night()
    told = _run(app, "payment-file", "--month", "2025-03")
    # the cast have none either
    with office.transactions() as session:
        pensions = session.scalar(select(func.count()).select_from(Benefit)) or 0
    assert (told["people"], told["without_amount"]) == (1, pensions - 2)
    assert _run(app, "payment-file", "--month", "2025-03")["without_amount"] == pensions - 2


def test_a_dry_run_leaves_nothing(app: Flask, office: Office, transactions: Transactions) -> None:
    one = office.pensioner()
    with transactions() as session:
        session.get_one(Retiree, one.id).due_by = office.today
    before = _rows(transactions)
    told = _run(app, "sweep", "--as-of", "2025-04-10", "--dry-run")
    assert told["visits"] == 1
    assert _rows(transactions) == before
    assert _run(app, "sweep", "--as-of", "2025-04-10")["visits"] == 1
    assert _run(app, "sweep", "--as-of", "2025-04-10")["visits"] == 0


def test_an_amount_that_its_comma_parts_is_not_taken_for_its_first_half(
    app: Flask, office: Office, tmp_path: Path
) -> None:
    person = office.pensioner()
    path = tmp_path / "amounts.csv"
    path.write_text(f"身份证号,月养老金\n{person.id_number},4,321.60\n", encoding="utf-8")
    told = _run(app, "amounts", str(path))
    assert (told["rejected"], told["added"], told["updated"]) == (1, 0, 0)
    rejected = Path(told["rejected_file"])
    assert "4,321.60" in rejected.read_text(encoding="utf-8-sig")
    path.write_text(f"身份证号,月养老金\n{person.id_number},4321.60,,\n", encoding="utf-8")
    assert _run(app, "amounts", str(path))["rejected"] == 0


def test_amounts_are_taken_over_once(app: Flask, office: Office, tmp_path: Path) -> None:
    people = [office.pensioner() for _place in range(2)]
    path = tmp_path / "amounts.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["身份证号", "月养老金", "从哪月起", "个人编号"])
        writer.writerow([people[0].id_number, "4000.50", "2025-03", "4301000001"])
        writer.writerow([people[1].id_number, "4000.50", "2025-02", ""])
        writer.writerow(["430102194503080011", "1", "", ""])
    told = _run(app, "amounts", str(path))
    assert (told["read"], told["updated"], told["rejected"]) == (3, 1, 2)
    assert _run(app, "amounts", str(path))["unchanged"] == 1
    with office.transactions() as session:
        assert session.get_one(Benefit, people[0].id).number == "4301000001"
        assert session.scalar(select(func.count()).select_from(PaymentMonth)) == 1
    told = _run(app, "payment-file", "--month", "2025-03")
    assert told["regular"] == "7000.50"
