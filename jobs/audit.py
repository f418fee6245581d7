"""The audit's own rounds: rows are chained into blocks, and each minute the last block is written down elsewhere."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from casework.audit_anchors import last_anchor, write_anchor
from casework.audit_chain import seal_entries

if TYPE_CHECKING:
    from datetime import datetime

    from services import Services

_log = logging.getLogger(__name__)


class AuditRounds:
    """Seals what is new; of several processes that do so at once, one does. Each anchors at most once a minute."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._anchored_in: datetime | None = None

    def __call__(self, now: datetime) -> int:
        """Seal one block and return how many rows it took."""
        with self._services.transactions() as session:
            sealed = seal_entries(session, vault=self._services.vault, now=now)
        if sealed.left_out:
            _log.error("audit: %d rows carry no right signature; flask audit verify names them", sealed.left_out)
        minute = now.replace(second=0, microsecond=0)
        if self._anchored_in != minute:
            self._anchor(now)
            self._anchored_in = minute
        return sealed.rows

    def _anchor(self, now: datetime) -> None:
        with self._services.transactions() as session:
            anchor = last_anchor(session, now=now)
        if anchor is not None:
            write_anchor(self._services.settings.audit_anchor_file, anchor)
