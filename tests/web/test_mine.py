"""What we hold about somebody: for that somebody alone, to see, take along, correct and take consent back."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from casework.links import make_link
from certification.consents import find_consent
from certification.retention import destroy_withdrawn_faces
from models import (
    ActionExclusion,
    AuditEntry,
    Binding,
    Call,
    Consent,
    FaceTemplate,
    LivingMark,
    MatchingImport,
    Report,
    Sign,
    Staff,
    Ticket,
    Visit,
)
from models.account import Relation
from models.attempt import AttemptStatus
from models.audit import Actor, ActorKind
from models.base import Base
from models.benefit import BenefitStatus
from models.certification import Channel
from models.evidence import EvidencePurpose
from models.matching import MatchedBy, SignDecision, SignKind
from models.reaching import CallOutcome
from models.report import ReportKind
from models.retiree import ExclusionSource, LivingMarkKind
from models.staff import StaffRole
from models.ticket import Place, TicketKind, TicketOrigin
from models.transitions import TRANSITIONS
from models.visit import VisitOutcome
from tests.cast import COMMUNITY
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


# What is kept of a person, by where the page tells of it.
TOLD = {
    "bindings": "helpers",
    "consents": "agreements",
    "attempts": "attempts",
    "certification_sessions": "attempts",
    "reviews": "attempts",
    "certifications": "certifications",
    "evidence_images": "faces",
    "face_templates": "faces",
    "tickets": "cases",
    "reports": "cases",
    "visits": "visits",
    "signs": "signs",
    "life_events": "events",
    "benefit_amounts": "pension",
    "benefit_actions": "decisions",
    # what a decision says, month by month
    "benefit_reasons": "decisions",
    "benefit_stops": "decisions",
    "back_pay_lines": "decisions",
    "overpayments": "overpayments",
    "living_marks": "marks",
    "action_exclusions": "exclusions",
    "responsibilities": "responsible",
    "calls": "calls",
    "outbox_messages": "messages",
}
# Digests by which the details are found, and what others told.
NOT_TOLD = {"name_birthdays", "address_tokens", "confirmation_codes", "leads"}


def test_everything_that_is_kept_of_a_person_has_its_place() -> None:
    kept = {name for name, table in Base.metadata.tables.items() if {"retiree_id", "benefit_id"} & set(table.c.keys())}
    assert kept == set(TOLD) | NOT_TOLD
    assert set(TOLD.values()) | {"details", "looks"} == set(MINE_SECTIONS)


def test_what_staff_and_departments_wrote_down_is_seen(
    li: Phone, cast: Cast, transactions: Transactions, now: datetime
) -> None:
    who = cast.grandma_li.id
    with transactions() as session:
        staff = Staff(
            login="shequ",
            name="刘小青",
            role=StaffRole.COMMUNITY_WORKER,
            region_code=COMMUNITY,
            password_hash="x",
            created_at=now,
        )
        ticket = Ticket(
            number="Y2503-1",
            kind=TicketKind.ASSISTED_CERTIFICATION,
            origin=TicketOrigin.STAFF,
            retiree_id=who,
            owner_code=COMMUNITY,
            due_by=now.date(),
            created_at=now,
        )
        file = MatchingImport(
            source="hospital_visit",
            title="就诊记录",
            department="卫健委",
            content_index="0",
            counts={},
            actor_name="x",
            started_at=now,
            finished_at=now,
        )
        session.add_all([staff, ticket, file])
        session.flush()
        session.add_all(
            [
                Visit(
                    ticket_id=ticket.id,
                    retiree_id=who,
                    staff_id=staff.id,
                    content_index="0",
                    place=Place.HOME,
                    outcome=VisitOutcome.ABSENT,
                    began_at=now,
                    ended_at=now,
                    received_at=now,
                    notes="邻居说去女儿家了",
                ),
                Sign(
                    retiree_id=who,
                    source="hospital_visit",
                    kind=SignKind.LIFE,
                    happened_on=now.date(),
                    import_id=file.id,
                    line=7,
                    matched_by=MatchedBy.ID_NUMBER,
                    decision=SignDecision.TOO_OLD,
                    decided_at=now,
                ),
                LivingMark(
                    retiree_id=who,
                    kind=LivingMarkKind.LIVING_ALONE,
                    set_by_id=staff.id,
                    set_at=now,
                    review_on=now.date(),
                ),
                ActionExclusion(retiree_id=who, action="nod", source=ExclusionSource.STAFF, created_at=now),
                Call(
                    retiree_id=who,
                    owner_code=COMMUNITY,
                    due_by=now.date(),
                    listed_at=now,
                    called_at=now,
                    outcome=CallOutcome.NO_ANSWER,
                ),
            ]
        )
    page = li.client.get("/h5/mine").get_data(as_text=True)
    for held in ("没有人在家", "邻居说去女儿家了", "就诊记录", "独居", "点头", "没有人接", "Y2503-1"):
        assert held in page, held


def test_whoever_is_no_longer_signed_in_is_sent_where_they_can_sign_in(app: Flask) -> None:
    shown = app.test_client().get("/h5/mine").text
    assert "微信公众号" in shown
    # no button is named that is not there
    assert "“登录”" not in shown


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


def test_whoever_never_consented_refuses_the_use_of_their_face(
    li: Phone, cast: Cast, transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        session.execute(delete(Consent))
    assert "确定收回" in li.client.get("/h5/mine").get_data(as_text=True)
    for _ in range(2):
        assert li.client.post("/h5/mine/consent/withdraw").status_code == 303
    assert "确定收回" not in li.client.get("/h5/mine").get_data(as_text=True)
    with transactions() as session:
        (refused,) = session.scalars(select(Consent)).all()
        assert refused.withdrawn_at == now
        assert destroy_withdrawn_faces(session, actor=WHO, now=now) == 1
        assert session.scalars(select(FaceTemplate).where(FaceTemplate.retiree_id == cast.grandma_li.id)).all() == []


@pytest.mark.parametrize(
    ("what", "value", "kind"),
    [("phone", "13900000055", ReportKind.PHONE_CHANGE), ("address", "开福区某某路9号", ReportKind.ADDRESS_CHANGE)],
)
def test_what_is_wrong_is_corrected_by_the_community(
    li: Phone, transactions: Transactions, what: str, value: str, kind: ReportKind
) -> None:
    asked = li.client.post(f"/h5/mine/changes/{what}", data={"value": value}, follow_redirects=True)
    receipt = re.search(r'href="(/h5/acts/[^"]+)"', asked.get_data(as_text=True))
    assert receipt
    assert MINE_SECTIONS["cases"][1][kind] in li.client.get(receipt[1]).get_data(as_text=True)
    for wrong in ("", " ", "x" * 121):
        assert li.client.post(f"/h5/mine/changes/{what}", data={"value": wrong}).status_code == 422
    assert li.client.post("/h5/mine/changes/name", data={"value": "x"}).status_code == 404
    with transactions() as session:
        report = session.scalars(select(Report)).one()
        assert (report.kind, json.loads(report.content)) == (kind, {what: value})


def test_what_others_reported_is_not_shown(li: Phone, cast: Cast, transactions: Transactions, now: datetime) -> None:
    """Neither what relatives told, nor what somebody did who merely says to be the person."""
    tellers = {"J2503-00000001": cast.daughter, "J2503-00000002": cast.stranger}
    with transactions() as session:
        claim = Binding(
            account_id=cast.stranger.id, retiree_id=cast.grandma_li.id, relation=Relation.SELF, created_at=now
        )
        session.add(claim)
        session.add_all(
            Report(
                number=number,
                kind=ReportKind.FRAUD,
                account_id=account.id,
                retiree_id=cast.grandma_li.id,
                content="{}",
                rule_set="changsha-2020",
                reported_at=now,
            )
            for number, account in tellers.items()
        )
    page = li.client.get("/h5/mine").get_data(as_text=True)
    assert not [number for number in tellers if number in page]


def test_every_line_has_words() -> None:
    assert set(MINE_SECTIONS["certifications"][1]) == set(Channel)
    assert set(MINE_SECTIONS["pension"][1]) == {*BenefitStatus, "amount"}
    assert set(MINE_SECTIONS["attempts"][1]) == set(AttemptStatus) == set(TRANSITIONS[AttemptStatus])
    assert set(MINE_SECTIONS["faces"][1]) >= set(EvidencePurpose)
    assert set(MINE_SECTIONS["helpers"][1]) == set(Relation)
    assert set(MINE_SECTIONS["looks"][1]) == set(ActorKind)
    assert set(MINE_SECTIONS["cases"][1]) >= set(TicketKind) | set(ReportKind)
    assert set(ACTS) >= set(ReportKind)
