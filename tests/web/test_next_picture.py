"""The next picture of an attempt goes on from the one before; whatever changed between the two counts nevertheless."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from models import Attempt, AttemptFrame, Binding, EvidenceImage
from models.evidence import EvidencePurpose
from services import NAME
from tests.rows import refusals

if TYPE_CHECKING:
    from flask import Flask

    from models.session import Transactions
    from tests.fakes.clock import StandingClock
    from tests.fakes.faces import ScriptedFaces
    from tests.web.conftest import Phone


@pytest.fixture
def streaming(li: Phone) -> Phone:
    """Grandma Li's phone after its first picture, which this process has taken in."""
    li.open()
    li.begin()
    assert li.send(0, b"waiting 0").status_code == 200
    return li


def change(transactions: Transactions, **values: object) -> None:
    """Change the attempt as another process does."""
    with transactions() as session:
        session.execute(update(Attempt).values(**values))


def taken_in(transactions: Transactions) -> tuple[list[int], int]:
    """Return the places of the pictures that were taken in, and how many of an attempt are kept."""
    with transactions() as session:
        places = session.scalars(select(AttemptFrame.seq).order_by(AttemptFrame.seq)).all()
        kept = session.scalars(select(EvidenceImage).where(EvidenceImage.purpose == EvidencePurpose.ATTEMPT)).all()
        return list(places), len(kept)


def test_it_works(streaming: Phone, transactions: Transactions) -> None:
    change(transactions, state=b"nobody reads this")
    assert streaming.send(1, b"waiting 1").get_json()["phase"] == "action"
    assert taken_in(transactions) == ([0, 1], 0)
    with transactions() as session:
        row = session.scalars(select(Attempt)).one()
        assert (row.version, row.last_seq) == (2, 1)
        assert row.state != b"nobody reads this"


def test_whoever_is_not_bound_any_more_brings_no_further_picture(
    streaming: Phone, transactions: Transactions, clock: StandingClock
) -> None:
    with transactions() as session:
        session.execute(update(Binding).values(ended_at=clock.now()))
    assert streaming.send(1, b"seen 1").get_json()["code"] == "frame_foreign"
    assert taken_in(transactions) == ([0], 0)
    assert refusals(transactions) == {"foreign": 1}


def test_another_nonce_or_account_goes_on_from_nothing(
    streaming: Phone, transactions: Transactions, faces: ScriptedFaces
) -> None:
    assert streaming.send(1, b"seen 1", nonce="another").get_json()["code"] == "frame_foreign"
    assert faces.looked_at == 1
    assert streaming.send(1, b"seen 1").status_code == 200, "what is not theirs costs the person nothing"
    assert refusals(transactions) == {"foreign": 1}


@pytest.mark.parametrize(("place", "code"), [(1, "frame_reordered"), (2, None), (3, None)])
def test_a_picture_that_another_process_took_counts(
    streaming: Phone, transactions: Transactions, place: int, code: str | None
) -> None:
    change(transactions, version=Attempt.version + 1, last_seq=1)
    answer = streaming.send(place, b"seen later").get_json()
    assert answer.get("code") == code
    assert taken_in(transactions) == (([0], 0) if code else ([0, place], 1))


def test_the_same_bytes_are_taken_once_and_leave_no_picture(
    app: Flask, streaming: Phone, transactions: Transactions, faces: ScriptedFaces
) -> None:
    assert streaming.send(1, b"seen 1").status_code == 200
    stored = sorted(app.extensions[NAME].evidence.list_keys())
    assert streaming.send(2, b"seen 1").get_json()["code"] == "frame_replayed"
    assert sorted(app.extensions[NAME].evidence.list_keys()) == stored
    assert taken_in(transactions) == ([0, 1], 1)
    assert refusals(transactions) == {"replayed": 1}
    assert streaming.send(2, b"waiting 2").get_json()["step"] == 1
    assert faces.looked_at == 4


def test_an_attempt_whose_time_is_over_is_forgotten(app: Flask, streaming: Phone, clock: StandingClock) -> None:
    streams = app.extensions[NAME].streams
    assert len(streams) == 1
    earlier = replace(streaming)
    clock.advance(seconds=121)
    streaming.begin()
    assert streaming.send(0, b"waiting at another time").status_code == 200
    assert len(streams) == 1
    assert earlier.send(1, b"seen 1").get_json()["code"] == "attempt_superseded"
    assert streaming.send(1, b"seen at another time").get_json()["step"] == 1
