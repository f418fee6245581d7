from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from casework.figure_conditions import Dimension, Faces, FigureScope, People
from casework.figure_lists import (
    CasesAsked,
    PeopleAsked,
    list_closed,
    list_faces,
    list_people,
    list_visits,
    walk_people,
)
from casework.figure_risks import list_risks
from casework.figures import CLAIM, claim_count, count_figures, read_figures, visits_by_staff
from jobs.figures import EVERY, FigureRounds
from models import (
    Certification,
    FigureCount,
    LivingMark,
    RegionFigure,
)
from models.audit import Actor, ActorKind
from models.certification import Channel
from models.retiree import LivingMarkKind
from models.staff import StaffRole
from refusal import Refusal
from services import services
from tests.cast import COMMUNITY, DISTRICT, OTHER_COMMUNITY, OTHER_DISTRICT, SUBDISTRICT
from tests.factories.retirees import make_id_number, make_retiree
from tests.town import CITY, Town, add_staff, build_town

if TYPE_CHECKING:
    from flask import Flask
    from sqlalchemy.orm import Session

    from models.session import Transactions
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock

YEAR = 2025
OFFICER = Actor(ActorKind.STAFF, "an officer")


@pytest.fixture
def town(session: Session, cast: Cast, now: datetime) -> Town:
    return build_town(session, cast, now)


def test_it_works(session: Session, town: Town, now: datetime) -> None:
    count_figures(session, YEAR, now=now)
    numbers = read_figures(session, town.city, CITY, year=YEAR, alone=False, now=now).numbers
    assert numbers.of("retirees") == 15  # three of the cast
    assert numbers.certified == 5
    assert {channel.value: numbers.of("certified", channel) for channel in Channel} == {
        "self_service": 1,
        "home_visit": 1,
        "counter": 1,
        "data_match": 2,
    }
    assert (numbers.of("due_30"), numbers.of("overdue")) == (2, 2)
    assert (numbers.of("tickets_open"), numbers.of("tickets_late")) == (2, 1)
    assert (numbers.of("visits"), numbers.closed, numbers.median_days) == (4, 4, 3.5)
    assert (numbers.faces.tried, numbers.faces.first, numbers.faces.end) == (4, 1, 3)
    by_action = {one.part: (one.tried, one.first, one.end) for one in numbers.faces_by(Dimension.ACTION)}
    assert by_action == {"blink": (3, 1, 3), "nod": (4, 1, 3)}
    by_phone = {one.part: one.tried for one in numbers.faces_by(Dimension.PHONE)}
    assert by_phone == {"": 1, "Android 10": 3}


def test_every_level_is_the_sum_of_the_one_below(session: Session, town: Town, now: datetime) -> None:
    count_figures(session, YEAR, now=now)
    for code in (CITY, DISTRICT, SUBDISTRICT):
        figures = read_figures(session, town.city, code, year=YEAR, alone=False, now=now)
        for name, bucket in figures.numbers.counts:
            assert figures.numbers.of(name, bucket) == sum(line.numbers.of(name, bucket) for line in figures.lines)
        for line in figures.lines:
            below = read_figures(session, town.city, line.code, year=YEAR, alone=line.alone, now=now)
            assert below.numbers.counts == line.numbers.counts
    city = read_figures(session, town.city, CITY, year=YEAR, alone=False, now=now)
    assert {line.code for line in city.lines} >= {DISTRICT, OTHER_DISTRICT}
    # far Chen lives elsewhere: the agency's own line has him
    other = read_figures(session, town.city, OTHER_DISTRICT, year=YEAR, alone=False, now=now)
    assert [(line.alone, line.numbers.of("retirees")) for line in other.lines] == [(True, 1)]


