"""What a frame finds and leaves behind: written whole or not at all, on both databases, over lines of their own."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from certification.attempts import (
    BroughtMeanwhile,
    FrameFault,
    FrameJob,
    answer_of,
    begin_attempt,
    digest_frame,
    keep_frame,
    receive_frame,
)
from certification.consents import give_consent
from certification.face.types import Action, FrameReport
from certification.sessions import open_session
from certification.superseding import supersede_running
from models import Attempt, AttemptFrame, Binding
from models.attempt import CaptureWay
from models.audit import Actor, ActorKind
from models.prepared import Line
from models.vault import DataKey, Vault
from policy.rules import rule_set

if TYPE_CHECKING:
    from datetime import datetime

    from models.session import Transactions
    from settings import Settings
    from tests.cast import Cast

ACTOR = Actor(ActorKind.SYSTEM, "test")
RULES = rule_set("changsha-2020")
SEEN = FrameReport(b"what was seen", "action", Action.NOD, 1, 2, None, keep=False, elapsed_ms=1.0)


class Camera:
    """Grandma Li before her camera: one attempt and the frames it sends."""

    def __init__(self, own: Transactions, people: Cast, settings: Settings, vault: Vault, now: datetime) -> None:
        self.own, self.account_id, self.vault, self.now = own, people.grandma_li_account.id, vault, now
        self.limits = settings.limits()
        how: dict[str, Any] = {"limits": self.limits, "rules": RULES, "actor": ACTOR, "now": now}
        with own() as session:
            account, retiree = session.merge(people.grandma_li_account), session.merge(people.grandma_li)
            give_consent(session, account, retiree, actor=ACTOR, now=now)
            within = open_session(session, account, retiree, with_helper=False, **how)
            session.flush()
            how |= {"chance": Random(7), "vault": vault}
            attempt, self.nonce = begin_attempt(session, within, CaptureWay.STREAM, **how)
            session.flush()
            self.session_id, self.attempt_id = within.id, attempt.id

    def receive(self, seq: int, content: bytes, vault: Vault | None = None) -> FrameJob | FrameFault:
        with self.own.direct() as line:
            return receive_frame(
                line,
                self.account_id,
                self.attempt_id,
                self.nonce,
                seq,
                content,
                limits=self.limits,
                vault=vault or self.vault,
                now=self.now,
            )

    def look(self, seq: int, content: bytes) -> FrameJob:
        job = self.receive(seq, content)
        assert isinstance(job, FrameJob)
        return job

    def keep(self, job: FrameJob, report: FrameReport | None = SEEN) -> bool:
        with self.own.direct() as line:
            return keep_frame(line, job, report, now=self.now)

    def stands(self) -> tuple[Any, ...]:
        """Return how far the attempt is, and the places of the frames that were noted."""
        with self.own() as session:
            row = session.get_one(Attempt, self.attempt_id)
            noted = session.scalars(select(AttemptFrame.seq).order_by(AttemptFrame.seq)).all()
            return row.version, row.last_seq, row.state, row.last_answer, list(noted)


@pytest.fixture
def camera(own: Transactions, people: Cast, settings: Settings, vault: Vault, now: datetime) -> Camera:
    return Camera(own, people, settings, vault, now)


def test_a_frame_is_written_down_and_the_next_one_goes_on_from_it(camera: Camera) -> None:
    assert camera.keep(camera.look(3, b"a frame"))
    assert camera.stands() == (1, 3, b"what was seen", answer_of(SEEN), [3])
    following = camera.look(4, b"the next frame")
    assert (following.version, following.state) == (1, b"what was seen")
    assert camera.receive(3, b"a frame") is FrameFault.DUPLICATED
    assert camera.receive(4, b"a frame") is FrameFault.REPLAYED
    assert camera.receive(3, b"another frame") is FrameFault.REORDERED


def test_a_video_is_noted_and_changes_nothing_that_was_seen(camera: Camera) -> None:
    assert camera.keep(camera.look(0, b"a frame"))
    assert camera.keep(camera.look(1, b"a video"), None)
    assert camera.stands() == (2, 1, b"what was seen", answer_of(SEEN), [0, 1])


def test_of_two_frames_of_one_version_the_later_leaves_nothing(camera: Camera) -> None:
    first, second = camera.look(0, b"first"), camera.look(1, b"second")
    assert camera.keep(first)
    stood = camera.stands()
    assert not camera.keep(second)
    assert camera.stands() == stood


def test_an_attempt_that_ended_meanwhile_takes_nothing(camera: Camera) -> None:
    job = camera.look(0, b"a frame")
    with camera.own() as session:
        supersede_running(session, camera.session_id, actor=ACTOR, now=camera.now)
    stood = camera.stands()
    assert not camera.keep(job)
    assert camera.stands() == stood


@pytest.mark.parametrize("whole", [False, True])
def test_bytes_that_another_attempt_brought_meanwhile_leave_nothing(camera: Camera, *, whole: bool) -> None:
    job = camera.look(1, b"the same bytes")
    assert camera.keep(camera.look(0, b"the same bytes"))
    with camera.own() as session:  # as if that had been another attempt
        row = session.get_one(Attempt, camera.attempt_id)
        row.version, row.last_seq, row.state = job.version, -1, b"as it was"
    stood = camera.stands()
    if whole:
        with pytest.raises(BroughtMeanwhile), camera.own.bare() as connection:
            keep_frame(Line.of(connection), job, SEEN, now=camera.now)
    else:
        with pytest.raises(BroughtMeanwhile):
            camera.keep(job)
    assert camera.stands() == stood


def test_a_frame_is_known_by_every_key_there_ever_was(camera: Camera) -> None:
    keys = [DataKey(bytes([number] * 32)) for number in range(2)]
    older = Vault(keys[0])
    old_job = camera.receive(0, b"a frame", older)
    assert old_job is FrameFault.FOREIGN, "the nonce is digested with another key"
    assert camera.keep(camera.look(0, b"a frame"))
    between = Vault(keys[0], [DataKey(bytes(range(32)))])
    assert camera.receive(1, b"a frame", between) is FrameFault.REPLAYED
    later = Vault(keys[1], [DataKey(bytes(range(32))), keys[0]])
    assert camera.receive(1, b"a frame", later) is FrameFault.REPLAYED
    # also where nobody looked: as it is written down
    job = camera.look(2, b"another frame")
    stood = camera.stands()
    assert not camera.keep(replace(job, contents=digest_frame(b"a frame", later)))
    assert camera.stands() == stood
    assert camera.keep(replace(job, contents=digest_frame(b"another frame", later)))


def test_a_frame_of_an_account_that_is_not_bound_any_more_is_not_written_down(camera: Camera) -> None:
    job = camera.look(0, b"a frame")
    with camera.own() as session:
        session.execute(update(Binding).values(ended_at=camera.now))
    stood = camera.stands()
    assert not camera.keep(job)
    assert camera.stands() == stood


def test_a_line_hands_its_connection_back_for_whole_transactions(own: Transactions, camera: Camera) -> None:
    def write_and_fail() -> None:
        with own() as session:
            session.get_one(Attempt, camera.attempt_id).state = b"half done"
            session.flush()
            raise RuntimeError("the wire was cut")

    camera.look(0, b"a frame")
    with pytest.raises(RuntimeError):
        write_and_fail()
    assert camera.stands()[2] is None
