from __future__ import annotations

import io
import struct
import time
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from certification.face.decode import FRAME_LONG_SIDE, PHOTO_LONG_SIDE, decode_frame, decode_photo
from certification.face.types import Advice, PictureRefused

if TYPE_CHECKING:
    from certification.face.types import Pixels


def encoded(picture: Image.Image, kind: str = "JPEG", **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def huge_png(side: int) -> bytes:
    """A complete black and white picture of side x side pixels in few bytes."""
    packer = zlib.compressobj(9)
    line = bytes(1 + (side + 7) // 8)
    rows = b"".join([*(packer.compress(line) for _ in range(side)), packer.flush()])
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def moving(portrait: Pixels, kind: str) -> bytes:
    frames = [Image.fromarray(np.roll(portrait, shift, axis=1)) for shift in (0, 40, 80)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def refusal_of(data: bytes) -> Advice:
    with pytest.raises(PictureRefused) as refused:
        decode_photo(data)
    return refused.value.advice


def test_a_photograph_comes_out_as_it_went_in(portrait: Pixels) -> None:
    decoded = decode_photo(encoded(Image.fromarray(portrait), "PNG"))
    assert np.array_equal(decoded, portrait)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "BMP"])
def test_every_format_is_read(portrait: Pixels, kind: str) -> None:
    decoded = decode_photo(encoded(Image.fromarray(portrait), kind))
    assert decoded.shape == portrait.shape
    assert np.abs(decoded.astype(int) - portrait).mean() < 6


@pytest.mark.parametrize(
    ("data", "advice"),
    [
        (b"", Advice.NOT_AN_IMAGE),
        (b"a letter to the agency " * 50, Advice.NOT_AN_IMAGE),
        (b"%PDF-1.7 " * 100, Advice.NOT_AN_IMAGE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", Advice.NOT_AN_IMAGE),
        (b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(200), Advice.HEIC),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", Advice.TRUNCATED),
        (b"\x89PNG\r\n\x1a\n\x00\x00", Advice.TRUNCATED),
    ],
)
def test_what_is_no_photograph_is_told_apart(data: bytes, advice: Advice) -> None:
    assert refusal_of(data) is advice


def test_a_huge_picture_is_refused_from_its_header() -> None:
    data = huge_png(30_000)
    assert len(data) <= 200_000
    started = time.process_time()
    assert refusal_of(data) is Advice.TOO_MANY_PIXELS
    assert time.process_time() - started < 0.1


def test_a_picture_above_the_limit_but_below_pillows_own_is_refused() -> None:
    assert refusal_of(huge_png(8_000)) is Advice.TOO_MANY_PIXELS


def test_a_large_picture_within_the_limit_is_made_small() -> None:
    assert decode_photo(huge_png(7_000)).shape == (PHOTO_LONG_SIDE, PHOTO_LONG_SIDE, 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG"])
def test_a_moving_picture_is_refused(portrait: Pixels, kind: str) -> None:
    assert refusal_of(moving(portrait, kind)) is Advice.ANIMATED


def test_a_phones_multi_picture_jpeg_is_a_photograph(portrait: Pixels) -> None:
    assert decode_photo(moving(portrait, "MPO")).shape == portrait.shape


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_truncated_file_is_refused(portrait: Pixels, kind: str, share: float) -> None:
    data = encoded(Image.fromarray(portrait), kind)
    assert refusal_of(data[: int(len(data) * share)]) in {Advice.TRUNCATED, Advice.UNREADABLE}


def test_bytes_turned_over_at_random_are_refused_or_read_but_never_crash(portrait: Pixels) -> None:
    chance = np.random.default_rng(5)
    for kind in ("JPEG", "PNG", "WEBP", "BMP"):
        whole = np.frombuffer(encoded(Image.fromarray(portrait[::4, ::4]), kind), dtype=np.uint8)
        for _ in range(60):
            spoilt = whole.copy()
            spoilt[chance.integers(0, min(len(whole), 2000), 8)] = chance.integers(0, 256, 8)
            try:
                assert decode_photo(spoilt.tobytes()).shape[2] == 3
            except PictureRefused:
                continue


def test_cmyk_keeps_its_colours(portrait: Pixels) -> None:
    decoded = decode_photo(encoded(Image.fromarray(portrait).convert("CMYK"), "JPEG", quality=95))
    assert np.abs(decoded.astype(int) - portrait).mean() < 6


def test_sixteen_bits_of_grey_are_scaled_not_clipped(portrait: Pixels) -> None:
    grey = np.asarray(Image.fromarray(portrait).convert("L"))
    decoded = decode_photo(encoded(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"))
    assert decoded.shape == portrait.shape
    assert np.abs(decoded[..., 0].astype(int) - grey).max() <= 1


def test_transparency_is_put_on_white(portrait: Pixels) -> None:
    clear = np.dstack([portrait, np.zeros(portrait.shape[:2], np.uint8)])
    assert (decode_photo(encoded(Image.fromarray(clear), "PNG")) == 255).all()


def test_a_palette_becomes_colours(portrait: Pixels) -> None:
    decoded = decode_photo(encoded(Image.fromarray(portrait).quantize(256), "PNG"))
    assert np.abs(decoded.astype(int) - portrait).mean() < 12


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_turn_in_the_metadata_is_applied(portrait: Pixels, orientation: int) -> None:
    upright = Image.fromarray(portrait[:400])
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = upright if undo is None else upright.transpose(undo)
    decoded = decode_photo(encoded(stored, "JPEG", exif=exif, quality=95))
    assert decoded.shape == (400, 512, 3)
    assert np.abs(decoded.astype(int) - portrait[:400]).mean() < 5


def test_broken_metadata_costs_only_the_turn(portrait: Pixels) -> None:
    data = encoded(Image.fromarray(portrait), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff" + bytes(8))
    assert decode_photo(data).shape == portrait.shape


def test_a_frame_is_decoded_small(portrait: Pixels) -> None:
    large = Image.fromarray(portrait).resize((2000, 1500))
    assert max(decode_frame(encoded(large)).shape) == FRAME_LONG_SIDE


def test_a_frame_is_a_jpeg_of_bounded_size(portrait: Pixels) -> None:
    small = Image.fromarray(portrait)
    wide = Image.new("RGB", (5000, 10))
    for data, advice in (
        (encoded(small, "PNG"), Advice.NOT_AN_IMAGE),
        (encoded(wide), Advice.TOO_MANY_PIXELS),
        (bytes(1024 * 1024 + 1), Advice.FILE_TOO_LARGE),
        (encoded(small)[:9000], Advice.TRUNCATED),
    ):
        with pytest.raises(PictureRefused) as refused:
            decode_frame(data)
        assert refused.value.advice is advice
