"""Attempts that nobody came back to: a page closed in the middle, a server that died just before the end."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from certification.attempts import list_expired
from certification.face.types import EngineUnavailable, FaceBusy, FaceTimeout, FaceWorkerLost
from models.audit import Actor, ActorKind

if TYPE_CHECKING:
    from datetime import datetime

    from services import Services

# The phone's own last question comes first.
PATIENCE = timedelta(seconds=30)
BATCH = 20
SYSTEM = Actor(ActorKind.SYSTEM, "rounds")
_log = logging.getLogger(__name__)


def settle_expired(services: Services, now: datetime) -> int:
    """End the attempts whose time is over, by what was seen of each; return how many were looked at.

    One whose challenge was seen whole certifies, as if its last answer had not been lost. Of two processes at the same
    attempt one ends it.
    """
    with services.transactions() as session:
        expired = list_expired(session, before=now - PATIENCE, limit=BATCH)
    for attempt_id in expired:
        try:
            services.verifier.settle(attempt_id, actor=SYSTEM, now=now)
        except (FaceBusy, FaceTimeout, FaceWorkerLost, EngineUnavailable) as fault:
            # people in front of their phones come first
            _log.warning("attempts wait for a face worker: %s", type(fault).__name__)
            return 0
    return len(expired)
