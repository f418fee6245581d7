from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.people import MOST_FOUND
from casework.search_index import address_tokens, initials_index, initials_of, name_index, parts_of
from models import AddressToken, AuditEntry, LifeEvent, LivingMark, Retiree
from models.audit import is_entry_signed
from models.types import installed_vault
from tests.cast import COMMUNITY, OTHER_COMMUNITY
from tests.factories.retirees import make_retiree

if TYPE_CHECKING:
    from datetime import datetime

    from models.session import Transactions
    from models.vault import Vault
    from tests.cast import Cast
    from tests.staff import Desk


@pytest.fixture
def zhou(cast: Cast, transactions: Transactions) -> Retiree:
    """Old Zhou as the roster brings him: found by name, initials and address."""
    vault = installed_vault()
    with transactions() as session:
        person = session.get_one(Retiree, cast.old_zhou.id)
        person.name_index = name_index(person.name, vault)
        person.initials_index = initials_index(initials_of(person.name), vault)
        person.address = "芙蓉区东风路12号3栋501"
        for token in address_tokens(person.address, vault):
            session.add(AddressToken(token=token, retiree_id=person.id))
        return person


def finds(desk: Desk, typed: str) -> bool:
    answer = desk.post("/people", q=typed)
    assert answer.status_code == 200
    return ">周守田</a>" in answer.text


def test_it_works_by_everything_people_know(desks: dict[str, Desk], zhou: Retiree, cast: Cast) -> None:
    desk = desks["worker"]
    for typed in ("周守田", "zst", "ZST", zhou.id_number, zhou.id_number.lower(), "东风路", "东风路12号", "东风路 3栋"):
        assert finds(desk, typed), typed
    for typed in ("周守", "zs", "东风路13号", "13900000009"):
        assert not finds(desk, typed), typed
    assert "李桂香" in desks["neighbour"].post("/people", q=cast.grandma_li.phone or "").text


@pytest.mark.parametrize("name", ["neighbour", "far_district", "far_agency"])
def test_nobody_is_found_beyond_the_region(desks: dict[str, Desk], zhou: Retiree, name: str) -> None:
    for typed in ("周守田", "zst", zhou.id_number, "东风路"):
        assert not finds(desks[name], typed), typed


def test_an_agency_finds_whom_it_insures_wherever_they_live(desks: dict[str, Desk], cast: Cast) -> None:
    assert cast.far_chen.id_number
    assert "陈远行" in desks["far_agency"].post("/people", q=cast.far_chen.id_number).text
    assert "陈远行" not in desks["agency"].post("/people", q=cast.far_chen.id_number).text


def test_what_was_typed_is_kept_nowhere(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, caplog: pytest.LogCaptureFixture
) -> None:
    finds(desks["worker"], zhou.id_number)
    with transactions() as session:
        rows = session.scalars(select(AuditEntry).where(AuditEntry.action == "people.search")).all()
    assert [row.reason for row in rows] == ["1"]
    assert zhou.id_number not in caplog.text


def test_a_search_says_whom_it_showed(
    desks: dict[str, Desk], zhou: Retiree, cast: Cast, transactions: Transactions, vault: Vault
) -> None:
    finds(desks["worker"], "周守田")
    with transactions() as session:
        row = session.scalars(select(AuditEntry).where(AuditEntry.action == "people.search")).one()
        assert row.shown_ids == [zhou.id]
        assert is_entry_signed(row, row.signature or b"", vault)
        row.shown = cast.grandma_li.id.bytes
        assert not is_entry_signed(row, row.signature or b"", vault)
        session.expire(row)
    assert str(zhou.id) in desks["auditor"].get("/team/audit").text
    assert "找人" in desks["auditor"].get(f"/team/audit?subject={zhou.id}").text
    assert "找人" not in desks["auditor"].get(f"/team/audit?subject={cast.grandma_li.id}").text


def test_of_very_many_some_are_shown_and_the_page_says_so(desks: dict[str, Desk], transactions: Transactions) -> None:
    vault = installed_vault()
    with transactions() as session:
        for number in range(MOST_FOUND + 1):
            # half of them are called what the road of the others is called
            person = make_retiree(session, name="周守", phone=None, community_code=COMMUNITY)
            if number % 2:
                person.name_index = name_index(person.name, vault)
            else:
                session.add_all(AddressToken(token=one, retiree_id=person.id) for one in address_tokens("周守", vault))
    page = desks["worker"].post("/people", q="周守").text
    assert page.count(">周守</a>") == MOST_FOUND
    assert "只显示前50人" in page
    assert "没有找到" in desks["neighbour"].post("/people", q="周守").text


def test_a_search_needs_two_signs(desks: dict[str, Desk]) -> None:
    assert desks["worker"].post("/people", q="周").status_code == 422


def test_details_are_masked_until_a_reason_is_given(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions
) -> None:
    page = desks["worker"].get(f"/people/{zhou.id}").text
    assert zhou.id_number not in page
    assert f"430102********{zhou.id_number[-4:]}" in page
    assert "东风路**号*栋***" in page
    path = f"/people/{zhou.id}/unmask"
    assert desks["worker"].post(path, reason=" ").status_code == 422
    assert desks["worker"].post(path, reason="他的电话13900000001打不通").status_code == 422
    whole = desks["worker"].post(path, reason="上门前核对地址")
    assert zhou.id_number in whole.text
    assert "东风路12号3栋501" in whole.text
    with transactions() as session:
        row = session.scalars(select(AuditEntry).where(AuditEntry.action == "retiree.unmask")).one()
        assert (row.reason, row.subject_id) == ("上门前核对地址", str(zhou.id))
    assert desks["auditor"].post(path, reason="审计").status_code == 403
    assert "查看完整信息" in desks["auditor"].get("/team/audit").text
    assert "上门前核对地址" in desks["worker"].get(f"/people/{zhou.id}").text, "it stands in the timeline"


