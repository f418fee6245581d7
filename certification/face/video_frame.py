"""Single pictures out of a clip, for a demonstration whose retiree looks like the person in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

JPEG_QUALITY = 95


def frames_of(clip: Path, *, every: int) -> Iterator[bytes]:
    """Yield each `every`-th frame of a clip as JPEG; nothing when it cannot be read.

    For an operator's own files only: what people send is decoded in the workers.
    """
    capture = cv2.VideoCapture(str(clip))
    try:
        number = 0
        while capture.grab():
            if number % every == 0:
                read, frame = capture.retrieve()
                if read:
                    _, jpeg = cv2.imencode(".jpg", frame, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
                    yield jpeg.tobytes()
            number += 1
    finally:
        capture.release()
