"""Which commands there are. Each has a module of its name, which is loaded when the command is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

from flask.cli import AppGroup

if TYPE_CHECKING:
    import click

NAMES = (
    "audit",
    "benefits",
    "certify",
    "database",
    "demo",
    "doctor",
    "faces",
    "keys",
    "matching",
    "people",
    "policy",
    "receipts",
    "regions",
    "staff",
    "wechat",
)


class Groups(AppGroup):
    """What stands after `flask`: our commands beside those of extensions."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all."""
        return sorted({*super().list_commands(ctx), *NAMES})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return one of them, None for an unknown name."""
        if name not in NAMES:
            return super().get_command(ctx, name)
        return cast("click.Command", getattr(import_module(f"commands.{name}"), name))
