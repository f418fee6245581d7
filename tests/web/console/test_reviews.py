from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.tickets import open_ticket
from certification.certify import certify
from certification.evidence import StoredPicture, name_picture, store_picture
from jobs.notices import write_notice
from models import (
    Attempt,
    AuditEntry,
    Certification,
    CertificationSession,
    EvidenceImage,
    LifeEvent,
    OutboxMessage,
    Retiree,
    Review,
    Ticket,
    Transition,
)
from models.attempt import AttemptStatus, CaptureWay, SessionStatus
from models.audit import Actor, ActorKind
from models.certification import Channel, ReviewStatus
from models.evidence import EvidencePurpose
from models.life_event import LifeEventKind
from models.ticket import TicketKind, TicketOrigin, TicketStatus
from services import NAME
from tests.factories.accounts import add_own_account
from tests.office import RULES

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from models.session import Transactions
    from settings import Settings
    from tests.cast import Cast
    from tests.office import Office
    from tests.staff import Desk

SYSTEM = Actor(ActorKind.SYSTEM, "test")
JPEG = b"\xff\xd8 a frame"


@pytest.fixture
def review(app: Flask, cast: Cast, transactions: Transactions, settings: Settings, now: datetime) -> Review:
    """An attempt of grandma Li that the machine was not sure of, with one frame kept."""
    parts = app.extensions[NAME]
    stored: StoredPicture = store_picture(JPEG, store=parts.evidence, vault=parts.vault)
    with transactions() as session:
        within = CertificationSession(
            account_id=cast.grandma_li_account.id,
            retiree_id=cast.grandma_li.id,
            with_helper=False,
            status=SessionStatus.IN_REVIEW,
            created_at=now,
        )
        session.add(within)
        session.flush()
        attempt = Attempt(
            session_id=within.id,
            retiree_id=cast.grandma_li.id,
            number=1,
            way=CaptureWay.STREAM,
            status=AttemptStatus.REVIEW,
            actions=["blink"],
            nonce_index="n" * 64,
            created_at=now,
            expires_at=now,
            findings={"verdict": "review", "distance": 0.44, "live": True, "attack_signs": ["jump"], "actions": []},
            rule_set="changsha-2020",
        )
        session.add(attempt)
        session.flush()
        made = Review(
            attempt_id=attempt.id,
            retiree_id=cast.grandma_li.id,
            owner_code=cast.grandma_li.agency_code,
            reasons=["face_unsure"],
            created_at=now,
            due_by=now.date(),
        )
        session.add(made)
        name_picture(
            session,
            stored,
            retiree_id=cast.grandma_li.id,
            purpose=EvidencePurpose.ATTEMPT,
            attempt_id=attempt.id,
            destroy_on=None,
            now=now,
        )
        open_ticket(
            session,
            TicketKind.MANUAL_REVIEW,
            session.merge(cast.grandma_li),
            TicketOrigin.DOUBTFUL_FACE,
            owner_code=made.owner_code,
            due_by=made.due_by,
            terms=settings.terms(),
            actor=SYSTEM,
            now=now,
        )
        return made


def test_it_works_side_by_side_and_ends_with_a_certification(
    desks: dict[str, Desk], review: Review, transactions: Transactions
) -> None:
    desk = desks["agency"]
    assert "李桂香" in desk.get("/reviews").text
    page = desk.get(f"/reviews/{review.id}").text
    assert "0.440" in page
    assert "画面跳动" in page
    assert desk.post(f"/reviews/{review.id}", judgement="certify").status_code == 303
    with transactions() as session:
        certification = session.scalars(select(Certification)).one()
        assert certification.attempt_id == review.attempt_id
        assert session.get_one(Attempt, review.attempt_id).status is AttemptStatus.CERTIFIED
        assert session.scalars(select(Ticket.status)).one() is TicketStatus.DONE
        by = session.scalars(select(Transition.actor_name).where(Transition.subject_kind == "Review")).one()
        assert by == str(desk.staff.id)
    assert desk.post(f"/reviews/{review.id}", judgement="refuse").status_code == 409, "decided once"