def test_the_timeline_says_how_far_a_ticket_is(desks: dict[str, Desk], zhou: Retiree) -> None:
    desks["worker"].post("/tickets/new", person=str(zhou.id), kind="welfare_call", note="天冷了，去看看")
    page = desks["worker"].get(f"/people/{zhou.id}").text
    assert "：待领取</a>" in page
    assert "没有做完" not in page, "that is what a face session is called"


def test_marks_are_dated_and_looked_at_again(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, now: datetime
) -> None:
    path = f"/people/{zhou.id}/marks"
    assert desks["worker"].post(path, mark=["bedridden", "living_alone"]).status_code == 303
    assert desks["worker"].post(path, mark=["living_alone"]).status_code == 303
    assert desks["worker"].post(path, mark=["rich"]).status_code == 422
    with transactions() as session:
        marks = session.scalars(select(LivingMark).where(LivingMark.retiree_id == zhou.id)).all()
    assert {one.kind.value: one.ended_at is None for one in marks} == {"bedridden": False, "living_alone": True}
    assert all(one.review_on == (now + timedelta(days=180)).date() for one in marks)
    page = desks["worker"].get(f"/people/{zhou.id}").text
    assert "80岁以上" in page


def test_details_are_changed_whole_or_not_at_all(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions
) -> None:
    path = f"/people/{zhou.id}/change"
    for wrong in ({"phone": "123"}, {"address": "x" * 201}, {"community": "430102"}, {"community": "999999999999"}):
        assert desks["worker"].post(path, **wrong).status_code == 422
    assert desks["worker"].post(path, phone="13900000008", address="芙蓉区桂花路7号").status_code == 303
    with transactions() as session:
        person = session.get_one(Retiree, zhou.id)
        assert (person.phone, person.community_code) == ("13900000008", COMMUNITY)
        assert person.position is None
    assert finds(desks["worker"], "桂花路")
    assert not finds(desks["worker"], "东风路")
    assert finds(desks["worker"], "13900000008")


@pytest.mark.parametrize(
    ("address", "parts"),
    [
        ("湖南省长沙市芙蓉区东风路12号3栋2单元501", {"东风路", "12号", "3栋", "2单元", "501"}),
        ("东风小区3栋", {"东风小区", "3栋"}),
        ("岳麓区银盆岭街道银杏社区5组", {"银盆岭街道", "银杏社区", "5组"}),
        ("浏阳市集里街道5号", {"集里街道", "5号"}),
        ("", set()),
    ],
)
def test_an_address_is_found_by_its_parts(address: str, parts: set[str]) -> None:
    assert parts_of(address) == parts


def _owner(transactions: Transactions, person: Retiree) -> str:
    with transactions() as session:
        return session.get_one(Retiree, person.id).owner_code


def _offered(transactions: Transactions) -> str:
    with transactions() as session:
        return str(session.scalars(select(LifeEvent.id)).one())


@pytest.mark.parametrize("receiver", ["neighbour", "subdistrict"])
def test_who_moves_out_of_the_region_goes_when_the_other_side_or_one_above_both_says_so(
    desks: dict[str, Desk], zhou: Retiree, transactions: Transactions, receiver: str
) -> None:
    asked = desks["worker"].post(f"/people/{zhou.id}/change", community=OTHER_COMMUNITY, address="芙蓉区桂花路7号")
    assert asked.status_code == 303
    assert _owner(transactions, zhou) == COMMUNITY
    event = _offered(transactions)
    own = desks["worker"].get(f"/events/{event}").text
    assert "/confirm" not in own
    assert desks["worker"].post(f"/events/{event}/confirm").status_code == 403
    assert desks["far_district"].get(f"/events/{event}").status_code == 404
    assert "桂花路7号" in desks[receiver].get(f"/events/{event}").text
    assert desks[receiver].post(f"/events/{event}/confirm").status_code == 303
    assert _owner(transactions, zhou) == OTHER_COMMUNITY
    assert desks["worker"].get(f"/events/{event}").status_code == 404
    assert desks["worker"].get(f"/people/{zhou.id}").status_code == 404


def test_who_is_not_received_stays(desks: dict[str, Desk], zhou: Retiree, transactions: Transactions) -> None:
    desks["worker"].post(f"/people/{zhou.id}/change", community=OTHER_COMMUNITY)
    event = _offered(transactions)
    assert desks["neighbour"].post(f"/events/{event}/reject", finding="没有这个人").status_code == 303
    assert _owner(transactions, zhou) == COMMUNITY


def test_one_above_both_moves_at_once(desks: dict[str, Desk], zhou: Retiree, transactions: Transactions) -> None:
    assert desks["district"].post(f"/people/{zhou.id}/change", community=OTHER_COMMUNITY).status_code == 303
    assert _owner(transactions, zhou) == OTHER_COMMUNITY


def test_a_move_that_was_told_is_offered_too(desks: dict[str, Desk], zhou: Retiree, transactions: Transactions) -> None:
    told = {"person": str(zhou.id), "kind": "address_change", "address": "芙蓉区桂花路7号"}
    assert desks["worker"].post("/events/new", **told).status_code == 303
    event = _offered(transactions)
    assert desks["worker"].post(f"/events/{event}/confirm", community=OTHER_COMMUNITY).status_code == 303
    assert _owner(transactions, zhou) == COMMUNITY
    assert desks["worker"].post(f"/events/{event}/confirm", community=COMMUNITY).status_code == 403
    assert desks["neighbour"].post(f"/events/{event}/confirm").status_code == 303
    assert _owner(transactions, zhou) == OTHER_COMMUNITY
