"""`flask doctor`: clean where all went well, and one finding for each thing that does not belong together."""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, insert, select, text, update

import words.doctor
from casework.consistency import CHECKS
from casework.trail_check import ORPHANED_AFTER
from certification.evidence import FolderStore
from certification.face.types import Verdict
from jobs.attempts import settle_expired
from models import (
    Attempt,
    CarriedTask,
    Certification,
    CertificationSession,
    EvidenceImage,
    InboxMessage,
    OutboxMessage,
    Region,
    Retiree,
    Review,
    Ticket,
)
from models.attempt import AttemptStatus, SessionStatus
from models.conversation import InboxStatus
from models.ticket import TicketStatus
from models.transitions import Transition
from services import NAME

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from flask import Flask
    from sqlalchemy.orm import Session

    from models.session import Transactions
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.evidence import EvidenceInMemory
    from tests.fakes.faces import ScriptedFaces
    from tests.web.conftest import Phone


def examine(app: Flask, *options: str) -> dict[str, int]:
    """Return what the doctor found, by check."""
    done = app.test_cli_runner().invoke(args=["doctor", "--json", *options])
    told = json.loads(done.stdout)
    assert (done.exit_code, told["clean"]) == ((1, False) if told["findings"] else (0, True))
    return {one["check"]: one["count"] for one in told["findings"]}


@pytest.fixture
def used(app: Flask, li: Phone, faces: ScriptedFaces, store: EvidenceInMemory) -> Phone:
    """A doubtful attempt that waits for a reviewer."""
    services: Services = app.extensions[NAME]
    for key, sealed in store.pictures.items():
        services.evidence.put(key, sealed)
    faces.assessment = replace(faces.assessment, verdict=Verdict.REVIEW, distance=0.45)
    li.open()
    li.begin()
    li.finish()
    assert examine(app) == {}
    return li


@pytest.fixture
def certified(app: Flask, li: Phone, store: EvidenceInMemory) -> Phone:
    """Somebody who certified."""
    services: Services = app.extensions[NAME]
    for key, sealed in store.pictures.items():
        services.evidence.put(key, sealed)
    li.open()
    li.begin()
    li.finish()
    assert examine(app) == {}
    return li


def test_a_person_is_told_in_words(app: Flask, certified: Phone, transactions: Transactions) -> None:
    assert app.test_cli_runner().invoke(args=["doctor"]).stdout == words.doctor.CLEAN + "\n"
    with transactions() as session:
        session.execute(update(Retiree).values(certified_until=None))
    told = app.test_cli_runner().invoke(args=["doctor"])
    assert told.exit_code == 1
    assert words.doctor.CHECKS["standing_disagrees"] in told.stdout
    assert str(certified.retiree.id) in told.stdout
    assert certified.retiree.id_number not in told.stdout


def test_every_finding_has_words() -> None:
    trails = {name for name in words.doctor.CHECKS if name.startswith("no_transition_of_")}
    elsewhere = {"migrations_missing", "database_damaged", "row_refers_to_nothing", "pictures_out_of_reach"}
    elsewhere |= {"picture_missing", "picture_orphaned"}
    assert set(words.doctor.CHECKS) == set(CHECKS) | trails | elsewhere


def _letter(session: Session, now: datetime) -> None:
    values: dict[str, Any] = {"id": uuid.uuid4(), "work": "x", "asked_for": now, "tries": 3, "began_at": now}
    session.execute(insert(CarriedTask).values(values | {"given_up_at": now}))


def _lost(session: Session, now: datetime) -> None:
    long_ago = now - timedelta(hours=2)
    values: dict[str, Any] = {"id": uuid.uuid4(), "work": "x", "asked_for": now, "tries": 1, "began_at": long_ago}
    session.execute(insert(CarriedTask).values(values))


def _voice(session: Session, now: datetime) -> None:
    account_id = session.scalars(select(CertificationSession.account_id)).first()
    values = {"id": uuid.uuid4(), "request_key": "r", "content_key": "c", "account_id": account_id, "kind": "voice"}
    values |= {"status": InboxStatus.DEFERRED, "received_at": now - timedelta(hours=2), "tries": 0}
    session.execute(insert(InboxMessage).values(values))


def _message(session: Session, now: datetime) -> None:
    account_id = session.scalars(select(CertificationSession.account_id)).first()
    message = OutboxMessage(cause="x", account_id=account_id, notice="reply", values="{}", is_reply=True)
    message.created_at = message.next_try_at = now - timedelta(hours=2)
    session.add(message)


BREAKS: list[tuple[set[str], Callable[[Session, datetime], object]]] = [
    ({"standing_disagrees"}, lambda s, _: s.execute(update(Retiree).values(due_by=date(2031, 1, 1)))),
    (
        {"standing_disagrees"},
        lambda s, _: s.execute(update(Certification).values(revoked_at=Certification.certified_at)),
    ),
    (
        {"standing_disagrees", "certified_attempt_without_certification"},
        lambda s, _: s.execute(delete(Certification)),
    ),
    (
        {"certification_of_an_attempt_that_failed", "no_transition_of_attempts"},
        lambda s, _: s.execute(update(Attempt).values(status=AttemptStatus.RETRY)),
    ),
    ({"certification_without_receipt"}, lambda s, _: s.execute(update(Certification).values(receipt_number=""))),
    ({"attempt_ended_without_time"}, lambda s, _: s.execute(update(Attempt).values(ended_at=None))),
    (
        {"attempt_never_ended", "certification_of_an_attempt_that_failed"},
        lambda s, now: s.execute(
            update(Attempt).values(status=AttemptStatus.RUNNING, expires_at=now - timedelta(hours=2))
        ),
    ),
    (
        {"session_waits_for_no_review", "no_transition_of_certification_sessions"},
        lambda s, _: s.execute(update(CertificationSession).values(status=SessionStatus.IN_REVIEW)),
    ),
    (
        {"no_transition_of_attempts", "no_transition_of_certification_sessions"},
        lambda s, _: s.execute(delete(Transition)),
    ),
    ({"dead_letter"}, _letter),
    ({"task_lost"}, _lost),
    ({"voice_message_stuck"}, _voice),
    ({"message_out_stuck"}, _message),
]


