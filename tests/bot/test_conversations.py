"""Everything an old person can do by talking, through the callback, in both databases."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from certification.receipt_tokens import list_revoked, revoked_digest
from clock import LOCAL_ZONE
from models import AuditEntry, Ticket
from models.report import ReportKind, ReportStatus
from models.ticket import Place, TicketKind, TicketOrigin, TicketStatus, VisitReason
from models.transitions import move
from tests.bot.talk import STAFF, bind, claim, reports, tickets

if TYPE_CHECKING:
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.weixin import Chat

ADDRESS = "开福区湘春路8号湘春社区"
NUMBER = re.compile(r"[A-Z]\d{4}-\d{8}")


def test_it_works_from_following_to_the_certification_link(li: Chat, parts: Services, cast: Cast) -> None:
    assert "我要认证" in li.do("subscribe")
    assert "要先登记" in li.tap("我要认证")
    assert li.options == ["同意", "不同意"]
    claim(li, cast.grandma_li)
    link = re.search(r'<a href="([^"]+)">', li.last)
    assert link
    assert link[1] == f"{parts.settings.public_base_url}/h5/enter"


def test_a_new_address_is_read_back_and_filed(bound_li: Chat, parts: Services, cast: Cast) -> None:
    bound_li.say("我搬家了")
    assert "新地址是哪里" in bound_li.shown
    assert "不够细" in bound_li.say("长沙")
    assert ADDRESS in bound_li.say(f"我搬到了{ADDRESS}")
    shown = bound_li.tap("对")
    (filed,) = reports(parts)
    assert filed.number in shown
    assert (filed.kind, filed.retiree_id) == (ReportKind.ADDRESS_CHANGE, cast.grandma_li.id)
    assert filed.owner_code == cast.grandma_li.community_code
    assert json.loads(filed.content) == {"address": ADDRESS}
    assert "正在核实" in bound_li.say("我办的事")
    with parts.transactions() as session:
        assert session.get_one(type(cast.grandma_li), cast.grandma_li.id).address == cast.grandma_li.address


def test_what_was_misread_is_said_again(bound_li: Chat, parts: Services) -> None:
    bound_li.say("改电话")
    bound_li.say("幺三九 零零零零 零零零九")
    assert "13900000009" in bound_li.shown
    assert "重新来" in bound_li.tap("不对")
    bound_li.say("13900000008")
    bound_li.tap("对")
    (filed,) = reports(parts)
    assert json.loads(filed.content) == {"phone": "13900000008"}


@pytest.mark.parametrize("said", ["不对，是13900000008", "是13900000008", "不是13900000009，是13900000008"])
def test_what_is_said_anew_at_the_end_takes_the_place_of_what_was_misread(
    bound_li: Chat, parts: Services, said: str
) -> None:
    bound_li.say("改电话")
    bound_li.say("13900000009")
    assert "13900000008" in bound_li.say(said)
    assert reports(parts) == []
    bound_li.tap("对")
    (filed,) = reports(parts)
    assert json.loads(filed.content) == {"phone": "13900000008"}


def test_moving_to_another_province(bound_li: Chat, parts: Services) -> None:
    bound_li.say("我移居外地了")
    bound_li.tap("外省")
    bound_li.say("广东省深圳市南山区海德路3号海德社区")
    assert "农历" in bound_li.say("农历正月初三")
    bound_li.say("上个月6号")
    assert "2025年2月6日" in bound_li.shown
    assert "2025年2月5日" in bound_li.say("不对，是上个月5号")
    bound_li.tap("对")
    (filed,) = reports(parts)
    assert (filed.kind, str(filed.happened_on)) == (ReportKind.MOVING_AWAY, "2025-02-05")


def test_a_death_reported_by_a_relative(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("我爸走了")
    daughter.tap("周*田")
    assert "电话是多少" in daughter.say("昨天")
    daughter.say("13900000003")
    assert "2025年3月9日" in daughter.shown
    shown = daughter.tap("对")
    assert "节哀" in shown
    assert "本市2025年4月8日，国家2025年4月7日" in shown
    (filed,) = reports(parts)
    assert (filed.kind, filed.retiree_id, filed.is_late) == (ReportKind.DEATH, cast.old_zhou.id, False)
    assert json.loads(filed.content) == {"kin": "direct_relative", "phone": "13900000003"}
    # the same told again is not filed again
    for said in ("我爸走了", "周*田", "昨天", "13900000003", "对"):
        daughter.say(said)
    assert filed.number in daughter.last
    assert len(reports(parts)) == 1


def test_a_death_reported_late_of_somebody_not_bound(daughter: Chat, parts: Services, cast: Cast) -> None:
    daughter.do("CLICK", "report_death")
    daughter.say("陈远行")
    daughter.say(cast.far_chen.id_number)
    daughter.say("2025年1月20日")
    daughter.tap("邻居或别的人")
    daughter.say("0731-88888888")
    assert "超过30天" in daughter.tap("对")
    (filed,) = reports(parts)
    assert (filed.is_late, filed.retiree_id) == (True, cast.far_chen.id)
    assert str(filed.happened_on) == "2025-01-20"


def test_the_thirtieth_day_is_in_time_and_the_next_is_late(daughter: Chat, parts: Services, cast: Cast) -> None:
    for day, who in (("2025年2月8日", cast.far_chen), ("2025年2月7日", cast.grandma_li)):
        daughter.do("CLICK", "report_death")
        for said in (who.name, who.id_number, day, "邻居", "13900000003", "对"):
            daughter.say(said)
    assert [one.is_late for one in reports(parts)] == [False, True]


def test_a_home_visit_carries_one_of_the_five_reasons(bound_li: Chat, parts: Services) -> None:
    bound_li.say("请派人来家里")
    bound_li.say("我走不动")
    shown = bound_li.tap("对")
    (ticket,) = tickets(parts, TicketKind.ASSISTED_CERTIFICATION)
    assert ticket.number in shown
    assert (ticket.place, ticket.visit_reason) == (Place.HOME, VisitReason.HARD_OF_MOVING)
    assert "0731-00000000" in shown


def test_no_reason_leads_to_the_window(bound_li: Chat, parts: Services) -> None:
    bound_li.say("上门")
    assert "到社区窗口办" in bound_li.tap("都不是")
    assert "家里" not in bound_li.shown
    bound_li.tap("对")
    (ticket,) = tickets(parts, TicketKind.ASSISTED_CERTIFICATION)
    assert (ticket.place, ticket.visit_reason) == (Place.WINDOW, None)
    assert "桂花社区" in bound_li.shown


def test_an_anonymous_report_leads_to_nobody(li: Chat, parts: Services) -> None:
    li.say("我要举报冒领")
    li.tap("匿名")
    li.say("三单元的老王死了三年还在领 𠮷䶮😀")
    li.tap("对")
    (filed,) = reports(parts)
    assert filed.account_id is None
    assert "𠮷䶮😀" in filed.content
    with parts.transactions() as session:
        told = session.scalars(select(AuditEntry).where(AuditEntry.action == "report.file")).one()
        assert told.actor_name == ""
    assert "还没有办过事" in li.say("我办的事")
    li.say("查编号")
    assert "正在办" in li.say(filed.number)


def test_a_named_report_cannot_be_followed_by_others(li: Chat, daughter: Chat, parts: Services) -> None:
    li.say("举报")
    li.tap("留电话")
    li.say("有人冒领养老金")
    li.say("13900000003")
    li.tap("对")
    (filed,) = reports(parts)
    daughter.say("查编号")
    assert "没有查到" in daughter.say(filed.number)


def test_whoever_says_to_be_alive_is_told_by_when_it_is_decided(
    bound_li: Chat, parts: Services, clock: StandingClock
) -> None:
    saturday = datetime(2025, 3, 15, 15, tzinfo=LOCAL_ZONE)
    clock.set(saturday)
    bound_li.say("我还活着！")
    bound_li.say("13900000001")
    assert "最晚2025年3月17日给您结果" in bound_li.tap("对"), "the next day that is worked"
    (case,) = tickets(parts, TicketKind.COMPLAINT)
    assert case.due_by == (saturday + timedelta(days=2)).date()


def test_still_alive_is_read_back_and_filed(bound_li: Chat, parts: Services, cast: Cast) -> None:
    assert "您的电话" in bound_li.say("我还活着！")
    assert "李*香还健在" in bound_li.say("13900000001")
    assert reports(parts) == []
    bound_li.tap("对")
    (filed,) = reports(parts)
    assert (filed.kind, filed.retiree_id) == (ReportKind.STILL_ALIVE, cast.grandma_li.id)
    assert json.loads(filed.content) == {"phone": "13900000001"}


def test_whoever_despairs_is_handed_to_a_person_at_once(li: Chat, parts: Services) -> None:
    assert "12356" in li.say("我不想活了")
    (ticket,) = tickets(parts, TicketKind.HANDED_OVER)
    assert ticket.origin is TicketOrigin.REQUESTED


def test_a_death_is_told_also_without_the_number_and_what_was_told_is_not_lost(daughter: Chat, parts: Services) -> None:
    daughter.say("我妈妈没了")
    daughter.say("李桂花")
    daughter.say("我不晓得身份证")
    daughter.say("昨天")
    daughter.tap("子女、配偶或父母")
    assert "11位" in daughter.say("1390000")
    daughter.say("就是这个")
    (ticket,) = tickets(parts, TicketKind.HANDED_OVER)
    assert ticket.note is not None
    assert "李桂花" in ticket.note
    assert "2025-03-09" in ticket.note


def test_a_person_is_chosen_by_the_whole_name(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("我爸爸过世了")
    assert "哪一天走的" in daughter.say("周守田")


def test_a_second_tap_on_the_last_answer_does_nothing(bound_li: Chat, parts: Services) -> None:
    bound_li.say("改电话")
    bound_li.say("13900000008")
    before = bound_li.last
    bound_li.tap("对")
    bound_li.last = before
    assert "已经问过了" in bound_li.tap("对")
    assert "我要认证" in bound_li.options
    assert (len(reports(parts)), tickets(parts, TicketKind.HANDED_OVER)) == (1, [])


def test_a_number_after_a_long_rest_begins_nothing(bound_li: Chat, clock: StandingClock) -> None:
    bound_li.say("改电话")
    bound_li.say("13900000008")
    clock.advance(minutes=40)
    assert "没有提交" in bound_li.say("5")


def test_without_weights_a_person_answers_questions_about_policy(bound_li: Chat) -> None:
    assert "不敢乱说" in bound_li.say("天气怎么样")


def test_what_was_asked_for_is_listed_with_where_it_stands(bound_li: Chat, parts: Services) -> None:
    bound_li.say("上门")
    bound_li.say("走不动")
    bound_li.tap("对")
    assert "正在办，最晚" in bound_li.say("我办的事")
    with parts.transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
        move(session, ticket, TicketStatus.DONE, reason="test", actor=STAFF, now=parts.clock.now())
    shown = bound_li.say("我办的事")
    assert "办好了" in shown
    assert "最晚" not in shown


def test_who_asks_again_later_is_promised_a_day_that_is_still_to_come(
    bound_li: Chat, parts: Services, clock: StandingClock
) -> None:
    bound_li.say("医保怎么报")
    clock.advance(days=20)
    assert "2025年4月2日" in bound_li.say("医保怎么报")
    assert len(tickets(parts, TicketKind.HANDED_OVER)) == 1


def test_an_unconfirmed_number_is_masked_in_what_staff_read(li: Chat, parts: Services, cast: Cast) -> None:
    number = cast.grandma_li.id_number
    li.say("绑定")
    li.tap("同意")
    li.tap("我自己")
    li.say("李桂香")
    for _ in range(2):
        li.say(number[:-1] + ("0" if number[-1] != "0" else "1"))
    (ticket,) = tickets(parts, TicketKind.HANDED_OVER)
    assert ticket.note is not None
    assert number[:14] not in ticket.note


def test_an_unknown_question_goes_to_a_person_with_its_words(bound_li: Chat, parts: Services, cast: Cast) -> None:
    shown = bound_li.say("丧葬费能领多少钱？")
    assert "不敢乱说" in shown
    (ticket,) = tickets(parts, TicketKind.HANDED_OVER)
    assert ticket.number in shown
    assert (ticket.note, ticket.retiree_id) == ("丧葬费能领多少钱？", cast.grandma_li.id)
    assert ticket.origin is TicketOrigin.NOT_UNDERSTOOD
    bound_li.say("那医保呢？")
    (ticket,) = tickets(parts, TicketKind.HANDED_OVER)
    assert ticket.note == "丧葬费能领多少钱？\n那医保呢？"


def test_a_wrong_report_is_taken_back(daughter: Chat, parts: Services, cast: Cast) -> None:
    assert "没有能撤回" in daughter.say("撤回")
    for day, who in (("昨天", cast.far_chen), ("前天", cast.grandma_li)):
        daughter.do("CLICK", "report_death")
        for said in (who.name, who.id_number, day, "邻居", "13900000003", "对"):
            daughter.say(said)
    daughter.say("我报错了")
    first, second = (one.number for one in reports(parts))
    daughter.say(first)
    assert first in daughter.shown
    assert "已经撤回" in daughter.tap("对")
    assert {one.number: one.status for one in reports(parts)} == {
        first: ReportStatus.WITHDRAWN,
        second: ReportStatus.NOTIFIED,
    }
    assert "已经撤回" in daughter.say("我办的事")
    with parts.transactions() as session:
        listed = list_revoked(session, now=parts.clock.now())["revoked"]
    assert revoked_digest(first) in listed
    assert revoked_digest(second) not in listed
    assert second in daughter.say("我搞错了，我妈还活着")
    daughter.tap("对")
    assert "没有能撤回" in daughter.say("撤回")
