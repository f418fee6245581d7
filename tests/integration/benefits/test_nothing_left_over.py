"""Records and tickets go where the person goes, and end with what was found; what a wrong word did is undone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.benefit_books import open_book
from casework.event_naming import name_person
from casework.leads import decide_lead, take_up
from casework.life_event_reversal import Followed
from casework.life_events import find_event, reject_event
from casework.report_progress import CONFIRMED, progress_of
from casework.responsibility import hand_on
from casework.tickets import open_ticket
from models import Lead, LifeEvent, Report, Retiree, Staff, Ticket
from models.benefit import BenefitStatus
from models.life_event import LifeEventKind, LifeEventStatus
from models.report import ReportKind
from models.ticket import ENDED, TicketKind, TicketOrigin
from refusal import Refusal
from tests.cast import OTHER_COMMUNITY
from tests.office import SYSTEM, TERMS, actor_of
from tests.staff import add_staff_cast

if TYPE_CHECKING:
    from models.session import Transactions
    from tests.cast import Cast
    from tests.office import Office


@pytest.fixture
def neighbour(office: Office, transactions: Transactions) -> Staff:
    """Who looks after the other community."""
    assert office
    with transactions() as session:
        return add_staff_cast(session, ("neighbour",))["neighbour"]


def _hand_on(office: Office, one: Retiree, community: str) -> None:
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        hand_on(session, person, community, from_on=office.today, actor=SYSTEM, now=office.now)


def _collect(office: Office, one: Retiree, origin: TicketOrigin) -> None:
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        kind = TicketKind.INFORMATION_COLLECTION
        open_ticket(session, kind, person, origin, terms=TERMS, actor=SYSTEM, now=office.now)


def _sees(office: Office, staff: Staff, event: LifeEvent) -> bool:
    try:
        with office.transactions() as session:
            find_event(session, staff, event.id)
    except Refusal:
        return False
    return True


def _reject(office: Office, staff: Staff, event: LifeEvent) -> None:
    with office.transactions() as session:
        reject_event(session, staff, event.id, "没有这个人", actor=actor_of(staff), now=office.now)


def _name(office: Office, event: LifeEvent, one: Retiree) -> LifeEvent:
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        return name_person(session, office.first, event.id, person, actor=actor_of(office.first), now=office.now)


def test_a_record_that_waits_goes_where_the_person_goes(office: Office, cast: Cast, neighbour: Staff) -> None:
    """The ticket went; now whoever has it can say what they found, and the old community sees nothing of it."""
    event = office.event_of(office.report(cast.daughter, ReportKind.DEATH, cast.old_zhou, date(2025, 3, 1)))
    assert (_sees(office, office.worker, event), _sees(office, neighbour, event)) == (True, False)
    _hand_on(office, cast.old_zhou, OTHER_COMMUNITY)
    assert (_sees(office, office.worker, event), _sees(office, neighbour, event)) == (False, True)


def test_whoever_stood_before_us_needs_no_help_with_it_any_longer(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    office.ask_for_help(one)
    office.confirm(office.event_of(office.report(cast.daughter, ReportKind.STILL_ALIVE, one)))
    assert office.standing_tickets(one) == []


def test_whoever_was_missing_and_stood_before_us_is_paid_again(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.MISSING, one, date(2024, 6, 1))
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.SUSPENDED
    alive = office.happens(LifeEventKind.STILL_ALIVE, one, None)
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.PAID
    office.now += timedelta(minutes=1)
    assert ("reappearance", "undone") in {(what.kind, what.done) for what in office.reverse(alive).followed}
    office.approve_everything(one)
    assert _status(office, one) is BenefitStatus.SUSPENDED


def _status(office: Office, one: Retiree) -> BenefitStatus:
    with office.transactions() as session:
        book = open_book(session, one.id)
        assert book is not None
        return book.benefit.status


def test_a_wrong_word_of_being_alive_is_undone_or_listed(office: Office) -> None:
    one = office.pensioner()
    death = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1))
    office.now += timedelta(minutes=1)
    alive = office.happens(LifeEventKind.STILL_ALIVE, one, None)
    with office.transactions() as session:
        assert session.get_one(Retiree, one.id).certified_until == date(2025, 12, 31)
    office.now += timedelta(minutes=1)
    followed = office.reverse(alive).followed
    assert ("certified", "undone") in {(what.kind, what.done) for what in followed}
    assert Followed("death", death.number, "listed") in followed
    with office.transactions() as session:
        assert session.get_one(Retiree, one.id).certified_until is None


def test_of_a_death_that_is_known_whoever_is_named_later_told_too(office: Office, cast: Cast) -> None:
    """Who was not found in the roster is named, and their death is known already: it is one record, and one ticket."""
    known = office.event_of(office.report(cast.daughter, ReportKind.DEATH, cast.old_zhou, date(2025, 3, 1)))
    told = office.report(cast.stranger, ReportKind.DEATH, None, date(2025, 3, 1), name="周守田")
    event = office.event_of(told)
    assert _name(office, event, cast.old_zhou).id == known.id
    with office.transactions() as session:
        assert session.get_one(LifeEvent, event.id).status is LifeEventStatus.WITHDRAWN
        standing = session.scalars(select(Ticket.kind).where(Ticket.status.not_in(ENDED))).all()
    assert standing == [TicketKind.DEATH_VERIFICATION]
    office.confirm(known)
    with office.transactions() as session:
        assert progress_of(session, session.get_one(Report, told.id))[0] == CONFIRMED


def test_that_nobody_has_whom_a_record_is_about_is_for_the_city_to_say(office: Office, cast: Cast) -> None:
    """Another district may have them in its roster; nobody is named once it is decided."""
    event = office.event_of(office.report(cast.stranger, ReportKind.DEATH, None, date(2025, 3, 1), name="周守田"))
    with office.transactions() as session:
        staff = add_staff_cast(session, ("city", "far_district"))
    with pytest.raises(Refusal, match="not_your_task"):
        _reject(office, staff["far_district"], event)
    _reject(office, staff["city"], event)
    with pytest.raises(Refusal, match="event_ended"):
        _name(office, event, cast.old_zhou)


def test_a_tip_about_somebody_unknown_is_the_citys(office: Office, cast: Cast) -> None:
    event = office.event_of(office.report(cast.stranger, ReportKind.FRAUD, None, what_happened="人早就没了"))
    with office.transactions() as session:
        staff = add_staff_cast(session, ("city", "far_district"))
    assert _sees(office, staff["city"], event)
    assert not _sees(office, office.first, event)
    assert not _sees(office, staff["far_district"], event)


@pytest.mark.parametrize("is_found", [True, False])
def test_a_tip_leaves_nothing_when_it_is_decided(office: Office, cast: Cast, *, is_found: bool) -> None:
    event = office.event_of(office.report(cast.stranger, ReportKind.FRAUD, cast.old_zhou, what_happened="人早就没了"))
    first, actor = office.first, actor_of(office.first)
    with office.transactions() as session:
        lead = session.scalars(select(Lead)).one()
        take_up(session, first, lead.id, actor=actor, now=office.now)
        decide_lead(session, first, lead.id, is_found=is_found, finding="查过了", actor=actor, now=office.now)
    with office.transactions() as session:
        decided = session.get_one(LifeEvent, event.id)
        assert decided.status is (LifeEventStatus.CONFIRMED if is_found else LifeEventStatus.REJECTED)
        assert (decided.verified_by_id, decided.verified_at) == (first.id, office.now)
        assert session.scalars(select(Ticket).where(Ticket.status.not_in(ENDED))).all() == []


def test_nobody_collects_details_of_the_dead(office: Office, cast: Cast) -> None:
    """But what a record asks for ends with the record."""
    one, other = office.pensioner(), office.pensioner()
    _collect(office, one, TicketOrigin.STAFF)
    office.report(cast.daughter, ReportKind.PHONE_CHANGE, other, phone="13900000013")
    death = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    office.happens(LifeEventKind.DEATH, other, date(2025, 3, 8))
    assert office.standing_tickets(one) == [TicketKind.WELFARE_CALL]
    assert TicketKind.INFORMATION_COLLECTION in office.standing_tickets(other)
    office.now += timedelta(minutes=1)
    assert ("help", "listed") in {(what.kind, what.done) for what in office.reverse(death).followed}
