from __future__ import annotations

import base64
from datetime import date, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from models import AuditEntry, BenefitAction, EvidenceImage, EvidenceWaste, LifeEvent
from models.benefit import ActionKind, ActionStatus
from models.evidence import EvidencePurpose
from models.life_event import LifeEventKind, LifeEventStatus
from policy.months import month_of

if TYPE_CHECKING:
    from tests.office import Office
    from tests.staff import Desk


def test_it_works(desks: dict[str, Desk], office: Office) -> None:
    """A death told at the window: corroborated by a colleague, confirmed by the agency, a proposal follows."""
    one = office.pensioner(name="罗田生")
    answer = desks["worker"].post("/events/new", person=str(one.id), kind="death", on="2025-01-20", note="孙女来说的")
    assert answer.status_code == 303
    place = answer.location.removeprefix("/staff")
    page = desks["colleague"].get(place).text
    # both clocks of the death, and both are over
    assert "2025-02-19" in page
    assert page.count("报告晚了") == 2
    assert "孙女来说的" in page
    assert desks["colleague"].post(f"{place}/confirm").status_code == 403
    assert desks["agency"].post(f"{place}/confirm").status_code == 422
    assert desks["colleague"].post(f"{place}/corroborate", finding="见过死亡证明").status_code == 303
    again = desks["worker"].post(f"{place}/corroborate", finding="也见过")
    assert again.status_code == 409, "it stands as the colleague found it"
    assert "社区已核实" in desks["agency"].get("/events").text
    assert desks["agency"].post(f"{place}/confirm").status_code == 303
    page = desks["agency"].get(place).text
    assert "不再提醒" in page
    assert "终止</a>：等批准" in page
    assert [one.kind for one in office.proposed(one)] == [ActionKind.TERMINATE]


def test_who_says_to_be_alive_comes_first_with_clock_and_back_pay(desks: dict[str, Desk], office: Office) -> None:
    office.go_to(date(2025, 1, 6))
    mistaken = office.pensioner(cents=250_000, name="罗地生")
    office.close(month_of(date(2025, 1, 1)))
    office.happens(LifeEventKind.DEATH, mistaken, date(2025, 1, 5))
    office.approve_everything(mistaken)
    office.close(month_of(date(2025, 2, 1)))
    office.go_to(date(2025, 3, 7))
    other = office.pensioner(name="罗水生")
    office.tell(LifeEventKind.DEATH, other, date(2025, 3, 1))
    office.go_to(date(2025, 3, 10))
    alive = office.tell(LifeEventKind.STILL_ALIVE, mistaken, None)
    listed = desks["agency"].get("/events").text
    assert listed.index(mistaken.name) < listed.index(other.name)
    assert "2025-03-10当天" in listed
    page = desks["agency"].get(f"/events/{alive.id}").text
    assert "要补发约2500.00元（2025-02）" in page
    assert desks["worker"].post(f"/events/{alive.id}/confirm").status_code == 403
    assert desks["agency"].post(f"/events/{alive.id}/confirm").status_code == 303
    assert "改回（弄错了）" in desks["agency"].get(f"/events/{alive.id}").text


def test_a_wrong_record_is_reversed_by_a_new_one(desks: dict[str, Desk], office: Office) -> None:
    one = office.pensioner(name="罗田生")
    event = office.happens(LifeEventKind.DEATH, one, date(2025, 3, 8))
    assert one.name in desks["agency"].get("/events?which=decided").text
    assert "更正" in desks["agency"].get(f"/events/{event.id}").text
    assert desks["worker"].post(f"/events/{event.id}/reverse", finding="同名").status_code == 403
    assert desks["agency"].post(f"/events/{event.id}/reverse", finding=" ").status_code == 422
    answer = desks["agency"].post(f"/events/{event.id}/reverse", finding="同名同姓，弄错了人")
    page = desks["agency"].get(answer.location.removeprefix("/staff")).text
    assert event.number in page
    assert "终止：建议已作废" in page
    with office.transactions() as session:
        assert session.get_one(LifeEvent, event.id).status is LifeEventStatus.REVERSED
        assert session.scalars(select(BenefitAction.status)).all() == [ActionStatus.LAPSED]


def test_rejecting_needs_words(desks: dict[str, Desk], office: Office) -> None:
    event = office.tell(LifeEventKind.DEATH, office.pensioner(), date(2025, 3, 8))
    assert desks["agency"].post(f"/events/{event.id}/reject", finding="").status_code == 422
    assert desks["worker"].post(f"/events/{event.id}/reject", finding="人在家里").status_code == 403
    assert desks["agency"].post(f"/events/{event.id}/reject", finding="人在家里").status_code == 303
    assert "人在家里" in desks["agency"].get(f"/events/{event.id}").text


