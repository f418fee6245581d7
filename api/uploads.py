"""Bodies that are pictures or videos: read up to a limit, never written to a disk."""

from __future__ import annotations

from flask import Request, request

FRAME_BYTES = 1024 * 1024
VIDEO_BYTES = 60 * 1024 * 1024
PICTURE_BYTES = 16 * 1024 * 1024
OTHER_BYTES = 64 * 1024


def read_upload(most: int, asked: Request = request) -> bytes:
    """Return a request's body of at most `most` bytes; a longer one is answered with 413 before it is read."""
    asked.max_content_length = most
    return asked.get_data(cache=False)
