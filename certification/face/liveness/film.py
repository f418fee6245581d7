"""The frames of an uploaded video, one at a time, without a file on any disk."""

from __future__ import annotations

import os

# Before OpenCV reads it: what FFmpeg thinks of somebody's file is answered in words and logged nowhere.
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")

from contextlib import contextmanager
from typing import TYPE_CHECKING

import cv2
import numpy as np

from certification.face.types import Advice, PictureRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from certification.face.types import Pixels

VIDEO_BYTES = 60 * 1024 * 1024
LONGEST_MS = 120_000.0
APART_MS = 95.0  # about 10 frames a second are looked at
MOST_DECODED = 121 * 60  # two minutes at 60 frames a second: time stamps may lie
USUAL_FPS = 25.0
LONG_SIDE = 640
MOST_ENLARGED = 2.0
LARGEST_SIDE = 4096
SYNC = 0x47  # every 188 bytes of an MPEG transport stream
PACKET = 188
STILL_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"}


def read_film(video: bytes) -> Iterator[tuple[float, Pixels]]:
    """Yield (milliseconds, RGB with 640 px on the long side) of at most ten frames a second, upright.

    Raise PictureRefused: larger than 60 MB, no video, no frame, a codec that is missing, longer than two minutes.
    """
    if len(video) > VIDEO_BYTES:
        raise PictureRefused(Advice.FILE_TOO_LARGE)
    if not is_container(video):
        raise PictureRefused(Advice.NOT_A_VIDEO)
    with _opened(video) as capture:
        _check(capture)
        shown = 0
        for at_ms, bgr in _sampled(capture):
            shown += 1
            yield at_ms, _scaled(bgr)
        if not shown:
            announced = capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0
            raise PictureRefused(Advice.VIDEO_CODEC if announced else Advice.VIDEO_EMPTY)


def is_container(video: bytes) -> bool:
    """Return whether the bytes begin as a film does.

    Asked before a demuxer sees them: FFmpeg also opens stills, and play lists that name other files and addresses.
    """
    head = video[:12]
    if head[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
        return head[8:12] not in STILL_BRANDS
    if head[:4] in {b"\x1aE\xdf\xa3", b"OggS", b"\x00\x00\x01\xba", b"FLV\x01"}:
        return True
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return True
    return len(video) > 2 * PACKET and video[0] == video[PACKET] == video[2 * PACKET] == SYNC


@contextmanager
def _opened(video: bytes) -> Iterator[cv2.VideoCapture]:
    """Open the bytes through a file that lives in memory only and is gone when closed."""
    descriptor = os.memfd_create("video", os.MFD_CLOEXEC)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as file:
            file.write(video)
        capture = cv2.VideoCapture(f"/proc/self/fd/{descriptor}", cv2.CAP_FFMPEG)
        try:
            if not capture.isOpened():
                cut_short = video[4:8] == b"ftyp" and b"moov" not in video
                raise PictureRefused(Advice.TRUNCATED if cut_short else Advice.VIDEO_CODEC)
            yield capture
        finally:
            capture.release()
    finally:
        os.close(descriptor)


def _check(capture: cv2.VideoCapture) -> None:
    """Refuse by what the container says before anything is decoded."""
    if max(capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)) > LARGEST_SIDE:
        raise PictureRefused(Advice.TOO_MANY_PIXELS)
    count, rate = capture.get(cv2.CAP_PROP_FRAME_COUNT), capture.get(cv2.CAP_PROP_FPS)
    if count > 0 and rate > 0 and count / rate * 1000 > LONGEST_MS + 1000:
        raise PictureRefused(Advice.VIDEO_TOO_LONG)


def _sampled(capture: cv2.VideoCapture) -> Iterator[tuple[float, Pixels]]:
    """Yield the frames that are far enough apart; every frame is decoded, few are converted."""
    rate = capture.get(cv2.CAP_PROP_FPS)
    step = 1000 / rate if 1 <= rate <= 240 else 1000 / USUAL_FPS  # noqa: PLR2004 - what cameras do
    at_ms, due = -step, 0.0
    for _ in range(MOST_DECODED):
        if not capture.grab():
            return
        stamp = capture.get(cv2.CAP_PROP_POS_MSEC)
        # time stamps may be missing or stand still; then frames count as evenly spaced
        at_ms = stamp if stamp > at_ms else at_ms + step
        if at_ms > LONGEST_MS:
            raise PictureRefused(Advice.VIDEO_TOO_LONG)
        if at_ms < due:
            continue
        taken, bgr = capture.retrieve()
        if taken and bgr is not None and bgr.size:
            due = at_ms + APART_MS
            yield at_ms, np.asarray(bgr, dtype=np.uint8)
    raise PictureRefused(Advice.VIDEO_TOO_LONG)


def _scaled(bgr: Pixels) -> Pixels:
    rgb = cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)
    scale = min(LONG_SIDE / max(rgb.shape[:2]), MOST_ENLARGED)
    if scale != 1:
        size = (max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale)))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return np.asarray(rgb, dtype=np.uint8)
