"""Certifying by another department's evidence of life (数据比对认证): many people at once, each as `certify` does it.

A person, a term, one certification; with its receipt, its audit row, where they stand, and the message to whoever may
know, all in the transaction of the caller.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

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

from certification.certify import may_hear
from certification.receipts import make_receipt_number
from certification.year import term_of
from clock import local_date
from models import Account, AuditEntry, Base, Binding, Certification, OutboxMessage, Retiree
from models.audit import sign_rows
from models.bulk import among, as_digits, copy_in, dashed, emptied, insert_into, new_ids
from models.certification import Channel
from models.outbox import OutboxStatus
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
    Column("audit_id", Uuid),
    Column("subject_id", String(64)),
    Column("signature", LargeBinary),
    Column("period", String(16)),
    Column("valid_until", Date),
    Column("next_due_by", Date),
    Column("receipt_number", String(32)),
    Column("sign_on", Date),
    prefixes=["TEMPORARY"],
)
_STAGED_COPIED = ("id", "retiree_id", "period", "valid_until", "next_due_by", "receipt_number", "sign_on")
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
    certified = _write_certifications(session, evidence, source, rules, actor, now)
    if len(certified) < len(evidence):
        session.execute(
            _STAGED.delete().where(~exists().where(_CERTIFICATIONS.c.id == _STAGED.c.id).correlate(_STAGED))
        )
    _write_audit(session, actor, now)
    session.execute(
        update(_PEOPLE)
        .where(
            _PEOPLE.c.id == _STAGED.c.retiree_id,
            or_(_PEOPLE.c.certified_until.is_(None), _PEOPLE.c.certified_until < _STAGED.c.valid_until),
        )
        .values(certified_until=_STAGED.c.valid_until, certified_by=Channel.DATA_MATCH, due_by=_STAGED.c.next_due_by)
    )
    _tell(session, certified, title, now)
    return set(certified)


def _write_certifications(
    session: Session, evidence: Sequence[EvidenceOfLife], source: str, rules: RuleSet, actor: Actor, now: datetime
) -> dict[str, tuple[str, str, str, str]]:
    """Return by person what the message needs: certification, receipt, until when, the day of the evidence."""
    staged = _staged_rows(evidence, rules, actor, now)
    emptied(session, _STAGED)
    copy_in(session, _STAGED.name, _STAGED.c.keys(), staged)
    constants = {
        "sign_source": source,
        "channel": Channel.DATA_MATCH,
        "with_helper": False,
        "certified_at": now,
        "rule_set": rules.name,
    }
    written = insert_into(session, _CERTIFICATIONS).from_select(
        [*_STAGED_COPIED, *constants],
        select(
            *(_STAGED.c[name] for name in _STAGED_COPIED),
            *_constants(_CERTIFICATIONS, constants),
        ).order_by(_STAGED.c.retiree_id),
    )
    own_id = as_digits(session, _CERTIFICATIONS.c.id)
    found = set(session.scalars(written.on_conflict_do_nothing().returning(own_id)))
    return {row[0]: (row[1], row[8], row[6], row[9]) for row in staged if row[1] in found}


def _staged_rows(
    evidence: Sequence[EvidenceOfLife], rules: RuleSet, actor: Actor, now: datetime
) -> list[tuple[Any, ...]]:
    """Return the rows of the staging table, in the order of its columns."""
    today = local_date(now)
    terms = {day: term_of(day, rules.clock) for day in {one.seen_on for one in evidence}}
    # in one order everywhere: two imports wait for each other instead of for ever
    ordered = sorted(evidence)
    ids, audit_ids = new_ids(len(ordered)), list(map(dashed, new_ids(len(ordered))))
    subjects = [dashed(one.retiree_id) for one in ordered]
    signatures = sign_rows(
        _ACT, Retiree.__name__, list(zip(audit_ids, subjects, strict=True)), actor, now, Channel.DATA_MATCH.value
    )
    return [
        (
            one.retiree_id,
            ids[place],
            audit_ids[place].replace("-", ""),
            subjects[place],
            signatures[place],
            (term := terms[one.seen_on]).period,
            term.valid_until.isoformat(),
            term.next_due_by.isoformat(),
            make_receipt_number(today),
            one.seen_on.isoformat(),
        )
        for place, one in enumerate(ordered)
    ]


def _write_audit(session: Session, actor: Actor, now: datetime) -> None:
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
            ["id", "subject_id", "signature", *constants],
            select(_STAGED.c.audit_id, _STAGED.c.subject_id, _STAGED.c.signature, *_constants(_AUDIT, constants)),
        )
    )


def _tell(session: Session, certified: Mapping[str, tuple[str, str, str, str]], title: str, now: datetime) -> None:
    """Tell whoever may know: by which kind of source, of which day, until when."""
    rows = session.execute(
        select(as_digits(session, Binding.retiree_id), as_digits(session, Account.id))
        .join(Account, Account.id == Binding.account_id)
        .where(among(session, Binding.retiree_id, certified), may_hear())
    ).all()
    vault = installed_vault()
    staged = []
    for (retiree_id, account_id), message_id in zip(rows, new_ids(len(rows)), strict=True):
        certification_id, receipt, valid_until, seen_on = certified[retiree_id]
        values = {"receipt": receipt, "valid_until": valid_until, "source": title, "seen_on": seen_on}
        sealed = vault.seal(json.dumps(values, ensure_ascii=False).encode(), _VALUES_PURPOSE)
        cause = f"certified:{dashed(certification_id)}:{dashed(account_id)}"
        staged.append((message_id, cause, account_id, retiree_id, sealed))
    emptied(session, _STAGED_MESSAGES)
    copy_in(session, _STAGED_MESSAGES.name, _STAGED_MESSAGES.c.keys(), staged)
    constants = {
        "notice": "certified_by_data",
        "is_reply": False,
        "status": OutboxStatus.WAITING,
        "refused": "",
        "tries": 0,
        "next_try_at": now,
        "created_at": now,
    }
    session.execute(
        insert(_OUTBOX).from_select(
            [*_STAGED_MESSAGES.c.keys(), *constants], select(_STAGED_MESSAGES, *_constants(_OUTBOX, constants))
        )
    )


def _constants(table: Table, values: Mapping[str, object]) -> list[ColumnElement[object]]:
    """Return what stands in every row alike, as the columns of `table` keep it."""
    return [literal(value, table.c[name].type).label(name) for name, value in values.items()]
