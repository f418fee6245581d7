from __future__ import annotations

import csv
import json
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from models import (
    Retiree,
    Sign,
    Ticket,
)
from models.audit import Actor, ActorKind
from models.ticket import ENDED, TicketKind
from policy.rules import rule_set
from tests.factories.retirees import make_id_number

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session

    from models.certification import Channel
    from models.matching import SignDecision, SignKind
    from models.session import Transactions
    from tests.cast import Cast

HEADING = ("身份证号", "姓名", "就诊日期")
STRANGER = make_id_number(birthday=date(1960, 1, 1), serial=905)
WHO = Actor(ActorKind.SYSTEM, "test")
RULES = rule_set("changsha-2020")


def write(folder: Path, *rows: Sequence[str], heading: Sequence[str] = HEADING, name: str = "file.csv") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([heading, *rows])
    return path


def take_in(app: Flask, path: Path, source: str = "hospital_visit") -> dict[str, Any]:
    done = app.test_cli_runner().invoke(args=["matching", "import", str(path), "--source", source, "--json"])
    assert done.exit_code == 0, done.output
    report: dict[str, Any] = json.loads(done.stdout)
    fates = ("certified", "suspicious", "noted", "known", "unmatched", "rejected")
    assert report["read"] == sum(report[fate] for fate in fates), "every line has one fate"
    return report


def refused(app: Flask, path: Path, source: str = "hospital_visit") -> dict[str, str]:
    done = app.test_cli_runner().invoke(args=["matching", "import", str(path), "--source", source, "--json"])
    assert done.exit_code == 1, done.output
    error: dict[str, str] = json.loads(done.stdout)["error"]
    return error


def deaths(folder: Path, *rows: Sequence[str]) -> Path:
    return write(folder, *rows, heading=("逝者身份证号", "逝者姓名", "出生日期", "死亡日期"), name="deaths.csv")


def burials(folder: Path, *rows: Sequence[str]) -> Path:
    return write(folder, *rows, heading=("逝者身份证号", "逝者姓名", "安葬日期"), name="burials.csv")


def trains(folder: Path, *rows: Sequence[str]) -> Path:
    return write(folder, *rows, heading=("证件号码", "旅客姓名", "乘车日期"), name="trains.csv")


def standing_of(transactions: Transactions, person: Retiree) -> tuple[date | None, Channel | None]:
    with transactions() as session:
        found = session.get_one(Retiree, person.id)
        return found.certified_until, found.certified_by


def decisions_on(session: Session, person: Retiree) -> list[tuple[SignKind, SignDecision]]:
    rows = session.execute(
        select(Sign.kind, Sign.decision).where(Sign.retiree_id == person.id).order_by(Sign.happened_on)
    )
    return [(kind, decision) for kind, decision in rows]


def tickets_of(session: Session, person: Retiree) -> list[tuple[TicketKind, bool]]:
    rows = session.execute(
        select(Ticket.kind, Ticket.is_urgent).where(Ticket.retiree_id == person.id, Ticket.status.not_in(ENDED))
    )
    return [(kind, is_urgent) for kind, is_urgent in rows]


def let_wechat_reach(transactions: Transactions, cast: Cast) -> Cast:
    """Give the cast's accounts a place in WeChat."""
    with transactions() as session:
        for account in (cast.daughter, cast.nephew, cast.grandma_li_account, cast.stranger):
            session.merge(account).openid = f"openid-{account.id}"
    return cast
