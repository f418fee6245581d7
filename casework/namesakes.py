"""Names with birthdays, by which a row without an identity number may mean somebody: kept as keyed digests."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import delete, select

from models import Base, NameBirthday
from models.bulk import among, as_digits, insert_rows
from models.matching import NAME_BIRTHDAY_PURPOSE

if TYPE_CHECKING:
    import uuid
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy.orm import Session

    from models.vault import Vault

# Of more namesakes born on one day none is meant more than another.
MOST_NAMESAKES = 3
_SIXTY_FOUR_BITS = 16
_TABLE = Base.metadata.tables[NameBirthday.__tablename__]


class Named(NamedTuple):
    """A retiree with what they are called and when they were born."""

    retiree_id: uuid.UUID
    name: str
    birthday: date

    def __repr__(self) -> str:
        return "Named()"


def name_birthday_tokens(name: str, birthday: date, vault: Vault) -> list[int]:
    """Return the digests of a name with a birthday, by the present key first: 64 bits, signed."""
    folded = "".join(unicodedata.normalize("NFKC", name).split())
    indexes = vault.blind_indexes(f"{folded} {birthday:%Y%m%d}", NAME_BIRTHDAY_PURPOSE)
    digests = [int(index[:_SIXTY_FOUR_BITS], 16) for index in indexes]
    return [digest - (1 << 64) if digest >> 63 else digest for digest in digests]


def add_names(session: Session, people: Collection[Named], vault: Vault) -> None:
    """Let people be found who could not be found before."""
    insert_rows(session, _TABLE, [_row_of(one, vault) for one in people])


def change_names(session: Session, people: Collection[Named], vault: Vault) -> set[uuid.UUID]:
    """Let people be found by what they are called now, and by nothing else; return of whom it changed."""
    if not people:
        return set()
    ids = [one.retiree_id for one in people]
    rows = session.execute(select(_TABLE.c.retiree_id, _TABLE.c.token).where(_TABLE.c.retiree_id.in_(ids)))
    known = {(retiree_id, token) for retiree_id, token in rows}
    wanted = [_row_of(one, vault) for one in people]
    wrong = [row for row in wanted if (row["retiree_id"], row["token"]) not in known]
    if wrong:
        session.execute(delete(_TABLE).where(_TABLE.c.retiree_id.in_([row["retiree_id"] for row in wrong])))
        insert_rows(session, _TABLE, wrong)
    return {row["retiree_id"] for row in wrong}


def _row_of(one: Named, vault: Vault) -> dict[str, Any]:
    return {"token": name_birthday_tokens(one.name, one.birthday, vault)[0], "retiree_id": one.retiree_id}


def find_namesakes(session: Session, tokens: Collection[int]) -> dict[int, list[str]]:
    """Return by the digest of a name and birthday the digits of whose ids it may be; nobody where they are too many."""
    found: dict[int, list[str]] = {}
    if tokens:
        rows = session.execute(
            select(NameBirthday.token, as_digits(session, NameBirthday.retiree_id)).where(
                among(session, NameBirthday.token, tokens)
            )
        )
        for token, digits in rows:
            found.setdefault(token, []).append(digits)
    return {token: sorted(ids) for token, ids in found.items() if len(ids) <= MOST_NAMESAKES}
