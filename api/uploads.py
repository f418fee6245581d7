"""Bodies that are pictures or videos: read up to a limit, never written to a disk."""

from __future__ import annotations

from flask import request

FRAME_BYTES = 1024 * 1024
VIDEO_BYTES = 60 * 1024 * 1024
PICTURE_BYTES = 16 * 1024 * 1024
OTHER_BYTES = 64 * 1024


def read_upload(most: int) -> bytes:
    """Return the request's body of at most `most` bytes; a longer one is answered with 413 before it is read."""
    request.max_content_length = most
    return request.get_data(cache=False)
