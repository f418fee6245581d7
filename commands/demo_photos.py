"""Photographs for a demonstration: real faces, each given to a retiree with an invented name."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

PHOTOS_A_PERSON = 3
EVERY_FRAME = 15

# The bits that give the people in ../shared/faces different family names.
_SHIFT = 13

_STILL = re.compile(r"(?P<person>[a-z][a-z_]*)_[0-9]+\.(jpe?g|png)", re.IGNORECASE)
_CLIPS = "videos"
_FAMILY_NAMES = "周吴郑沈陈何许高宋谢韩彭"
_GIVEN_NAMES = ("安平", "静和", "长宁", "秋实", "望舒", "清源", "如松", "远山", "知远", "南风", "雪梅", "向阳")


@dataclass(frozen=True)
class Sitter:
    """Somebody of whom there are stills, or a clip."""

    key: str
    stills: tuple[Traversable, ...] = ()
    clip: Path | None = None

    @property
    def name(self) -> str:
        """An invented name, always the same for one sitter."""
        family, given = divmod(zlib.crc32(self.key.encode()) >> _SHIFT, len(_GIVEN_NAMES))
        return _FAMILY_NAMES[family % len(_FAMILY_NAMES)] + _GIVEN_NAMES[given]

    def photos(self) -> Iterator[bytes]:
        """Yield pictures of the sitter, as many as there are."""
        for still in self.stills:
            yield still.read_bytes()
        if self.clip is not None:
            from certification.face.video_frame import frames_of  # noqa: PLC0415 - only where there are clips

            yield from frames_of(self.clip, every=EVERY_FRAME)


def find_sitters(folder: Path) -> list[Sitter]:
    """Return the astronaut of scikit-image, everybody with stills PERSON_N in `folder`, and each clip in its `videos`.

    The astronaut's portrait is by NASA and in the public domain.
    """
    sitters = [Sitter("astronaut", (files("skimage.data") / "astronaut.png",))]
    if not folder.is_dir():
        return sitters
    stills: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if found := _STILL.fullmatch(path.name):
            stills.setdefault(found["person"].lower(), []).append(path)
    sitters += [Sitter(person, tuple(paths)) for person, paths in stills.items()]
    sitters += [Sitter(clip.stem, clip=clip) for clip in sorted((folder / _CLIPS).glob("*.mp4"))]
    return sitters