def test_the_lists_of_all_communities_are_as_long_as_the_figures(session: Session, town: Town, now: datetime) -> None:
    count_figures(session, YEAR, now=now)
    numbers = read_figures(session, town.city, CITY, year=YEAR, alone=False, now=now).numbers
    owners = [FigureScope(code, alone=True) for code in (COMMUNITY, OTHER_COMMUNITY, DISTRICT, OTHER_DISTRICT, CITY)]

    def people(which: People, channel: Channel | None = None) -> int:
        asked = [PeopleAsked(scope, YEAR, which, channel) for scope in owners]
        return sum(len(list_people(session, town.city, one, now=now)) for one in asked)

    assert people(People.ALL) == numbers.of("retirees")
    assert people(People.CERTIFIED) == numbers.certified
    for channel in Channel:
        assert people(People.CERTIFIED, channel) == numbers.of("certified", channel)
    assert people(People.DUE_30) == numbers.of("due_30")
    assert people(People.OVERDUE) == numbers.of("overdue")
    cases = [CasesAsked(scope, YEAR) for scope in owners]
    assert sum(len(list_visits(session, town.city, one)) for one in cases) == numbers.of("visits")
    assert sum(len(list_closed(session, town.city, one)) for one in cases) == numbers.closed

    def faces(which: Faces, dimension: Dimension | None = None, part: str = "") -> int:
        asked = [CasesAsked(scope, YEAR, None, which, dimension, part) for scope in owners]
        return sum(len(list_faces(session, town.city, one)) for one in asked)

    assert faces(Faces.FAILED) == numbers.faces.tried - numbers.faces.end
    for dimension in Dimension:
        for rate in numbers.faces_by(dimension):
            assert faces(Faces.TRIED, dimension, rate.part) == rate.tried, (dimension, rate.part)
            assert faces(Faces.FIRST, dimension, rate.part) == rate.first
            assert faces(Faces.END, dimension, rate.part) == rate.end


def test_pages_follow_each_other_without_gap(session: Session, town: Town, now: datetime) -> None:
    scope = FigureScope(CITY, alone=False)
    whole = list_people(session, town.city, PeopleAsked(scope, YEAR), now=now)
    seen, after = [], None
    while chunk := list_people(session, town.city, PeopleAsked(scope, YEAR, after=after), now=now, most=4):
        seen += [one.id for one in chunk]
        after = (chunk[-1].owner_code, chunk[-1].due_by, chunk[-1].id)
    assert seen == [one.id for one in whole]
    assert len(seen) == 15
    exported = walk_people(session, town.city, PeopleAsked(scope, YEAR), now=now)
    assert [one.id for one in exported] == seen


def test_pages_of_cases_follow_each_other(session: Session, town: Town) -> None:
    scope = FigureScope(COMMUNITY, alone=True)
    whole = list_visits(session, town.worker, CasesAsked(scope, YEAR))
    last = whole[1][0]
    rest = list_visits(session, town.worker, CasesAsked(scope, YEAR, (last.ended_at, last.id)))
    assert [row[0].id for row in rest] == [row[0].id for row in whole[2:]]


def test_a_year_that_is_over(session: Session, town: Town, now: datetime) -> None:
    for receipt, revoked in (("r1", None), ("r2", now)):
        session.add(
            Certification(
                retiree_id=town.people[0].id,
                period="2024",
                channel=Channel.COUNTER,
                with_helper=False,
                certified_at=now - timedelta(days=200),
                valid_until=date(2024, 12, 31),
                next_due_by=date(2025, 12, 31),
                rule_set="changsha-2020",
                receipt_number=receipt,
                revoked_at=revoked,
            )
        )
    session.flush()
    count_figures(session, 2024, now=now)
    numbers = read_figures(session, town.city, CITY, year=2024, alone=False, now=now).numbers
    assert (numbers.certified, numbers.of("certified", "counter"), numbers.of("visits")) == (1, 1, 1)
    assert numbers.of("overdue") == 0
    scope = FigureScope(CITY, alone=False)
    assert len(list_people(session, town.city, PeopleAsked(scope, 2024, People.CERTIFIED), now=now)) == 1
    with pytest.raises(Refusal, match="malformed"):
        list_people(session, town.city, PeopleAsked(scope, 2024, People.OVERDUE), now=now)
    with pytest.raises(Refusal, match="malformed"):
        read_figures(session, town.city, CITY, year=2026, alone=False, now=now)


