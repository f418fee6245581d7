"""Photographs of a roster: each is measured in a worker process, several at once, and kept when it can serve."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from tqdm import tqdm

from casework.roster import find_by_id_number
from certification.evidence import has_picture
from certification.face.types import FaceTimeout, FaceWorkerLost, PictureRefused
from certification.references import add_reference
from commands.output import operator
from models import Retiree
from words import ADVICE, ROSTER

if TYPE_CHECKING:
    import uuid
    from collections.abc import Sequence
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from certification.face.types import PhotoReport
    from commands.rejects import Rejects
    from services import Services

SUFFIXES = frozenset({".jpg", ".jpeg", ".png"})


@dataclass
class PhotoCounts:
    """What became of the photographs in a folder."""

    found: int = 0
    added: int = 0
    unchanged: int = 0
    rejected: int = 0

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


class PhotoRejected(Exception):
    """A photograph cannot serve; `sentence` says why."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class _Measuring:
    path: Path
    retiree_id: uuid.UUID
    report: Future[PhotoReport]


def import_photos(
    folder: Path, services: Services, rejects: Rejects, fields: Sequence[str | None], *, quiet: bool
) -> PhotoCounts:
    """Give each retiree named by a file's name that photograph as a reference; what cannot serve is rejected.

    fields: what the columns of the rejected file mean, to put the number from the file's name into the right one.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    counts = PhotoCounts(found=len(paths))
    now = services.clock.now()
    at_once = services.settings.face_workers
    waiting: deque[_Measuring] = deque()

    def reject(path: Path, rejected: PhotoRejected) -> None:
        counts.rejected += 1
        rejects.add([path.stem if field == "id_number" else "" for field in fields], [rejected.sentence])

    def keep_next() -> None:
        measuring = waiting.popleft()
        try:
            keep_photo(measuring.path.read_bytes(), _report(measuring.report), measuring.retiree_id, services, now)
            counts.added += 1
        except PhotoRejected as rejected:
            reject(measuring.path, rejected)

    with ThreadPoolExecutor(at_once) as pool:
        for path in tqdm(paths, unit="张", disable=True if quiet else None):
            try:
                retiree_id = whose_new_photo(path, services)
            except PhotoRejected as rejected:
                reject(path, rejected)
                continue
            if retiree_id is None:
                counts.unchanged += 1
                continue
            waiting.append(_Measuring(path, retiree_id, pool.submit(services.faces.measure_photo, path.read_bytes())))
            while len(waiting) > 2 * at_once:  # the workers never idle, and few photographs are held in memory
                keep_next()
        while waiting:
            keep_next()
    return counts


def whose_new_photo(path: Path, services: Services) -> uuid.UUID | None:
    """Return the retiree whose number is the file's name; None when they have this very picture already."""
    with services.transactions() as session:
        retiree = find_by_id_number(session, path.stem, vault=services.vault)
        if retiree is None:
            raise PhotoRejected(ROSTER["photo_nobody"])
        known = has_picture(session, path.read_bytes(), retiree_id=retiree.id, vault=services.vault)
        return None if known else retiree.id


def keep_photo(photo: bytes, report: PhotoReport, retiree_id: uuid.UUID, services: Services, now: datetime) -> None:
    """Register a measured photograph; raise PhotoRejected when it cannot serve as a reference."""
    if report.advice is not None:
        raise PhotoRejected(ROSTER["photo_unusable"].format(advice=ADVICE[report.advice]))
    with services.transactions() as session:
        add_reference(
            session,
            session.get_one(Retiree, retiree_id),
            photo,
            report,
            store=services.evidence,
            vault=services.vault,
            actor=operator(),
            now=now,
        )


def _report(measuring: Future[PhotoReport]) -> PhotoReport:
    try:
        return measuring.result()
    except PictureRefused as refused:
        raise PhotoRejected(ROSTER["photo_unusable"].format(advice=ADVICE[refused.advice])) from None
    except (FaceTimeout, FaceWorkerLost):
        raise PhotoRejected(ROSTER["photo_failed"]) from None
