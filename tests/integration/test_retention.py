from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select

from certification.consents import give_consent, withdraw_consent
from certification.evidence import name_picture, store_picture
from certification.evidence_waste import delete_waste
from certification.references import add_reference, find_template
from certification.retention import destroy_withdrawn_faces
from jobs.retention import RetentionRounds
from models import AuditEntry, Benefit, Binding, Consent, EvidenceImage, EvidenceWaste, FaceTemplate
from models.account import Relation
from models.audit import Actor, ActorKind
from models.evidence import EvidencePurpose
from policy.months import month_of
from services import NAME
from tests.fakes.evidence import EvidenceInMemory
from tests.fakes.faces import ENGINE_ID, ScriptedFaces

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from models import Retiree
    from models.session import Transactions
    from services import Services
    from tests.cast import Cast

WHO = Actor(ActorKind.COMMAND, "test")


@pytest.fixture
def parts(app: Flask) -> Services:
    found: Services = app.extensions[NAME]
    return found


def _keep(parts: Services, retiree: Retiree, destroy_on: date | None, now: datetime) -> str:
    stored = store_picture(b"a frame", store=parts.evidence, vault=parts.vault)
    with parts.transactions() as session:
        name_picture(
            session,
            stored,
            retiree_id=retiree.id,
            purpose=EvidencePurpose.ATTEMPT,
            attempt_id=None,
            destroy_on=destroy_on,
            now=now,
        )
    return stored.key


def _is_stored(parts: Services, key: str) -> bool:
    try:
        parts.evidence.get(key)
    except FileNotFoundError:
        return False
    return True


def test_a_process_that_dies_over_a_file_forgets_nothing(parts: Services, cast: Cast, now: datetime) -> None:
    key = _withdrawn(parts, cast, now)

    class StoreThatDies(EvidenceInMemory):
        def delete(self, key: str) -> None:
            raise KeyboardInterrupt(key)

    dying = replace(parts, evidence=StoreThatDies())
    with pytest.raises(KeyboardInterrupt):
        RetentionRounds(dying)(now)
    with parts.transactions() as session:
        assert session.scalars(select(EvidenceImage)).all() == []
        assert session.scalars(select(EvidenceWaste.storage_key)).all() == [key]
    assert _is_stored(parts, key)
    assert delete_waste(parts.transactions, parts.evidence) == 1
    assert not _is_stored(parts, key)


def _consent(parts: Services, cast: Cast, now: datetime) -> None:
    faces = ScriptedFaces()
    with parts.transactions() as session:
        li, account = session.merge(cast.grandma_li), session.merge(cast.grandma_li_account)
        report = faces.measure_photo(b"a photograph")
        add_reference(session, li, b"a photograph", report, store=parts.evidence, vault=parts.vault, actor=WHO, now=now)
        give_consent(session, account, li, actor=WHO, now=now)


def _withdrawn(parts: Services, cast: Cast, now: datetime) -> str:
    """Let her consent and take it back; return where her photograph is stored."""
    _consent(parts, cast, now)
    with parts.transactions() as session:
        li, account = session.merge(cast.grandma_li), session.merge(cast.grandma_li_account)
        withdraw_consent(session, account, li, actor=WHO, now=now)
        return session.scalars(select(EvidenceImage.storage_key)).one()


def test_a_transaction_that_fails_destroys_nothing(parts: Services, cast: Cast, now: datetime) -> None:
    key = _withdrawn(parts, cast, now)

    def destroy_and_fail() -> None:
        with parts.transactions() as session:
            assert destroy_withdrawn_faces(session, actor=WHO, now=now) == 1
            raise RuntimeError("the wire was cut")

    with pytest.raises(RuntimeError):
        destroy_and_fail()
    assert delete_waste(parts.transactions, parts.evidence) == 0
    assert _is_stored(parts, key)


