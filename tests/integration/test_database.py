from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from models import Region, Retiree
from models.region import RegionLevel
from models.session import Transactions
from tests.factories.retirees import make_id_number, make_retiree

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import Session

    from tests.cast import Cast


def _add_community(session: Session, code: str) -> None:
    session.add(Region(code=code, level=RegionLevel.COMMUNITY, name="试验社区", parent_code="430102"))


def test_a_transaction_keeps_what_was_written(transactions: Transactions) -> None:
    with transactions() as session:
        _add_community(session, "430102999001")
    with transactions() as session:
        assert session.get(Region, "430102999001") is not None


def test_a_transaction_that_raises_leaves_nothing(transactions: Transactions) -> None:
    def write_and_fail() -> None:
        with transactions() as session:
            _add_community(session, "430102999001")
            session.flush()
            raise RuntimeError("the wire was cut")

    with pytest.raises(RuntimeError):
        write_and_fail()
    with transactions() as session:
        assert session.get(Region, "430102999001") is None


def test_rows_of_another_test_are_gone(session: Session) -> None:
    assert session.get(Region, "430102999001") is None


def test_personal_data_is_unreadable_in_the_file(session: Session, connection: Connection) -> None:
    number = make_id_number()
    retiree = make_retiree(session, name="𠮷䶮", id_number=number, phone="13900000003")
    row = connection.execute(text("SELECT id_number, name, phone FROM retirees")).one()
    assert not any(word.encode() in bytes(cell) for cell in row for word in (number, "𠮷䶮", "13900000003"))
    session.expire(retiree)
    assert (retiree.id_number, retiree.name, retiree.phone) == (number, "𠮷䶮", "13900000003")


def test_people_are_not_written_into_messages(cast: Cast) -> None:
    assert cast.old_zhou.name not in repr(cast)
    assert cast.old_zhou.id_number not in repr(cast)


def test_two_writers_wait_for_each_other(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)

    def rename(addition: str) -> None:
        with transactions() as session:
            region = session.execute(select(Region).where(Region.code == "430102").with_for_update()).scalar_one()
            region.name += addition

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(rename, "abcdefgh"))
    with transactions() as session:
        region = session.get(Region, "430102")
        assert region is not None
        assert sorted(region.name.removeprefix("芙蓉区")) == list("abcdefgh")


def test_foreign_keys_hold(transactions: Transactions) -> None:

    with pytest.raises(IntegrityError), transactions() as session:
        make_retiree(session, community_code="430102000000")
    with transactions() as session:
        assert session.scalars(select(Retiree)).all() == []
