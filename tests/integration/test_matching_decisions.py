from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from casework.namesakes import Named, add_names
from casework.search_index import name_index
from casework.tickets import open_ticket
from certification.certify import certify, revoke_certification
from models import (
    Certification,
    LifeEvent,
    OutboxMessage,
    Report,
    Retiree,
    Sign,
    Ticket,
)
from models.certification import Channel
from models.life_event import EventSource, LifeEventKind, LifeEventStatus
from models.matching import MatchedBy, SignDecision, SignKind
from models.report import ReportKind
from models.ticket import TicketKind, TicketOrigin, TicketStatus
from tests.matching import (
    RULES,
    WHO,
    deaths,
    decisions_on,
    let_wechat_reach,
    standing_of,
    take_in,
    tickets_of,
    trains,
    write,
)

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from sqlalchemy.orm import Session

    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock


@pytest.fixture
def reachable(transactions: Transactions, cast: Cast) -> Cast:
    return let_wechat_reach(transactions, cast)


@pytest.mark.parametrize(
    ("source", "day", "decision"),
    [
        ("hospital_visit", "2024-12-31", SignDecision.TOO_OLD),  # another year
        ("hospital_visit", "2025-01-01", SignDecision.CERTIFIED),
        ("bus_card", "2025-03-09", SignDecision.WEAK_SOURCE),
    ],
)
def test_how_old_and_how_strong(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, source: str, day: str, decision: SignDecision
) -> None:
    li = cast.grandma_li
    heading = ("身份证号", "姓名", "刷卡日期" if source == "bus_card" else "就诊日期")
    path = write(tmp_path, (li.id_number, li.name, day), heading=heading)
    take_in(app, path, source)
    with transactions() as session:
        assert decisions_on(session, li) == [(SignKind.LIFE, decision)]


def test_within_the_year_but_older_than_the_source_allows(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, clock: StandingClock
) -> None:
    li = cast.grandma_li
    clock.set(datetime(2025, 9, 1, 2, 0, tzinfo=UTC))
    take_in(app, trains(tmp_path, (li.id_number, li.name, "2025-06-02")), "train")
    assert standing_of(transactions, li) == (None, None)
    take_in(app, trains(tmp_path, (li.id_number, li.name, "2025-06-03")), "train")
    assert standing_of(transactions, li) == (date(2025, 12, 31), Channel.DATA_MATCH)


def test_a_death_is_verified_and_changes_nothing_else(
    app: Flask, transactions: Transactions, reachable: Cast, tmp_path: Path
) -> None:
    li = reachable.grandma_li
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-02-01")))
    before = standing_of(transactions, li)
    report = take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-05")), "cremation")
    assert report["decisions"] == {"death_to_verify": 1}
    assert standing_of(transactions, li) == before
    with transactions() as session:
        assert tickets_of(session, li) == [(TicketKind.DEATH_VERIFICATION, True)]
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.origin, ticket.owner_code) == (TicketOrigin.DATA_MATCH, li.owner_code)
        assert session.scalar(select(func.count(OutboxMessage.id))) == 1, "nobody is told of a death that is none yet"


