"""Completed certifications a minute with the queue full: `python -m benchmarks.certifications [SECONDS]`.

The whole path without HTTP: session, challenge, every frame through the worker processes and both transactions,
decision, certification, receipt. As many people at once as the workers and their queue take; frames of a clip as fast
as they are answered, with the times at which a phone would have sent them. Beside it, in the same run, the floor: the
same frames found and three of them described in one process. Results go to benchmarks/results/certifications.json.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import psutil  # type: ignore[import-untyped]  # it brings no types
from sqlalchemy import select

from app import create_app
from casework.accounts import open_account
from casework.regions import take_over_region
from casework.roster import take_over
from certification.attempts import begin_attempt
from certification.consents import give_consent
from certification.face.decode import decode_frame
from certification.face.engines import build_engine
from certification.face.types import Action
from certification.face.video_frame import frames_of
from certification.references import add_reference
from certification.sessions import open_session
from commands.demo_people import invent_people, invent_places
from models import Attempt, Retiree, schema
from models.account import AccountKind, Relation
from models.attempt import AttemptStatus, CaptureWay
from models.audit import Actor, ActorKind
from services import NAME
from settings import Settings
from tests.fakes.chance import KnownChance

if TYPE_CHECKING:
    import uuid

    from models import Account
    from services import Services

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "certifications.json"
CLIP = ROOT.parent / "shared" / "faces" / "videos" / "webcam-man.mp4"
CHALLENGE = (Action.OPEN_MOUTH, Action.TURN_LEFT)
# The man does nothing for his first eight seconds.
SKIPPED = 200
FRAME_EVERY = 5
CLIP_MS = 40
ACTOR = Actor(ActorKind.SYSTEM, "benchmark")
DESCRIPTORS = 3


@dataclass
class Tally:
    """What became of the attempts, and how many frames they took."""

    outcomes: Counter[str] = field(default_factory=Counter)
    frames: int = 0


def read_frames() -> list[bytes]:
    """Return the clip's frames as a phone would send them: five a second, JPEG."""
    clip = cv2.VideoCapture(str(CLIP))
    frames: list[bytes] = []
    while True:
        there, picture = clip.read()
        if not there:
            return frames[SKIPPED::FRAME_EVERY]
        frames.append(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 75])[1].tobytes())


def mark(jpeg: bytes) -> bytes:
    """Return the same picture with other bytes (a comment): no camera sends the same ones twice."""
    comment = os.urandom(12)
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def prepare(services: Services, people: int) -> list[uuid.UUID]:
    """Add so many retirees who all have the clip's face."""
    measured = ((photo, services.faces.measure_photo(photo)) for photo in frames_of(CLIP, every=FRAME_EVERY))
    photo, report = next((photo, report) for photo, report in measured if report.advice is None)
    now = services.clock.now()
    with services.transactions() as session:
        for region in invent_places(people):
            take_over_region(session, region)
        take_over(
            session,
            list(invent_people(people, 1)),
            clock=services.rules.clock,
            vault=services.vault,
            actor=ACTOR,
            now=now,
        )
        retirees = session.scalars(select(Retiree)).all()
        for retiree in retirees:
            add_reference(
                session, retiree, photo, report, store=services.evidence, vault=services.vault, actor=ACTOR, now=now
            )
    return [retiree.id for retiree in retirees]


