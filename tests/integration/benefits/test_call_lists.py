"""The community's call list goes with what is known: deaths that were rejected, moves, certifications taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.calls import waiting_calls
from casework.life_events import reject_event
from certification.certify import certify, revoke_certification
from models import Call, Certification, Retiree
from models.certification import Channel
from models.life_event import LifeEventKind
from tests.cast import COMMUNITY, OTHER_COMMUNITY
from tests.office import RULES, actor_of

if TYPE_CHECKING:
    from tests.office import Office


def _due(office: Office, days: int) -> Retiree:
    one = office.pensioner()
    with office.transactions() as session:
        session.get_one(Retiree, one.id).due_by = office.today + timedelta(days=days)
    return one


def _waiting(office: Office) -> list[str]:
    with office.transactions() as session:
        return [call.owner_code for call in waiting_calls(session, office.first)]


def _is_listed(office: Office, one: Retiree) -> bool:
    waiting = (Call.retiree_id == one.id, Call.called_at.is_(None), Call.lapsed_at.is_(None))
    with office.transactions() as session:
        return session.scalar(select(Call.id).where(*waiting)) is not None


def test_whoever_is_not_dead_after_all_is_called_again(office: Office) -> None:
    one = _due(office, 7)
    assert office.night()["calls"] == 1
    event = office.tell(LifeEventKind.DEATH, one, office.today)
    assert _waiting(office) == []
    office.wait(1)
    with office.transactions() as session:
        reject_event(session, office.first, event.id, "人还在", actor=actor_of(office.first), now=office.now)
    office.wait(3)
    assert office.night()["calls"] == 1
    assert office.night()["calls"] == 0
    assert len(_waiting(office)) == 1


def test_whose_certification_is_taken_back_is_called_again(office: Office) -> None:
    one = office.pensioner()
    office.go_to(one.due_by - timedelta(days=7))
    office.night()
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        made = certify(session, person, Channel.COUNTER, rules=RULES, actor=actor_of(office.worker), now=office.now)
    office.night()
    assert not _is_listed(office, one)
    office.wait(1)
    with office.transactions() as session:
        wrong = session.get_one(Certification, made.id)
        revoke_certification(session, wrong, "wrong_person", rules=RULES, actor=actor_of(office.first), now=office.now)
    office.wait(3)
    office.night()
    assert _is_listed(office, one)


def test_who_is_certified_for_last_year_is_not_called_about_it(office: Office) -> None:
    one = office.pensioner()
    office.go_to(one.due_by + timedelta(days=15))
    office.night()
    assert _is_listed(office, one)
    with office.transactions() as session:
        person, seen_on = session.get_one(Retiree, one.id), one.due_by - timedelta(days=1)
        actor = actor_of(office.worker)
        certify(session, person, Channel.HOME_VISIT, rules=RULES, actor=actor, now=office.now, seen_on=seen_on)
    office.wait(1)
    office.night()
    assert not _is_listed(office, one)


def test_the_call_goes_along_with_whoever_moves(office: Office) -> None:
    one = _due(office, 7)
    office.night()
    office.happens(LifeEventKind.ADDRESS_CHANGE, one, office.today, address="浏正街2号", community_code=OTHER_COMMUNITY)
    assert _waiting(office) == [OTHER_COMMUNITY]


def test_whoever_moves_abroad_is_not_called_unless_it_was_wrong(office: Office) -> None:
    one = _due(office, 7)
    office.night()
    moved = office.happens(LifeEventKind.MOVING_AWAY, one, office.today, place="abroad")
    office.wait(1)
    office.night()
    assert _waiting(office) == []
    office.reverse(moved)
    office.wait(3)
    office.night()
    assert _waiting(office) == [COMMUNITY]
