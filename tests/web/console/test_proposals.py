from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from models import Benefit, BenefitAction, Call, Retiree, Ticket
from models.benefit import ActionKind, ActionStatus, BenefitStatus
from models.life_event import LifeEventKind
from models.reaching import CallOutcome
from models.ticket import TicketOrigin
from tests.cast import COMMUNITY, DISTRICT

if TYPE_CHECKING:
    from tests.office import Office
    from tests.staff import Desk

DEATHS = {"agency": DISTRICT, "kind": "terminate", "reason": "", "on": "2025-03-10"}


def heap_address(heap: dict[str, str]) -> str:
    return "/proposals/heap?" + "&".join(f"{name}={value}" for name, value in heap.items())


@pytest.fixture
def dead(office: Office) -> list[Retiree]:
    """Three people whose deaths were confirmed: each a proposal that waits."""
    people = [office.pensioner(name=name) for name in ("罗田生", "罗地生", "罗水生")]
    for one in people:
        office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    return people


def test_it_works(desks: dict[str, Desk], office: Office, dead: list[Retiree]) -> None:
    """Seen as a heap, one excluded, the rest approved by another than who confirmed; undone before the month closes."""
    listed = desks["district"].get("/proposals").text
    assert "2025-03 提出" in listed
    assert "终止" in listed
    page = desks["district"].get(heap_address(DEATHS)).text
    assert all(one.name in page for one in dead)
    assert "批准3人" in page
    spared = office.proposed(dead[0])[0]
    answer = desks["district"].post("/proposals/heap/exclude", **DEATHS, action=str(spared.id), why="再核实")
    assert answer.status_code == 303
    told = desks["district"].post("/proposals/heap/approve", **DEATHS, count="2").text
    assert "批准2条" in told
    assert statuses(office, dead) == [BenefitStatus.PAID, BenefitStatus.TERMINATED, BenefitStatus.TERMINATED]
    approved = desks["district"].get("/proposals/approved?" + heap_address(DEATHS).partition("?")[2]).text
    assert dead[1].name in approved
    assert dead[0].name not in approved
    for _again in range(2):  # one alone undoes nothing
        assert "2条等另一个人" in desks["agency"].post("/proposals/approved/undo", **DEATHS, all="1").text
    assert "撤销2条" in desks["district"].post("/proposals/approved/undo", **DEATHS, all="1").text
    assert statuses(office, dead) == [BenefitStatus.PAID] * 3


def test_who_confirmed_the_death_does_not_approve(desks: dict[str, Desk], office: Office, dead: list[Retiree]) -> None:
    page = desks["agency"].get(heap_address(DEATHS)).text
    assert "批准0人" in page
    told = desks["agency"].post("/proposals/heap/approve", **DEATHS, count="3").text
    assert "3条没有动" in told
    one = office.proposed(dead[0])[0]
    assert desks["agency"].post(f"/proposals/{one.id}/approve").status_code == 403
    assert statuses(office, dead) == [BenefitStatus.PAID] * 3


def test_a_heap_too_large_for_one_request_is_decided_by_several(
    desks: dict[str, Desk], office: Office, dead: list[Retiree], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.console.proposals.PART", 2)
    monkeypatch.setattr("api.console.proposals.SECONDS", 0)
    told = desks["district"].post("/proposals/heap/approve", **DEATHS, count="3").text
    assert "批准2条" in told
    assert "批准1人" in told, "the button for what is left"
    assert sorted(statuses(office, dead)) == sorted([BenefitStatus.PAID] + [BenefitStatus.TERMINATED] * 2)
    assert "这一批都办完了" in desks["district"].post("/proposals/heap/approve", **DEATHS, count="1").text
    assert statuses(office, dead) == [BenefitStatus.TERMINATED] * 3


def test_the_parts_of_a_heap_are_decided_one_after_the_other(
    desks: dict[str, Desk], office: Office, dead: list[Retiree], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.console.proposals.PART", 1)
    assert "批准3条" in desks["district"].post("/proposals/heap/approve", **DEATHS, count="3").text
    assert "3条等另一个人" in desks["agency"].post("/proposals/approved/undo", **DEATHS, all="1").text
    assert "撤销3条" in desks["district"].post("/proposals/approved/undo", **DEATHS, all="1").text
    assert statuses(office, dead) == [BenefitStatus.PAID] * 3


def test_a_heap_that_grew_is_looked_at_again(desks: dict[str, Desk], office: Office, dead: list[Retiree]) -> None:
    late = office.pensioner(name="罗火生")
    office.happens(LifeEventKind.DEATH, late, date(2025, 3, 9))
    answer = desks["district"].post("/proposals/heap/approve", **DEATHS, count="3")
    assert answer.status_code == 422
    assert statuses(office, dead) == [BenefitStatus.PAID] * 3


def test_one_is_decided_alone_and_undone_until_its_month_is_closed(
    desks: dict[str, Desk], office: Office, dead: list[Retiree]
) -> None:
    one = office.proposed(dead[0])[0]
    desk = desks["district"]
    assert "第32条" in desk.get(f"/proposals/{one.id}").text
    assert desk.post(f"/proposals/{one.id}/approve").status_code == 303
    assert "撤销" in desk.get(f"/proposals/{one.id}").text
    office.close(month_of_march())
    assert desk.post(f"/proposals/{one.id}/undo").status_code == 422
    assert status_of(office, one) is ActionStatus.APPROVED
    other = office.proposed(dead[1])[0]
    assert desk.post(f"/proposals/{other.id}/refuse", why=" ").status_code == 422
    assert desk.post(f"/proposals/{other.id}/refuse", why="死亡证明不清楚").status_code == 303
    assert status_of(office, other) is ActionStatus.REFUSED
    assert desk.post(f"/proposals/{other.id}/burn").status_code == 404


def test_whom_nobody_tried_to_reach_is_held_back_and_named(desks: dict[str, Desk], office: Office) -> None:
    """Nobody is suspended whom nobody called: such people stand apart with their visit."""
    unreached, called = office.pensioner(name="罗金生"), office.pensioner(name="罗木生")
    with office.transactions() as session:
        for one in (unreached, called):
            session.get_one(Retiree, one.id).due_by = date(2025, 1, 1)
        session.add(
            Call(
                retiree_id=called.id,
                owner_code=COMMUNITY,
                due_by=date(2025, 1, 1),
                listed_at=office.now,
                outcome=CallOutcome.NO_ANSWER,
                called_by_id=office.worker.id,
                called_at=office.now,
            )
        )
    office.night()
    assert [one.kind for one in office.proposed(called)] == [ActionKind.SUSPEND]
    page = desks["district"].get("/proposals").text
    assert unreached.name in page
    assert called.name not in page
    assert "没有联系过" in page
    with office.transactions() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.origin == TicketOrigin.NOT_REACHED)).one()
    assert ticket.number in page
    heap = DEATHS | {"kind": "suspend", "reason": "not_certified"}
    assert "打过电话1次" in desks["district"].get(heap_address(heap)).text


