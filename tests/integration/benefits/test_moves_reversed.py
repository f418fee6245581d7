"""A move that was wrong is put back where it still is what that record made it; what came after it stays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from casework.life_event_reversal import Followed
from casework.life_events import confirm_event
from models import Retiree
from models.life_event import LifeEventKind, LifeEventStatus
from tests.cast import COMMUNITY, OTHER_COMMUNITY
from tests.office import actor_of

if TYPE_CHECKING:
    from models import LifeEvent
    from tests.office import Office

Home = tuple[str | None, str | None, bool]


def _at_home(office: Office) -> Retiree:
    one = office.pensioner()
    with office.transactions() as session:
        session.get_one(Retiree, one.id).address = "南门1号"
    return one


def _home(office: Office, retiree: Retiree) -> Home:
    with office.transactions() as session:
        found = session.get_one(Retiree, retiree.id)
        return found.address, found.community_code, found.lives_abroad


def _moves(office: Office, retiree: Retiree, address: str, community: str) -> LifeEvent:
    event = office.tell(LifeEventKind.ADDRESS_CHANGE, retiree, office.today, address=address, community_code=community)
    with office.transactions() as session:
        first, actor = office.first, actor_of(office.first)
        done = confirm_event(session, first, event.id, effects=office.effects, actor=actor, now=office.now)
    assert done.status is LifeEventStatus.CONFIRMED
    return done


def test_it_works(office: Office) -> None:
    one = _at_home(office)
    moved = _moves(office, one, "北门2号", OTHER_COMMUNITY)
    assert _home(office, one) == ("北门2号", OTHER_COMMUNITY, False)
    followed = office.reverse(moved).followed
    assert {(what.kind, what.done) for what in followed} == {("address", "undone"), ("responsibility", "undone")}
    assert _home(office, one) == ("南门1号", COMMUNITY, False)


def test_an_older_move_reversed_leaves_the_newer_one(office: Office) -> None:
    one = _at_home(office)
    away = office.happens(LifeEventKind.MOVING_AWAY, one, office.today, place="abroad", address="Berlin")
    office.wait(1)
    _moves(office, one, "北门2号", OTHER_COMMUNITY)
    followed = office.reverse(away).followed
    assert followed == [Followed("address", away.number, "listed")]
    assert _home(office, one) == ("北门2号", OTHER_COMMUNITY, False)


def test_a_new_address_in_the_same_community_keeps_it(office: Office) -> None:
    one = _at_home(office)
    first = _moves(office, one, "北门2号", OTHER_COMMUNITY)
    _moves(office, one, "北门3号", OTHER_COMMUNITY)
    assert [what.done for what in office.reverse(first).followed] == ["listed"]
    assert _home(office, one) == ("北门3号", OTHER_COMMUNITY, False)


def test_who_lived_abroad_lives_there_again(office: Office) -> None:
    one = _at_home(office)
    office.happens(LifeEventKind.MOVING_AWAY, one, office.today, place="abroad", address="Berlin")
    back = _moves(office, one, "北门2号", COMMUNITY)
    office.reverse(back)
    assert _home(office, one) == ("Berlin", None, True)


def test_a_move_on_its_day_is_put_back_to_what_was_on_that_day(office: Office) -> None:
    one = _at_home(office)
    day = office.today.replace(day=20)
    away = office.happens(LifeEventKind.MOVING_AWAY, one, day, place="city", address="省内别的城市1号")
    _moves(office, one, "北门2号", OTHER_COMMUNITY)
    office.go_to(day)
    office.night()
    assert _home(office, one) == ("省内别的城市1号", None, False)
    office.reverse(away)
    assert _home(office, one) == ("北门2号", OTHER_COMMUNITY, False)
