"""Another legal ground beside prison, death and its own end: what is undone, what the files pay, and why not."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from casework.benefit_books import open_book
from casework.benefit_proposals import propose_by_staff
from models import Retiree
from models.benefit import BenefitStatus
from tests.office import RULES, actor_of

if TYPE_CHECKING:
    from models import BenefitAction
    from tests.office import Office


def test_undoing_an_end_and_then_its_beginning_leaves_nothing(office: Office) -> None:
    one = office.pensioner()
    suspended = _other(office, one, date(2025, 3, 1))
    resumed = _other(office, one, date(2025, 3, 5))
    assert _status(office, one) is BenefitStatus.PAID
    assert office.undo(resumed.id) == {}
    assert _status(office, one) is BenefitStatus.SUSPENDED
    assert office.undo(suspended.id) == {}
    assert _status(office, one) is BenefitStatus.PAID


def _other(office: Office, one: Retiree, on: date) -> BenefitAction:
    """Suspend for another legal ground, or resume where one stands."""
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        action = propose_by_staff(
            session,
            office.first,
            person,
            on=on,
            legal_ground="某法第九条",
            rules=RULES,
            actor=actor_of(office.first),
            now=office.now,
        )
    assert office.approve(action) == {}
    return action


def _status(office: Office, one: Retiree) -> BenefitStatus:
    with office.transactions() as session:
        book = open_book(session, one.id)
        assert book is not None
        return book.benefit.status
