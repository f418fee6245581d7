"""What must hold after every fault: nothing lost, nothing doubled, the audit whole, and the doctor finds nothing."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import Certification, InboxMessage, OutboxMessage
from models.outbox import OutboxStatus

if TYPE_CHECKING:
    from models.session import Transactions
    from tests.city import City
    from tests.faults.people import Crowd


def examine(city: City) -> dict[str, int]:
    """Return what the doctor finds, by check, and what is wrong with the audit, by kind."""
    told = json.loads(city.flask("doctor", "--json", check=False).stdout)
    audit = json.loads(city.flask("audit", "verify", "--json", check=False).stdout)
    return {one["check"]: one["count"] for one in told["findings"]} | Counter(one["kind"] for one in audit["faults"])


def holds_all(crowd: Crowd, rows: Transactions) -> None:
    """Check that everybody is certified once and every message was acted on once."""
    with rows() as session:
        certified = session.scalars(select(Certification.retiree_id)).all()
        heard = session.scalar(select(func.count()).select_from(InboxMessage))
    assert sorted(map(str, certified)) == sorted(person.retiree_id for person in crowd.people)
    assert heard == len(crowd.messages)


def is_idle(rows: Transactions) -> bool:
    """Say whether no message out waits any more."""
    with rows() as session:
        return session.scalar(select(OutboxMessage.id).where(OutboxMessage.status == OutboxStatus.WAITING)) is None
