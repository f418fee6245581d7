"""The application as the load benchmark serves it: the real one, asking for the movements that its clip shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import create_app
from certification.face.types import Action
from tests.fakes.chance import KnownChance

if TYPE_CHECKING:
    from flask import Flask

CHALLENGE = (Action.OPEN_MOUTH, Action.TURN_LEFT)


def create() -> Flask:
    """Return the application."""
    return create_app(challenge_random=KnownChance(CHALLENGE))
