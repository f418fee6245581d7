"""People as staff look for and at them: search in reach, masks, marks on how they live, changes of their details."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from casework.details import set_address, set_phone
from casework.life_events import offer_move
from casework.regions import find_community
from casework.responsibility import hand_on
from casework.rights import StaffRight
from casework.scope import covers, find_person, people_of, require
from casework.search_index import address_token_sets, initials_indexes, name_indexes
from clock import local_date
from models import AddressToken, LivingMark, Region, Retiree
from models.audit import record
from models.region import RegionLevel
from models.retiree import ID_NUMBER_PURPOSE, PHONE_PURPOSE
from policy import identity_number
from refusal import Refusal

if TYPE_CHECKING:
    import uuid
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from models import Staff
    from models.audit import Actor
    from models.retiree import LivingMarkKind
    from models.vault import Vault
    from policy.rules import RuleSet

MOST_FOUND = 50
MOST_TYPED = 100
MOST_REASON = 200
_ID_NUMBER = re.compile(r"[0-9]{17}[0-9Xx]")
_PHONE = re.compile(r"[0-9][0-9-]{6,12}")
_INITIALS = re.compile(r"[A-Za-z]{2,6}")


def search_people(
    session: Session, staff: Staff, typed: str, *, vault: Vault, actor: Actor, now: datetime
) -> Sequence[Retiree]:
    """Return people in reach by identity number, phone, initials of the name in pinyin, name, or parts of the address.

    The search is written down with whom it showed, without what was typed. Raises Refusal `search_short`.
    """
    require(staff, StaffRight.SEE_PEOPLE)
    typed = typed.strip()[:MOST_TYPED]
    if len(typed) < 2:  # noqa: PLR2004 - one sign finds half a city
        raise Refusal("search_short", field="q")
    # one question after the other, each with its own index and limit: asked in one, PostgreSQL walks the whole city
    found: dict[uuid.UUID, Retiree] = {}
    for people in people_meant(typed, vault):
        some = people.where(people_of(staff)).limit(MOST_FOUND)
        found |= {retiree.id: retiree for retiree in session.scalars(some)}
        if len(found) >= MOST_FOUND:
            break
    shown = list(found.values())[:MOST_FOUND]
    record(
        session, actor, "people.search", staff, now=now, reason=str(len(shown)), shown=(retiree.id for retiree in shown)
    )
    return shown


def unmask(
    session: Session, staff: Staff, retiree_id: uuid.UUID, reason: str, *, actor: Actor, now: datetime
) -> Retiree:
    """Return a person to be shown whole; the reason goes to the audit. Raises Refusal `reason_missing`."""
    require(staff, StaffRight.UNMASK)
    retiree = find_person(session, staff, retiree_id)
    reason = reason.strip()
    if not reason:
        raise Refusal("reason_missing", field="reason")
    if re.search(r"[0-9０-９]{6,}", reason):
        # the audit holds no personal data
        raise Refusal("reason_personal", field="reason")
    record(session, actor, "retiree.unmask", retiree, now=now, reason=reason[:MOST_REASON])
    return retiree


def marks_of(session: Session, retiree_id: uuid.UUID) -> Sequence[LivingMark]:
    """Return the marks that stand."""
    return session.scalars(
        select(LivingMark)
        .where(LivingMark.retiree_id == retiree_id, LivingMark.ended_at.is_(None))
        .order_by(LivingMark.kind)
    ).all()


def set_marks(
    session: Session,
    staff: Staff,
    retiree_id: uuid.UUID,
    kinds: set[LivingMarkKind],
    *,
    review_days: int,
    actor: Actor,
    now: datetime,
) -> None:
    """Let exactly these marks stand (Art. 25(1)); those that stay are dated anew, for somebody looked again."""
    require(staff, StaffRight.CHANGE_PEOPLE)
    retiree = session.get_one(Retiree, find_person(session, staff, retiree_id).id, with_for_update=True)
    review_on = local_date(now) + timedelta(days=review_days)
    standing = {mark.kind: mark for mark in marks_of(session, retiree.id)}
    for kind, mark in standing.items():
        if kind in kinds:
            mark.review_on = review_on
        else:
            mark.ended_at = now
    for kind in sorted(kinds - set(standing)):
        session.add(LivingMark(retiree_id=retiree.id, kind=kind, set_by_id=staff.id, set_at=now, review_on=review_on))
    record(session, actor, "retiree.marks", retiree, now=now, reason=",".join(sorted(kinds)))


def change_details(
    session: Session,
    staff: Staff,
    retiree_id: uuid.UUID,
    *,
    phone: str | None,
    address: str | None,
    community_code: str | None,
    rules: RuleSet,
    vault: Vault,
    actor: Actor,
    now: datetime,
) -> Retiree:
    """Change phone, address or community; None leaves it (Art. 16(3)). Who moves takes the tickets along.

    A community beyond one's own region is only offered: nobody sends somebody away alone.

    Raises Refusal `not_yours`, `phone_wrong`, `address_wrong`, `community_unknown`.
    """
    require(staff, StaffRight.CHANGE_PEOPLE)
    # of two who move somebody at once the second finds where they are now
    retiree = session.get_one(Retiree, find_person(session, staff, retiree_id).id, with_for_update=True)
    changed = []
    if phone is not None and phone != retiree.phone:
        set_phone(retiree, phone, vault)
        changed.append("phone")
    if address is not None and address != retiree.address:
        set_address(session, retiree, address, vault)
        changed.append("address")
    if community_code is not None and community_code != retiree.community_code:
        find_community(session, community_code)
        if covers(staff.region_code, community_code):
            hand_on(session, retiree, community_code, from_on=local_date(now), actor=actor, now=now)
            changed.append("community_code")
        else:
            offer_move(session, staff, retiree, community_code, rules=rules, actor=actor, now=now)
    if changed:
        record(session, actor, "retiree.change", retiree, now=now, reason=",".join(changed))
    return retiree


def find_communities(session: Session, typed: str) -> Sequence[Region]:
    """Return communities by the beginning of their name or code, for whoever says where somebody moved to."""
    typed = typed.strip()[:MOST_TYPED]
    if not typed:
        return []
    return session.scalars(
        select(Region)
        .where(
            Region.level == RegionLevel.COMMUNITY,
            or_(Region.name.startswith(typed, autoescape=True), Region.code.startswith(typed, autoescape=True)),
        )
        .order_by(Region.code)
        .limit(20)
    ).all()


def people_meant(typed: str, vault: Vault) -> Iterator[Select[Retiree]]:
    """Yield the queries for the people whom the typed text may mean, the likeliest meaning first."""
    number = identity_number.normalise(typed)
    if _ID_NUMBER.fullmatch(number):
        yield select(Retiree).where(Retiree.id_number_index.in_(vault.blind_indexes(number, ID_NUMBER_PURPOSE)))
        return
    if _PHONE.fullmatch(number):
        phones = vault.blind_indexes(number.replace("-", ""), PHONE_PURPOSE)
        yield select(Retiree).where(Retiree.phone_index.in_(phones))
        return
    if _INITIALS.fullmatch(typed):
        yield select(Retiree).where(Retiree.initials_index.in_(initials_indexes(typed, vault)))
        return
    yield select(Retiree).where(Retiree.name_index.in_(name_indexes(typed, vault)))
    for tokens in address_token_sets(typed, vault):
        if tokens:
            yield _living_at(tokens)


def _living_at(tokens: frozenset[int]) -> Select[Retiree]:
    """Return the query for the people whose address has all the parts.

    A join for each part, so that PostgreSQL begins with the rarest of them and looks the others up one by one.
    """
    people = select(Retiree)
    for token in sorted(tokens):
        part = aliased(AddressToken)
        people = people.join(part, and_(part.retiree_id == Retiree.id, part.token == token))
    return people
