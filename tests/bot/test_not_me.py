"""Whoever was certified by another department's data answers that it was not them, or that the person has died."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.life_events import notify_event, reject_event
from casework.matching import Chunk, Matcher, begin_import, take_chunk
from casework.matching_disputes import take_back_match
from casework.matching_pairing import digest_numbers
from casework.matching_rows import SignRow
from casework.matching_sources import read_sources
from casework.tickets import open_ticket, take_ticket
from jobs.notices import write_notice
from models import AuditEntry, Certification, OutboxMessage, Retiree, Ticket
from models.audit import Actor, ActorKind
from models.life_event import EventSource, LifeEventKind
from models.matching import SignKind
from models.outbox import OutboxStatus
from models.ticket import TicketKind, TicketOrigin, TicketStatus
from tests.architecture.source import ROOT
from tests.bot.talk import report_death, tickets
from tests.office import open_office
from tests.staff import add_staff_cast

if TYPE_CHECKING:
    from pathlib import Path

    from services import Services
    from tests.cast import Cast
    from tests.weixin import Chat

SOURCES = read_sources((ROOT / "casework" / "matching_sources.yaml").read_text(encoding="utf-8"))


@pytest.fixture
def matched_li(bound_li: Chat, parts: Services, cast: Cast) -> Chat:
    """Grandmother Li, whom a visit to a hospital has certified."""
    source, actor, now = SOURCES["hospital_visit"], Actor(ActorKind.COMMAND, "test"), parts.clock.now()
    row = SignRow(cast.grandma_li.id_number, cast.grandma_li.name, None, SignKind.LIFE, date(2025, 3, 1))
    with parts.transactions() as session:
        made, _lanes = begin_import(session, source, "content", at_once=1, vault=parts.vault, actor=actor, now=now)
        session.flush()
        matcher = Matcher(made.id, source, parts.rules, parts.terms, parts.vault, actor)
        take_chunk(session, matcher, Chunk(0, 1, 0, [(2, row)], digest_numbers([(2, row)], matcher.vault)), now=now)
    return bound_li


def test_it_works(matched_li: Chat, parts: Services, cast: Cast) -> None:
    with parts.transactions() as session:
        message = session.scalars(select(OutboxMessage).where(OutboxMessage.notice == "certified_by_data")).first()
        assert message is not None
        said = write_notice(session, message, "https://pension.example").text
    assert "2025年3月1日有看病记录，有效期到2025年12月31日" in said
    answer = matched_li.say("不是我")
    (ticket,) = tickets(parts, TicketKind.DATA_DISCREPANCY)
    assert ticket.number in answer
    assert "养老金不会因此停发" in answer
    assert ticket.retiree_id == cast.grandma_li.id
    with parts.transactions() as session:
        assert session.get_one(Retiree, cast.grandma_li.id).certified_until == date(2025, 12, 31), "until staff decide"
        disputes = select(AuditEntry.reason).where(AuditEntry.action == "matching.dispute")
        assert session.scalars(disputes).all() == ["hospital_visit"]
    assert matched_li.say("不是我的") == answer, "told twice, looked into once"
    assert len(tickets(parts, TicketKind.DATA_DISCREPANCY)) == 1


def test_staff_take_a_wrong_match_back(matched_li: Chat, parts: Services, cast: Cast) -> None:
    matched_li.say("不是我")
    _take_back(parts)
    (ticket,) = tickets(parts, TicketKind.DATA_DISCREPANCY)
    with parts.transactions() as session:
        person = session.get_one(Retiree, cast.grandma_li.id)
        assert (person.certified_until, person.certified_by) == (None, None)
        assert session.get_one(Ticket, ticket.id).status is TicketStatus.DONE
        assert session.scalars(select(Certification.revoked_reason)).all() == ["match_wrong"]
        (told,) = session.scalars(select(OutboxMessage).where(OutboxMessage.notice == "certify_again")).all()
        said = write_notice(session, told, "https://pension.example").text
    assert "请再刷脸一次：https://pension.example/h5/enter" in said
    assert "没有用外单位的记录认证" in matched_li.say("不是我")


def test_where_somebody_has_died_meanwhile_nobody_is_asked_to_certify_again(
    matched_li: Chat, parts: Services, cast: Cast
) -> None:
    matched_li.say("不是我")
    report_death(matched_li, cast.grandma_li.name, cast.grandma_li.id_number, "3月3号")
    _take_back(parts)
    with parts.transactions() as session:
        assert session.scalars(select(Certification.revoked_reason)).all() == ["match_wrong"]
        assert session.scalars(select(OutboxMessage).where(OutboxMessage.notice == "certify_again")).all() == []


def test_what_is_found_about_another_sign_does_not_end_the_question(
    matched_li: Chat, parts: Services, cast: Cast, tmp_path: Path
) -> None:
    office = open_office(parts.transactions, tmp_path, parts.clock.now())
    actor, now = Actor(ActorKind.SYSTEM, "test"), office.now
    with parts.transactions() as session:
        person = session.get_one(Retiree, cast.grandma_li.id)
        sentence = notify_event(
            session,
            LifeEventKind.IMPRISONED,
            person,
            happened_on=date(2025, 3, 1),
            source=EventSource.DATA,
            content={},
            rules=parts.rules,
            actor=actor,
            now=now,
        )
        kind = TicketKind.DATA_DISCREPANCY
        ticket = open_ticket(session, kind, person, TicketOrigin.DATA_MATCH, terms=parts.terms, actor=actor, now=now)
    assert ticket.number in matched_li.say("不是我")
    assert ticket.number in matched_li.say("我办的事")
    with parts.transactions() as session:
        reject_event(session, office.first, sentence.id, "同名的人", actor=actor, now=now)
    assert office.standing_tickets(cast.grandma_li) == [TicketKind.DATA_DISCREPANCY]


def test_whoever_told_of_the_death_reads_no_news_of_a_certification_afterwards(
    matched_li: Chat, parts: Services, cast: Cast
) -> None:
    """The message asks whether the person has died, and nobody is asked that twice."""
    report_death(matched_li, cast.grandma_li.name, cast.grandma_li.id_number, "3月3号")
    with parts.transactions() as session:
        told = session.scalars(select(OutboxMessage).where(OutboxMessage.notice == "certified_by_data")).all()
    assert [one.status for one in told] == [OutboxStatus.CANCELLED]


def test_what_waits_to_say_that_somebody_is_certified_goes_with_the_certification(
    matched_li: Chat, parts: Services
) -> None:
    matched_li.say("不是我")
    _take_back(parts)
    with parts.transactions() as session:
        notices = session.execute(select(OutboxMessage.notice, OutboxMessage.status)).all()
    assert ("certified_by_data", OutboxStatus.CANCELLED) in notices
    assert ("certify_again", OutboxStatus.WAITING) in notices


def test_whoever_lives_abroad_is_told_of_the_way_by_the_consulate(
    matched_li: Chat, parts: Services, cast: Cast
) -> None:
    matched_li.say("不是我")
    with parts.transactions() as session:
        session.get_one(Retiree, cast.grandma_li.id).lives_abroad = True
    _take_back(parts)
    with parts.transactions() as session:
        (told,) = session.scalars(select(OutboxMessage).where(OutboxMessage.notice.startswith("certify_again"))).all()
        said = write_notice(session, told, "https://pension.example").text
    assert "使领馆" in said
    assert "社区窗口" not in said


def _take_back(parts: Services) -> None:
    """Let a worker of the community find that the data was about somebody else."""
    (ticket,) = tickets(parts, TicketKind.DATA_DISCREPANCY)
    now = parts.clock.now()
    with parts.transactions() as session:
        worker = add_staff_cast(session, ("neighbour",))["neighbour"]
        session.flush()
        actor = Actor(ActorKind.STAFF, str(worker.id))
        taken = take_ticket(session, worker, ticket.id, ticket.version, actor=actor, now=now)
        take_back_match(session, worker, ticket.id, taken.version, "同名的人", rules=parts.rules, actor=actor, now=now)


@pytest.mark.parametrize("words", ["不是他", "不是我妈", "这不是我爸爸的记录", "不是老人本人", "回复“不是我”"])
def test_a_relative_says_it_in_their_own_words(matched_li: Chat, parts: Services, words: str) -> None:
    matched_li.say(words)
    assert len(tickets(parts, TicketKind.DATA_DISCREPANCY)) == 1


def test_what_the_message_asks_for_counts_also_in_the_middle_of_something_else(
    matched_li: Chat, parts: Services
) -> None:
    """The message comes when the file came, whatever its reader is at."""
    matched_li.say("上门")
    matched_li.say("不是我")
    assert len(tickets(parts, TicketKind.DATA_DISCREPANCY)) == 1
    matched_li.say("上门")
    assert "过世老人" in matched_li.say("他已去世")


@pytest.mark.parametrize("words", ["他已去世", "她已去世", "他已经过世了"])
def test_who_has_died_is_reported_as_ever(matched_li: Chat, words: str) -> None:
    assert "过世老人" in matched_li.say(words)


def test_nothing_is_to_be_disputed(bound_li: Chat, parts: Services) -> None:
    assert "没有用外单位的记录认证" in bound_li.say("不是我")
    assert tickets(parts, TicketKind.DATA_DISCREPANCY) == []
