"""Who may come in here: WeChat with its signature, and in development whoever tries the simulator."""

from __future__ import annotations

from flask import abort

from services import services


def signed_by_wechat() -> None:
    """Everybody whose request bears WeChat's signature, which the view checks; nobody where there is no account."""
    if not services().settings.has_wechat:
        abort(404)


def development_only() -> None:
    """Nobody where the simulator is off, as it always is in production: what is behind it does not exist there."""
    if not services().settings.has_simulator:
        abort(404)