def certify_one(services: Services, retiree_id: uuid.UUID, frames: list[bytes], tally: Tally) -> None:
    """Lead one retiree through a session."""
    now = services.clock.now()
    with services.transactions() as session:
        retiree = session.get_one(Retiree, retiree_id)
        account: Account = open_account(
            session,
            retiree,
            Relation.SELF,
            AccountKind.DEVELOPMENT,
            str(retiree_id),
            vault=services.vault,
            actor=ACTOR,
            now=now,
        )
        give_consent(session, account, retiree, actor=ACTOR, now=now)
        opened = open_session(
            session,
            account,
            retiree,
            with_helper=False,
            limits=services.limits,
            rules=services.rules,
            actor=ACTOR,
            now=now,
        )
        attempt, nonce = begin_attempt(
            session,
            opened,
            CaptureWay.STREAM,
            chance=services.challenge_random,
            limits=services.limits,
            rules=services.rules,
            vault=services.vault,
            actor=ACTOR,
            now=now,
        )
    for number, jpeg in enumerate(frames):
        at = now + timedelta(milliseconds=number * FRAME_EVERY * CLIP_MS)
        services.verifier.take_frame(account.id, attempt.id, nonce, number, mark(jpeg), actor=ACTOR, now=at)
        tally.frames += 1
        with services.transactions() as session:
            status = session.get_one(Attempt, attempt.id).status
        if status is not AttemptStatus.RUNNING:
            tally.outcomes[status.value] += 1
            return
    tally.outcomes["not finished"] += 1


def measure_floor(services: Services, frames: list[bytes]) -> float:
    """Return the CPU seconds of finding the face in each frame and describing three."""
    engine = build_engine(services.settings.face_choice())
    pictures = [decode_frame(jpeg) for jpeg in frames]
    faces = [engine.find(picture) for picture in pictures]
    started = time.process_time()
    for picture in pictures:
        engine.find(picture)
    for picture, found in list(zip(pictures, faces, strict=True))[:DESCRIPTORS]:
        engine.describe(picture, found[0])
    return time.process_time() - started


def cpu_seconds() -> dict[str, float]:
    """Return the CPU seconds so far of this process and of its face workers."""
    this = psutil.Process()
    workers = [child.cpu_times() for child in this.children(recursive=True)]
    own = this.cpu_times()
    return {"server": own.user + own.system, "workers": sum(times.user + times.system for times in workers)}


def main(seconds: float) -> None:
    """Measure for about so many seconds and write the figures down."""
    with tempfile.TemporaryDirectory() as folder:
        # A spawned worker imports this module as well: its address space is not that of a service.
        memory = {"FACE_WORKER_MEMORY_MB": "4096"}
        settings = Settings.read({"DATA_DIR": folder, "FACE_WORKERS": "2", "FACE_QUEUE": "8"} | memory)
        app = create_app(settings, challenge_random=KnownChance(CHALLENGE))
        services: Services = app.extensions[NAME]
        schema.upgrade(services.database)  # type: ignore[arg-type]  # an engine, as nothing else was given
        frames = read_frames()
        people = prepare(services, 200)
        at_once = settings.face_workers + settings.face_queue
        tally = Tally()
        before = cpu_seconds()
        started = time.monotonic()

        def keep_going(place: int) -> None:
            for retiree_id in people[place::at_once]:
                if time.monotonic() - started > seconds:
                    return
                certify_one(services, retiree_id, frames, tally)

        with ThreadPoolExecutor(at_once) as threads:
            list(threads.map(keep_going, range(at_once)))
        took = time.monotonic() - started
        spent = {name: after - before[name] for name, after in cpu_seconds().items()}
        done = sum(tally.outcomes.values())
        floor = measure_floor(services, frames[: max(DESCRIPTORS, tally.frames // done)])
        services.faces.close()
    a_minute = 60 * done / took
    result = {
        "certifications_a_minute": round(a_minute, 1),
        "outcomes": dict(tally.outcomes),
        "frames_a_certification": round(tally.frames / done, 1),
        "worker_cpu_seconds_a_certification": round(spent["workers"] / done, 3),
        "server_cpu_seconds_a_certification": round(spent["server"] / done, 3),
        "floor_cpu_seconds_a_certification": round(floor, 3),
        "times_the_floor": round(sum(spent.values()) / done / floor, 2),
        "cores_busy_with_it": round(sum(spent.values()) / took, 2),
        "people_at_once": at_once,
        "face_workers": settings.face_workers,
        "cores": len(os.sched_getaffinity(0)),
        "python": platform.python_version(),
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 30)
