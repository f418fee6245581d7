"""Two things that become known of somebody, on whatever days, come to the same in either order."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from casework.benefit_books import open_book
from models.life_event import LifeEventKind
from policy.months import month_of
from tests.integration.benefits.test_histories import KINDS

if TYPE_CHECKING:
    from models import Retiree
    from tests.office import Office

PAIRS = 20
COMING = 3
# A second word of a death is the same record: which day it has is staff's to find.
TOLD = st.tuples(
    st.sampled_from([kind for kind in KINDS if kind is not LifeEventKind.STILL_ALIVE]),
    st.one_of(st.integers(0, 12), st.integers(1, 300)),
)


def test_the_order_of_two_reports_does_not_matter(office: Office) -> None:
    """Whatever two things become known of somebody, on whatever days of ten closed months and of the open one."""
    start = office.now
    office.now = start - timedelta(days=310)
    waiting = [office.pensioner() for _place in range(2 * PAIRS)]
    opened = month_of(office.today)
    office.now = start
    for month in range(opened, month_of(office.today)):
        office.close(month)

    @settings(max_examples=PAIRS, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
    @given(one=TOLD, other=TOLD)
    def compare(one: tuple[LifeEventKind, int], other: tuple[LifeEventKind, int]) -> None:
        assume(one[0] is not LifeEventKind.DEATH or other[0] is not LifeEventKind.DEATH)
        people = (waiting.pop(), waiting.pop())
        for person, order in zip(people, ((one, other), (other, one)), strict=True):
            for kind, ago in order:
                office.happens(kind, person, office.today - timedelta(days=ago))
                office.approve_everything(person)
        first, second = (_what_came_of(office, person) for person in people)
        assert first == second

    compare()
    assert not waiting, "every pair was tried"


def _what_came_of(office: Office, person: Retiree) -> Any:
    with office.transactions() as session:
        book = open_book(session, person.id)
        assert book is not None
        spans = sorted((one.kind, one.began_on, one.ended_on) for one in book.reasons if one.void_at is None)
        months = [
            (one.entitled, one.paid + one.back_paid + one.owed - one.overpaid)
            for one in book.balance(month_of(office.today) - 1)
        ]
        assert months
        assert all(entitled == adds_up for entitled, adds_up in months)
        now = month_of(office.today)
        coming = [book.is_paid(month) for month in range(now, now + COMING)]
        assert not any(is_paid and not book.is_entitled(month) for month, is_paid in enumerate(coming, start=now)), (
            "what is not owed is in no file to come"
        )
        return book.benefit.status, book.benefit.last_month, spans, months, coming
