"""Uploaded videos: what is refused, and that nothing is left behind."""

from __future__ import annotations

import struct
import subprocess
from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir

import numpy as np
import pytest

from certification.face.liveness import film
from certification.face.liveness.film import read_film
from certification.face.types import Advice, PictureRefused

PATTERN = "testsrc=size={size}:rate={rate}:duration={seconds}"


def made(
    ffmpeg: str, path: Path, *options: str, size: str = "320x240", rate: int = 25, seconds: float = 2, source: str = ""
) -> bytes:
    pattern = source or PATTERN.format(size=size, rate=rate, seconds=seconds)
    command = [ffmpeg, "-y", "-loglevel", "error", "-f", "lavfi", "-i", pattern, *options, str(path)]
    subprocess.run(command, check=True)
    return path.read_bytes()


def refusal(video: bytes) -> Advice:
    with pytest.raises(PictureRefused) as refused:
        list(read_film(video))
    return refused.value.advice


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.avi", "a.3gp", "a.mkv", "a.ts"])
def test_it_works(ffmpeg: str, tmp_path: Path, name: str) -> None:
    size = "352x288" if name.endswith("3gp") else "320x240"
    options = ("-c:v", "h263") if name.endswith("3gp") else ()
    frames = list(read_film(made(ffmpeg, tmp_path / name, *options, size=size)))
    times = [at for at, _ in frames]
    assert 14 <= len(frames) <= 21
    assert all(b - a >= 95 for a, b in pairwise(times))
    assert {max(rgb.shape) for _, rgb in frames} == {640}


def test_a_large_picture_is_made_smaller(ffmpeg: str, tmp_path: Path) -> None:
    frames = list(read_film(made(ffmpeg, tmp_path / "a.mp4", size="1920x1080", seconds=0.5)))
    assert frames[0][1].shape == (360, 640, 3)


def test_a_phone_held_upright(ffmpeg: str, tmp_path: Path) -> None:
    """Phones store the picture as the sensor saw it, and in the track's header how to turn it."""
    video = made(ffmpeg, tmp_path / "a.mp4", size="640x480", seconds=0.5)
    matrix = video.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12, track header box, version 0
    quarter = struct.pack(">9i", 0, 1 << 16, 0, -(1 << 16), 0, 0, 480 << 16, 0, 1 << 30)
    turned = video[:matrix] + quarter + video[matrix + len(quarter) :]
    assert next(read_film(turned))[1].shape == (640, 480, 3)


@pytest.mark.parametrize(
    "data",
    [b"", b"\0" * 100, b"\xff\xd8\xff\xe0" + b"\0" * 200, b"GIF89a" + b"\0" * 200, b"%PDF-1.7", b"\0\0\0\x18ftypheic"],
    ids=["nothing", "zeros", "jpeg", "gif", "pdf", "heic"],
)
def test_what_is_no_video(data: bytes) -> None:
    assert refusal(data) is Advice.NOT_A_VIDEO


def test_a_play_list_that_names_files_is_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.ts"
    secret.write_bytes(b"\x47" + b"\0" * 187)
    assert refusal(f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n".encode()) is Advice.NOT_A_VIDEO
    assert refusal(f"ffconcat version 1.0\nfile {secret}\n".encode()) is Advice.NOT_A_VIDEO


def test_a_video_cut_short(ffmpeg: str, tmp_path: Path) -> None:
    whole = made(ffmpeg, tmp_path / "a.mp4")
    assert refusal(whole[: len(whole) // 2]) is Advice.TRUNCATED


def test_a_container_around_nothing_that_can_be_read() -> None:
    assert refusal(b"\0\0\0\x18ftypisom" + b"\0\0\0\x08moov" + b"\xa7" * 400) in {Advice.VIDEO_CODEC, Advice.TRUNCATED}


def test_sound_alone(ffmpeg: str, tmp_path: Path) -> None:
    sound = made(ffmpeg, tmp_path / "a.mp4", source="sine=duration=1")
    assert refusal(sound) in {Advice.VIDEO_CODEC, Advice.VIDEO_EMPTY}


def test_longer_than_two_minutes_by_its_own_word(ffmpeg: str, tmp_path: Path) -> None:
    assert refusal(made(ffmpeg, tmp_path / "a.mp4", size="64x64", rate=2, seconds=130)) is Advice.VIDEO_TOO_LONG


def test_longer_than_two_minutes_without_a_word(ffmpeg: str, tmp_path: Path) -> None:
    """A recording in the browser names no length: the time stamps tell."""
    live = made(ffmpeg, tmp_path / "a.webm", "-live", "1", "-f", "webm", size="64x64", rate=2, seconds=130)
    assert refusal(live) is Advice.VIDEO_TOO_LONG


def test_too_many_bytes(monkeypatch: pytest.MonkeyPatch, ffmpeg: str, tmp_path: Path) -> None:
    video = made(ffmpeg, tmp_path / "a.mp4")
    monkeypatch.setattr(film, "VIDEO_BYTES", len(video) - 1)
    assert refusal(video) is Advice.FILE_TOO_LARGE


def test_frames_that_change_their_size(ffmpeg: str, tmp_path: Path) -> None:
    """Cameras do this when the phone is turned; it must not crash."""
    parts = [
        made(ffmpeg, tmp_path / f"{i}.ts", "-c:v", "mpeg2video", size=size, seconds=1)
        for i, size in enumerate(("320x240", "640x480", "240x320"))
    ]
    frames = list(read_film(b"".join(parts)))
    assert len(frames) > 10
    assert all(rgb.dtype == np.uint8 and max(rgb.shape) <= 640 for _, rgb in frames)


def test_nothing_stays_open_or_on_a_disk(ffmpeg: str, tmp_path: Path) -> None:
    video = made(ffmpeg, tmp_path / "a.mp4")
    opened = Path("/proc/self/fd")
    before, files = len(list(opened.iterdir())), set(Path(gettempdir()).glob("*.*"))
    list(read_film(video))
    next(read_film(video))
    refusal(video[: len(video) // 2])
    assert len(list(opened.iterdir())) <= before
    assert not {path for path in set(Path(gettempdir()).glob("*.*")) - files if path.suffix in {".mp4", ".tmp"}}
