"""Whom nobody has seen for over six months, undeclared (Art. 32(2)): by which night it is proposed, and how often."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from casework.night_run import rehearse
from models.life_event import LifeEventKind

if TYPE_CHECKING:
    from tests.office import Office


def test_whoever_came_back_and_is_missing_again_is_proposed_again(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.MISSING, one, office.today - timedelta(days=200))
    office.approve_everything(one)
    office.happens(LifeEventKind.REAPPEARANCE, one, office.today)
    office.approve_everything(one)
    office.wait(10)
    office.happens(LifeEventKind.MISSING, one, office.today)
    since = office.today
    assert office.night()["proposed_missing"] == 0
    office.wait(200)
    assert office.night()["proposed_missing"] == 1
    assert [proposal.began_on for proposal in office.proposed(one)] == [since]


def test_a_dry_run_by_a_day_to_come_says_who_is_missing_for_too_long_by_then(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.MISSING, one, office.today - timedelta(days=150))
    soon = office.today + timedelta(days=60)
    said = rehearse(office.transactions, office.prepared(as_of=soon))
    assert said["proposed_missing"] == 1
    office.go_to(soon)
    assert office.night() == said


def test_the_months_of_the_last_days_of_february_are_over_in_august(office: Office) -> None:
    office.go_to(date(2025, 3, 1))
    one = office.pensioner()
    office.happens(LifeEventKind.MISSING, one, date(2025, 2, 28))
    office.go_to(date(2025, 8, 28))
    assert office.night()["proposed_missing"] == 0
    office.go_to(date(2025, 8, 29))
    assert office.night()["proposed_missing"] == 1


def test_one_whom_two_told_of_counts_once(office: Office) -> None:
    one = office.pensioner()
    for days in (200, 190):
        office.happens(LifeEventKind.MISSING, one, office.today - timedelta(days=days))
    office.night()
    for _night in range(2):
        office.wait(1)
        assert office.night()["proposed_missing"] == 0
    assert len(office.proposed(one)) == 1
