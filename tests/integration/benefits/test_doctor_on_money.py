"""The doctor on pensions: clean through a whole story, and each thing broken by hand is found by its name alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, insert, select, update

from casework.benefit_consistency import BENEFIT_CHECKS, NIGHTS
from casework.benefit_decisions import refuse
from casework.consistency import check_rows
from casework.overpayments import investigate
from models import Benefit, BenefitAction, BenefitReason, BenefitStop, Instalment, Overpayment, PaymentMonth
from models.benefit import ActionKind, BenefitStatus, PaymentStatus
from models.life_event import LifeEventKind
from models.recovery import OverpaymentStatus
from policy.months import read_month
from tests.cast import COMMUNITY
from tests.factories.retirees import make_retiree
from tests.office import RULES, actor_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.orm import Session

    from tests.office import Office

MARCH = read_month("2025-03")


def examine(office: Office) -> set[str]:
    """Return which checks on money find something."""
    with office.transactions() as session:
        return {one.check for one in check_rows(session, now=office.now)} & set(BENEFIT_CHECKS)


@pytest.fixture
def story(office: Office) -> Office:
    """One is paid, one is in prison, one died after which two months were paid; half of these came back."""
    office.go_to(date(2025, 1, 5))
    office.pensioner()
    jailed, died = office.pensioner(), office.pensioner(cents=100_000)
    for month in (MARCH - 2, MARCH - 1, MARCH):
        office.close(month)
    office.go_to(date(2025, 4, 2))
    office.happens(LifeEventKind.IMPRISONED, jailed, date(2025, 3, 3))
    office.happens(LifeEventKind.DEATH, died, date(2025, 1, 20))
    assert examine(office) == set()
    office.approve_everything(jailed)
    office.approve_everything(died)
    with office.transactions() as session:
        overpayment = session.scalars(select(Overpayment)).one()
        actor = actor_of(office.first)
        investigate(session, office.first, overpayment.id, "家人取走了", rules=RULES, actor=actor, now=office.now)
    office.approve_everything(died)
    office.receive(overpayment, 100_000, "A1")
    office.close(MARCH + 1)
    assert examine(office) == set()
    return office


def _set(status: BenefitStatus, **where: BenefitStatus) -> Callable[[Session], object]:
    return lambda s: s.execute(update(Benefit).where(Benefit.status == where["of"]).values(status=status))


BREAKS: list[tuple[set[str], Callable[[Session], object]]] = [
    ({"paid_with_reason", "files_disagree"}, _set(BenefitStatus.PAID, of=BenefitStatus.SUSPENDED)),
    ({"suspended_without_reason"}, lambda s: s.execute(update(BenefitReason).values(void_at=BenefitReason.set_at))),
    (
        {"suspended_without_reason", "files_disagree"},
        _set(BenefitStatus.SUSPENDED, of=BenefitStatus.PAID),
    ),
    (
        {"end_disagrees"},
        lambda s: s.execute(update(Benefit).where(Benefit.status == BenefitStatus.TERMINATED).values(last_month=None)),
    ),
    (
        {"end_disagrees"},
        lambda s: s.execute(update(Benefit).where(Benefit.status == BenefitStatus.PAID).values(last_month=MARCH)),
    ),
    ({"files_disagree"}, lambda s: s.execute(delete(BenefitStop))),
    (
        {"not_one_open_month"},
        lambda s: s.execute(insert(PaymentMonth).values(month=MARCH + 9, status=PaymentStatus.OPEN)),
    ),
    ({"not_one_open_month"}, lambda s: s.execute(update(PaymentMonth).values(status=PaymentStatus.CLOSED))),
    ({"recovery_does_not_add_up"}, lambda s: s.execute(update(Overpayment).values(cents=100_000))),
    ({"recovery_does_not_add_up"}, lambda s: s.execute(update(Overpayment).values(cents=0))),
    ({"recovery_does_not_add_up"}, lambda s: s.execute(update(Instalment).values(cents=200_001))),
    ({"recovery_does_not_add_up"}, lambda s: s.execute(update(Instalment).values(cents=-1))),
    (
        {"recovery_does_not_add_up"},
        lambda s: s.execute(update(Overpayment).values(status=OverpaymentStatus.SETTLED)),
    ),
]


@pytest.mark.parametrize(("found", "break_it"), BREAKS)
def test_what_is_broken_is_found(story: Office, found: set[str], break_it: Callable[[Session], object]) -> None:
    with story.transactions() as session:
        break_it(session)
    assert examine(story) == found


def test_a_recovery_that_came_back_whole_is_settled(story: Office) -> None:
    with story.transactions() as session:
        overpayment = session.scalars(select(Overpayment)).one()
    story.receive(overpayment, 100_000, "A2")
    assert examine(story) == set()


def test_no_month_at_all_is_a_beginning(story: Office) -> None:
    with story.transactions() as session:
        session.execute(delete(PaymentMonth))
    assert examine(story) == set()


def test_a_death_is_in_somebodys_hands_until_the_pension_ends(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1))
    office.wait(30)
    assert examine(office) == set(), "the proposal waits"
    [proposed] = office.proposed(one)
    with office.transactions() as session:
        refuse(session, office.second, [proposed.id], "再核实", office.deciding(office.second))
    assert examine(office) == set(), "the night run brings it again"
    office.now += NIGHTS + timedelta(hours=1)
    assert examine(office) == {"death_without_end"}
    office.night()
    assert examine(office) == set()
    office.approve_everything(one)
    office.wait(30)
    assert examine(office) == {"paid_without_amount"}, "of those whose pensions the night opened"


def test_the_release_of_one_frees_no_other(office: Office) -> None:
    both = office.pensioner(), office.pensioner()
    for one in both:
        office.happens(LifeEventKind.IMPRISONED, one, date(2025, 2, 1))
        office.approve_everything(one)
    office.happens(LifeEventKind.RELEASED, both[0], date(2025, 3, 1))
    office.approve_everything(both[0])
    office.wait(30)
    assert examine(office) == set()


def test_a_proposal_that_was_lost_is_missed(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1))
    with office.transactions() as session:
        session.execute(delete(BenefitAction).where(BenefitAction.kind == ActionKind.TERMINATE))
    assert examine(office) == set(), "a moment later it may be there"
    office.wait(3)
    assert examine(office) == {"death_without_end"}


def test_whoever_is_paid_without_an_amount_is_found(office: Office) -> None:
    with office.transactions() as session:
        make_retiree(session, community_code=COMMUNITY)
    office.night()
    office.wait(3)
    assert examine(office) == set(), "no amount of anybody is kept here"
    office.pensioner()
    assert examine(office) == {"paid_without_amount"}
    office.now -= timedelta(days=2)
    assert examine(office) == set(), "the amount may still come"
