"""Taking a roster over: people who are new go in, people whose entry changed are updated, the rest is left alone."""

from __future__ import annotations

import uuid
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, select, update

from casework.moving import move_tickets
from casework.namesakes import Named, add_names, change_names
from casework.payment_months import hold_open_month
from casework.responsibility import write_responsibility
from casework.search_index import address_tokens, initials_index, initials_of, name_index
from certification.year import first_due_by
from clock import local_date
from models import AddressToken, AuditEntry, Base, Benefit, Region, Retiree
from models.audit import audit_row
from models.bulk import among, insert_rows
from models.retiree import ID_NUMBER_PURPOSE, PHONE_PURPOSE, InsuredKind
from policy import identity_number
from policy.months import month_of
from policy.rules import PENSION_AGE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.orm import Session

    from casework.roster_rows import RosterRow
    from models.audit import Actor
    from models.region import RegionLevel
    from models.vault import Vault
    from policy.rules import Clock

_COLUMNS = (
    "name",
    "phone",
    "address",
    "community_code",
    "agency_code",
    "insured_kind",
    "entitled_from",
    "group_name",
    "position",
)
_TOKENS = Base.metadata.tables[AddressToken.__tablename__]
_PEOPLE = Base.metadata.tables[Retiree.__tablename__]
_SUBJECT = Retiree.__name__
_AUDIT = Base.metadata.tables[AuditEntry.__tablename__]


