"""The application as a fault test serves it: the real one, with faces that a frame's first word names, and a clock
that the test moves by writing seconds into CLOCK_FILE."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from app import create_app
from tests.fakes.faces import ScriptedFaces

if TYPE_CHECKING:
    from flask import Flask


class MovedClock:
    """The machine's clock, moved by so many seconds as the file says."""

    def now(self) -> datetime:
        file = Path(os.environ.get("CLOCK_FILE", os.devnull))
        moved = file.read_text() if file.exists() else ""
        return datetime.now(UTC) + timedelta(seconds=float(moved or 0))


def create() -> Flask:
    """Return the application."""
    return create_app(clock=MovedClock(), face_workers=ScriptedFaces())