@pytest.mark.parametrize("name", ["worker", "subdistrict", "auditor"])
def test_only_the_agency_decides(desks: dict[str, Desk], dead: list[Retiree], office: Office, name: str) -> None:
    one = office.proposed(dead[0])[0]
    assert desks[name].get("/proposals").status_code == 403
    assert desks[name].get(heap_address(DEATHS)).status_code == 403
    assert desks[name].get(f"/proposals/{one.id}").status_code == 403
    assert desks[name].post("/proposals/heap/approve", **DEATHS, count="3").status_code == 403


def test_another_district_sees_none_of_it(desks: dict[str, Desk], dead: list[Retiree], office: Office) -> None:
    one = office.proposed(dead[0])[0]
    far = desks["far_district"]
    assert dead[0].name not in far.get(heap_address(DEATHS)).text
    assert far.get(f"/proposals/{one.id}").status_code == 404
    far.post("/proposals/heap/exclude", **DEATHS, action=str(one.id), why="x")
    assert status_of(office, one) is ActionStatus.PROPOSED


@pytest.mark.parametrize("change", [{"kind": "burn"}, {"on": "gestern"}, {"reason": "bored"}, {"after": "-1"}])
def test_a_heap_that_is_none_is_refused(desks: dict[str, Desk], change: dict[str, str]) -> None:
    assert desks["district"].get(heap_address(DEATHS | change)).status_code == 422


def month_of_march() -> int:
    return 2025 * 12 + 2


def statuses(office: Office, people: list[Retiree]) -> list[BenefitStatus]:
    with office.transactions() as session:
        return [session.get_one(Benefit, one.id).status for one in people]


def status_of(office: Office, action: BenefitAction) -> ActionStatus:
    with office.transactions() as session:
        return session.get_one(BenefitAction, action.id).status


def test_another_legal_ground_is_proposed_by_one_and_approved_by_another_and_ends_the_same_way(
    desks: dict[str, Desk], office: Office
) -> None:
    """Art. 32(5): its text, its day; resumed with the months made good once it ended."""
    one = office.pensioner(name="罗田生")
    told = {"person": str(one.id), "on": "2025-02-03", "legal_ground": "某法第九条：待遇资格另案核查"}
    assert "第32条第5项" in desks["agency"].get(f"/proposals/new?person={one.id}").text
    assert desks["worker"].get(f"/proposals/new?person={one.id}").status_code == 403
    assert desks["worker"].post("/proposals/new", **told).status_code == 403
    assert desks["far_agency"].post("/proposals/new", **told).status_code == 404
    for wrong in ({"legal_ground": " "}, {"on": ""}, {"on": "gestern"}, {"on": "2025-03-11"}, {"person": "7"}):
        assert desks["agency"].post("/proposals/new", **told | wrong).status_code == 422, wrong
    place = desks["agency"].post("/proposals/new", **told).location.removeprefix("/staff")
    assert "某法第九条" in desks["district"].get(place).text
    assert desks["agency"].post(f"{place}/approve").status_code == 403
    assert desks["district"].post(f"{place}/approve").status_code == 303
    assert statuses(office, [one]) == [BenefitStatus.SUSPENDED]
    # the night and new facts leave it alone: no event asked for it
    office.happens(LifeEventKind.IMPRISONED, one, date(2025, 3, 1))
    assert "从2025-02-03起暂停" in desks["district"].get(f"/proposals/new?person={one.id}").text
    place = desks["district"].post("/proposals/new", person=str(one.id), on="2025-03-09").location
    place = place.removeprefix("/staff")
    assert desks["district"].post(f"{place}/approve").status_code == 403
    assert desks["agency"].post(f"{place}/approve").status_code == 303
    assert statuses(office, [one]) == [BenefitStatus.PAID]