def test_whoever_is_certified_though_said_to_be_dead_is_decided_the_same_day(
    desks: dict[str, Desk], review: Review, office: Office, cast: Cast, transactions: Transactions
) -> None:
    office.tell(LifeEventKind.DEATH, cast.grandma_li, office.today - timedelta(days=3))
    assert desks["agency"].post(f"/reviews/{review.id}", judgement="certify").status_code == 303
    with transactions() as session:
        alive = session.scalars(select(LifeEvent).where(LifeEvent.kind == LifeEventKind.STILL_ALIVE)).one()
        assert alive.is_open
        assert alive.retiree_id == cast.grandma_li.id
    assert "我还活着" in desks["agency"].get("/").text


def test_a_face_shown_in_december_is_for_that_year_whenever_it_is_looked_at(
    desks: dict[str, Desk], review: Review, cast: Cast, transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        session.get_one(Attempt, review.attempt_id).created_at = now - timedelta(days=90)
        add_own_account(session, session.get_one(Retiree, cast.grandma_li.id), now)
    assert desks["agency"].post(f"/reviews/{review.id}", judgement="certify").status_code == 303
    with transactions() as session:
        certification = session.scalars(select(Certification)).one()
        assert (certification.period, certification.next_due_by) == ("2024", date(2025, 12, 31))
        assert certification.certified_at == now
        message = session.scalars(select(OutboxMessage)).one()
        told = write_notice(session, message, "https://example.cn").text
        assert "今年还要认证一次，最晚2025年12月31日" in told


@pytest.mark.parametrize(("judgement", "status"), [("refuse", ReviewStatus.REFUSED), ("visit", ReviewStatus.VISIT)])
def test_who_is_not_certified_is_helped_and_told(
    desks: dict[str, Desk], review: Review, transactions: Transactions, judgement: str, status: ReviewStatus
) -> None:
    assert desks["district"].post(f"/reviews/{review.id}", judgement=judgement).status_code == 303
    with transactions() as session:
        assert session.get_one(Review, review.id).status is status
        helped = session.scalars(select(Ticket).where(Ticket.kind == TicketKind.ASSISTED_CERTIFICATION)).one()
        assert helped.status is TicketStatus.OPEN
        assert session.scalars(select(OutboxMessage.notice)).one() == "review_refused"
        assert session.scalars(select(Certification)).all() == []


@pytest.mark.parametrize("judgement", ["refuse", "visit"])
def test_nobody_goes_to_whoever_was_certified_meanwhile(
    desks: dict[str, Desk], review: Review, cast: Cast, transactions: Transactions, now: datetime, judgement: str
) -> None:
    with transactions() as session:
        li = session.get_one(Retiree, cast.grandma_li.id)
        certify(session, li, Channel.COUNTER, rules=RULES, actor=SYSTEM, now=now)
    assert desks["district"].post(f"/reviews/{review.id}", judgement=judgement).status_code == 303
    with transactions() as session:
        assert session.scalars(select(Ticket.status)).all() == [TicketStatus.DONE], "the review's own"
        assert session.scalars(select(OutboxMessage.notice)).all() == []


def test_each_opening_of_a_face_is_written_down(
    desks: dict[str, Desk], review: Review, transactions: Transactions
) -> None:
    with transactions() as session:
        image = session.scalars(select(EvidenceImage)).one()
    path = f"/reviews/{review.id}/images/{image.id}"
    answer = desks["agency"].get(path)
    assert answer.data == JPEG
    assert answer.mimetype == "image/jpeg"
    desks["agency"].get(path)
    with transactions() as session:
        opened = session.scalars(select(AuditEntry).where(AuditEntry.action == "image.open")).all()
    assert [one.actor_name for one in opened] == [str(desks["agency"].staff.id)] * 2
    for name, status in (("worker", 403), ("subdistrict", 403), ("auditor", 403), ("far_agency", 404)):
        assert desks[name].get(path).status_code == status, name


def test_a_destroyed_picture_is_said_to_be(
    app: Flask, desks: dict[str, Desk], review: Review, transactions: Transactions
) -> None:
    with transactions() as session:
        image = session.scalars(select(EvidenceImage)).one()
    app.extensions[NAME].evidence.delete(image.storage_key)
    assert desks["agency"].get(f"/reviews/{review.id}/images/{image.id}").status_code == 410
