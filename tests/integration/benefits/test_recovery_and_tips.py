from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.consistency import check_rows
from casework.history import timeline
from casework.leads import decide_lead, follow, list_leads, read_lead, reveal_teller, reward, take_up
from casework.overpayments import investigate, receive, refunds_due
from casework.reports import Told, file_report, find_report, may_follow
from casework.responsibility import responsible_on
from casework.tickets import told_in_report
from models import AuditEntry, BenefitAction, LifeEvent, Overpayment, Report, Retiree, Ticket
from models.audit import Actor, ActorKind
from models.benefit import ActionKind, ActionStatus
from models.life_event import LifeEventKind
from models.recovery import LeadStatus, OverpaymentStatus
from models.report import ReportKind
from models.types import installed_vault
from policy.months import read_month
from refusal import Refusal
from tests.cast import COMMUNITY, DISTRICT
from tests.office import RULES, TERMS, Office, actor_of
from words import REFUSALS
from words.desk import LEFT

if TYPE_CHECKING:
    from models import Staff
    from tests.cast import Cast

MARCH = read_month("2025-03")


def _overpaid(office: Office) -> Overpayment:
    """Let two months be paid after a death."""
    office.go_to(date(2025, 1, 5))
    one = office.pensioner(cents=100_000)
    for month in (MARCH - 2, MARCH - 1, MARCH):
        office.close(month)
    office.go_to(date(2025, 4, 2))
    office.happens(LifeEventKind.DEATH, one, date(2025, 1, 20))
    office.approve_everything(one)
    with office.transactions() as session:
        return session.scalars(select(Overpayment)).one()


def _status(office: Office, overpayment: Overpayment) -> OverpaymentStatus:
    with office.transactions() as session:
        return session.get_one(Overpayment, overpayment.id).status


def _claim(office: Office, overpayment: Overpayment) -> None:
    _investigate(office, overpayment, office.first)
    assert office.approve(*office.proposed()) == {}


def test_it_works(office: Office) -> None:
    overpayment = _overpaid(office)
    assert overpayment.cents == 200_000
    _claim(office, overpayment)
    assert _status(office, overpayment) is OverpaymentStatus.CLAIMED
    office.receive(overpayment, 80_000, "A1")
    office.receive(overpayment, 80_000, "A1")  # the same entry of the bank
    with pytest.raises(Refusal, match="amount_wrong"):
        office.receive(overpayment, 120_001, "A2")
    office.receive(overpayment, 120_000, "A2")
    assert _status(office, overpayment) is OverpaymentStatus.SETTLED


def test_money_of_a_day_to_come_settles_nothing(office: Office) -> None:
    overpayment = _overpaid(office)
    _claim(office, overpayment)
    with office.transactions() as session, pytest.raises(Refusal, match="day_to_come"):
        receive(
            session,
            office.first,
            overpayment.id,
            overpayment.cents,
            day=office.today + timedelta(days=1),
            reference="A1",
            actor=actor_of(office.first),
            now=office.now,
        )
    assert _status(office, overpayment) is OverpaymentStatus.CLAIMED


def _approved(office: Office, kind: ActionKind) -> BenefitAction:
    with office.transactions() as session:
        return session.scalars(select(BenefitAction).where(BenefitAction.kind == kind)).one()


def test_a_recovery_is_undone_and_what_is_below_it(office: Office) -> None:
    overpayment = _overpaid(office)
    office.now += timedelta(minutes=1)
    _claim(office, overpayment)
    recover, end = _approved(office, ActionKind.RECOVER), _approved(office, ActionKind.TERMINATE)
    assert office.undo(end.id) == {"undo_later_first": 1}
    assert office.undo(recover.id) == {}
    with office.transactions() as session:
        found = session.get_one(Overpayment, overpayment.id)
        assert (found.status, found.noticed_at, found.due_by) == (OverpaymentStatus.INVESTIGATING, None, None)
    office.now += timedelta(minutes=1)
    _claim(office, overpayment)
    assert _status(office, overpayment) is OverpaymentStatus.CLAIMED
    with office.transactions() as session:
        again = session.scalars(
            select(BenefitAction.id).where(
                BenefitAction.kind == ActionKind.RECOVER, BenefitAction.status == ActionStatus.APPROVED
            )
        ).one()
    assert office.undo(again) == {}
    assert office.undo(end.id) == {}
    assert _status(office, overpayment) is OverpaymentStatus.CANCELLED


