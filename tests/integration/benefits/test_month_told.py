"""Once a month is closed, people are told that their pension is suspended from it on, or paid again."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from certification.certify import certify
from jobs.notices import write_notice
from models import OutboxMessage, Retiree
from models.certification import Channel
from models.life_event import LifeEventKind
from models.outbox import OutboxStatus
from policy.months import read_month
from tests.factories.accounts import add_own_account
from tests.office import RULES, actor_of

if TYPE_CHECKING:
    from tests.office import Office

MARCH = read_month("2025-03")


@pytest.fixture
def one(office: Office) -> Retiree:
    """Somebody with an account, who is paid in March."""
    made = office.pensioner()
    with office.transactions() as session:
        person = session.get_one(Retiree, made.id)
        add_own_account(session, person, office.now)
        person.due_by = office.today + timedelta(days=1)
    assert len(office.paid(MARCH)) == 1
    return made


def _said(office: Office, status: OutboxStatus = OutboxStatus.WAITING) -> list[str]:
    """Return what waits to be said about pensions."""
    query = (
        select(OutboxMessage)
        .where(OutboxMessage.notice.startswith("pension_"), OutboxMessage.status == status)
        .order_by(OutboxMessage.created_at)
    )
    with office.transactions() as session:
        return [write_notice(session, one, "https://pension.example").text for one in session.scalars(query)]


def _suspend(office: Office, one: Retiree) -> None:
    """Let nobody certify in time, although a message came."""
    office.night()
    with office.transactions() as session:
        for message in session.scalars(select(OutboxMessage)):
            message.status, message.ended_at = OutboxStatus.SENT, office.now
    office.wait(40)
    office.night()
    office.approve_everything(one)


def test_from_a_suspension_to_being_paid_again(office: Office, one: Retiree) -> None:
    _suspend(office, one)
    assert _said(office) == [], "an approval may still be undone"
    assert office.paid(MARCH + 1) == {}
    (said,) = _said(office)
    assert "养老金从2025年4月起暂停了，因为认证过期没有办" in said
    assert "https://pension.example/h5/enter" in said
    office.close(MARCH + 1)
    assert len(_said(office)) == 1, "asked for once more, the same month tells nobody again"
    office.wait(31)
    assert office.paid(MARCH + 2) == {}
    assert len(_said(office)) == 1, "nor does the next, in which nothing changed"
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        certify(session, person, Channel.HOME_VISIT, rules=RULES, actor=actor_of(office.worker), now=office.now)
    office.night()
    office.approve_everything(one)
    office.wait(31)
    assert len(office.paid(MARCH + 3)) == 1
    _before, said = _said(office)
    assert "养老金从2025年6月起恢复发放" in said


def test_another_ground_is_not_said_to_everybody_who_reads_along(office: Office, one: Retiree) -> None:
    office.approve(office.other_ground(one, office.today))
    office.wait(31)
    assert office.paid(MARCH + 1) == {}
    (said,) = _said(office)
    assert "养老金从2025年4月起暂停了" in said
    assert "我还活着" in said
    assert "认证" not in said


def test_nobody_tells_mourners_that_a_pension_stops(office: Office, one: Retiree) -> None:
    _suspend(office, one)
    assert office.paid(MARCH + 1) == {}
    office.tell(LifeEventKind.DEATH, one, office.today)
    assert _said(office) == []
    assert len(_said(office, OutboxStatus.CANCELLED)) == 1


def test_a_death_that_ends_a_pension_is_said_to_nobody(office: Office, one: Retiree) -> None:
    office.happens(LifeEventKind.DEATH, one, office.today)
    office.night()
    office.approve_everything(one)
    office.wait(31)
    assert office.paid(MARCH + 1) == {}
    assert _said(office) == []
