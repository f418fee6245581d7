"""What we hold about somebody: for that somebody alone, to see, take along, correct and take consent back."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.links import make_link
from certification.consents import find_consent
from models import AuditEntry, Binding, Report
from models.account import Relation
from models.attempt import AttemptStatus
from models.audit import Actor, ActorKind
from models.benefit import BenefitStatus
from models.certification import Channel
from models.evidence import EvidencePurpose
from models.report import ReportKind
from models.ticket import TicketKind
from models.transitions import TRANSITIONS
from tests.web.conftest import log_in
from words.protection import ACTS, MINE_SECTIONS

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast
    from tests.web.conftest import Phone

WHO = Actor(ActorKind.COMMAND, "test")


def test_somebody_sees_everything_about_themselves(li: Phone, cast: Cast, transactions: Transactions) -> None:
    li.open()
    li.begin()
    page = li.client.get("/h5/mine").get_data(as_text=True)
    for held in (cast.grandma_li.name, cast.grandma_li.id_number, "13900000001", "底图", "同意", "您或家人"):
        assert held in page, held
    assert cast.old_zhou.name not in page
    copy = li.client.get("/h5/mine/copy.csv")
    rows = list(csv.reader(io.StringIO(copy.data.decode("utf-8-sig"))))
    assert ["基本信息", "身份证号", cast.grandma_li.id_number] in rows
    assert copy.headers["Content-Disposition"] == "attachment; filename=mine.csv"
    assert copy.headers["Cache-Control"] == "no-store"
    with transactions() as session:
        told = session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "own.show")).all()
        assert sorted(told) == ["copied", "shown"]


def test_nobody_else_sees_it(app: Flask, cast: Cast, transactions: Transactions, vault: Vault, now: datetime) -> None:
    assert app.test_client().get("/h5/mine").status_code == 401
    with transactions() as session:
        # a claim that nobody confirmed, and a link, are not the person
        claim = Binding(
            account_id=cast.stranger.id, retiree_id=cast.grandma_li.id, relation=Relation.SELF, created_at=now
        )
        session.add(claim)
        link = make_link(session, session.merge(cast.grandma_li), hours=1, vault=vault, actor=WHO, now=now)
    for account in (cast.daughter, cast.nephew, cast.stranger):
        client = log_in(app, account, cast.grandma_li).client
        for path in ("/h5/mine", "/h5/mine/copy.csv"):
            answer = client.get(path)
            assert answer.status_code == 403
            assert cast.grandma_li.id_number not in answer.get_data(as_text=True)
    holder = app.test_client()
    assert holder.post(f"/h5/link/{link}").status_code == 303
    assert holder.get("/h5/mine").status_code == 403
    assert holder.post("/h5/mine/consent/withdraw").status_code == 403


def test_consent_is_taken_back_and_only_on_our_own_page(li: Phone, cast: Cast, transactions: Transactions) -> None:
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert li.client.post("/h5/mine/consent/withdraw", headers=headers).status_code == 403
    # a slip of the finger takes nothing back
    assert "确定收回" in li.client.get("/h5/mine").get_data(as_text=True)
    answer = li.client.post("/h5/mine/consent/withdraw", follow_redirects=True)
    assert "已经收回" in answer.get_data(as_text=True)
    with transactions() as session:
        assert find_consent(session, session.merge(cast.grandma_li_account), cast.grandma_li.id) is None
    assert li.open().status_code == 409
    assert "收回刷脸的同意" not in li.client.get("/h5/mine").get_data(as_text=True)


@pytest.mark.parametrize(
    ("what", "value", "kind"),
    [("phone", "13900000055", ReportKind.PHONE_CHANGE), ("address", "开福区某某路9号", ReportKind.ADDRESS_CHANGE)],
)
def test_what_is_wrong_is_corrected_by_the_community(
    li: Phone, transactions: Transactions, what: str, value: str, kind: ReportKind
) -> None:
    assert li.client.post(f"/h5/mine/changes/{what}", data={"value": value}).status_code == 303
    for wrong in ("", " ", "x" * 121):
        assert li.client.post(f"/h5/mine/changes/{what}", data={"value": wrong}).status_code == 422
    assert li.client.post("/h5/mine/changes/name", data={"value": "x"}).status_code == 404
    with transactions() as session:
        report = session.scalars(select(Report)).one()
        assert (report.kind, json.loads(report.content)) == (kind, {what: value})


def test_what_others_reported_is_not_shown(li: Phone, cast: Cast, transactions: Transactions, now: datetime) -> None:
    with transactions() as session:
        session.add(
            Report(
                number="J2503-00000001",
                kind=ReportKind.FRAUD,
                account_id=cast.daughter.id,
                retiree_id=cast.grandma_li.id,
                content="{}",
                rule_set="changsha-2020",
                reported_at=now,
            )
        )
    assert "J2503-00000001" not in li.client.get("/h5/mine").get_data(as_text=True)


def test_every_line_has_words() -> None:
    assert set(MINE_SECTIONS["certifications"][1]) == set(Channel)
    assert set(MINE_SECTIONS["pension"][1]) == {*BenefitStatus, "amount"}
    assert set(MINE_SECTIONS["attempts"][1]) == set(AttemptStatus) == set(TRANSITIONS[AttemptStatus])
    assert set(MINE_SECTIONS["faces"][1]) >= set(EvidencePurpose)
    assert set(MINE_SECTIONS["helpers"][1]) == set(Relation)
    assert set(MINE_SECTIONS["looks"][1]) == set(ActorKind)
    assert set(MINE_SECTIONS["cases"][1]) >= set(TicketKind) | set(ReportKind)
    assert set(ACTS) >= set(ReportKind)
