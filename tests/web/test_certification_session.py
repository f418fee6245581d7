"""A certification session over HTTP: what leads to a receipt, and what must not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import select

from certification.face.types import AttackSign, Verdict
from models import (
    Attempt,
    AttemptFrame,
    AuditEntry,
    Certification,
    EvidenceImage,
    FaceTemplate,
    LifeEvent,
    Review,
    Ticket,
    Transition,
)
from models.evidence import TemplateSource
from models.life_event import STANDING_EVENTS, EventSource, LifeEventKind
from services import NAME
from tests.rows import count, refusals
from tests.web.conftest import PAGE, log_in

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from models.life_event import LifeEventStatus
    from models.session import Transactions
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.faces import ScriptedFaces
    from tests.web.conftest import Phone

T = TypeVar("T")


def test_it_works(li: Phone, transactions: Transactions) -> None:
    assert li.open().status_code == 201
    begun = li.begin().get_json()
    assert begun["phase"] == "position"
    assert begun["actions"] is None
    assert begun["seconds_left"] == 120
    ended = li.finish().get_json()
    assert ended["phase"] == "ended"
    assert ended["outcome"]["result"] == "certified"
    assert ended["outcome"]["valid_until"] == "2025-12-31"
    assert ended["outcome"]["next_due_by"] == "2026-12-31"
    receipt = li.client.get(f"/api/v1/receipts/{ended['outcome']['receipt_number']}").get_json()
    assert receipt["masked_name"] == "李*香"
    assert receipt["valid"] is True
    assert count(transactions, Certification) == 1


def test_an_ending_leaves_its_traces_and_no_liveness_state(li: Phone, transactions: Transactions) -> None:
    li.open()
    li.begin()
    li.finish()
    with transactions() as session:
        attempt = session.scalars(select(Attempt)).one()
        assert attempt.state is None
        assert attempt.findings is not None
        assert attempt.findings["verdict"] == "match"
        acts = set(session.scalars(select(AuditEntry.action)))
        assert {"consent.give", "session.open", "attempt.begin", "attempt.end", "certify"} <= acts
        moved = {(row.subject_kind, row.old, row.new) for row in session.scalars(select(Transition))}
        assert ("Attempt", "running", "certified") in moved
        assert ("CertificationSession", "open", "certified") in moved
        added = session.scalars(select(FaceTemplate).where(FaceTemplate.source == TemplateSource.CERTIFICATION)).one()
        assert added.attempt_id == attempt.id
        days = {image.destroy_on for image in session.scalars(select(EvidenceImage)) if image.attempt_id}
        assert days == {(attempt.created_at + timedelta(days=30)).date()}


def test_a_face_of_the_last_night_of_a_year_that_is_decided_in_the_next_is_for_the_old_one(
    li: Phone, transactions: Transactions
) -> None:
    li.open()
    li.begin()
    with transactions() as session:
        attempt = session.scalars(select(Attempt)).one()
        attempt.created_at -= timedelta(days=90)
        year = attempt.created_at.year
    assert li.finish().get_json()["outcome"]["result"] == "certified"
    with transactions() as session:
        certification = session.scalars(select(Certification)).one()
        assert (certification.period, certification.next_due_by.year) == (str(year), year + 1)


def test_the_next_action_is_told_only_when_the_one_before_was_seen(li: Phone) -> None:
    li.open()
    begun = li.begin().get_json()
    assert begun["asked"] is None
    first = li.send(0, b"waiting 0").get_json()
    second = li.send(1, b"seen 1").get_json()
    assert first["asked"] != second["asked"]
    assert (first["step"], second["step"]) == (0, 1)
    assert first["instruction"]["text"]


def test_advice_is_answered_in_words(li: Phone) -> None:
    li.open()
    li.begin()
    assert li.send(0, b"far 0").get_json()["advice"] == {"code": "too_far", "text": "请把手机拿近一点。"}


def test_without_consent_no_session_opens(li: Phone) -> None:
    li.client.delete(f"/api/v1/retirees/{li.retiree.id}/consent", headers={"X-Requested-With": "XMLHttpRequest"})
    answer = li.open()
    assert answer.status_code == 409
    assert answer.get_json()["code"] == "consent_missing"


def test_nothing_goes_on_once_consent_is_taken_back(li: Phone, transactions: Transactions) -> None:
    li.open()
    li.begin()
    li.send(0, b"seen 0")
    assert li.client.delete(f"/api/v1/retirees/{li.retiree.id}/consent", headers=PAGE).status_code == 204
    told = li.send(1, b"seen 1")
    assert (told.status_code, told.get_json()["code"]) == (409, "consent_missing")
    assert li.begin().status_code == 409
    assert li.open().get_json()["code"] == "consent_missing"
    assert count(transactions, Certification) == 0


def test_a_retiree_without_a_reference_photograph_is_shown_another_way(app: Flask, cast: Cast) -> None:
    phone = log_in(app, cast.daughter, cast.old_zhou)
    problem = phone.open().get_json()
    assert problem["code"] == "no_reference"
    assert "上门" in problem["next_step"]


@pytest.mark.usefixtures("li")
def test_who_is_not_bound_learns_nothing(app: Flask, cast: Cast) -> None:
    for account in (cast.stranger, cast.nephew, cast.daughter):
        answer = log_in(app, account, cast.grandma_li).open()
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_yours")


def test_nobody_comes_in_without_login_or_from_another_site(app: Flask, li: Phone) -> None:
    body = {"retiree_id": str(li.retiree.id)}
    nobody = app.test_client().post(
        "/api/v1/certification-sessions", json=body, headers={"X-Requested-With": "XMLHttpRequest"}
    )
    assert nobody.status_code == 401
    foreign_page = li.client.post("/api/v1/certification-sessions", json=body)
    assert foreign_page.status_code == 403
    assert foreign_page.get_json()["code"] == "cross_site"


def test_a_frame_sent_twice_is_answered_alike_and_looked_at_once(li: Phone, faces: ScriptedFaces) -> None:
    li.open()
    li.begin()
    first = li.send(0, b"seen 0")
    again = li.send(0, b"seen 0")
    assert again.status_code == 200
    assert again.get_json() == first.get_json()
    assert faces.looked_at == 1


def test_reordered_replayed_and_foreign_frames_are_refused_and_counted(
    app: Flask, cast: Cast, li: Phone, transactions: Transactions, faces: ScriptedFaces
) -> None:
    li.open()
    li.begin()
    li.send(5, b"waiting 5")
    assert li.send(4, b"waiting 4").get_json()["code"] == "frame_reordered"
    assert li.send(6, b"waiting 5").get_json()["code"] == "frame_replayed"
    assert li.send(7, b"waiting 7", nonce="of another attempt").get_json()["code"] == "frame_foreign"
    thief = replace(li, client=log_in(app, cast.stranger, cast.grandma_li).client)
    assert thief.send(8, b"waiting 8").status_code == 403
    assert refusals(transactions) == {"reordered": 1, "replayed": 1, "foreign": 2}
    assert faces.looked_at == 1


def test_frames_of_an_earlier_attempt_are_refused(li: Phone, faces: ScriptedFaces) -> None:
    li.open()
    li.begin()
    li.send(0, b"seen of the first attempt")
    li.begin()
    assert li.send(0, b"seen of the first attempt").get_json()["code"] == "frame_replayed"
    assert faces.looked_at == 1


def test_frames_of_an_earlier_session_are_refused(
    li: Phone, faces: ScriptedFaces, transactions: Transactions, clock: StandingClock
) -> None:
    li.open()
    li.begin()
    frames = [f"seen yesterday {number}".encode() for number in range(li.steps - 1)]
    for number, jpeg in enumerate(frames):
        assert li.send(number, jpeg).status_code == 200
    clock.advance(days=1)
    li.open()
    li.begin()
    looked_at = faces.looked_at
    for number, jpeg in enumerate(frames):
        assert li.send(number, jpeg).get_json()["code"] == "frame_replayed"
    assert faces.looked_at == looked_at
    assert refusals(transactions) == {"replayed": len(frames)}


def test_a_late_frame_ends_the_attempt_with_advice(li: Phone, clock: StandingClock, transactions: Transactions) -> None:
    li.open()
    li.begin()
    li.send(0, b"waiting 0")
    clock.advance(seconds=121)
    late = li.send(1, b"seen 1")
    assert (late.status_code, late.get_json()["code"]) == (410, "attempt_ended")
    outcome = li.progress()["outcome"]
    assert outcome["result"] == "retry"
    assert outcome["advice"]["code"] == "network", "so few pictures came that it was not the face"
    assert li.progress()["attempts_left"] == 2
    assert refusals(transactions) == {"late": 1}


def test_the_third_failure_becomes_a_ticket_of_the_community(
    li: Phone, faces: ScriptedFaces, transactions: Transactions
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.NO_MATCH, distance=0.7)
    li.open()
    results = []
    for number in range(3):
        li.begin()
        results.append(li.finish(str(number)).get_json()["outcome"])
    assert [outcome["result"] for outcome in results] == ["retry", "retry", "refused"]
    assert results[2]["ticket"]["office"]["name"] == "桂花社区"
    assert results[2]["ticket"]["due_by"] == "2025-03-24"
    assert li.begin().get_json()["code"] == "session_ended"
    assert count(transactions, Ticket) == 1
    assert count(transactions, Certification) == 0


def test_a_doubtful_face_goes_to_a_review_with_an_owner_and_a_day(
    li: Phone, faces: ScriptedFaces, transactions: Transactions
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.REVIEW, distance=0.45)
    li.open()
    li.begin()
    outcome = li.finish().get_json()["outcome"]
    assert outcome["result"] == "review"
    assert outcome["answer_by"]
    with transactions() as session:
        review = session.scalars(select(Review)).one()
        assert review.owner_code == li.retiree.agency_code
        assert review.reasons == ["face_unsure"]
    assert count(transactions, Certification) == 0


@pytest.mark.parametrize("status", STANDING_EVENTS)
def test_whoever_is_said_to_be_dead_is_seen_by_a_person(
    li: Phone, transactions: Transactions, now: datetime, status: LifeEventStatus
) -> None:
    with transactions() as session:
        session.add(
            LifeEvent(
                number="L2503-1",
                kind=LifeEventKind.DEATH,
                status=status,
                retiree_id=li.retiree.id,
                source=EventSource.ACCOUNT,
                reported_by="somebody",
                reported_at=now,
                content="{}",
                rule_set="changsha-2020",
            )
        )
    li.open()
    li.begin()
    outcome = li.finish().get_json()["outcome"]
    assert outcome["result"] == "review"
    assert outcome["answer_by"]
    with transactions() as session:
        assert session.scalars(select(Review.reasons)).one() == ["death_told", "face_matches"]
    assert count(transactions, Certification) == 0


def test_a_flat_picture_is_never_certified(li: Phone, faces: ScriptedFaces, transactions: Transactions) -> None:
    faces.assessment = replace(faces.assessment, live=False, attack_signs=(AttackSign.FLAT_SURFACE,))
    li.open()
    for number in range(3):
        li.begin()
        li.finish(str(number))
    assert count(transactions, Certification) == 0


def test_nobody_is_certified_twice(li: Phone) -> None:
    li.open()
    li.begin()
    li.finish()
    assert li.open().get_json()["code"] == "already_certified"
    assert li.client.get("/api/v1/me").get_json()["retirees"][0]["reason"] == "already_certified"


def test_a_session_on_a_second_phone_ends_the_first(li: Phone, transactions: Transactions) -> None:
    li.open()
    li.begin()
    li.send(0, b"seen 0")
    second = replace(li)
    second.open()
    second.begin()
    assert li.send(1, b"seen 1").get_json()["code"] == "attempt_superseded"
    assert second.finish().get_json()["outcome"]["result"] == "certified"
    assert li.begin().get_json()["code"] == "session_ended"
    assert count(transactions, Certification) == 1


def test_two_frames_at_once_count_as_one(li: Phone, faces: ScriptedFaces, transactions: Transactions) -> None:
    li.open()
    li.begin()

    def meanwhile() -> None:
        faces.on_observe = lambda: None
        assert li.send(1, b"seen meanwhile").status_code == 200

    faces.on_observe = meanwhile
    assert li.send(0, b"seen slowly").get_json()["code"] == "frame_reordered"
    assert count(transactions, AttemptFrame) == 1
    assert li.progress()["step"] == 1


def test_a_process_that_died_before_the_end_is_made_good(
    li: Phone, faces: ScriptedFaces, transactions: Transactions
) -> None:
    li.open()
    li.begin()
    whole = faces.assess

    def die(*_args: object) -> None:
        raise MemoryError

    faces.assess = die  # type: ignore[method-assign,assignment]  # the process dies here
    answer = li.finish()
    assert (answer.status_code, answer.get_json()["code"]) == (500, "our_fault")
    faces.assess = whole  # type: ignore[method-assign]
    assert li.progress()["outcome"]["result"] == "certified"
    assert count(transactions, Certification) == 1


def test_a_crashing_frame_costs_no_more_than_the_attempt(li: Phone, transactions: Transactions) -> None:
    li.open()
    li.begin()
    first = li.send(0, b"crash 0")
    assert (first.status_code, first.get_json()["retryable"]) == (503, True)
    assert li.send(1, b"waiting 1").status_code == 200
    li.send(2, b"crash 2")
    li.send(3, b"slow 3")
    assert li.progress()["outcome"]["result"] == "retry"
    assert li.progress()["attempts_left"] == 2
    assert refusals(transactions) == {"crashed": 3}


def test_a_busy_engine_loses_nothing(li: Phone) -> None:
    li.open()
    li.begin()
    busy = li.send(0, b"busy")
    assert (busy.status_code, busy.headers["Retry-After"]) == (429, "2")
    assert li.send(0, b"seen 0").status_code == 200


def test_a_frame_that_is_no_picture_is_told_and_passed_over(li: Phone) -> None:
    li.open()
    li.begin()
    answer = li.send(0, b"garbage")
    assert (answer.status_code, answer.get_json()["code"]) == (422, "frame_unreadable")
    assert li.send(1, b"seen 1").status_code == 200


def test_whoever_comes_when_all_places_are_taken_is_told_how_long_to_wait(
    li: Phone, app: Flask, clock: StandingClock
) -> None:
    services: Services = app.extensions[NAME]
    others = [uuid4() for _ in range(services.settings.face_places * services.settings.face_workers)]
    for other in others:
        assert services.crowd.enter(other, clock.advance(seconds=0.6)) == 0
    li.open()
    told = li.begin()
    assert (told.status_code, told.get_json()["code"], told.get_json()["retryable"]) == (429, "people_wait", True)
    seconds = told.headers["Retry-After"]
    assert f"请等 {seconds} 秒" in told.get_json()["detail"]
    services.crowd.leave(others[0], clock.advance(seconds=2))
    assert li.begin().status_code == 201
    assert li.finish().get_json()["outcome"]["result"] == "certified"
    assert services.crowd.enter(others[0], clock.advance(seconds=2)) == 0, "who is done makes room"