def test_counting_again_writes_what_changed_alone(session: Session, town: Town, now: datetime) -> None:
    assert count_figures(session, YEAR, now=now) > 20
    assert count_figures(session, YEAR, now=now) == 0
    town.people[8].certified_until, town.people[8].certified_by = date(2025, 12, 31), Channel.COUNTER
    session.flush()
    assert count_figures(session, YEAR, now=now) == 8  # two figures, of the community and of three regions above
    stored = session.query(RegionFigure).filter_by(code=COMMUNITY, year=YEAR, name="overdue").count()
    assert stored == 0


def test_one_counts_at_a_time(session: Session, now: datetime) -> None:
    assert claim_count(session, YEAR, fresh_for=EVERY, now=now)
    assert not claim_count(session, YEAR, fresh_for=EVERY, now=now)
    later = now + CLAIM
    assert claim_count(session, YEAR, fresh_for=EVERY, now=later), "whoever claimed it has gone"
    count_figures(session, YEAR, now=later)
    assert not claim_count(session, YEAR, fresh_for=EVERY, now=later + timedelta(minutes=9))
    assert claim_count(session, YEAR, fresh_for=EVERY, now=later + EVERY)


def test_the_rounds_count_every_ten_minutes(
    app: Flask, town: Town, transactions: Transactions, clock: StandingClock
) -> None:
    assert town.people
    with app.app_context():
        rounds = FigureRounds(services())
    assert rounds(clock.now()) > 0
    assert rounds(clock.now()) == 0
    first = clock.now()
    clock.set(first + EVERY + timedelta(seconds=1))
    rounds(clock.now())
    with transactions() as session:
        count = session.get_one(FigureCount, YEAR)
        assert (count.counted_at, count.claimed_until) == (clock.now(), None)


@pytest.mark.parametrize("code", [CITY, OTHER_DISTRICT, OTHER_COMMUNITY, SUBDISTRICT])
def test_nobody_sees_another_region(session: Session, town: Town, settings: Settings, now: datetime, code: str) -> None:
    with pytest.raises(Refusal, match="not_yours"):
        read_figures(session, town.worker, code, year=YEAR, alone=False, now=now)
    foreign = FigureScope(code, alone=True)
    assert list_people(session, town.worker, PeopleAsked(foreign, YEAR), now=now) == []
    assert list_visits(session, town.worker, CasesAsked(foreign, YEAR)) == []
    assert list_faces(session, town.worker, CasesAsked(foreign, YEAR)) == []
    with pytest.raises(Refusal, match="not_yours"):
        list_risks(session, town.worker, code, rules=settings.rules(), actor=OFFICER, now=now)


def test_visits_of_each_member_of_staff(session: Session, town: Town) -> None:
    visits = visits_by_staff(session, FigureScope(COMMUNITY, alone=True), YEAR)
    assert [(one.id, number) for one, number in visits] == [(town.worker.id, 4)]


def test_who_is_likely_to_miss_the_deadline(
    session: Session, cast: Cast, town: Town, settings: Settings, now: datetime
) -> None:
    old = make_retiree(
        session, id_number=make_id_number(birthday=date(1930, 1, 1)), phone=None, community_code=COMMUNITY
    )
    old.address, old.group_name, old.due_by = "银杏路12号3栋502室", "第一组", date(2025, 3, 15)
    session.add(
        LivingMark(
            retiree_id=old.id,
            kind=LivingMarkKind.LIVING_ALONE,
            set_by_id=town.worker.id,
            set_at=now,
            review_on=date(2025, 9, 1),
        )
    )
    session.flush()
    groups = list_risks(session, town.worker, COMMUNITY, rules=settings.rules(), actor=OFFICER, now=now)
    listed = {line.retiree.id: line for group in groups for line in group.lines}
    assert cast.old_zhou.id in listed
    assert town.people[0].id not in listed, "certified"
    assert town.people[8].id not in listed, "overdue: the deadline is missed already"
    highest = max(listed.values(), key=lambda line: line.risk.score)
    assert (highest.retiree.id, highest.building) == (old.id, "银杏路12号3栋")
    assert [group.score for group in groups] == sorted((group.score for group in groups), reverse=True)
    auditor = add_staff(session, StaffRole.AUDITOR, DISTRICT)
    looked = list_risks(session, auditor, COMMUNITY, rules=settings.rules(), actor=OFFICER, now=now)
    assert "银杏路**号*栋" in {group.building for group in looked}
