"""A town in which each step of a night has something to do, and a payment file something of each kind to say."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.benefit_decisions import exclude, refuse
from casework.benefit_terms import USUAL_TERMS
from casework.overpayments import investigate
from models import Call, Overpayment, Retiree
from models.life_event import LifeEventKind
from models.reaching import CallOutcome
from models.session import Transactions, open_database
from policy.months import month_of
from tests.cast import COMMUNITY, call_cast
from tests.databases import migrated_url
from tests.factories.accounts import add_own_account
from tests.factories.retirees import make_retiree
from tests.office import RULES, Office, actor_of, open_office

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path


CROWD = 90
# So many days before the night in question there was another one, and all that it left to do.
DAYS_BETWEEN = 40


@dataclass(frozen=True)
class Town:
    """Where a town's database is, to which nobody is connected, and the folder of its payment files."""

    url: str
    payments: Path


@contextmanager
def busy_town(kind: str, folder: Path, now: datetime) -> Iterator[Town]:
    """Yield a town on the eve of a night run at `now`, with the month before it to be closed; gone afterwards."""
    with migrated_url(kind, folder) as url:
        town = Town(url, folder / "payments")
        engine = open_database(url)
        transactions = Transactions(engine)
        with transactions() as session:
            call_cast(session, now=now)
        _live(open_office(transactions, town.payments, now - timedelta(days=DAYS_BETWEEN)), now)
        engine.dispose()
        yield town


def _live(office: Office, now: datetime) -> None:
    """Let the town live from the night before to the moment of the next one."""
    # what is claimed at the first night is past its day at the next
    office.terms = replace(USUAL_TERMS, recovery_days=DAYS_BETWEEN // 2)
    crowd = [_due_in(office, DAYS_BETWEEN + (60, 15, 7, -40, -50)[place % 5], place) for place in range(CROWD)]
    reminded = [_due_in(office, 60, place) for place in (1, 5, 7)]
    waiting, certified, returned, suspended = ([_due_in(office, -40, place) for place in (0, 3)] for _ in range(4))
    office.night()
    for one in (*certified, *returned, *suspended):
        office.approve(*office.proposed(one))
    overpaid, moving, missing, deceased, imprisoned = (office.pensioner() for _ in range(5))
    office.close(month_of(office.today))
    _claim_back(office, overpaid)
    office.happens(LifeEventKind.MOVING_AWAY, moving, office.today + timedelta(days=5), place="abroad")
    # at the next night it is longer ago than the months of Art. 32(2)
    office.happens(LifeEventKind.MISSING, missing, office.today - timedelta(days=150))
    office.now = now
    with office.transactions() as session:
        # some came meanwhile: reminders to take back, proposals to let go, pensions to resume
        for one in (*reminded, *waiting, *certified, *crowd[::4]):
            person = session.get_one(Retiree, one.id)
            person.certified_until, person.due_by = date(2025, 12, 31), date(2026, 12, 31)
        for _ in range(3):
            make_retiree(session, community_code=COMMUNITY)
    for one in returned:
        # whoever stands before us is paid again, and for the months between
        office.happens(LifeEventKind.STILL_ALIVE, one, office.today)
        office.approve_everything(one)
    office.happens(LifeEventKind.MISSING, crowd[1], office.today - timedelta(days=300))
    office.happens(LifeEventKind.IMPRISONED, crowd[2], office.today - timedelta(days=100))
    office.happens(LifeEventKind.DEATH, crowd[5], office.today - timedelta(days=60))
    office.tell(LifeEventKind.DEATH, crowd[6], office.today - timedelta(days=3))
    office.approve(*office.proposed(crowd[5]))
    office.happens(LifeEventKind.DEATH, deceased, office.today - timedelta(days=9))
    office.happens(LifeEventKind.IMPRISONED, imprisoned, office.today - timedelta(days=9))
    for one, set_aside in ((deceased, refuse), (imprisoned, exclude)):
        ids = [action.id for action in office.proposed(one)]
        with office.transactions() as session:
            set_aside(session, office.second, ids, "再看看", office.deciding(office.second))


def _due_in(office: Office, days: int, place: int) -> Retiree:
    """Add somebody who is due in so many days: every other one is told in WeChat, every third one was called."""
    one = office.pensioner(200_000 + place)
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        person.due_by = office.today + timedelta(days=days)
        if place % 2:
            add_own_account(session, person, office.now - timedelta(days=100))
        if place % 3 == 0:
            session.add(
                Call(
                    retiree_id=person.id,
                    owner_code=person.owner_code,
                    due_by=person.due_by - timedelta(days=1),
                    listed_at=office.now,
                    called_at=office.now,
                    outcome=CallOutcome.NO_ANSWER,
                )
            )
    return one


def _claim_back(office: Office, one: Retiree) -> None:
    """Find that somebody who was paid had died before, and claim it back."""
    office.happens(LifeEventKind.DEATH, one, office.today - timedelta(days=50))
    office.approve_everything(one)
    actor = actor_of(office.first)
    with office.transactions() as session:
        found = session.scalars(select(Overpayment.id).where(Overpayment.benefit_id == one.id)).one()
        investigate(session, office.first, found, "家人取走了", rules=RULES, actor=actor, now=office.now)
    office.approve_everything(one)
