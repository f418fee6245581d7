"""Addresses and phones hold from their days on, in whatever order staff confirm or reverse what was told."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from casework.life_event_effects import apply_day
from casework.life_events import confirm_event, corroborate_event
from casework.people import change_details
from casework.responsibility import responsible_on
from models import Retiree
from models.life_event import LifeEventKind
from models.types import installed_vault
from refusal import Refusal
from tests.cast import COMMUNITY, DISTRICT, OTHER_COMMUNITY
from tests.office import RULES, SYSTEM, actor_of

if TYPE_CHECKING:
    from models import LifeEvent
    from tests.office import Office

# Of each: from which day on, the address, the community.
MOVES = (
    (date(2025, 2, 1), "东门1号", OTHER_COMMUNITY),
    (date(2025, 2, 10), "西门2号", COMMUNITY),
    (date(2025, 2, 20), "北门3号", OTHER_COMMUNITY),
)
DAYS = tuple(date(2025, 1, 31) + timedelta(days=days) for days in (0, 1, 9, 10, 19, 20, 38))


@pytest.fixture
def one(office: Office) -> Retiree:
    made = office.pensioner(phone="13900000010")
    with office.transactions() as session:
        session.get_one(Retiree, made.id).address = "南门0号"
    return made


def _confirm(office: Office, event: LifeEvent) -> LifeEvent:
    office.now += timedelta(minutes=1)
    with office.transactions() as session:
        actor = actor_of(office.first)
        return confirm_event(session, office.first, event.id, effects=office.effects, actor=actor, now=office.now)


def _moves(office: Office, one: Retiree, on: date, address: str, community: str) -> LifeEvent:
    told = office.tell(LifeEventKind.ADDRESS_CHANGE, one, on, address=address, community_code=community)
    return _confirm(office, told)


def _now(office: Office, one: Retiree) -> Retiree:
    with office.transactions() as session:
        return session.get_one(Retiree, one.id)


def _owners(office: Office, one: Retiree) -> list[str]:
    with office.transactions() as session:
        return [responsible_on(session, one.id, day) for day in DAYS]


def test_it_works(office: Office, one: Retiree) -> None:
    """The last day holds now, and each other in its days."""
    for order in permutations(MOVES):
        one = office.pensioner()
        for move in order:
            _moves(office, one, *move)
        assert _now(office, one).address == "北门3号", order
        first, second = OTHER_COMMUNITY, COMMUNITY
        assert _owners(office, one) == [COMMUNITY, first, first, second, second, first, first], order
        assert _now(office, one).owner_code == OTHER_COMMUNITY


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_what_was_is_back_when_all_of_them_are_reversed(office: Office, one: Retiree, order: tuple[int, ...]) -> None:
    made = [_moves(office, one, *move) for move in MOVES]
    for place in order:
        office.now += timedelta(minutes=1)
        office.reverse(made[place])
    found = _now(office, one)
    assert (found.address, found.community_code, found.owner_code) == ("南门0号", COMMUNITY, COMMUNITY)
    assert set(_owners(office, one)) == {COMMUNITY}


def test_a_day_that_is_reversed_beneath_a_later_one_is_nobody_elses(office: Office, one: Retiree) -> None:
    first = _moves(office, one, *MOVES[0])
    _moves(office, one, *MOVES[2])
    office.reverse(first)
    assert _owners(office, one) == [*([COMMUNITY] * 5), OTHER_COMMUNITY, OTHER_COMMUNITY]


def test_an_older_address_that_is_confirmed_later_is_history(office: Office, one: Retiree) -> None:
    _moves(office, one, *MOVES[2])
    older = _moves(office, one, *MOVES[1])
    assert older.effect == "earlier"
    assert _now(office, one).address == "北门3号"
    office.reverse(older)
    assert _now(office, one).address == "北门3号"


def test_the_older_address_is_back_when_the_later_one_was_wrong(office: Office, one: Retiree) -> None:
    later = _moves(office, one, *MOVES[2])
    _moves(office, one, *MOVES[0])
    office.reverse(later)
    assert (_now(office, one).address, _now(office, one).community_code) == ("东门1号", OTHER_COMMUNITY)


@pytest.mark.parametrize("is_older_first", [True, False])
def test_of_two_phones_the_one_of_the_later_day_holds(office: Office, one: Retiree, *, is_older_first: bool) -> None:
    older = office.tell(LifeEventKind.PHONE_CHANGE, one, date(2025, 3, 1), phone="13900000011")
    newer = office.tell(LifeEventKind.PHONE_CHANGE, one, date(2025, 3, 5), phone="13900000012")
    for event in (older, newer) if is_older_first else (newer, older):
        _confirm(office, event)
    assert _now(office, one).phone == "13900000012"
    office.reverse(older)
    assert _now(office, one).phone == "13900000012"
    office.reverse(newer)
    assert _now(office, one).phone == "13900000010"


def test_what_is_no_phone_is_refused_beneath_a_later_one_too(office: Office, one: Retiree) -> None:
    _confirm(office, office.tell(LifeEventKind.PHONE_CHANGE, one, date(2025, 3, 5), phone="13900000012"))
    with pytest.raises(Refusal, match="phone_wrong"):
        _confirm(office, office.tell(LifeEventKind.PHONE_CHANGE, one, date(2025, 3, 1), phone="1390"))


def test_a_departure_whose_night_was_missed_does_not_undo_the_return(office: Office, one: Retiree) -> None:
    office.happens(LifeEventKind.MOVING_AWAY, one, date(2025, 3, 12), place="abroad", address="Berlin")
    office.go_to(date(2025, 3, 14))
    _moves(office, one, date(2025, 3, 13), "北门3号", OTHER_COMMUNITY)
    office.go_to(date(2025, 3, 15))
    with office.transactions() as session:
        assert apply_day(session, office.today, vault=installed_vault(), actor=SYSTEM, now=office.now) == 1
        assert responsible_on(session, one.id, date(2025, 3, 12)) == DISTRICT
        assert responsible_on(session, one.id, date(2025, 3, 13)) == OTHER_COMMUNITY
    found = _now(office, one)
    assert (found.address, found.owner_code, found.lives_abroad) == ("北门3号", OTHER_COMMUNITY, False)


def test_whom_staff_gave_to_another_community_since_stays_there(office: Office, one: Retiree) -> None:
    told = office.tell(LifeEventKind.MOVING_AWAY, one, date(2025, 3, 1), place="abroad")
    _change_community(office, one, OTHER_COMMUNITY)
    first, second = office.first, office.second
    with office.transactions() as session:  # the record went along: the community before has it no longer
        corroborate_event(session, first, told.id, "问过了", actor=actor_of(first), now=office.now)
        confirm_event(session, second, told.id, effects=office.effects, actor=actor_of(second), now=office.now)
        assert responsible_on(session, one.id, date(2025, 3, 5)) == DISTRICT
    assert (_now(office, one).owner_code, _now(office, one).lives_abroad) == (OTHER_COMMUNITY, False)


def test_whoever_staff_give_to_a_community_lives_abroad_no_longer(office: Office, one: Retiree) -> None:
    office.happens(LifeEventKind.MOVING_AWAY, one, office.today, place="abroad")
    _change_community(office, one, COMMUNITY)
    assert not _now(office, one).lives_abroad


def _change_community(office: Office, one: Retiree, community: str) -> None:
    office.now += timedelta(minutes=1)
    with office.transactions() as session:
        change_details(
            session,
            office.second,
            one.id,
            phone=None,
            address=None,
            community_code=community,
            rules=RULES,
            vault=installed_vault(),
            actor=actor_of(office.second),
            now=office.now,
        )
