"""What staff were asked to look at ends with their finding, and holds nobody any longer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.benefit_conditions import has_open_case
from casework.life_event_effects import as_effect
from casework.life_event_reversal import Followed, reverse_event
from casework.life_events import reject_event
from casework.report_progress import CONFIRMED, NOTIFIED, progress_of
from casework.search_index import name_index
from casework.tickets import finish_ticket, take_ticket
from models import LifeEvent, Retiree, Sign, Ticket
from models.certification import Channel
from models.life_event import EFFECT_LENGTH, LifeEventKind, LifeEventStatus
from models.matching import SignDecision
from models.report import ReportKind
from models.ticket import TicketKind
from models.types import installed_vault
from tests.matching import burials, deaths, standing_of, take_in, trains, write
from tests.office import actor_of, open_office

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions
    from tests.cast import Cast
    from tests.office import Office


def _reject(office: Office, event: LifeEvent) -> None:
    with office.transactions() as session:
        reject_event(session, office.first, event.id, "不是这样", actor=actor_of(office.first), now=office.now)


def _is_held(office: Office, retiree: Retiree) -> bool:
    with office.transactions() as session:
        return session.scalar(select(Retiree.id).where(Retiree.id == retiree.id, has_open_case())) is not None


def _event(office: Office, retiree: Retiree, kind: LifeEventKind) -> LifeEvent:
    with office.transactions() as session:
        return session.scalars(
            select(LifeEvent).where(LifeEvent.retiree_id == retiree.id, LifeEvent.kind == kind)
        ).one()


def _sentenced(folder: Path, person: Retiree) -> Path:
    heading = ("身份证号", "姓名", "收监日期")
    return write(folder, (person.id_number, person.name, "2025-03-01"), heading=heading, name="prison.csv")


def test_a_rejected_report_leaves_no_ticket(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    report = office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 1))
    assert office.standing_tickets(one) == [TicketKind.DEATH_VERIFICATION]
    _reject(office, office.event_of(report))
    assert office.standing_tickets(one) == []
    assert not _is_held(office, one)


def test_a_death_that_data_told_of_leaves_no_ticket(app: Flask, office: Office, cast: Cast, tmp_path: Path) -> None:
    li = cast.grandma_li
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-05")), "cremation")
    assert office.standing_tickets(li) == [TicketKind.DEATH_VERIFICATION]
    _reject(office, _event(office, li, LifeEventKind.DEATH))
    assert not _is_held(office, li)


def test_one_ticket_for_two_records_ends_with_the_second(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    missing = office.report(cast.daughter, ReportKind.MISSING, one, date(2025, 3, 1))
    death = office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 1))
    _reject(office, office.event_of(death))
    assert office.standing_tickets(one) == [TicketKind.DEATH_VERIFICATION]
    _reject(office, office.event_of(missing))
    assert office.standing_tickets(one) == []


def test_a_sentence_that_data_told_of_leaves_no_ticket(app: Flask, office: Office, tmp_path: Path) -> None:
    one = office.pensioner()
    take_in(app, _sentenced(tmp_path, one), "prison_entry")
    assert office.standing_tickets(one) == [TicketKind.DATA_DISCREPANCY]
    office.confirm(_event(office, one, LifeEventKind.IMPRISONED))
    assert not _is_held(office, one)


def test_a_ticket_that_another_sign_waits_for_stays(app: Flask, office: Office, tmp_path: Path) -> None:
    one = office.pensioner()
    with office.transactions() as session:
        session.get_one(Retiree, one.id).name_index = name_index(one.name, installed_vault())
    take_in(app, _sentenced(tmp_path, one), "prison_entry")
    take_in(app, write(tmp_path, (one.id_number, "张冒名", "2025-03-02")))
    office.confirm(_event(office, one, LifeEventKind.IMPRISONED))
    assert office.standing_tickets(one) == [TicketKind.DATA_DISCREPANCY]


def test_nobody_mourns_whoever_lives(office: Office) -> None:
    """The visit to the mourners is called off; the home visit that the death ended is listed, for people to see to."""
    one = office.pensioner()
    help_asked = office.ask_for_help(one)
    death = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    assert office.standing_tickets(one) == [TicketKind.WELFARE_CALL]
    office.wait(1)
    reversal = office.reverse(death)
    assert office.standing_tickets(one) == []
    assert Followed("help", help_asked, "listed") in reversal.followed
    assert "condolence:undone" in reversal.event.effect.split(",")


def test_nobody_mourns_whoever_stood_before_us(office: Office) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    office.happens(LifeEventKind.STILL_ALIVE, one, None)
    assert office.standing_tickets(one) == []


def test_what_followed_is_told_in_whole_codes() -> None:
    codes = [f"suspend:reason_{number:02}" for number in range(20)]
    kept = as_effect(codes)
    assert EFFECT_LENGTH - len(codes[0]) <= len(kept) <= EFFECT_LENGTH
    assert kept.split(",") == codes[: kept.count(",") + 1]
    assert as_effect(codes[:3]) == ",".join(codes[:3])


def test_who_stood_before_us_is_not_said_dead_by_the_same_data_again(
    app: Flask, office: Office, cast: Cast, tmp_path: Path
) -> None:
    """Certified by data this year already: nothing but the finding itself says that they were seen."""
    li = cast.grandma_li
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-02-01")))
    assert standing_of(office.transactions, li)[1] is Channel.DATA_MATCH
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-05")), "cremation")
    office.happens(LifeEventKind.STILL_ALIVE, li, None)
    death = _event(office, li, LifeEventKind.DEATH)
    assert (death.status, death.verified_at) == (LifeEventStatus.REJECTED, office.now)
    assert office.standing_tickets(li) == []
    office.wait(1)
    take_in(app, trains(tmp_path, (li.id_number, li.name, "2025-03-09")), "train")
    assert office.standing_tickets(li) == []
    with office.transactions() as session:
        decision = session.scalars(select(Sign.decision).where(Sign.source == "train")).one()
    assert decision is SignDecision.ALREADY_CERTIFIED


def test_nobody_verifies_a_death_that_is_confirmed(app: Flask, office: Office, cast: Cast, tmp_path: Path) -> None:
    one = office.pensioner()
    event = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1))
    mourned = [TicketKind.WELFARE_CALL]
    assert office.standing_tickets(one) == mourned
    report = take_in(app, deaths(tmp_path, (one.id_number, one.name, "", "2025-03-01")), "cremation")
    assert (report["decisions"], report["suspicious"], report["noted"]) == ({"death_known": 1}, 0, 1)
    take_in(app, burials(tmp_path, (one.id_number, one.name, "2025-03-05")), "burial")
    told = office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 1))
    assert (office.standing_tickets(one), told.life_event_id) == (mourned, event.id)


@pytest.mark.parametrize(("buried_on", "asked"), [("2024-10-30", []), ("2024-10-31", [TicketKind.DEATH_VERIFICATION])])
def test_a_burial_long_after_the_confirmed_day_is_looked_at(
    app: Flask, office: Office, tmp_path: Path, buried_on: str, asked: list[TicketKind]
) -> None:
    """It may be the first word of the real death, where a namesake's was confirmed: ninety days are believed."""
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2024, 8, 1))
    take_in(app, burials(tmp_path, (one.id_number, one.name, buried_on)), "burial")
    assert office.standing_tickets(one) == sorted([*asked, TicketKind.WELFARE_CALL])


