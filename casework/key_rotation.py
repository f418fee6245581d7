"""One data key takes over from another while everything runs: rows are sealed and digested anew, some at a time.

Which rows are left is read from the rows themselves, so a rotation that was cut short goes on where it stopped. A row
is locked while it is sealed anew: what somebody writes at that moment is neither lost nor overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, Table, delete, func, insert, or_, select, tuple_, type_coerce, update

from casework.accounts import IDENTITY_PURPOSE
from casework.namesakes import Named, change_names
from casework.search_index import address_tokens, initials_index, initials_of, name_index
from certification.evidence import replace_picture
from certification.evidence_waste import delete_waste
from certification.verifiers.wechat_face import VERIFY_PURPOSE
from models import Account, AddressToken, Base, EvidenceImage, Retiree, WechatVerification
from models.audit import AuditEntry, audit_row
from models.retired_key import retire_earlier
from models.retiree import ID_NUMBER_PURPOSE, PHONE_PURPOSE
from models.types import EncryptedBytes, EncryptedText
from models.vault import HEAD_BYTES
from models.vault_check import is_sealed_by, seal_check_anew
from policy.identity_number import birthday_of

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Column, ColumnElement, Row
    from sqlalchemy.orm import Session

    from certification.evidence import EvidenceStore
    from models.audit import Actor
    from models.session import Transactions
    from models.vault import Vault

ROWS = 200
PICTURES = "pictures"


@dataclass(frozen=True)
class Step:
    """So many rows of a table, or pictures, were sealed anew."""

    name: str
    done: int


def sealed_tables() -> dict[Table, list[Column[Any]]]:
    """Return every table with columns that are sealed, and these columns."""
    tables = {
        table: [column for column in table.columns if isinstance(column.type, EncryptedBytes | EncryptedText)]
        for table in Base.metadata.sorted_tables
    }
    return {table: columns for table, columns in tables.items() if columns}


def count_left(session: Session, vault: Vault) -> dict[str, int]:
    """Return how many rows of each table, and pictures, were sealed with another key than the present one."""
    left = {
        table.name: session.scalar(select(func.count()).select_from(table).where(_is_old(columns, vault))) or 0
        for table, columns in sealed_tables().items()
    }
    pictures = session.scalar(select(func.count()).select_from(EvidenceImage).where(_is_old_picture(vault)))
    return left | {PICTURES: pictures or 0}


def rotate(transactions: Transactions, store: EvidenceStore, *, vault: Vault, now: datetime) -> Iterator[Step]:
    """Seal everything anew that another key sealed; yield after each transaction.

    Rows that somebody else holds are passed over and found by the next round, until a round finds none. Raises
    CannotOpen for a value that no key at hand opens.
    """
    while True:
        done = 0
        for step in _round(transactions, store, vault, now):
            done += step.done
            yield step
        if not done:
            return


def is_finished(session: Session, vault: Vault) -> bool:
    """Say whether earlier keys may go: nothing is sealed with them, and what finds and proves was kept of them."""
    return not any(count_left(session, vault).values()) and is_sealed_by(session, vault)


def finish(session: Session, *, vault: Vault, actor: Actor, now: datetime) -> bool:
    """Let earlier keys go: keep what finds and proves, and let the database take the present key alone from now on.

    Returns False and changes nothing while anything is left to seal.
    """
    if any(count_left(session, vault).values()):
        return False
    retire_earlier(session, vault, now=now)
    seal_check_anew(session, vault)
    session.add(AuditEntry(**audit_row("keys.rotate", "DataKey", vault.key_id, actor, now)))
    return True


def _round(transactions: Transactions, store: EvidenceStore, vault: Vault, now: datetime) -> Iterator[Step]:
    for table, columns in sealed_tables().items():
        after: tuple[Any, ...] | None = None
        while True:
            with transactions() as session:
                keys = _seal_some(session, table, columns, after, vault)
            if not keys:
                break
            after = keys[-1]
            yield Step(table.name, len(keys))
    picture: uuid.UUID | None = None
    while (picture := _next_picture(transactions, picture, vault)) is not None:
        if replace_picture(transactions, picture, store=store, vault=vault, now=now):
            yield Step(PICTURES, 1)
    delete_waste(transactions, store)


def _is_old(columns: Sequence[Column[Any]], vault: Vault) -> ColumnElement[bool]:
    heads = (func.substr(type_coerce(column, LargeBinary), 1, HEAD_BYTES) for column in columns)
    return or_(*(type_coerce(head, LargeBinary) != vault.head for head in heads))


def _is_old_picture(vault: Vault) -> ColumnElement[bool]:
    return or_(EvidenceImage.key_id.is_(None), EvidenceImage.key_id != vault.key_id)


def _next_picture(transactions: Transactions, after: uuid.UUID | None, vault: Vault) -> uuid.UUID | None:
    wanted = select(EvidenceImage.id).where(_is_old_picture(vault)).order_by(EvidenceImage.id).limit(1)
    with transactions() as session:
        return session.scalar(wanted if after is None else wanted.where(EvidenceImage.id > after))


def _seal_some(
    session: Session, table: Table, columns: Sequence[Column[Any]], after: tuple[Any, ...] | None, vault: Vault
) -> list[tuple[Any, ...]]:
    """Seal the next rows after a key anew and return their keys."""
    key = list(table.primary_key.columns)
    wanted = select(*key, *(type_coerce(column, LargeBinary).label(column.name) for column in columns))
    wanted = wanted.where(_is_old(columns, vault)).order_by(*key).limit(ROWS).with_for_update(skip_locked=True)
    if after is not None:
        wanted = wanted.where(tuple_(*key) > tuple_(*after))
    rows = session.execute(wanted).all()
    for row in rows:
        _seal_row(session, table, columns, row, vault)
    return [tuple(row)[: len(key)] for row in rows]


def _seal_row(session: Session, table: Table, columns: Sequence[Column[Any]], row: Row[Any], vault: Vault) -> None:
    sealed = {column: bytes(value) for column in columns if (value := getattr(row, column.name)) is not None}
    opened = {column.name: vault.open(value, _purpose_of(column)) for column, value in sealed.items()}
    digests = _DIGESTS[table.name](opened, vault) if table.name in _DIGESTS else {}
    # the column's own type seals
    values = {
        column.name: opened[column.name].decode() if isinstance(column.type, EncryptedText) else opened[column.name]
        for column in sealed
    }
    key = dict(zip(table.primary_key.columns, tuple(row), strict=False))
    session.execute(update(table).where(*(column == part for column, part in key.items())).values(values | digests))
    if table.name == Retiree.__tablename__:
        _digest_parts(session, row.id, opened, vault)


def _purpose_of(column: Column[Any]) -> str:
    kind = column.type
    if not isinstance(kind, EncryptedBytes | EncryptedText):
        raise TypeError(column.name)
    return kind.purpose


def _digest_parts(session: Session, retiree_id: uuid.UUID, opened: dict[str, bytes], vault: Vault) -> None:
    """Digest anew what people are found by in tables of its own: name with birthday, parts of the address."""
    if (birthday := birthday_of(opened["id_number"].decode())) is not None:
        change_names(session, [Named(retiree_id, opened["name"].decode(), birthday)], vault)
    if "address" not in opened:
        return
    tokens = Base.metadata.tables[AddressToken.__tablename__]
    session.execute(delete(tokens).where(tokens.c.retiree_id == retiree_id))
    if found := address_tokens(opened["address"].decode(), vault):
        session.execute(insert(tokens), [{"token": token, "retiree_id": retiree_id} for token in found])


def _of_retiree(opened: dict[str, bytes], vault: Vault) -> dict[str, str]:
    name = opened["name"].decode()
    found = {
        "id_number_index": vault.blind_index(opened["id_number"], ID_NUMBER_PURPOSE),
        "name_index": name_index(name, vault),
        "initials_index": initials_index(initials_of(name), vault),
    }
    if "phone" in opened:
        found["phone_index"] = vault.blind_index(opened["phone"], PHONE_PURPOSE)
    return found


def _of_account(opened: dict[str, bytes], vault: Vault) -> dict[str, str]:
    return {"identity_index": vault.blind_index(opened["openid"], IDENTITY_PURPOSE)}


def _of_verification(opened: dict[str, bytes], vault: Vault) -> dict[str, str]:
    return {"verify_id_index": vault.blind_index(opened["verify_id"], VERIFY_PURPOSE)}


# What is digested anew beside what is sealed anew, by table: whatever could be guessed and digested by a thief of the
# earlier key. Tokens and frames cannot be guessed; they are found by `Vault.blind_indexes_ever`.
_DIGESTS: dict[str, Callable[[dict[str, bytes], Vault], dict[str, str]]] = {
    Retiree.__tablename__: _of_retiree,
    Account.__tablename__: _of_account,
    WechatVerification.__tablename__: _of_verification,
}