def test_what_waits_goes_with_the_recovery_that_it_was_about(office: Office) -> None:
    """The death was none, then another one: nobody looked into what was paid after that."""
    overpayment = _overpaid(office)
    _investigate(office, overpayment, office.first)
    (waiting,) = office.proposed()
    with office.transactions() as session:
        one = session.get_one(Retiree, overpayment.benefit_id)
        death = session.scalars(select(LifeEvent)).one()
    office.reverse(death)
    office.approve(*(action for action in office.proposed() if action.id != waiting.id))
    assert _status_of(office, waiting) is ActionStatus.LAPSED
    office.happens(LifeEventKind.DEATH, one, date(2025, 2, 20))
    office.approve_everything()
    with office.transactions() as session:
        (again,) = session.scalars(select(Overpayment).where(Overpayment.id != overpayment.id))
        assert (again.cents, again.status) == (100_000, OverpaymentStatus.INVESTIGATING)


def test_what_waits_says_the_sum_as_it_is_now(office: Office) -> None:
    overpayment = _overpaid(office)
    _investigate(office, overpayment, office.first)
    with office.transactions() as session:
        one = session.get_one(Retiree, overpayment.benefit_id)
        death = session.scalars(select(LifeEvent)).one()
    office.reverse(death)
    office.happens(LifeEventKind.DEATH, one, date(2025, 2, 20))
    office.approve(*(action for action in office.proposed() if action.kind is ActionKind.TERMINATE))
    assert [action.cents for action in office.proposed()] == [100_000]


def test_whoever_looked_into_it_last_does_not_approve(office: Office) -> None:
    overpayment = _overpaid(office)
    for staff in (office.first, office.second):
        _investigate(office, overpayment, staff)
    assert office.approve(*office.proposed()) == {"took_part": 1}


def _investigate(office: Office, overpayment: Overpayment, staff: Staff) -> None:
    with office.transactions() as session:
        actor = actor_of(staff)
        investigate(session, staff, overpayment.id, "家人取走了", rules=RULES, actor=actor, now=office.now)


def _status_of(office: Office, action: BenefitAction) -> ActionStatus:
    with office.transactions() as session:
        return session.get_one(BenefitAction, action.id).status


def test_a_recovery_of_which_money_came_back_is_not_undone(office: Office) -> None:
    overpayment = _overpaid(office)
    office.now += timedelta(minutes=1)
    _claim(office, overpayment)
    office.receive(overpayment, 80_000, "A1")
    recover = _approved(office, ActionKind.RECOVER)
    assert office.undo(recover.id) == {"money_came_back": 1}
    office.receive(overpayment, 120_000, "A2")
    assert office.undo(recover.id) == {"money_came_back": 1}
    assert REFUSALS["money_came_back"]
    assert LEFT["money_came_back"]


def test_a_reference_of_the_bank_is_of_one_entry(office: Office) -> None:
    overpayment = _overpaid(office)
    _claim(office, overpayment)
    office.receive(overpayment, 80_000, "A1")
    with pytest.raises(Refusal, match="reference_taken"):
        office.receive(overpayment, 90_000, "A1")
    with pytest.raises(Refusal, match="reference_taken"):
        office.give_back(overpayment, 80_000, "A1")