def test_a_face_goes_when_consent_is_taken_back(parts: Services, cast: Cast, now: datetime) -> None:
    _consent(parts, cast, now)
    frame = _keep(parts, cast.grandma_li, date(2025, 9, 1), now)
    assert RetentionRounds(parts)(now) == 0
    with parts.transactions() as session:
        li, account = session.merge(cast.grandma_li), session.merge(cast.grandma_li_account)
        withdraw_consent(session, account, li, actor=WHO, now=now)
    assert RetentionRounds(parts)(now) == 3, "a person and two files"
    assert not _is_stored(parts, frame)
    with parts.transactions() as session:
        assert find_template(session, cast.grandma_li.id, ENGINE_ID) is None
        assert session.scalars(select(FaceTemplate)).all() == []
        assert session.scalars(select(EvidenceImage)).all() == []
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "face.destroy")).one()
        assert (told.subject_id, told.reason) == (str(cast.grandma_li.id), "consent_withdrawn")


def test_whoever_consents_again_in_time_keeps_it(parts: Services, cast: Cast, now: datetime) -> None:
    _consent(parts, cast, now)
    with parts.transactions() as session:
        li, account = session.merge(cast.grandma_li), session.merge(cast.grandma_li_account)
        withdraw_consent(session, account, li, actor=WHO, now=now)
        session.flush()
        give_consent(session, account, li, actor=WHO, now=now)
    assert RetentionRounds(parts)(now) == 0
    with parts.transactions() as session:
        assert find_template(session, cast.grandma_li.id, ENGINE_ID) is not None


def test_nobody_elses_face_goes(parts: Services, transactions: Transactions, cast: Cast, now: datetime) -> None:
    _consent(parts, cast, now)
    with transactions() as session:
        zhou, daughter = session.merge(cast.old_zhou), session.merge(cast.daughter)
        give_consent(session, daughter, zhou, actor=WHO, now=now)
        session.flush()
        withdraw_consent(session, daughter, zhou, actor=WHO, now=now)
    RetentionRounds(parts)(now)
    with transactions() as session:
        assert find_template(session, cast.grandma_li.id, ENGINE_ID) is not None


@pytest.mark.parametrize("takes_back", [True, False])
def test_who_merely_claims_a_person_neither_keeps_nor_destroys_a_face(
    parts: Services, cast: Cast, now: datetime, *, takes_back: bool
) -> None:
    _consent(parts, cast, now)
    with parts.transactions() as session:
        li = session.merge(cast.grandma_li)
        own, stranger = session.merge(cast.grandma_li_account), session.merge(cast.stranger)
        session.add(Binding(account_id=stranger.id, retiree_id=li.id, relation=Relation.SELF, created_at=now))
        session.execute(delete(Consent))
        session.flush()
        give_consent(session, stranger, li, actor=WHO, now=now)
        session.flush()
        withdraw_consent(session, stranger if takes_back else own, li, actor=WHO, now=now)
    RetentionRounds(parts)(now)
    with parts.transactions() as session:
        assert (find_template(session, cast.grandma_li.id, ENGINE_ID) is not None) is takes_back


@pytest.mark.parametrize(("last_month", "goes"), [(202402, True), (202403, False), (202502, False), (None, False)])
def test_a_face_goes_a_year_after_the_pension(
    parts: Services, cast: Cast, now: datetime, last_month: int | None, *, goes: bool
) -> None:
    _consent(parts, cast, now)
    with parts.transactions() as session:
        benefit = Benefit(id=cast.grandma_li.id, number="1", first_month=month_of(date(2020, 1, 1)), created_at=now)
        benefit.last_month = None if last_month is None else month_of(date(last_month // 100, last_month % 100, 1))
        session.add(benefit)
    RetentionRounds(parts)(now)
    with parts.transactions() as session:
        assert (find_template(session, cast.grandma_li.id, ENGINE_ID) is None) == goes
        assert (session.scalars(select(EvidenceImage)).first() is None) == goes
