"""Certifying by another department's evidence of life (数据比对认证): many people at once, each as `certify` does it.

A person, a term, one certification; with its receipt, its audit row, where they stand, and the message to whoever may
know, all in the transaction of the caller.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import (
    Column,
    Date,
    LargeBinary,
    MetaData,
    String,
    Table,
    Uuid,
    exists,
    insert,
    literal,
    or_,
    select,
    update,
)

from certification.certify import CERTIFIED_BY_DATA, cause_of, may_hear
from certification.receipts import make_receipt_numbers
from certification.year import term_of
from clock import local_date
from models import Account, AuditEntry, Base, Binding, Certification, OutboxMessage, Retiree
from models.audit import sign_rows
from models.bulk import among, as_digits, copy_in, dashed, emptied, insert_into
from models.certification import Channel
from models.outbox import waiting_since
from models.random_id import new_ids
from models.types import installed_vault

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from models.audit import Actor
    from policy.rules import RuleSet

_CERTIFICATIONS = Base.metadata.tables[Certification.__tablename__]
_AUDIT = Base.metadata.tables[AuditEntry.__tablename__]
_PEOPLE = Base.metadata.tables[Retiree.__tablename__]
_OUTBOX = Base.metadata.tables[OutboxMessage.__tablename__]
_ACT = "certify"
_VALUES_PURPOSE = "outbox_messages.values"

# Not the project's tables: they live as long as a connection, and hold one chunk.
_staging = MetaData()
_STAGED = Table(
    "staged_certifications",
    _staging,
    Column("retiree_id", Uuid),
    Column("id", Uuid, primary_key=True),
    Column("period", String(16)),
    Column("valid_until", Date),
    Column("next_due_by", Date),
    Column("receipt_number", String(32)),
    Column("sign_on", Date),
    prefixes=["TEMPORARY"],
)
_STAGED_AUDIT = Table(
    "staged_audit_entries",
    _staging,
    Column("id", Uuid),
    Column("subject_id", String(64)),
    Column("signature", LargeBinary),
    prefixes=["TEMPORARY"],
)
_STAGED_MESSAGES = Table(
    "staged_messages",
    _staging,
    Column("id", Uuid),
    Column("cause", String(128)),
    Column("account_id", Uuid),
    Column("retiree_id", Uuid),
    Column("values", LargeBinary),
    prefixes=["TEMPORARY"],
)


class EvidenceOfLife(NamedTuple):
    """That a source has seen somebody on a day. retiree_id: its 32 digits."""

    retiree_id: str
    seen_on: date


class _Certified(NamedTuple):
    """A row of the staging table, as the database keeps it."""

    retiree_id: str
    id: str
    period: str
    valid_until: str
    next_due_by: str
    receipt_number: str
    sign_on: str


def certify_by_evidence(
    session: Session,
    evidence: Sequence[EvidenceOfLife],
    *,
    source: str,
    title: str,
    rules: RuleSet,
    actor: Actor,
    now: datetime,
) -> set[str]:
    """Certify each person for the term that holds the day of the evidence; return whom, by their ids.

    source: which of the declared ones; title: what people are told it is. No person stands twice in `evidence`. Whoever
    has a certification for that term already, also one written at this very moment, is left alone.
    """
    if not evidence:
        return set()
    certified = _write_certifications(session, evidence, source, rules, now)
    hearers = _hearers(session, [one.retiree_id for one in certified])
    with ThreadPoolExecutor(max_workers=1) as aside:
        # The longest statement of all: what is signed and sealed meanwhile costs no time, and asks no database.
        audit = aside.submit(_audit_rows, certified, actor, now)
        messages = aside.submit(_message_rows, certified, hearers, title)
        session.execute(
            update(_PEOPLE)
            .where(
                _PEOPLE.c.id == _STAGED.c.retiree_id,
                or_(_PEOPLE.c.certified_until.is_(None), _PEOPLE.c.certified_until < _STAGED.c.valid_until),
            )
            .values(
                certified_until=_STAGED.c.valid_until, certified_by=Channel.DATA_MATCH, due_by=_STAGED.c.next_due_by
            )
        )
    _write_audit(session, audit.result(), actor, now)
    _write_messages(session, messages.result(), now)
    return {one.retiree_id for one in certified}


def _write_certifications(
    session: Session, evidence: Sequence[EvidenceOfLife], source: str, rules: RuleSet, now: datetime
) -> list[_Certified]:
    """Return what was written, which stands in the staging table then as well."""
    staged = _staged_rows(evidence, rules, now)
    _stage(session, _STAGED, staged)
    constants = {
        "sign_source": source,
        "channel": Channel.DATA_MATCH,
        "with_helper": False,
        "certified_at": now,
        "rule_set": rules.name,
    }
    written = session.execute(
        insert_into(session, _CERTIFICATIONS)
        .from_select(
            [*_STAGED.c.keys(), *constants],
            select(_STAGED, *_constants(_CERTIFICATIONS, constants)).order_by(_STAGED.c.retiree_id),
        )
        .on_conflict_do_nothing(
            index_elements=["retiree_id", "period"], index_where=_CERTIFICATIONS.c.revoked_at.is_(None)
        )
    )
    if written.rowcount == len(staged):  # type: ignore[attr-defined]  # an INSERT's result has a row count
        return staged
    session.execute(_STAGED.delete().where(~exists().where(_CERTIFICATIONS.c.id == _STAGED.c.id).correlate(_STAGED)))
    left = set(session.scalars(select(as_digits(session, _STAGED.c.id))))
    return [one for one in staged if one.id in left]


def _staged_rows(evidence: Sequence[EvidenceOfLife], rules: RuleSet, now: datetime) -> list[_Certified]:
    today = local_date(now)
    terms = {}
    for day in {one.seen_on for one in evidence}:
        term = term_of(day, rules.clock)
        terms[day] = (term.period, term.valid_until.isoformat(), term.next_due_by.isoformat(), day.isoformat())
    rows = []
    # people in one order everywhere: two imports wait for each other instead of for ever; ids in that of their index
    ids = sorted(new_ids(len(evidence)))
    receipts = make_receipt_numbers(today, len(evidence))
    for (retiree_id, seen_on), certification_id, receipt in zip(sorted(evidence), ids, receipts, strict=True):
        period, valid_until, next_due_by, sign_on = terms[seen_on]
        rows.append(_Certified(retiree_id, certification_id, period, valid_until, next_due_by, receipt, sign_on))
    return rows


def _audit_rows(certified: Sequence[_Certified], actor: Actor, now: datetime) -> list[tuple[str, str, bytes]]:
    ids = new_ids(len(certified))
    subjects = [dashed(one.retiree_id) for one in certified]
    signatures = sign_rows(
        _ACT, Retiree.__name__, list(zip(map(dashed, ids), subjects, strict=True)), actor, now, Channel.DATA_MATCH.value
    )
    return list(zip(ids, subjects, signatures, strict=True))


def _write_audit(session: Session, rows: Sequence[tuple[str, str, bytes]], actor: Actor, now: datetime) -> None:
    _stage(session, _STAGED_AUDIT, rows)
    constants = {
        "at": now,
        "actor_kind": actor.kind,
        "actor_name": actor.name,
        "origin": actor.origin,
        "action": _ACT,
        "subject_kind": Retiree.__name__,
        "reason": Channel.DATA_MATCH.value,
    }
    session.execute(
        insert(_AUDIT).from_select(
            [*_STAGED_AUDIT.c.keys(), *constants], select(_STAGED_AUDIT, *_constants(_AUDIT, constants))
        )
    )


def _hearers(session: Session, people: Sequence[str]) -> list[tuple[str, str]]:
    """Return whom of these people which accounts may know about."""
    rows = session.execute(
        select(as_digits(session, Binding.retiree_id), as_digits(session, Account.id))
        .join(Account, Account.id == Binding.account_id)
        .where(among(session, Binding.retiree_id, people), may_hear())
    )
    return [(retiree_id, account_id) for retiree_id, account_id in rows]


def _message_rows(
    certified: Sequence[_Certified], hearers: Sequence[tuple[str, str]], title: str
) -> list[tuple[str, str, str, str, bytes]]:
    """Return what says by which kind of source, of which day, until when somebody is certified."""

    @cache
    def said(valid_until: str, seen_on: str) -> str:
        values = {"valid_until": valid_until, "source": title, "seen_on": seen_on}
        return json.dumps(values, ensure_ascii=False).removeprefix("{")

    seal = installed_vault().seal
    by_person = {one.retiree_id: one for one in certified}
    rows = []
    # in the order of the indexes: of ids, of people, and, as certifications have their ids in that of people, of causes
    for (retiree_id, account_id), message_id in zip(sorted(hearers), sorted(new_ids(len(hearers))), strict=True):
        one = by_person[retiree_id]
        # a receipt's number has nothing that JSON would write otherwise
        values = f'{{"receipt": "{one.receipt_number}", {said(one.valid_until, one.sign_on)}'
        cause = f"{cause_of(dashed(one.id))}{dashed(account_id)}"
        rows.append((message_id, cause, account_id, retiree_id, seal(values.encode(), _VALUES_PURPOSE)))
    return rows


def _write_messages(session: Session, rows: Sequence[tuple[str, str, str, str, bytes]], now: datetime) -> None:
    _stage(session, _STAGED_MESSAGES, rows)
    constants = {"notice": CERTIFIED_BY_DATA, **waiting_since(now)}
    session.execute(
        insert(_OUTBOX).from_select(
            [*_STAGED_MESSAGES.c.keys(), *constants], select(_STAGED_MESSAGES, *_constants(_OUTBOX, constants))
        )
    )


def _stage(session: Session, staged: Table, rows: Sequence[Sequence[object]]) -> None:
    emptied(session, staged)
    copy_in(session, staged.name, staged.c.keys(), rows)


def _constants(table: Table, values: Mapping[str, object]) -> list[ColumnElement[object]]:
    """Return what stands in every row alike, as the columns of `table` keep it."""
    return [literal(value, table.c[name].type).label(name) for name, value in values.items()]