@pytest.mark.parametrize(
    ("came_back", "status", "due"),
    [
        (70_000, OverpaymentStatus.CLAIMED, 0),
        (150_000, OverpaymentStatus.SETTLED, 50_000),
        (200_000, OverpaymentStatus.SETTLED, 100_000),
    ],
)
def test_what_came_back_and_was_owed_after_all_is_given_back_once(
    office: Office, came_back: int, status: OverpaymentStatus, due: int
) -> None:
    """The death was a month later than was told: half of the sum is not owed back."""
    overpayment = _overpaid(office)
    _claim(office, overpayment)
    office.receive(overpayment, came_back, "A1")
    with office.transactions() as session:
        one = session.get_one(Retiree, overpayment.benefit_id)
        death = session.scalars(select(LifeEvent)).one()
    office.reverse(death)
    office.happens(LifeEventKind.DEATH, one, date(2025, 2, 20))
    office.approve_everything(one)
    assert _status(office, overpayment) is status
    assert _to_give_back(office) == due
    with pytest.raises(Refusal, match="amount_wrong"):
        office.give_back(overpayment, due + 1, "B0")
    for part, reference in ((due // 2, "B1"), (due // 2, "B1"), (due - due // 2, "B2")):
        if due:
            office.give_back(overpayment, part, reference)
    assert _to_give_back(office) == 0
    with pytest.raises(Refusal, match="amount_wrong"):
        office.give_back(overpayment, 1, "B3")
    with office.transactions() as session:
        assert not [one for one in check_rows(session, now=office.now) if one.check == "recovery_does_not_add_up"]


def _to_give_back(office: Office) -> int:
    with office.transactions() as session:
        return sum(refunds_due(session).values())


def test_what_is_unpaid_at_its_day_is_handed_on(office: Office) -> None:
    overpayment = _overpaid(office)
    _claim(office, overpayment)
    office.wait(60)
    assert office.night()["referred"] == 0
    office.wait(1)
    assert office.night()["referred"] == 1
    assert _status(office, overpayment) is OverpaymentStatus.REFERRED


def _tip(office: Office, cast: Cast) -> Report:
    told = Told(ReportKind.FRAUD, retiree_id=cast.grandma_li.id, content={"words": "有人冒领", "phone": "13900000003"})
    with office.transactions() as session:
        account = cast.stranger
        actor = Actor(ActorKind.ACCOUNT, str(account.id), "wechat")
        return file_report(
            session, account, told, rules=RULES, terms=TERMS, vault=installed_vault(), actor=actor, now=office.now
        )


def test_a_tip_is_the_agencys_and_its_teller_sealed(office: Office, cast: Cast) -> None:
    report = _tip(office, cast)
    assert report.account_id is None
    assert "13900000003" not in report.content
    with office.transactions() as session:
        ticket = session.scalars(select(Ticket).where(Ticket.report_id == report.id)).one()
        assert (ticket.owner_code, ticket.account_id) == (DISTRICT, None)
        with pytest.raises(Refusal, match="not_your_task"):
            list_leads(session, office.worker)
        assert told_in_report(session, ticket) == {}
        (lead,) = list_leads(session, office.first)
        now, actor = office.now, actor_of(office.first)
        assert read_lead(session, office.first, lead.id, actor=actor, now=now) == {"words": "有人冒领"}
        teller = reveal_teller(session, office.first, lead.id, "发奖金", actor=actor, now=now)
        assert teller == {"account": str(cast.stranger.id), "phone": "13900000003"}
        looks = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == str(lead.id))).all()
        assert sorted(looks) == ["lead.look", "lead.open", "lead.reveal"]
        take_up(session, office.first, lead.id, actor=actor, now=now)
        decide_lead(session, office.first, lead.id, is_found=True, finding="属实", actor=actor, now=now)
        with pytest.raises(Refusal, match="took_part"):
            reward(session, office.first, lead.id, 50_000, actor=actor, now=now)
        reward(session, office.second, lead.id, 50_000, actor=actor_of(office.second), now=now)
        found = find_report(session, report.number)
        assert found is not None
        assert may_follow(session, found, cast.stranger)
        assert not may_follow(session, found, cast.daughter)
        progress = follow(session, found)
        assert progress is not None
        assert (progress.status, progress.reward_cents) == (LeadStatus.FOUND, 50_000)


def test_the_community_sees_nothing_of_a_tip(office: Office, cast: Cast) -> None:
    one = office.pensioner()
    told = Told(ReportKind.FRAUD, retiree_id=one.id, content={"words": "有人冒领"})
    with office.transactions() as session:
        actor = Actor(ActorKind.ACCOUNT, str(cast.stranger.id), "wechat")
        vault = installed_vault()
        file_report(session, cast.stranger, told, rules=RULES, terms=TERMS, vault=vault, actor=actor, now=office.now)
    with office.transactions() as session:
        kinds = {event.kind for event in timeline(session, office.worker, one.id)}
    assert not kinds & {"report", "ticket"}


def test_who_was_responsible_on_a_day(office: Office) -> None:
    one = office.pensioner()
    moves = office.happens(LifeEventKind.MOVING_AWAY, one, date(2025, 4, 1), place="abroad", address="Berlin")
    with office.transactions() as session:
        assert session.get_one(Retiree, one.id).owner_code == COMMUNITY
    office.go_to(date(2025, 4, 1))
    assert office.night()["moved"] == 1
    with office.transactions() as session:
        person = session.get_one(Retiree, one.id)
        assert (person.owner_code, person.community_code, person.lives_abroad) == (DISTRICT, None, True)
        assert responsible_on(session, one.id, date(2025, 3, 31)) == COMMUNITY
        assert responsible_on(session, one.id, date(2025, 4, 1)) == DISTRICT
    office.reverse(moves)
    with office.transactions() as session:
        assert responsible_on(session, one.id, date(2025, 4, 1)) == COMMUNITY
        assert not session.get_one(Retiree, one.id).lives_abroad