def test_dead_yesterday_and_on_a_train_today(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li, zhou = cast.grandma_li, cast.old_zhou
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-09")), "cremation")
    report = take_in(
        app, trains(tmp_path, (li.id_number, li.name, "2025-03-10"), (zhou.id_number, "", "2025-03-10")), "train"
    )
    assert report["decisions"] == {"certified": 1, "contradictory": 1}
    report = take_in(app, deaths(tmp_path, (zhou.id_number, zhou.name, "", "2025-03-09")), "burial")
    assert report["decisions"] == {"contradictory": 1}, "whichever comes first"
    assert standing_of(transactions, li) == (None, None)
    with transactions() as session:
        assert decisions_on(session, li) == [
            (SignKind.DEATH, SignDecision.DEATH_TO_VERIFY),
            (SignKind.LIFE, SignDecision.CONTRADICTORY),
        ]
        for person in (li, zhou):
            assert tickets_of(session, person) == [(TicketKind.DEATH_VERIFICATION, True)]


def test_both_in_one_file(app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path) -> None:
    li, zhou = cast.grandma_li, cast.old_zhou
    heading = ("身份证号", "姓名", "出院日期", "离院方式")
    rows = (
        (li.id_number, li.name, "2025-03-01", "医嘱离院"),
        (li.id_number, li.name, "2025-03-08", "死亡"),
        (zhou.id_number, zhou.name, "2025-03-09", "医嘱离院"),
        (zhou.id_number, zhou.name, "2025-03-08", "5"),
    )
    take_in(app, write(tmp_path, *rows, heading=heading), "hospital_discharge")
    with transactions() as session:
        assert decisions_on(session, li) == [
            (SignKind.LIFE, SignDecision.BEFORE_DEATH),
            (SignKind.DEATH, SignDecision.DEATH_TO_VERIFY),
        ]
        assert decisions_on(session, zhou)[1] == (SignKind.LIFE, SignDecision.CONTRADICTORY)
        assert session.scalar(select(func.count(Certification.id))) == 0


@pytest.mark.parametrize("told", ["report", "ticket"])
def test_whose_death_was_told_of_is_not_certified(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, now: datetime, told: str
) -> None:
    li = cast.grandma_li
    with transactions() as session:
        if told == "report":
            session.add(
                Report(
                    number="S2503-1",
                    kind=ReportKind.DEATH,
                    retiree_id=li.id,
                    content="{}",
                    rule_set=RULES.name,
                    reported_at=now,
                    happened_on=date(2025, 3, 5),
                )
            )
        else:
            open_ticket(
                session,
                TicketKind.DEATH_VERIFICATION,
                session.get_one(Retiree, li.id),
                TicketOrigin.STAFF,
                terms=app.extensions["services"].terms,
                actor=WHO,
                now=now,
            )
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-04")))
    assert standing_of(transactions, li) == (None, None)
    with transactions() as session:
        assert decisions_on(session, li) == [(SignKind.LIFE, SignDecision.BEFORE_DEATH)]


def test_a_death_that_was_refuted_in_person_holds_nobody(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, clock: StandingClock
) -> None:
    li = cast.grandma_li
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-01")), "cremation")
    with transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
        ticket.status, ticket.closed_at = TicketStatus.DONE, clock.now()
        session.scalars(select(LifeEvent)).one().status = LifeEventStatus.WITHDRAWN
        retiree = session.get_one(Retiree, li.id)
        certify(session, retiree, Channel.HOME_VISIT, rules=RULES, actor=WHO, now=clock.now())
    clock.set(datetime(2026, 2, 1, 2, 0, tzinfo=UTC))
    take_in(app, write(tmp_path, (li.id_number, li.name, "2026-01-20")))
    assert standing_of(transactions, li) == (date(2026, 12, 31), Channel.DATA_MATCH)


def events_of(session: Session, person: Retiree) -> list[tuple[LifeEventKind, LifeEventStatus, date | None]]:
    rows = session.scalars(select(LifeEvent).where(LifeEvent.retiree_id == person.id).order_by(LifeEvent.kind))
    return [(row.kind, row.status, row.happened_on) for row in rows]


def test_signs_become_records_that_staff_verify(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li = cast.grandma_li
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-01")), "cremation")
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-01")), "burial")
    heading = ("身份证号", "姓名", "收监日期")
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-02-01"), heading=heading), "prison_entry")
    with transactions() as session:
        assert events_of(session, li) == [
            (LifeEventKind.DEATH, LifeEventStatus.NOTIFIED, date(2025, 3, 1)),
            (LifeEventKind.IMPRISONED, LifeEventStatus.NOTIFIED, date(2025, 2, 1)),
        ]
        told = session.scalars(select(LifeEvent).where(LifeEvent.kind == LifeEventKind.DEATH)).one()
        assert told.source is EventSource.DATA
        assert json.loads(told.content) == {"source": "火化记录", "department": "民政部门", "line": 2}


@pytest.mark.parametrize(
    ("status", "decision"),
    [
        (LifeEventStatus.CONFIRMED, SignDecision.CONTRADICTORY),
        (LifeEventStatus.CORROBORATED, SignDecision.CONTRADICTORY),
        (LifeEventStatus.REJECTED, SignDecision.CERTIFIED),
        (LifeEventStatus.REVERSED, SignDecision.CERTIFIED),
    ],
)
def test_a_death_holds_until_staff_find_that_it_was_none(
    app: Flask,
    transactions: Transactions,
    cast: Cast,
    tmp_path: Path,
    now: datetime,
    status: LifeEventStatus,
    decision: SignDecision,
) -> None:
    li = cast.grandma_li
    take_in(app, deaths(tmp_path, (li.id_number, li.name, "", "2025-03-01")), "cremation")
    with transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
        ticket.status, ticket.closed_at = TicketStatus.DONE, now
        event = session.scalars(select(LifeEvent)).one()
        event.status, event.verified_at = status, now
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-05")))
    with transactions() as session:
        assert decisions_on(session, li)[1] == (SignKind.LIFE, decision)
    assert (standing_of(transactions, li)[1] is Channel.DATA_MATCH) is (decision is SignDecision.CERTIFIED)


def test_a_name_and_birthday_are_for_staff_alone(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, vault: Vault
) -> None:
    li, zhou = cast.grandma_li, cast.old_zhou
    with transactions() as session:
        add_names(
            session, [Named(li.id, li.name, date(1952, 6, 18)), Named(zhou.id, zhou.name, date(1938, 11, 2))], vault
        )
    report = take_in(
        app,
        deaths(
            tmp_path,
            ("", li.name, "1952-06-18", "2025-03-01"),
            ("430102381102531", zhou.name, "", "2025-03-01"),  # an old number, of 15 digits
            ("", "无此人", "1952-06-18", "2025-03-01"),
        ),
        "cremation",
    )
    assert (report["decisions"], report["unmatched"]) == ({"weak_match": 2}, 1)
    with transactions() as session:
        for person in (li, zhou):
            assert tickets_of(session, person) == [(TicketKind.DATA_DISCREPANCY, False)]
        assert set(session.scalars(select(Sign.matched_by))) == {MatchedBy.NAME_AND_BIRTHDAY}
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-04")))
    assert standing_of(transactions, li) == (None, None), "while somebody looks into it"


def test_a_number_with_another_name_certifies_nobody(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, vault: Vault
) -> None:
    li = cast.grandma_li
    with transactions() as session:
        session.get_one(Retiree, li.id).name_index = name_index(li.name, vault)
    report = take_in(app, write(tmp_path, (li.id_number, "张冒名", "2025-03-01")))
    assert report["decisions"] == {"name_differs": 1}
    with transactions() as session:
        assert tickets_of(session, li) == [(TicketKind.DATA_DISCREPANCY, False)]
    assert standing_of(transactions, li) == (None, None)


def test_what_changes_somebodys_due_goes_to_staff(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path
) -> None:
    li, zhou, chen = cast.grandma_li, cast.old_zhou, cast.far_chen
    prison = write(
        tmp_path, (li.id_number, li.name, "2025-03-01"), heading=("身份证号", "姓名", "收监日期"), name="a.csv"
    )
    assert take_in(app, prison, "prison_entry")["decisions"] == {"to_verify": 1}
    other = write(
        tmp_path, (zhou.id_number, zhou.name, "2015-02"), heading=("身份证号", "姓名", "首次发放日期"), name="b.csv"
    )
    assert take_in(app, other, "pension_elsewhere")["decisions"] == {"to_verify": 1}
    household = write(
        tmp_path,
        (chen.id_number, chen.name, "2025-03-01", "出国定居"),
        (li.id_number, li.name, "2025-03-01", "说不清"),
        heading=("公民身份号码", "姓名", "注销日期", "注销原因"),
        name="c.csv",
    )
    report = take_in(app, household, "household_cancellation")
    assert (report["decisions"], report["rejected"]) == ({"to_verify": 1}, 1)
    with transactions() as session:
        for person in (li, zhou, chen):
            assert tickets_of(session, person) == [(TicketKind.DATA_DISCREPANCY, False)]
    assert {standing_of(transactions, person) for person in (li, zhou, chen)} == {(None, None)}


def test_a_data_match_that_was_taken_back_is_not_written_again(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, clock: StandingClock
) -> None:
    li = cast.grandma_li
    path = write(tmp_path, (li.id_number, li.name, "2025-03-01"))
    take_in(app, path)
    with transactions() as session:
        wrong = session.scalars(select(Certification)).one()
        revoke_certification(session, wrong, "not_them", rules=RULES, actor=WHO, now=clock.now())
    assert take_in(app, path)["known"] == 1
    report = take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-09")))
    assert report["decisions"] == {"in_doubt": 1}
    assert standing_of(transactions, li) == (None, None)


def test_whoever_is_certified_already_stays_as_they_are(
    app: Flask, transactions: Transactions, reachable: Cast, tmp_path: Path, now: datetime
) -> None:
    li = reachable.grandma_li
    with transactions() as session:
        certify(session, session.get_one(Retiree, li.id), Channel.COUNTER, rules=RULES, actor=WHO, now=now)
    report = take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-01")))
    assert report["decisions"] == {"already_certified": 1}
    assert standing_of(transactions, li)[1] is Channel.COUNTER
    with transactions() as session:
        assert session.scalar(select(func.count(OutboxMessage.id))) == 1


def test_help_that_nobody_needs_any_more_ends(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, now: datetime
) -> None:
    li = cast.grandma_li
    with transactions() as session:
        open_ticket(
            session,
            TicketKind.ASSISTED_CERTIFICATION,
            session.get_one(Retiree, li.id),
            TicketOrigin.DEADLINE_NEAR,
            terms=app.extensions["services"].terms,
            actor=WHO,
            now=now,
        )
    take_in(app, write(tmp_path, (li.id_number, li.name, "2025-03-01")))
    with transactions() as session:
        assert session.scalars(select(Ticket.status)).all() == [TicketStatus.DONE]
