"""Whoever reports without a name is not to be found in what we keep: not by an id, not by a moment."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from bot.deferred import forget_talk
from casework.reports import Told, file_report
from models import Account, AuditEntry, InboxMessage, Lead, Report, Ticket
from models.audit import Actor, ActorKind
from models.recovery import LeadStatus
from models.report import ReportKind
from tests.bot.talk import bind, reports
from tests.rows import count

if TYPE_CHECKING:
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.weixin import Chat

WORDS = "桂花社区的王主任冒领他爹的养老金"


def told_of(parts: Services, report: Report) -> list[AuditEntry]:
    with parts.transactions() as session:
        return list(session.scalars(select(AuditEntry).where(AuditEntry.subject_id == str(report.id))))


def test_neither_telling_nor_following_names_the_teller(li: Chat, parts: Services, cast: Cast) -> None:
    bind(li, parts, cast.grandma_li)
    for said in ("举报冒领", "匿名", WORDS, "对"):
        li.say(said)
    (filed,) = reports(parts)
    li.say("查编号")
    assert "正在办" in li.say(filed.number)
    rows = told_of(parts, filed)
    assert {(row.action, row.actor_kind, row.actor_name, row.origin) for row in rows} == {
        ("report.file", ActorKind.PUBLIC, "", ""),
        ("report.follow", ActorKind.PUBLIC, "", ""),
    }
    with parts.transactions() as session:
        moments = set(session.scalars(select(InboxMessage.received_at)))
    assert not moments & {filed.reported_at, *(row.at for row in rows)}


def test_a_report_about_somebody_known_opens_a_ticket_of_nobodys(parts: Services, cast: Cast) -> None:
    now = parts.clock.now()
    told = Told(ReportKind.FRAUD, retiree_id=cast.grandma_li.id, is_anonymous=True, content={"words": WORDS})
    with parts.transactions() as session:
        teller = session.get_one(Account, cast.grandma_li_account.id)
        actor = Actor(ActorKind.ACCOUNT, str(teller.id), "wechat")
        file_report(
            session, teller, told, rules=parts.rules, terms=parts.terms, vault=parts.vault, actor=actor, now=now
        )
    with parts.transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
        named = session.scalars(select(AuditEntry.at).where(AuditEntry.actor_name == str(teller.id))).all()
        opened = session.scalars(select(AuditEntry.at).where(AuditEntry.action == "handover.open")).one()
    assert ticket.account_id is None
    assert named == []
    for moment in (ticket.created_at, opened):
        assert moment != now
        assert moment.astimezone(parts.clock.now().tzinfo).second == 0


@pytest.mark.parametrize("said", [("匿名", WORDS, "差不多", "就那样"), (WORDS, WORDS), ("匿名", WORDS, "人工")])
def test_whoever_is_not_understood_is_handed_over_without_a_name(
    li: Chat, parts: Services, cast: Cast, said: tuple[str, ...]
) -> None:
    bind(li, parts, cast.grandma_li)
    li.say("举报冒领")
    for words in said:
        li.say(words)
    (filed,) = reports(parts)
    with parts.transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
    assert (ticket.report_id, ticket.note) == (filed.id, None)
    assert {ticket.account_id, ticket.retiree_id, filed.account_id, filed.retiree_id} == {None}
    assert WORDS in filed.content
    assert filed.number in li.last


def test_whoever_wants_to_talk_before_anything_was_told_hears_where(li: Chat, parts: Services) -> None:
    li.say("举报冒领")
    li.say("匿名")
    assert "12333" in li.say("人工")
    assert (count(parts.transactions, Ticket), count(parts.transactions, Report)) == (0, 0)


def test_whoever_leaves_a_telephone_is_handed_over_as_everybody(li: Chat, parts: Services) -> None:
    for said in ("举报冒领", "留电话", WORDS, "没有", "没有"):
        li.say(said)
    assert count(parts.transactions, Ticket) == 1


def test_who_spoke_and_when_is_deleted(li: Chat, parts: Services, clock: StandingClock) -> None:
    li.say("你好")
    clock.advance(minutes=11)
    forget_talk(parts, clock.now() - timedelta(minutes=2))
    assert count(parts.transactions, InboxMessage) == 1
    forget_talk(parts, clock.now())
    assert count(parts.transactions, InboxMessage) == 0


@pytest.mark.parametrize(
    ("is_found", "reward_cents", "heard"),
    [(True, None, "查实了"), (True, 50_000, "奖励500.00元"), (False, None, "没有发现")],
)
def test_whoever_holds_the_number_hears_what_came_of_it(
    li: Chat, parts: Services, *, is_found: bool, reward_cents: int | None, heard: str
) -> None:
    for said in ("举报冒领", "匿名", WORDS, "对"):
        li.say(said)
    (filed,) = reports(parts)
    with parts.transactions() as session:
        lead = session.scalars(select(Lead)).one()
        lead.status = LeadStatus.FOUND if is_found else LeadStatus.NOT_FOUND
        lead.reward_cents = reward_cents
    li.say("查编号")
    assert heard in li.say(filed.number)
