"""The second way in by a video, what somebody cannot do, limits, and help by the community."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from sqlalchemy import select

from certification.certify import certify
from certification.face.types import Verdict
from models import (
    ActionExclusion,
    Certification,
    EvidenceImage,
    Retiree,
    Ticket,
)
from models.audit import Actor, ActorKind
from models.certification import Channel
from tests.office import RULES
from tests.rows import count
from tests.web.conftest import PAGE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from flask import Flask

    from models.session import Transactions
    from tests.fakes.clock import StandingClock
    from tests.fakes.faces import ScriptedFaces
    from tests.web.conftest import Phone

T = TypeVar("T")


def test_an_uploaded_video_goes_the_same_way(li: Phone, transactions: Transactions) -> None:
    li.open()
    begun = li.begin("upload").get_json()
    assert len(begun["actions"]) == begun["steps"]
    ended = li.send_video(b"seen everything").get_json()
    assert ended["outcome"]["result"] == "certified"
    assert li.send_video(b"seen everything").get_json() == ended
    assert count(transactions, Certification) == 1
    with transactions() as session:
        assert len([image for image in session.scalars(select(EvidenceImage)) if image.attempt_id]) == 2


def test_a_video_that_crashes_a_decoder_costs_one_attempt(li: Phone) -> None:
    li.open()
    li.begin("upload")
    outcome = li.send_video(b"crash").get_json()
    assert outcome["outcome"]["result"] == "retry"
    assert outcome["outcome"]["advice"]["code"] == "unreadable"
    assert outcome["attempts_left"] == 2


def test_a_file_that_is_no_video_costs_nothing(li: Phone) -> None:
    li.open()
    li.begin("upload")
    answer = li.send_video(b"garbage")
    assert (answer.status_code, answer.get_json()["detail"]) == (422, "这个文件不是照片，请换一张照片。")
    assert li.send_video(b"seen everything").get_json()["outcome"]["result"] == "certified"


@pytest.mark.parametrize(("seconds", "status"), [(280, 200), (500, 410)])
def test_a_slow_line_costs_no_time_but_nobody_draws_an_upload_out(
    li: Phone, clock: StandingClock, seconds: int, status: int
) -> None:
    class SlowLine(BytesIO):
        def readinto(self, buffer: Any) -> int:
            read = super().readinto(buffer)
            if read:
                clock.advance(seconds=seconds)
            return read

        def read(self, size: int | None = -1) -> bytes:
            content = super().read(size)
            if content:
                clock.advance(seconds=seconds)
            return content

    li.open()
    li.begin("upload")
    film = b"seen everything"
    answer = li.client.post(
        f"/api/v1/attempts/{li.attempt_id}/video",
        input_stream=SlowLine(film),
        headers=PAGE | {"Attempt-Nonce": li.nonce, "Content-Length": str(len(film))},
        content_type="video/mp4",
    )
    assert answer.status_code == status


def test_what_somebody_cannot_do_is_not_asked_for(li: Phone) -> None:
    headers = {"X-Requested-With": "XMLHttpRequest"}
    path = f"/api/v1/retirees/{li.retiree.id}/excluded-actions"
    cannot = ["blink", "turn_left", "turn_right"]
    assert li.client.put(path, json={"actions": cannot}, headers=headers).status_code == 204
    li.open()
    begun = li.begin("upload").get_json()
    assert not {action["code"] for action in begun["actions"]} & set(cannot)
    everything = [*cannot, "nod", "open_mouth"]
    li.client.put(path, json={"actions": everything}, headers=headers)
    assert li.begin().get_json()["code"] == "no_action_possible"


def test_failing_at_one_action_again_teaches_not_to_ask_for_it(
    li: Phone, transactions: Transactions, app: Flask
) -> None:
    always_first = FirstOfAll()
    app.extensions["services"] = replace(app.extensions["services"], challenge_random=always_first)
    li.open()
    asked = []
    for number in range(2):
        asked.append(li.begin("upload").get_json()["actions"][0]["code"])
        li.send_video(f"nothing seen {number}".encode())
    with transactions() as session:
        assert list(session.scalars(select(ActionExclusion.action))) == [asked[0]]
    assert asked[0] not in [action["code"] for action in li.begin("upload").get_json()["actions"]]


class FirstOfAll:
    """A source of chance that always draws the first."""

    def choice(self, options: Sequence[T]) -> T:
        return options[0]

    def sample(self, options: Sequence[T], k: int) -> list[T]:
        return list(options)[:k]


def test_nobody_begins_again_until_a_challenge_suits(li: Phone) -> None:
    li.open()
    for _ in range(5):
        assert li.begin("stream").status_code == 201
    told = [li.begin("upload").status_code for _ in range(4)]
    assert told == [201, 201, 201, 409]
    li.open()
    for number in range(3):
        assert li.begin().status_code == 201
        li.send(0, f"waiting {number}".encode())
    assert li.begin().get_json()["code"] == "session_ended"


def test_whoever_was_certified_at_the_window_meanwhile_needs_no_help(
    li: Phone, faces: ScriptedFaces, transactions: Transactions, now: datetime
) -> None:
    faces.assessment = replace(faces.assessment, verdict=Verdict.NO_MATCH, distance=0.7)
    li.open()
    with transactions() as session:
        retiree = session.get_one(Retiree, li.retiree.id)
        certify(session, retiree, Channel.COUNTER, rules=RULES, actor=Actor(ActorKind.COMMAND, "test"), now=now)
    for number in range(3):
        li.begin()
        outcome = li.finish(str(number)).get_json()["outcome"]
    assert outcome["result"] == "refused"
    assert count(transactions, Ticket) == 0


def test_sessions_of_one_day_are_limited(li: Phone, clock: StandingClock, app: Flask) -> None:
    per_day = app.extensions["services"].limits.sessions_per_day
    for number in range(per_day):
        for _ in range(per_day):
            assert li.open().status_code == 201, "an answer that was lost on the way is no try"
            assert li.begin().status_code == 201
        li.send(0, f"waiting {number}".encode())
    assert li.open().status_code == 429
    assert li.send(1, b"seen 1").status_code == 200, "the one that runs is let to its end"
    clock.advance(days=1)
    assert li.open().status_code == 201


def test_a_home_visit_needs_a_reason_and_is_asked_for_once(li: Phone, transactions: Transactions) -> None:
    path = f"/retirees/{li.retiree.id}/assistance"
    assert li.post(path, {"place": "home"}).get_json()["code"] == "visit_reason_missing"
    first = li.post(path, {"place": "home", "reason": "bedridden"})
    assert first.status_code == 201
    assert li.post(path, {"place": "home", "reason": "bedridden"}).get_json() == first.get_json()
    assert li.client.get("/api/v1/me").get_json()["retirees"][0]["assistance"] == first.get_json()
    assert count(transactions, Ticket) == 1


def test_malformed_requests_are_told_so_and_never_a_fault(li: Phone) -> None:
    assert li.post("/certification-sessions", {"retiree_id": "not an id"}).get_json()["code"] == "malformed"
    li.open()
    li.begin()
    headers = {"X-Requested-With": "XMLHttpRequest", "Attempt-Nonce": li.nonce}
    for number in ("", "-1", "x", "99999999999999999999"):
        answer = li.client.post(
            f"/api/v1/attempts/{li.attempt_id}/frames", data=b"seen", headers=headers | {"Frame-Number": number}
        )
        assert answer.status_code == 422
        assert answer.content_type == "application/problem+json"
    too_large = li.send(0, b"x" * (1024 * 1024 + 1))
    assert (too_large.status_code, too_large.get_json()["code"]) == (413, "file_too_large")
