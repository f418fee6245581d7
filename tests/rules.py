"""Rules of addresses whose code is written once a process: each test has an application of its own, with the same ones.

To write it anew was half of what a test of a page or of the chat took. Without werkzeug's own name for it nothing is
remembered, and everything works as before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import Flask
from werkzeug.routing import Rule

if TYPE_CHECKING:
    from collections.abc import Callable


class RememberedRule(Rule):
    """A rule that takes over the code of an equal one."""

    _written: ClassVar[dict[tuple[object, ...], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - werkzeug's own
        content: Any = (self.rule, tuple(self._trace), repr(self.defaults), append_unknown)
        if content not in self._written:
            self._written[content] = super()._compile_builder(append_unknown)
        return self._written[content]


def remember_rules() -> None:
    """Let every application of this process have such rules."""
    Flask.url_rule_class = RememberedRule
