from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.leads import open_lead
from models import AuditEntry, Call, Lead, LifeEvent, Overpayment, Report, Retiree
from models.life_event import LifeEventKind
from models.reaching import CallOutcome
from models.report import ReportKind
from policy.months import month_of
from tests.cast import COMMUNITY
from tests.office import SYSTEM

if TYPE_CHECKING:
    from models import Account
    from tests.cast import Cast
    from tests.office import Office
    from tests.staff import Desk


@pytest.fixture
def overpaid(office: Office) -> Overpayment:
    """February was paid to somebody who died in January, and the termination is approved."""
    office.go_to(date(2025, 1, 6))
    one = office.pensioner(cents=300_000, name="罗田生")
    office.close(month_of(date(2025, 1, 1)))
    office.close(month_of(date(2025, 2, 1)))
    office.go_to(date(2025, 3, 10))
    office.happens(LifeEventKind.DEATH, one, date(2025, 1, 20))
    office.approve(*office.proposed(one))
    with office.transactions() as session:
        return session.scalars(select(Overpayment)).one()


def test_it_works(desks: dict[str, Desk], office: Office, overpaid: Overpayment) -> None:
    """Investigated, approved by another, noticed with a day, paid back in two parts, settled."""
    place = f"/overpayments/{overpaid.id}"
    assert "3000.00" in desks["agency"].get("/overpayments").text
    assert desks["agency"].post(f"{place}/investigate", finding=" ").status_code == 422
    assert desks["agency"].post(f"{place}/investigate", finding="儿子取了钱").status_code == 303
    (proposal,) = office.proposed()
    assert desks["agency"].post(f"/proposals/{proposal.id}/approve").status_code == 403
    assert desks["district"].post(f"/proposals/{proposal.id}/approve").status_code == 303
    page = desks["agency"].get(place).text
    assert "已通知，等退回" in page
    assert "2025-05-09" in page
    paid = {"yuan": "1000", "on": "2025-03-10", "reference": "B-1"}
    assert desks["agency"].post(f"{place}/receive", **paid).status_code == 303
    assert desks["agency"].post(f"{place}/receive", **paid).status_code == 303
    assert "还差2000.00元" in desks["agency"].get(place).text
    for wrong in ({"yuan": "2000.01"}, {"yuan": "zwei"}, {"on": "gestern"}, {"reference": " "}):
        assert desks["agency"].post(f"{place}/receive", **paid | {"reference": "B-2"} | wrong).status_code == 422
    desks["agency"].post(f"{place}/receive", **paid | {"reference": "B-2", "yuan": "2,000.00"})
    assert "已退清" in desks["agency"].get(place).text
    assert overpaid.number in desks["agency"].get("/overpayments?which=ended").text


def test_money_of_a_recovery_that_was_wrong_is_listed_to_be_given_back(
    desks: dict[str, Desk], office: Office, overpaid: Overpayment
) -> None:
    place, listed = f"/overpayments/{overpaid.id}", "/overpayments?which=refund"
    desks["agency"].post(f"{place}/investigate", finding="儿子取了钱")
    office.approve(*office.proposed())
    paid = {"yuan": "1000", "on": "2025-03-10", "reference": "B-1"}
    assert desks["agency"].post(f"{place}/receive", **paid).status_code == 303
    assert overpaid.number not in desks["agency"].get(listed).text
    with office.transactions() as session:
        death = session.scalars(select(LifeEvent)).one()
    office.reverse(death)
    office.approve_everything()
    page = desks["agency"].get(listed).text
    assert overpaid.number in page
    assert "1000.00" in page
    given = {"yuan": "1000", "on": "2025-03-10", "reference": "B-1"}
    taken = desks["agency"].post(f"{place}/refund", **given)
    assert taken.status_code == 422
    assert "已经记过" in taken.text
    for _ in range(2):
        assert desks["agency"].post(f"{place}/refund", **given | {"reference": "B-2"}).status_code == 303
    assert "还给人家" in desks["agency"].get(place).text
    assert overpaid.number not in desks["agency"].get(listed).text


@pytest.mark.parametrize(("name", "status"), [("worker", 403), ("auditor", 403), ("far_agency", 404)])
def test_nobody_else_sees_a_recovery(desks: dict[str, Desk], overpaid: Overpayment, name: str, status: int) -> None:
    assert desks[name].get(f"/overpayments/{overpaid.id}").status_code == status
    assert desks[name].post(f"/overpayments/{overpaid.id}/investigate", finding="x").status_code == status
    given = {"yuan": "1", "on": "2025-03-10", "reference": "B-1"}
    assert desks[name].post(f"/overpayments/{overpaid.id}/refund", **given).status_code == status