def test_a_sentence_is_for_the_agency_to_write_down(desks: dict[str, Desk], office: Office) -> None:
    one = office.pensioner()
    told = {"person": str(one.id), "kind": "imprisoned", "on": "2025-03-01"}
    assert "开始服刑" not in desks["worker"].get(f"/events/new?person={one.id}").text
    assert desks["worker"].post("/events/new", **told).status_code == 422
    assert desks["agency"].post("/events/new", **told).status_code == 303
    assert desks["neighbour"].post("/events/new", **told | {"kind": "death"}).status_code == 404
    assert desks["agency"].post("/events/new", **told | {"on": "gestern"}).status_code == 422


def test_a_tip_is_never_among_the_events_of_a_community(desks: dict[str, Desk], office: Office) -> None:
    tip = office.tell(LifeEventKind.FRAUD, office.pensioner(name="罗田生"), None)
    assert "有人举报" not in desks["worker"].get("/events").text
    assert desks["worker"].get(f"/events/{tip.id}").status_code == 404
    assert "有人举报" in desks["agency"].get("/events").text


def test_papers_are_put_with_a_record_once_and_each_look_is_written_down(
    desks: dict[str, Desk], office: Office
) -> None:
    event = office.tell(LifeEventKind.DEATH, office.pensioner(name="罗田生"), date(2025, 3, 8))
    paper = {"picture": base64.b64encode(b"a certificate").decode()}
    place = f"/events/{event.id}/pictures"
    assert desks["neighbour"].send(place, paper).status_code == 404
    # the answer of the first one was lost
    assert [desks["worker"].send(place, paper).status_code for _ in range(2)] == [200, 200]
    with office.transactions() as session:
        image = session.scalars(select(EvidenceImage).where(EvidenceImage.life_event_id == event.id)).one()
        assert image.purpose is EvidencePurpose.LIFE_EVENT
        assert image.destroy_on == image.created_at.date() + timedelta(days=3650)
        assert session.scalar(select(func.count()).select_from(EvidenceWaste)) == 1
    assert "第1张" in desks["agency"].get(f"/events/{event.id}").text
    shown = desks["agency"].get(f"{place}/{image.id}")
    assert shown.data == b"drawn anew: a certificate"
    assert desks["neighbour"].get(f"{place}/{image.id}").status_code == 404
    other = office.tell(LifeEventKind.DEATH, office.pensioner(name="罗地生"), date(2025, 3, 8))
    assert desks["agency"].get(f"/events/{other.id}/pictures/{image.id}").status_code == 404
    with office.transactions() as session:
        looks = session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "image.open")).all()
    assert looks == [f"event {event.number}"]


def test_what_is_no_picture_is_refused_in_words_and_changes_nothing(desks: dict[str, Desk], office: Office) -> None:
    event = office.tell(LifeEventKind.DEATH, office.pensioner(), date(2025, 3, 8))
    place = f"/events/{event.id}/pictures"
    for told in ({}, {"picture": 1}, {"picture": "?"}, {"picture": base64.b64encode(b"garbage").decode()}):
        answer = desks["worker"].send(place, told)
        assert answer.status_code == 422, told
        assert answer.get_json()["detail"]
    assert desks["agency"].post(f"/events/{event.id}/reject", finding="人在家里").status_code == 303
    assert desks["worker"].send(place, {"picture": "YQ=="}).status_code in {409, 422}
    with office.transactions() as session:
        assert session.scalar(select(func.count()).select_from(EvidenceImage)) == 0


def test_who_an_event_is_about_is_found_by_name_without_telling_an_address(
    desks: dict[str, Desk], office: Office
) -> None:
    one = office.pensioner(name="罗田生")
    event = office.tell(LifeEventKind.DEATH, None, date(2025, 3, 8))
    page = desks["agency"].get(f"/events/{event.id}").text
    assert "说的是谁" in page
    assert "不属实" not in page
    assert "不属实" in desks["city"].get(f"/events/{event.id}").text
    assert desks["agency"].send(f"/events/{event.id}/pictures", {"picture": "YQ=="}).status_code == 422
    found = desks["agency"].post(f"/events/{event.id}/search", q=one.id_number).text
    assert str(one.id) in found
    assert f"{one.id_number[:6]}********{one.id_number[-4:]}" in found
    assert "没有找到" in desks["agency"].post(f"/events/{event.id}/search", q="罗天").text
    assert desks["worker"].post(f"/events/{event.id}/search", q=one.id_number).status_code == 403
    assert desks["agency"].post(f"/events/{event.id}/name", person=str(one.id)).status_code == 303
    assert one.name in desks["agency"].get(f"/events/{event.id}").text
