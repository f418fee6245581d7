"""Another legal ground beside prison, death and its own end: what is undone, what the files pay, and why not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from casework.benefit_books import open_book
from casework.payment_files import differences
from models import BenefitAction, Retiree
from models.benefit import ActionKind, BenefitStatus
from models.life_event import LifeEventKind
from policy.months import read_month

if TYPE_CHECKING:
    from tests.office import Office

MARCH = read_month("2025-03")


def test_undoing_an_end_and_then_its_beginning_leaves_nothing(office: Office) -> None:
    one = office.pensioner()
    suspended = _other(office, one, date(2025, 3, 1))
    resumed = _other(office, one, date(2025, 3, 5))
    assert _status(office, one) is BenefitStatus.PAID
    assert office.undo(resumed.id) == {}
    assert _status(office, one) is BenefitStatus.SUSPENDED
    assert office.undo(suspended.id) == {}
    assert _status(office, one) is BenefitStatus.PAID


@pytest.mark.parametrize("is_dead", [True, False])
def test_a_month_that_is_owed_is_in_its_own_file(office: Office, *, is_dead: bool) -> None:
    """The month of the death, or of a short sentence, when what stood before has its end: nobody asks for it later."""
    one = office.pensioner()
    _other(office, one, date(2025, 3, 1))
    office.close(MARCH)
    office.go_to(date(2025, 4, 20))
    if is_dead:
        office.happens(LifeEventKind.DEATH, one, date(2025, 4, 5))
        office.approve_everything(one)
    else:
        office.happens(LifeEventKind.IMPRISONED, one, date(2025, 4, 5))
        office.happens(LifeEventKind.RELEASED, one, date(2025, 4, 9))
        office.approve_everything(one)
        _other(office, one, date(2025, 4, 10))
    months = [(kind, month) for lines in office.paid(MARCH + 1).values() for kind, month, _cents in lines]
    assert months == [("regular", "2025-04"), ("back_pay", "2025-03")]


def test_a_month_between_two_sentences_is_paid(office: Office) -> None:
    """March is to be closed when May has come: April, in which the second one began, is owed."""
    one = office.pensioner()
    office.go_to(date(2025, 5, 20))
    for kind, day in (
        (LifeEventKind.IMPRISONED, date(2025, 2, 3)),
        (LifeEventKind.RELEASED, date(2025, 3, 4)),
        (LifeEventKind.DUPLICATE_BENEFIT, date(2025, 4, 4)),
        (LifeEventKind.DUPLICATE_ENDED, date(2025, 5, 4)),
    ):
        office.happens(kind, one, day)
        office.approve_everything(one)
    assert [bool(office.paid(MARCH + place)) for place in range(3)] == [False, True, False]


def test_a_file_says_for_which_reason_somebody_is_not_paid(office: Office) -> None:
    """One ground ended before its month was closed, another begins to count: that is the one."""
    one = office.pensioner()
    _other(office, one, date(2025, 3, 1))
    office.happens(LifeEventKind.IMPRISONED, one, date(2025, 3, 5))
    office.approve_everything(one)
    _other(office, one, date(2025, 3, 9))
    office.close(MARCH)
    assert _why(office, MARCH + 1) == ["imprisoned"]


def test_a_reason_that_stands_anew_is_named(office: Office) -> None:
    """The death was none: what stood before it is why nothing is paid."""
    office.go_to(date(2025, 2, 10))
    one = office.pensioner()
    office.close(MARCH - 1)
    office.go_to(date(2025, 3, 10))
    _other(office, one, date(2025, 3, 1))
    death = office.happens(LifeEventKind.DEATH, one, date(2025, 2, 20))
    office.approve_everything(one)
    office.reverse(death)
    office.approve_everything(one)
    assert _why(office, MARCH) == ["other"]


def test_back_pay_that_waits_says_what_is_owed_and_goes_with_it(office: Office) -> None:
    """The sentence was shorter than was thought; then another ground stands, and with its end everything is paid."""
    office.go_to(date(2025, 2, 10))
    one = office.pensioner(cents=100_000)
    office.happens(LifeEventKind.IMPRISONED, one, date(2024, 12, 20))
    office.approve_everything(one)
    for month in (MARCH - 1, MARCH, MARCH + 1):
        office.close(month)
    office.go_to(date(2025, 5, 10))
    late = office.happens(LifeEventKind.RELEASED, one, date(2025, 5, 2))
    office.approve_everything(one)
    office.reverse(late)
    office.happens(LifeEventKind.RELEASED, one, date(2025, 2, 20))
    office.approve(*office.proposed(one))
    assert _waiting(office, one) == [(ActionKind.BACK_PAY, 200_000)]
    earlier = office.happens(LifeEventKind.RELEASED, one, date(2025, 1, 20))
    [corrected] = [action for action in office.proposed(one) if action.kind is ActionKind.SUSPEND]
    office.approve(corrected)
    assert _waiting(office, one) == [(ActionKind.BACK_PAY, 300_000)]
    assert office.undo(corrected.id) == {}
    assert _waiting(office, one) == [(ActionKind.BACK_PAY, 200_000)]
    office.reverse(earlier)
    suspended = _other(office, one, date(2025, 5, 3))
    assert _waiting(office, one) == []
    assert office.undo(suspended.id) == {}
    assert _waiting(office, one) == [(ActionKind.BACK_PAY, 200_000)]
    _other(office, one, date(2025, 5, 3))
    resumed = _other(office, one, date(2025, 5, 4))
    with office.transactions() as session:
        assert session.get_one(BenefitAction, resumed.id).cents == 200_000
    assert _waiting(office, one) == []


def _waiting(office: Office, one: Retiree) -> list[tuple[ActionKind, int | None]]:
    return [(action.kind, action.cents) for action in office.proposed(one)]


def _why(office: Office, month: int) -> list[str]:
    with office.transactions() as session:
        return [one.reason for one in differences(session, month)]


def _other(office: Office, one: Retiree, on: date) -> BenefitAction:
    """Suspend for another legal ground, or resume where one stands."""
    action = office.other_ground(one, on)
    assert office.approve(action) == {}
    return action


def _status(office: Office, one: Retiree) -> BenefitStatus:
    with office.transactions() as session:
        book = open_book(session, one.id)
        assert book is not None
        return book.benefit.status
