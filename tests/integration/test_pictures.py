"""Pictures go on the day that was promised, and leave a row in the audit; references stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from certification.evidence import name_picture, store_picture
from clock import local_date
from jobs.pictures import BATCH, PictureRounds
from models import AuditEntry, EvidenceImage
from models.evidence import EvidencePurpose
from services import NAME

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from models.session import Transactions
    from models.vault import Vault
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.fakes.evidence import EvidenceInMemory


@pytest.fixture
def parts(app: Flask, store: EvidenceInMemory) -> Services:
    found: Services = replace(app.extensions[NAME], evidence=store)
    return found


def keep(parts: Services, cast: Cast, vault: Vault, now: datetime, days: int | None, content: bytes) -> str:
    stored = store_picture(content, store=parts.evidence, vault=vault)
    with parts.transactions() as session:
        name_picture(
            session,
            stored,
            retiree_id=cast.grandma_li.id,
            purpose=EvidencePurpose.REFERENCE if days is None else EvidencePurpose.ATTEMPT,
            attempt_id=None,
            destroy_on=None if days is None else local_date(now) + timedelta(days=days),
            now=now,
        )
    return stored.key


def kept(transactions: Transactions) -> set[str]:
    with transactions() as session:
        return set(session.scalars(select(EvidenceImage.storage_key)))


def test_it_works_on_the_day_and_not_before(
    parts: Services, cast: Cast, vault: Vault, store: EvidenceInMemory, clock: StandingClock, transactions: Transactions
) -> None:
    now = clock.now()
    reference, today, later = (keep(parts, cast, vault, now, days, b"%d" % n) for n, days in enumerate((None, 0, 1)))
    rounds = PictureRounds(parts)
    assert [rounds(now), rounds(now), rounds(now)] == [1, 0, 0]
    assert set(store.pictures) == kept(transactions) == {reference, later}
    tomorrow = clock.advance(days=1)
    assert rounds(tomorrow) == 1
    assert set(store.pictures) == kept(transactions) == {reference}
    with transactions() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "image.destroy")).all()
    assert [(row.actor_kind.value, row.reason) for row in rows] == [("system", "attempt")] * 2
    assert today not in store.pictures


def test_a_process_that_died_in_between_is_made_good(
    parts: Services, cast: Cast, vault: Vault, store: EvidenceInMemory, now: datetime, transactions: Transactions
) -> None:
    key = keep(parts, cast, vault, now, 0, b"its file is gone, its row is not")
    store.delete(key)
    assert PictureRounds(parts)(now) == 1
    assert kept(transactions) == set()


def test_many_go_batch_after_batch(
    parts: Services, cast: Cast, vault: Vault, store: EvidenceInMemory, now: datetime
) -> None:
    for number in range(BATCH + 1):
        keep(parts, cast, vault, now, -1, b"%d" % number)
    rounds = PictureRounds(parts)
    assert [rounds(now), rounds(now), rounds(now)] == [BATCH, 1, 0]
    assert store.pictures == {}
