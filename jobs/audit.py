"""The audit's own rounds: rows are chained into blocks, and once a day the last block is written down elsewhere."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from casework.audit_anchors import last_anchor, write_anchor
from casework.audit_chain import seal_entries
from clock import local_date

if TYPE_CHECKING:
    from datetime import date, datetime

    from services import Services

_log = logging.getLogger(__name__)


class AuditRounds:
    """Seals what is new; of several processes that do so at once, one does."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._anchored_on: date | None = None

    def __call__(self, now: datetime) -> int:
        """Seal one block and return how many rows it took."""
        with self._services.transactions() as session:
            sealed = seal_entries(session, vault=self._services.vault, now=now)
        if sealed.left_out:
            _log.error("audit: %d rows carry no right signature; flask audit verify names them", sealed.left_out)
        if self._anchored_on != local_date(now):
            self._anchor(now)
        return sealed.rows

    def _anchor(self, now: datetime) -> None:
        with self._services.transactions() as session:
            anchor = last_anchor(session, now=now)
        if anchor is not None:
            write_anchor(self._services.settings.audit_anchor_file, anchor)
            self._anchored_on = local_date(now)