@pytest.mark.parametrize(("found", "break_it"), BREAKS)
@pytest.mark.usefixtures("certified")
def test_what_is_broken_after_a_certification_is_found(
    app: Flask,
    transactions: Transactions,
    now: datetime,
    found: set[str],
    break_it: Callable[[Session, datetime], object],
) -> None:
    with transactions() as session:
        break_it(session, now)
    assert set(examine(app)) == found


@pytest.mark.parametrize(
    ("found", "break_it"),
    [
        ({"review_missing", "session_waits_for_no_review"}, lambda s: s.execute(delete(Review))),
        ({"review_without_ticket"}, lambda s: s.execute(delete(Ticket))),
        (
            {"ticket_in_nobodys_hands", "no_transition_of_tickets"},
            lambda s: s.execute(update(Ticket).values(status=TicketStatus.ASSIGNED)),
        ),
        ({"ticket_ended_without_time"}, lambda s: s.execute(update(Ticket).values(closed_at=Ticket.created_at))),
    ],
)
@pytest.mark.usefixtures("used")
def test_what_is_broken_while_somebody_waits_for_a_reviewer_is_found(
    app: Flask, transactions: Transactions, found: set[str], break_it: Callable[[Session], object]
) -> None:
    with transactions() as session:
        break_it(session)
    assert set(examine(app)) == found


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.usefixtures("certified")
def test_two_certifications_of_one_term_are_found(app: Flask, transactions: Transactions) -> None:
    """The database itself refuses them; the check finds what came in while its index was gone."""
    with transactions() as session:
        session.execute(text("DROP INDEX uq_certifications_standing_retiree_id_period"))
        columns = "retiree_id, period, channel, with_helper, certified_at, valid_until, next_due_by, rule_set"
        session.execute(
            text(
                f"INSERT INTO certifications (id, receipt_number, {columns}) "  # noqa: S608 - no words of anybody's
                f"SELECT '{uuid.uuid4().hex}', 'another', {columns} FROM certifications"
            )
        )
    assert examine(app) == {"certified_twice": 1}


def test_pictures_and_their_rows_belong_together(
    app: Flask, certified: Phone, transactions: Transactions, clock: StandingClock
) -> None:
    assert certified
    services: Services = app.extensions[NAME]
    assert isinstance(services.evidence, FolderStore)
    with transactions() as session:
        key = session.scalars(select(EvidenceImage.storage_key)).first() or ""
    services.evidence.delete(key)
    services.evidence.put("ab" * 16, b"of nobody")
    assert examine(app) == {"picture_missing": 1}, "a new one may get its row in a moment"
    folder = services.settings.evidence_place()
    long_ago = (clock.now() - ORPHANED_AFTER - timedelta(hours=1)).timestamp()
    os.utime(f"{folder}/ab/{'ab' * 16}", (long_ago, long_ago))
    assert examine(app) == {"picture_missing": 1, "picture_orphaned": 1}
    assert examine(app, "--mend") == {"picture_missing": 1}


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_a_ticket_of_a_region_that_is_gone_is_found(app: Flask, used: Phone, transactions: Transactions) -> None:
    assert used
    with transactions() as session:
        session.execute(text("ALTER TABLE tickets DROP CONSTRAINT fk_tickets_owner_code_regions"))
        session.execute(update(Ticket).values(owner_code="000000"))
    assert set(examine(app)) == {"ticket_without_owner"}


def test_an_attempt_that_nobody_came_back_to_is_ended(
    app: Flask, li: Phone, faces: ScriptedFaces, clock: StandingClock, transactions: Transactions, cast: Cast
) -> None:
    assert cast
    services: Services = app.extensions[NAME]
    whole = faces.assess

    def die(*_args: object) -> None:
        raise MemoryError

    li.open()
    li.begin()
    faces.assess = die  # type: ignore[method-assign,assignment]  # the process dies here
    li.finish()
    faces.assess = whole  # type: ignore[method-assign]
    assert settle_expired(services, clock.now()) == 0, "the phone may still come back"
    clock.advance(hours=3)
    assert "attempt_never_ended" in examine(app)
    assert settle_expired(services, clock.now()) == 1
    assert settle_expired(services, clock.now()) == 0
    with transactions() as session:
        assert session.scalars(select(Attempt.status)).all() == [AttemptStatus.CERTIFIED]
    assert "attempt_never_ended" not in examine(app)


def test_a_database_without_its_newest_shape_is_not_looked_at_further(app: Flask, transactions: Transactions) -> None:
    with transactions() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        assert session.get(Region, "430100")
    assert examine(app) == {"migrations_missing": 1}