@pytest.fixture
def lead(office: Office, cast: Cast) -> Lead:
    """A tip about old Zhou, told by a stranger who wants the reward."""
    return tell(office, cast.old_zhou, cast.stranger)


def test_a_tip_is_followed_to_its_reward_and_its_teller_shown_for_a_reason(
    desks: dict[str, Desk], office: Office, lead: Lead
) -> None:
    place, desk = f"/leads/{lead.id}", desks["agency"]
    assert "R2503-7" in desk.get("/leads").text
    page = desk.get(place).text
    assert "人早就不在了" in page
    assert "13900000077" not in page
    assert desk.post(f"{place}/teller", why=" ").status_code == 422
    assert "13900000077" in desk.post(f"{place}/teller", why="发奖励").text
    with office.transactions() as session:
        looks = session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "lead.reveal")).all()
    assert looks == ["发奖励"]
    assert desk.post(f"{place}/found", finding="属实").status_code == 422
    assert desk.post(f"{place}/take-up").status_code == 303
    assert desk.post(f"{place}/reward", yuan="500").status_code == 422
    assert desk.post(f"{place}/found", finding="属实").status_code == 303
    assert desk.post(f"{place}/reward", yuan="500").status_code == 403  # who found it true does not grant it too
    assert desks["district"].post(f"{place}/reward", yuan="500").status_code == 303
    assert "500.00元" in desk.get("/leads").text


@pytest.mark.parametrize("name", ["worker", "subdistrict", "auditor"])
def test_whom_a_tip_may_concern_never_sees_it(desks: dict[str, Desk], lead: Lead, name: str) -> None:
    assert desks[name].get("/leads").status_code == 403
    assert desks[name].get(f"/leads/{lead.id}").status_code == 403
    assert desks[name].post(f"/leads/{lead.id}/teller", why="x").status_code == 403


def test_somebody_anonymous_stays_so(desks: dict[str, Desk], office: Office, cast: Cast) -> None:
    made = tell(office, cast.old_zhou, None)
    assert "匿名" in desks["agency"].post(f"/leads/{made.id}/teller", why="核对").text


@pytest.fixture
def call(office: Office, cast: Cast) -> Call:
    """Grandma Li's phone, here listed for the first community, is to be called."""
    with office.transactions() as session:
        made = Call(retiree_id=cast.grandma_li.id, owner_code=COMMUNITY, due_by=date(2025, 3, 20), listed_at=office.now)
        session.add(made)
    return made


def test_a_call_is_made_and_written_down_once(desks: dict[str, Desk], office: Office, call: Call, cast: Cast) -> None:
    phone = str(cast.grandma_li.phone)
    listed = desks["worker"].get("/calls").text
    assert cast.grandma_li.name in listed
    assert phone not in listed
    assert f"tel:{phone}" in desks["worker"].get(f"/calls/{call.id}").text
    assert desks["worker"].post(f"/calls/{call.id}", outcome="sang").status_code == 422
    assert desks["worker"].post(f"/calls/{call.id}", outcome="relative_reached").status_code == 303
    assert desks["colleague"].post(f"/calls/{call.id}", outcome="no_answer").status_code == 422
    assert cast.grandma_li.name not in desks["worker"].get("/calls").text
    with office.transactions() as session:
        made = session.get_one(Call, call.id)
        looks = session.scalars(select(AuditEntry).where(AuditEntry.action == "call.show")).all()
    assert (made.outcome, made.called_by_id) == (CallOutcome.RELATIVE_REACHED, office.worker.id)
    assert len(looks) == 1


@pytest.mark.parametrize(("name", "status"), [("neighbour", 404), ("auditor", 403), ("far_district", 404)])
def test_nobody_beside_calls(desks: dict[str, Desk], call: Call, name: str, status: int) -> None:
    assert desks[name].get(f"/calls/{call.id}").status_code == status
    assert desks[name].post(f"/calls/{call.id}", outcome="reached").status_code == status


def tell(office: Office, about: Retiree, account: Account | None) -> Lead:
    """File a tip as the chat does: the report for the agency, who told sealed in the lead."""
    with office.transactions() as session:
        report = Report(
            number="R2503-7",
            kind=ReportKind.FRAUD,
            retiree_id=about.id,
            owner_code=about.owner_code,
            content='{"what_happened": "人早就不在了", "phone": "13900000077"}',
            rule_set="changsha-2020",
            reported_at=office.now,
        )
        session.add(report)
        session.flush()
        teller = {"phone": "13900000077"}
        return open_lead(session, report, about, teller, account, actor=SYSTEM, now=office.now)