@pytest.mark.parametrize("by", ["file", "relative"])
def test_another_day_of_a_confirmed_death_is_looked_at(
    app: Flask, office: Office, cast: Cast, tmp_path: Path, by: str
) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1))
    if by == "file":
        take_in(app, deaths(tmp_path, (one.id_number, one.name, "", "2025-02-27")), "cremation")
    else:
        office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 2, 27))
    assert TicketKind.DEATH_VERIFICATION in office.standing_tickets(one)


def test_whoever_tells_of_another_day_reads_that_it_is_looked_at(office: Office, cast: Cast) -> None:
    """The second one shares the first one's ticket; of the day that is confirmed there is nothing to look at."""
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1))
    first = office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 2, 27))
    second = office.report(cast.nephew, ReportKind.DEATH, one, date(2025, 2, 26))
    same_day = office.report(cast.stranger, ReportKind.DEATH, one, date(2025, 3, 1))
    with office.transactions() as session:
        assert [progress_of(session, report)[0] for report in (first, second, same_day)] == [
            NOTIFIED,
            NOTIFIED,
            CONFIRMED,
        ]
        ticket = session.scalars(select(Ticket).where(Ticket.kind == TicketKind.DEATH_VERIFICATION)).one()
        take_ticket(session, office.worker, ticket.id, ticket.version, actor=actor_of(office.worker), now=office.now)
        finish_ticket(
            session, office.worker, ticket.id, ticket.version, "看过了", actor=actor_of(office.worker), now=office.now
        )
        assert {progress_of(session, report)[0] for report in (first, second, same_day)} == {CONFIRMED}


def test_whoever_tells_late_of_a_confirmed_death_is_late_for_nothing(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    office.happens(LifeEventKind.DEATH, one, date(2025, 1, 1))
    assert not office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 1, 1)).is_late
    office.reverse(office.event_of(office.report(cast.nephew, ReportKind.DEATH, one, date(2025, 1, 1))))
    assert office.report(cast.stranger, ReportKind.DEATH, one, date(2025, 1, 1)).is_late


@pytest.mark.parametrize("by", ["file", "relative"])
def test_a_reversed_death_is_verified_when_it_is_told_of_anew(
    app: Flask, office: Office, cast: Cast, tmp_path: Path, by: str
) -> None:
    one = office.pensioner()
    office.reverse(office.happens(LifeEventKind.DEATH, one, date(2025, 3, 1)))
    if by == "file":
        take_in(app, deaths(tmp_path, (one.id_number, one.name, "", "2025-03-01")), "cremation")
    else:
        office.report(cast.daughter, ReportKind.DEATH, one, date(2025, 3, 1))
    assert office.standing_tickets(one) == [TicketKind.DEATH_VERIFICATION]


def test_a_death_told_of_while_it_is_reversed_is_verified(
    own: Transactions, people: Cast, tmp_path: Path, now: datetime
) -> None:
    """Whoever tells waits for the reversal, and is not sent away with a record that stands no longer."""
    office = open_office(own, tmp_path / "payments", now)
    zhou = people.old_zhou
    death = office.happens(LifeEventKind.DEATH, zhou, date(2025, 3, 1))
    with ThreadPoolExecutor(1) as threads:
        with own() as session:
            reverse_event(
                session,
                office.first,
                death.id,
                "弄错了人",
                effects=office.effects,
                actor=actor_of(office.first),
                now=office.now,
            )
            session.flush()
            telling = threads.submit(office.report, people.daughter, ReportKind.DEATH, zhou, date(2025, 3, 1))
            with pytest.raises(TimeoutError):
                telling.result(timeout=0.5)
        told = telling.result()
    assert told.life_event_id != death.id
    assert office.standing_tickets(zhou) == [TicketKind.DEATH_VERIFICATION]
