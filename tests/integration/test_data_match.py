from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import select

from certification.certify import certify
from certification.data_match import EvidenceOfLife, certify_by_evidence
from models import AuditEntry, Certification, OutboxMessage, Retiree
from models.certification import Channel
from tests.matching import RULES, WHO, let_wechat_reach

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from models.session import Transactions
    from tests.cast import Cast


def _certify(session: Session, now: datetime, *people: Retiree) -> set[str]:
    evidence = [EvidenceOfLife(one.id.hex, date(2025, 3, 1)) for one in people]
    return certify_by_evidence(
        session, evidence, source="hospital_visit", title="看病记录", rules=RULES, actor=WHO, now=now
    )


def test_it_works(session: Session, cast: Cast, now: datetime) -> None:
    people = (cast.grandma_li, cast.old_zhou)
    assert _certify(session, now, *people) == {one.id.hex for one in people}
    made = session.scalars(select(Certification)).all()
    assert {(one.retiree_id, one.channel) for one in made} == {(one.id, Channel.DATA_MATCH) for one in people}


def test_nobody_is_certified_twice_for_a_term(
    transactions: Transactions, session: Session, cast: Cast, now: datetime
) -> None:
    """Also where whoever decided did not see the other one yet: it was written at that very moment."""
    let_wechat_reach(transactions, cast)
    li, zhou = (session.get_one(Retiree, one.id) for one in (cast.grandma_li, cast.old_zhou))
    certify(session, li, Channel.COUNTER, rules=RULES, actor=WHO, now=now)
    session.flush()
    assert _certify(session, now, li, zhou) == {zhou.id.hex}
    session.expire_all()
    assert (li.certified_by, zhou.certified_by) == (Channel.COUNTER, Channel.DATA_MATCH)
    made = session.scalars(select(Certification)).all()
    assert {(one.retiree_id, one.channel) for one in made} == {(li.id, Channel.COUNTER), (zhou.id, Channel.DATA_MATCH)}
    audits = session.scalars(select(AuditEntry.subject_id).where(AuditEntry.action == "certify")).all()
    assert sorted(audits) == sorted((str(li.id), str(zhou.id)))
    told = session.scalars(select(OutboxMessage.retiree_id).where(OutboxMessage.notice == "certified_by_data")).all()
    assert set(told) == {zhou.id}


def test_an_audit_row_is_found_by_its_id(session: Session, cast: Cast, now: datetime) -> None:
    _certify(session, now, cast.grandma_li)
    audit = session.scalars(select(AuditEntry).where(AuditEntry.action == "certify")).one()
    assert session.scalars(select(AuditEntry).where(AuditEntry.id == audit.id)).all() == [audit]
