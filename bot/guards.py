"""Who may come in by the simulator: in development whoever tries it."""

from __future__ import annotations

from flask import abort

from services import services


def development_only() -> None:
    """Nobody where the simulator is off, as it always is in production: what is behind it does not exist there."""
    if not services().settings.has_simulator:
        abort(404)
