"""What is said again: by a surer way than before, or although staff found that it was not so."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.namesakes import Named, add_names
from models import LifeEvent, Sign, Ticket
from models.certification import Channel
from models.life_event import LifeEventStatus
from models.matching import MatchedBy
from models.ticket import TicketKind, TicketStatus
from tests.matching import deaths, standing_of, take_in, tickets_of, write

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast

DISCHARGES = ("身份证号", "姓名", "出院日期", "离院方式")
OLD_NUMBER = "430102381102531"  # of 15 digits, and old Zhou's


@pytest.fixture
def named(transactions: Transactions, cast: Cast, vault: Vault) -> Cast:
    """The cast, whom a name and a birthday may mean as well."""
    zhou = cast.old_zhou
    with transactions() as session:
        add_names(session, [Named(zhou.id, zhou.name, date(1938, 11, 2))], vault)
    return cast


def test_a_death_by_name_comes_again_with_the_number(
    app: Flask, transactions: Transactions, named: Cast, tmp_path: Path
) -> None:
    zhou = named.old_zhou
    path = deaths(tmp_path, ("", zhou.name, "1938-11-02", "2025-03-01"))
    assert take_in(app, path, "cremation")["decisions"] == {"weak_match": 1}
    assert take_in(app, path, "cremation")["known"] == 1
    whole = deaths(tmp_path, (zhou.id_number, zhou.name, "1938-11-02", "2025-03-01"))
    assert take_in(app, whole, "cremation")["decisions"] == {"death_to_verify": 1}
    with transactions() as session:
        assert (TicketKind.DEATH_VERIFICATION, True) in tickets_of(session, zhou)
        assert session.scalars(select(Sign.matched_by)).all() == [MatchedBy.ID_NUMBER]
    for again in (path, whole):
        assert take_in(app, again, "cremation")["known"] == 1


def test_a_newer_day_by_name_hides_no_day_by_number(
    app: Flask, transactions: Transactions, named: Cast, tmp_path: Path
) -> None:
    zhou = named.old_zhou
    assert take_in(app, write(tmp_path, (OLD_NUMBER, zhou.name, "2025-03-05")))["decisions"] == {"weak_match": 1}
    path = write(tmp_path, (zhou.id_number, zhou.name, "2025-03-01"))
    assert take_in(app, path)["certified"] == 1
    assert standing_of(transactions, zhou) == (date(2025, 12, 31), Channel.DATA_MATCH)
    assert take_in(app, path)["known"] == 1
    assert take_in(app, write(tmp_path, (OLD_NUMBER, zhou.name, "2025-03-05")))["known"] == 1


def test_a_death_that_staff_refuted_holds_nothing_when_it_is_sent_again(
    app: Flask, transactions: Transactions, cast: Cast, tmp_path: Path, now: datetime
) -> None:
    """Also where the same file brings what came since, as files of a whole year do."""
    li = cast.grandma_li
    death, visit = (
        (li.id_number, li.name, "2025-03-01", "死亡"),
        (li.id_number, li.name, "2025-03-08", "医嘱离院"),
    )
    take_in(app, write(tmp_path, death, heading=DISCHARGES), "hospital_discharge")
    with transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
        ticket.status, ticket.closed_at = TicketStatus.DONE, now
        event = session.scalars(select(LifeEvent)).one()
        event.status, event.verified_at = LifeEventStatus.REJECTED, now
    report = take_in(app, write(tmp_path, death, visit, heading=DISCHARGES), "hospital_discharge")
    assert (report["certified"], report["known"]) == (1, 1)
    with transactions() as session:
        assert tickets_of(session, li) == []
