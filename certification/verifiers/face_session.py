"""Our own face session: frames or a video in, an ended attempt out.

A picture is looked at in a worker process, outside any transaction; short transactions before and after it say what
may be looked at and write down what came of it. Whatever dies in between leaves a running attempt that the next
request takes up where it stands.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from certification.attempts import (
    BroughtMeanwhile,
    FrameFault,
    FrameJob,
    Going,
    answer_of,
    count_fault,
    digest_frame,
    keep_frame,
    receive_frame,
)
from certification.decide import Decision, Outcome, Reason, decide, fail
from certification.ending import Consequences, end_attempt
from certification.evidence import name_attempts_picture, store_picture
from certification.face.types import Action, Advice, FaceTimeout, FaceWorkerLost, PictureRefused
from certification.references import find_template
from certification.verifiers.wechat_face import WechatAdvice
from clock import local_date
from models import Attempt
from models.attempt import AttemptStatus
from models.prepared import Line

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable
    from datetime import datetime

    from certification.evidence import EvidenceStore, StoredPicture
    from certification.face.types import Assessment, FrameReport, Template
    from certification.verifiers.face_work import FaceWork
    from certification.verifiers.streams import Streams
    from models.audit import Actor
    from models.session import Transactions
    from models.vault import Vault

# A frame may be unlucky; so many that crash or stall a worker are not taken any further.
CRASHES_THAT_END = 3
# A page sends five pictures a second; where fewer came than this, the line is what stood in the way.
FEWEST_A_SECOND = 0.5


class _MovedOnError(Exception):
    """An attempt does not stand any more as it was when it was looked up."""


@dataclass(frozen=True)
class FaceSessionVerifier:
    """Verifies by a challenge of movements; made once a process, used by every surface."""

    transactions: Transactions
    faces: FaceWork
    store: EvidenceStore
    vault: Vault
    consequences: Consequences
    streams: Streams

    def take_frame(
        self,
        account_id: uuid.UUID,
        attempt_id: uuid.UUID,
        nonce: str,
        seq: int,
        jpeg: bytes,
        *,
        actor: Actor,
        now: datetime,
    ) -> FrameFault | Going | None:
        """Look at one streamed frame and, when the challenge is done or its time is over, end the attempt.

        Returns the fault of a frame that was not taken in, otherwise where the attempt stands; None when it has ended,
        and its row says how. Raises Refusal `not_yours`, FaceBusy (the same frame may be sent again).
        """
        digest = partial(digest_frame, jpeg, self.vault)
        going_on = self.streams.go_on(account_id, attempt_id, nonce, seq, digest, now)
        if going_on is not None:
            # moved on since the picture before: once more, from what stands in the database
            with suppress(_MovedOnError):
                return self._look(going_on, nonce, jpeg, actor, now)
        job = self._receive(account_id, attempt_id, nonce, seq, jpeg, actor, now)
        if isinstance(job, FrameFault):
            return job
        try:
            return self._look(job, nonce, jpeg, actor, now)
        except _MovedOnError:
            return self._count(job, FrameFault.REORDERED)

    def take_video(
        self,
        account_id: uuid.UUID,
        attempt_id: uuid.UUID,
        nonce: str,
        video: bytes,
        *,
        actor: Actor,
        now: datetime,
        free_choice: bool = False,
    ) -> FrameFault | None:
        """Look at one uploaded video whole and end the attempt; faults and what is raised are those of `take_frame`.

        A file that is no such video raises PictureRefused and costs nothing: another one may be sent in its place.

        With `free_choice` the video may show any two actions: only for an operator's trial with a recorded clip.
        """
        # A trial is a recording by definition: the same clip serves again, which no phone's video does.
        content = nonce.encode() + video if free_choice else video
        job = self._receive(account_id, attempt_id, nonce, 0, content, actor, now)
        if isinstance(job, FrameFault):
            return job
        try:
            template = self._template(job.retiree_id)
            seen = self.faces.watch(video, _actions(job), template, free_choice=free_choice)
        except PictureRefused:
            self._count(job, FrameFault.UNREADABLE)
            raise
        except (FaceTimeout, FaceWorkerLost):
            self._give_up(job, Advice.UNREADABLE, actor, now)
            return None
        kept = [store_picture(frame, store=self.store, vault=self.vault) for frame in seen.best_frames]
        try:
            self._keep(job, None, kept, now)
        except _MovedOnError:
            return self._count(job, FrameFault.REORDERED)
        self._end(attempt_id, partial(decide, seen.assessment), seen.assessment, actor, now)
        return None

    def settle(self, attempt_id: uuid.UUID, *, actor: Actor, now: datetime) -> None:
        """End an attempt whose time is over, or whose last frame was seen by a process that died before the end."""
        self.streams.forget(attempt_id)
        with self.transactions() as session:
            attempt = session.get_one(Attempt, attempt_id)
            is_done = (attempt.last_answer or {}).get("phase") == "done"
            if attempt.status is not AttemptStatus.RUNNING or not (is_done or now > attempt.expires_at):
                return
            state = attempt.state
            seconds = (attempt.expires_at - attempt.created_at).total_seconds()
            is_slow = attempt.last_seq + 1 < seconds * FEWEST_A_SECOND
            template = find_template(session, attempt.retiree_id, self.faces.engine_id)
        assessment = self.faces.assess(state, template) if state else None
        self._end(
            attempt_id, partial(_decide_late, assessment, is_done=is_done, is_slow=is_slow), assessment, actor, now
        )

    def _receive(
        self,
        account_id: uuid.UUID,
        attempt_id: uuid.UUID,
        nonce: str,
        seq: int,
        content: bytes,
        actor: Actor,
        now: datetime,
    ) -> FrameJob | FrameFault:
        """Say whether something may be looked at; what may not is counted, and an attempt that is over is ended."""
        limits = self.consequences.limits
        with self.transactions.direct() as line:
            job = receive_frame(
                line, account_id, attempt_id, nonce, seq, content, limits=limits, vault=self.vault, now=now
            )
        if isinstance(job, FrameFault):
            with self.transactions() as session:
                count_fault(session, attempt_id, job)
            if job is not FrameFault.FOREIGN:
                self.settle(attempt_id, actor=actor, now=now)
        return job

    def _look(self, job: FrameJob, nonce: str, jpeg: bytes, actor: Actor, now: datetime) -> FrameFault | Going | None:
        """Look at a frame and write down what was seen, as `take_frame` does; raises `_MovedOnError`."""
        try:
            state = job.state or self.faces.begin(_actions(job))
            report = self.faces.observe(state, jpeg, job.at_ms)
        except PictureRefused:
            return self._count(job, FrameFault.UNREADABLE)
        except (FaceTimeout, FaceWorkerLost):
            return self._count_crash(job, actor, now)
        kept = store_picture(jpeg, store=self.store, vault=self.vault) if report.keep else None
        self._keep(job, report, [kept] if kept else [], now)
        if report.phase != "done":
            self.streams.leave(nonce, job, report.state, now)
            return Going(answer_of(report), job.expires_at, job.attempts_left)
        assessment = self.faces.assess(report.state, self._template(job.retiree_id))
        self._end(job.attempt_id, partial(decide, assessment), assessment, actor, now)
        return None

    def _keep(self, job: FrameJob, report: FrameReport | None, pictures: list[StoredPicture], now: datetime) -> None:
        """Write down what was seen; where that cannot be any more nothing is left, and `_MovedOnError` is raised."""
        with suppress(BroughtMeanwhile):
            if self._write_down(job, report, pictures, now):
                return
        for picture in pictures:
            self.store.delete(picture.key)
        raise _MovedOnError

    def _write_down(
        self, job: FrameJob, report: FrameReport | None, pictures: list[StoredPicture], now: datetime
    ) -> bool:
        if not pictures:  # as with most frames: one statement that stands by itself
            with self.transactions.direct() as line:
                return keep_frame(line, job, report, now=now)
        destroy_on = local_date(now) + timedelta(days=self.consequences.limits.refused_days)
        with self.transactions.bare() as connection:
            if not keep_frame(Line.of(connection), job, report, now=now):
                return False
            for picture in pictures:
                name_attempts_picture(
                    connection,
                    picture,
                    retiree_id=job.retiree_id,
                    attempt_id=job.attempt_id,
                    destroy_on=destroy_on,
                    now=now,
                )
            return True

    def _template(self, retiree_id: uuid.UUID) -> Template | None:
        # the first to ask a worker for its engine may wait long: not while a transaction keeps everybody out
        engine_id = self.faces.engine_id
        with self.transactions() as session:
            return find_template(session, retiree_id, engine_id)

    def _count(self, job: FrameJob, fault: FrameFault) -> FrameFault:
        with self.transactions() as session:
            count_fault(session, job.attempt_id, fault)
        return fault

    def _count_crash(self, job: FrameJob, actor: Actor, now: datetime) -> FrameFault:
        with self.transactions() as session:
            crashes = count_fault(session, job.attempt_id, FrameFault.CRASHED)
        if crashes >= CRASHES_THAT_END:
            self._give_up(job, Advice.UNREADABLE, actor, now)
        return FrameFault.CRASHED

    def _give_up(self, job: FrameJob, advice: Advice, actor: Actor, now: datetime) -> None:
        self._end(job.attempt_id, partial(fail, Reason.FACE_NOT_USABLE, advice), None, actor, now)

    def _end(
        self,
        attempt_id: uuid.UUID,
        decide_so: Callable[..., Decision],
        assessment: Assessment | None,
        actor: Actor,
        now: datetime,
    ) -> None:
        how: dict[str, Any] = {"consequences": self.consequences, "actor": actor, "now": now}
        with self.transactions() as session:
            end_attempt(session, attempt_id, decide_so, assessment, **how)


def _actions(job: FrameJob) -> tuple[Action, ...]:
    return tuple(Action(action) for action in job.actions)


def _decide_late(assessment: Assessment | None, *, is_done: bool, is_slow: bool, is_last: bool) -> Decision:
    """Decide an attempt that nobody ended: as usual when everything was seen, otherwise its time is over.

    is_slow: hardly any picture came, so that no advice about the face would help.
    """
    if assessment is not None:
        decision = decide(assessment, is_last=is_last)
        if is_done:
            return decision
        if decision.outcome in {Outcome.RETRY, Outcome.REFUSED}:
            advice = WechatAdvice.NETWORK if is_slow else decision.advice
            return replace(decision, reasons=(Reason.OUT_OF_TIME, *decision.reasons), advice=advice)
    return fail(Reason.OUT_OF_TIME, WechatAdvice.NETWORK if is_slow else Advice.NO_FACE, is_last=is_last)
