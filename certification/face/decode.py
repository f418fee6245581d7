"""Bytes from outside become RGB pixels here, or are refused with one advice."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageFile

from certification.face.types import Advice, PictureRefused

if TYPE_CHECKING:
    from certification.face.types import Pixels

FRAME_BYTES = 1024 * 1024
FRAME_SIDE = 4096
FRAME_LONG_SIDE = 640
PHOTO_BYTES = 30 * 1024 * 1024
PHOTO_PIXELS = 50_000_000
PHOTO_LONG_SIDE = 1600
PHOTO_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")
ORIENTATION_TAG = 0x0112
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
HEIC_BRANDS = {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}


def decode_frame(jpeg: bytes) -> Pixels:
    """Return a streamed JPEG frame as RGB (height, width, 3), at most 640 px on the long side, as the camera held it.

    Raise PictureRefused: at most 1 MiB and 4096 px a side, JPEG only.
    """
    if len(jpeg) > FRAME_BYTES:
        raise PictureRefused(Advice.FILE_TOO_LARGE)
    with _opened(jpeg, ("JPEG",)) as picture:
        if max(picture.size) > FRAME_SIDE:
            raise PictureRefused(Advice.TOO_MANY_PIXELS)
        return _pixels(picture, FRAME_LONG_SIDE)


def decode_photo(data: bytes) -> Pixels:
    """Return a photograph as upright RGB (height, width, 3), at most 1600 px on the long side.

    JPEG, PNG, WebP and BMP; at most 30 MiB and 50 million pixels, read from the header before anything is decoded.
    Raise PictureRefused with the advice that says what is wrong, and nothing else.
    """
    if len(data) > PHOTO_BYTES:
        raise PictureRefused(Advice.FILE_TOO_LARGE)
    with _opened(data, PHOTO_FORMATS) as picture:
        if picture.width * picture.height > PHOTO_PIXELS:
            raise PictureRefused(Advice.TOO_MANY_PIXELS)
        # a phone's multi-picture JPEG also counts as several frames, but its first one is the photograph
        if picture.format in {"PNG", "WEBP"} and getattr(picture, "is_animated", False):
            raise PictureRefused(Advice.ANIMATED)
        return _pixels(picture, PHOTO_LONG_SIDE)


def _opened(data: bytes, formats: tuple[str, ...]) -> Image.Image:
    """Return the picture with only its header read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return Image.open(io.BytesIO(data), formats=formats)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused(Advice.TOO_MANY_PIXELS) from None
    except OSError:  # also Pillow's own for bytes that no format knows
        raise PictureRefused(_what_it_is(data, formats)) from None
    except Exception:  # noqa: BLE001 - what Pillow raises on hostile bytes has no common class
        raise PictureRefused(Advice.UNREADABLE) from None


def _what_it_is(data: bytes, formats: tuple[str, ...]) -> Advice:
    """Say of bytes whose header was not understood what they seem to be."""
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return Advice.ANIMATED
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        return Advice.HEIC
    starts = {"JPEG": data[:3] == b"\xff\xd8\xff", "PNG": data[:8] == b"\x89PNG\r\n\x1a\n"}
    starts |= {"WEBP": data[:4] == b"RIFF" and data[8:12] == b"WEBP"}
    return Advice.TRUNCATED if any(starts.get(name, False) for name in formats) else Advice.NOT_AN_IMAGE


def _pixels(picture: Image.Image, long_side: int) -> Pixels:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture.draft("RGB", (long_side, long_side))
            picture.load()
            turn = TURNS.get(_orientation(picture))
            upright = _scaled(_in_rgb(picture), long_side)
            return np.asarray(upright.transpose(turn) if turn is not None else upright)
    except MemoryError:
        raise PictureRefused(Advice.TOO_MANY_PIXELS) from None
    except OSError:
        raise PictureRefused(Advice.TRUNCATED) from None
    except Exception:  # noqa: BLE001 - the same
        raise PictureRefused(Advice.UNREADABLE) from None


def _orientation(picture: Image.Image) -> int:
    try:
        return int(picture.getexif().get(ORIENTATION_TAG, 1))
    except Exception:  # noqa: BLE001 - the same; broken metadata costs only the turn
        return 1


def _in_rgb(picture: Image.Image) -> Image.Image:
    if picture.mode == "RGB":
        return picture
    if picture.mode.startswith("I"):
        # sixteen bits of grey: Pillow's own conversion would clip everything above 255 to white
        grey = (np.asarray(picture).astype(np.uint32) >> 8).clip(0, 255).astype(np.uint8)
        return Image.fromarray(grey).convert("RGB")
    if picture.has_transparency_data:
        coloured = picture.convert("RGBA")
        paper = Image.new("RGB", picture.size, "white")
        paper.paste(coloured, mask=coloured.getchannel("A"))
        return paper
    return picture.convert("RGB")


def _scaled(picture: Image.Image, long_side: int) -> Image.Image:
    scale = long_side / max(picture.size)
    if scale >= 1.0:
        return picture
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)


# A truncated picture is refused, whatever another part of the process set.
ImageFile.LOAD_TRUNCATED_IMAGES = False