@dataclass
class RosterCounts:
    """What became of the people of a roster. assumed: new people whose kind or first day was not in the roster."""

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    assumed: int = 0

    def include(self, other: RosterCounts) -> None:
        """Add the counts of another part."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))

    def as_dict(self) -> dict[str, int]:
        """Return the counts by name."""
        return asdict(self)


def known_regions(session: Session) -> dict[str, RegionLevel]:
    """Return the code and level of every region."""
    return {region.code: region.level for region in session.execute(select(Region.code, Region.level))}


def find_by_id_number(session: Session, text: str, *, vault: Vault) -> Retiree | None:
    """Return the retiree with that identity number, as typed by a person."""
    indexes = vault.blind_indexes(identity_number.normalise(text), ID_NUMBER_PURPOSE)
    return session.scalar(select(Retiree).where(Retiree.id_number_index.in_(indexes)))


def take_over(
    session: Session,
    rows: Sequence[RosterRow],
    *,
    clock: Clock,
    vault: Vault,
    actor: Actor,
    now: datetime,
    is_demonstration: bool = False,
) -> RosterCounts:
    """Bring some thousand people of a roster into the database, with an audit row for each that changed it.

    No identity number may stand twice among `rows`. Written with bulk statements: a city's roster has two million.
    """
    may_be = [vault.blind_indexes(row.identity.text, ID_NUMBER_PURPOSE) for row in rows]
    found = session.execute(
        select(
            _PEOPLE.c.id,
            _PEOPLE.c.id_number_index,
            _PEOPLE.c.certified_until,
            _PEOPLE.c.created_at,
            *(_PEOPLE.c[name] for name in _COLUMNS),
        ).where(among(session, _PEOPLE.c.id_number_index, [index for indexes in may_be for index in indexes]))
    )
    known = {row.id_number_index: row for row in found}
    known_owner = {row.id: row.community_code or row.agency_code for row in known.values()}
    first_days = {row.id: row.entitled_from for row in known.values()}
    counts = RosterCounts()
    new: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    added: list[Named] = []
    renamed: list[Named] = []
    for indexes, row in zip(may_be, rows, strict=True):
        person = next((known[index] for index in indexes if index in known), None)
        if person is None:
            counts.assumed += row.insured_kind is None or row.entitled_from is None
            new.append(_new_person(row, indexes[0], clock, vault, now, is_demonstration=is_demonstration))
            added.append(Named(new[-1]["id"], row.name, row.identity.birthday))
        elif change := _difference(person, row, clock, vault):
            changed.append({"row_id": person.id, **change})
            renamed.append(Named(person.id, row.name, row.identity.birthday))
    counts.added, counts.updated = len(new), len(changed)
    counts.unchanged = len(rows) - len(new) - len(changed)
    insert_rows(session, _PEOPLE, new)
    add_names(session, added, vault)
    _begin_pensions(
        session, {one["row_id"]: one["entitled_from"] for one in changed if "entitled_from" in one}, first_days, now
    )
    _hold(session, [one["row_id"] for one in changed])
    change_names(session, renamed, vault)
    moved = {change["row_id"] for change in changed if "address" in change}
    if moved:
        session.execute(delete(_TOKENS).where(_TOKENS.c.retiree_id.in_(moved)))
    insert_rows(session, _TOKENS, _tokens_of([*new, *({"id": one["row_id"], **one} for one in changed)], vault))
    for change in changed:
        columns = [name for name in change if name != "row_id"]
        session.execute(
            update(_PEOPLE).where(_PEOPLE.c.id == bindparam("row_id")).values({c: bindparam(c) for c in columns}),
            change,
        )
        if "owner_code" in change and change["owner_code"] != known_owner[change["row_id"]]:
            before = known_owner[change["row_id"]]
            write_responsibility(
                session, change["row_id"], before, change["owner_code"], from_on=local_date(now), actor=actor, now=now
            )
            move_tickets(session, change["row_id"], change["owner_code"], actor=actor, now=now)
    acts = [audit_row("roster.add", _SUBJECT, str(person["id"]), actor, now) for person in new]
    acts += [
        audit_row("roster.update", _SUBJECT, str(one["row_id"]), actor, now, ",".join(sorted(set(one) & set(_COLUMNS))))
        for one in changed
    ]
    insert_rows(session, _AUDIT, acts)
    return counts


def _hold(session: Session, people: Sequence[uuid.UUID]) -> None:
    """Hold people before what they are found by is written: a change of keys, which does so too, passes them over."""
    if people:
        wanted = select(_PEOPLE.c.id).where(_PEOPLE.c.id.in_(people)).order_by(_PEOPLE.c.id)
        session.execute(wanted.with_for_update(key_share=True)).all()


def _new_person(
    row: RosterRow, index: str, clock: Clock, vault: Vault, now: datetime, *, is_demonstration: bool
) -> dict[str, Any]:
    entitled_from = row.entitled_from or _usual_first_day(row.identity.birthday)
    return {
        "id": uuid.uuid4(),
        "id_number": row.identity.text,
        "id_number_index": index,
        "name": row.name,
        "name_index": name_index(row.name, vault),
        "initials_index": initials_index(initials_of(row.name), vault),
        "phone": row.phone,
        "phone_index": None if row.phone is None else vault.blind_index(row.phone, PHONE_PURPOSE),
        "address": row.address,
        "community_code": row.community_code,
        "agency_code": row.agency_code,
        "owner_code": row.community_code or row.agency_code,
        "insured_kind": row.insured_kind or InsuredKind.ENTERPRISE,
        "entitled_from": entitled_from,
        "due_by": first_due_by(entitled_from, local_date(now), clock),
        "group_name": row.group_name,
        "position": row.position,
        "is_demonstration": is_demonstration,
        "created_at": now,
    }


def _begin_pensions(
    session: Session, stated: Mapping[uuid.UUID, date], before: Mapping[uuid.UUID, date], now: datetime
) -> None:
    """Let pensions begin by their right first day that were to begin by a wrong one and have not: no file paid them."""
    if not stated:
        return
    open_month = hold_open_month(session, now=now)
    for retiree_id, first_day in stated.items():
        if month_of(before[retiree_id]) > open_month:
            session.execute(
                update(Benefit)
                .where(Benefit.id == retiree_id, Benefit.first_month == month_of(before[retiree_id]))
                .values(first_month=max(open_month, month_of(first_day)))
            )


def _tokens_of(people: Sequence[dict[str, Any]], vault: Vault) -> list[dict[str, Any]]:
    return [
        {"token": token, "retiree_id": person["id"]}
        for person in people
        if person.get("address")
        for token in address_tokens(person["address"], vault)
    ]


def _usual_first_day(birthday: date) -> date:
    """Return the first of the month after the usual pension age; only until a roster states the day."""
    year, month = birthday.year + PENSION_AGE, birthday.month + 1
    return date(year + 1, 1, 1) if month > 12 else date(year, month, 1)  # noqa: PLR2004 - months of a year


def _difference(known: Row[Any], row: RosterRow, clock: Clock, vault: Vault) -> dict[str, Any]:
    """Return the columns that the roster states otherwise, and what follows from them.

    The first day of the pension says by when the first certification is due.
    """
    change = {
        name: stated
        for name in _COLUMNS
        if (stated := getattr(row, name)) is not None and stated != getattr(known, name)
    }
    if "name" in change:
        change["name_index"] = name_index(change["name"], vault)
        change["initials_index"] = initials_index(initials_of(change["name"]), vault)
    if {"community_code", "agency_code"} & set(change):
        change["owner_code"] = change.get("community_code", known.community_code) or change.get(
            "agency_code", known.agency_code
        )
    if "community_code" in change:
        change["lives_abroad"] = False
    if "entitled_from" in change and known.certified_until is None:
        change["due_by"] = first_due_by(change["entitled_from"], local_date(known.created_at), clock)
    if "phone" in change:
        change["phone_index"] = vault.blind_index(change["phone"], PHONE_PURPOSE)
    return change
