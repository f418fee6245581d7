"""Binding oneself and one's relatives: what is asked, what counts, what nobody learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from casework.bindings import Shown, decide_helper
from certification.confirming import confirm_binding
from models import Account, AuditEntry, Binding, Consent, OutboxMessage
from models.account import Confirmation, ConsentKind, Relation
from refusal import Refusal
from tests.bot.talk import STAFF, bind, claim, code_for
from tests.factories.retirees import make_id_number

if TYPE_CHECKING:
    from datetime import date

    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.weixin import Chat


def account_of(parts: Services, chat: Chat) -> Account:
    with parts.transactions() as session:
        found = session.scalars(
            select(Account).where(Account.identity_index == parts.vault.blind_index(chat.openid, "accounts.identity"))
        ).one()
        assert found.openid == chat.openid
        return found


def binding_of(parts: Services, chat: Chat) -> Binding | None:
    account = account_of(parts, chat)
    with parts.transactions() as session:
        return session.scalar(select(Binding).where(Binding.account_id == account.id))


def test_it_works_with_a_code_of_the_community(li: Chat, parts: Services, cast: Cast) -> None:
    claim(li, cast.grandma_li)
    before = binding_of(parts, li)
    assert before is not None
    assert before.confirmed_at is None
    li.say("改地址")
    assert "还没有确认" in li.last
    li.say(code_for(parts, cast.grandma_li))
    after = binding_of(parts, li)
    assert after is not None
    assert (after.confirmed_by, after.relation) == (Confirmation.CODE, Relation.SELF)
    assert "改地址" in li.say("菜单")
    assert "新地址是哪里" in li.tap("改地址")


def test_two_consents_are_asked_for_one_by_one(li: Chat, parts: Services, cast: Cast) -> None:
    li.say("绑定")
    assert li.options == ["同意", "不同意"]
    assert "刷脸" not in li.shown
    li.tap("同意")
    li.tap("我自己")
    li.say("李桂香")
    li.say(cast.grandma_li.id_number)
    assert "面部照片" in li.shown
    li.tap("不同意")
    li.tap("对")
    assert "要确认码" in li.last
    assert "刷脸" not in li.last
    with parts.transactions() as session:
        assert session.scalars(select(Consent.kind)).all() == [ConsentKind.PERSONAL_INFORMATION]


@pytest.mark.parametrize(("whose", "asked"), [("我自己", "您的"), ("父母、配偶或子女", "老人的")])
def test_each_is_asked_for_whom_it_is_about(li: Chat, cast: Cast, whose: str, asked: str) -> None:
    li.say("绑定")
    li.tap("同意")
    li.tap(whose)
    if whose != "我自己":
        li.say("王小妹")
    assert f"{asked}姓名" in li.last
    assert f"{asked}身份证号" in li.say("李桂香")
    assert f"{asked}面部照片" in li.say(cast.grandma_li.id_number)


@pytest.mark.parametrize(
    "said",
    [
        "{name}，身份证{number}",
        "{name} {number}",
        "我叫{name}，身份证号码是{number}",
        "{number}，{name}",
        "{name}身份证号：{spaced}",
        "{name}（{number}）",
        "{name}(身份证号{number})",
        "{name} ID{number}",
        "{name}的居民身份证号码为{number}",
    ],
)
def test_name_and_number_may_be_told_at_once(li: Chat, parts: Services, cast: Cast, said: str) -> None:
    person = cast.grandma_li
    li.say("绑定")
    li.tap("同意")
    li.tap("我自己")
    number = person.id_number
    li.say(said.format(name=person.name, number=number, spaced=f"{number[:6]} {number[6:14]} {number[14:]}"))
    assert "刷脸" in li.shown, "the number is not asked for once more"
    li.tap("同意")
    li.tap("对")
    found = binding_of(parts, li)
    assert found is not None
    assert found.retiree_id == person.id


def test_a_wrong_number_beside_a_name_is_asked_for_again(li: Chat, cast: Cast) -> None:
    li.say("绑定")
    li.tap("同意")
    li.tap("我自己")
    li.say(f"{cast.grandma_li.name}，身份证{cast.grandma_li.id_number[:-2]}")
    assert "身份证" in li.last
    assert "叫什么" not in li.last


def test_whoever_does_not_consent_is_shown_the_window(li: Chat, parts: Services) -> None:
    li.say("绑定")
    assert "社区窗口" in li.tap("不同意")
    with parts.transactions() as session:
        assert session.scalar(select(func.count()).select_from(Consent)) == 0


def test_nobody_learns_whether_a_number_is_in_the_roster(li: Chat, daughter: Chat, parts: Services, cast: Cast) -> None:
    known = claim(li, cast.grandma_li)
    stranger = type(cast.grandma_li)(name="王无名", id_number=make_id_number(birthday=_day(1950), serial=88))
    unknown = claim(daughter, stranger)
    assert known == unknown
    other_name = type(cast.grandma_li)(name="张远山", id_number=cast.far_chen.id_number)
    assert claim(daughter, other_name) == unknown
    for chat in (li, daughter):
        chat.say("12345678")
    assert li.last == daughter.last
    assert binding_of(parts, daughter) is None


def _day(year: int) -> date:
    from datetime import date  # noqa: PLC0415 - only here

    return date(year, 5, 1)


def test_the_numbers_that_are_none_are_explained(li: Chat, cast: Cast) -> None:
    li.say("绑定")
    li.tap("同意")
    li.tap("我自己")
    li.say("李桂香")
    number = cast.grandma_li.id_number
    assert "15位" in li.say("430102520618422")
    assert "18位" in li.shown
    assert "同意" in li.say("重新开始")
    li.tap("同意")
    li.tap("我自己")
    li.say("李桂香")
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    assert "有一位写错了" in li.say(wrong)
    assert wrong not in li.last


def test_five_tries_lock_for_an_hour(li: Chat, parts: Services, cast: Cast, clock: StandingClock) -> None:
    claim(li, cast.grandma_li)
    for _ in range(4):
        assert "用不了" in li.say("00000000")
    assert "停一个小时" in li.say("00000000")
    assert "停一个小时" in li.say(code_for(parts, cast.grandma_li))
    assert "停一个小时" in claim(li, cast.grandma_li)
    clock.advance(hours=1, minutes=1)
    assert "确认好了" in li.say(code_for(parts, cast.grandma_li))


def test_a_code_serves_once_for_its_own_person_and_for_some_days(
    li: Chat, daughter: Chat, parts: Services, cast: Cast, clock: StandingClock
) -> None:
    code = code_for(parts, cast.grandma_li)
    claim(daughter, cast.far_chen)
    assert "用不了" in daughter.say(code)
    claim(li, cast.grandma_li)
    late = code_for(parts, cast.grandma_li)
    clock.advance(days=15)
    assert "用不了" in li.say(late)
    good = code_for(parts, cast.grandma_li)
    assert "确认好了" in li.say(good)
    claim(daughter, cast.grandma_li, whose="父母、配偶或子女", person_name="李小妹")
    assert "用不了" in daughter.say(good)


def test_a_relative_counts_once_the_retiree_agrees(
    li: Chat, daughter: Chat, parts: Services, cast: Cast, clock: StandingClock
) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose="父母、配偶或子女", person_name="李小妹")
    assert "还没有确认" in daughter.say("认证到哪天")
    account = account_of(parts, li)
    with parts.transactions() as session:
        asked = session.scalars(select(OutboxMessage).where(OutboxMessage.notice == "relative_asks")).one()
        assert asked.account_id == account.id
        assert "李小妹" in asked.values
    assert "李小妹（父母、配偶或子女）" in li.say("家人")
    assert "可以帮您了" in li.tap("同意")
    found = binding_of(parts, daughter)
    assert found is not None
    assert (found.confirmed_by, found.relation) == (Confirmation.RETIREE, Relation.DIRECT_RELATIVE)
    assert "还没认证" in daughter.say("认证到哪天")
    # and the retiree may change her mind
    li.say("家人")
    li.tap("不同意")
    assert "还没有确认" in daughter.say("认证到哪天")
    clock.advance(minutes=1)


def test_a_stranger_cannot_decide_for_the_retiree(li: Chat, daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose="父母、配偶或子女", person_name="李小妹")
    assert "没有家人" in daughter.say("家人")
    found = binding_of(parts, daughter)
    assert found is not None
    shown = Shown(found.id, found.relation, found.person_name or "")
    account = account_of(parts, daughter)
    with parts.transactions() as session, pytest.raises(Refusal, match="not_yours"):
        decide_helper(session, account, shown, agreed=True, actor=STAFF, now=parts.clock.now())
    found = binding_of(parts, daughter)
    assert found is not None
    assert found.confirmed_at is None


@pytest.mark.parametrize(
    ("whose", "may_change", "may_certify"),
    [
        ("父母、配偶或子女", False, True),
        ("别的亲戚", False, False),
        ("受老人委托的亲属", True, False),
        ("利害关系人", False, False),
    ],
)
def test_the_four_kin_classes_may_do_different_things(
    daughter: Chat, parts: Services, cast: Cast, whose: str, *, may_change: bool, may_certify: bool
) -> None:
    bind(daughter, parts, cast.old_zhou, whose=whose, person_name="周小妹")
    assert ("新地址是哪里" in daughter.say("改地址")) is may_change
    daughter.say("取消")
    assert ("在哪里刷脸" in daughter.say("我要认证")) is may_certify
    daughter.say("取消")
    shown = daughter.say("认证到哪天")
    assert ("最晚" in shown) is may_certify


def test_somebody_may_leave(daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    daughter.say("解除绑定")
    assert "已经解除" in daughter.tap("对")
    assert "还没有确认" in daughter.say("认证到哪天")


def test_what_was_bound_and_confirmed_is_audited(li: Chat, parts: Services, cast: Cast) -> None:
    bind(li, parts, cast.grandma_li)
    with parts.transactions() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == str(cast.grandma_li.id))).all()
    assert {"binding.claim", "binding.code", "binding.confirm"} <= set(acts)


def test_a_confirmed_relative_gets_the_menu_of_relatives(daughter: Chat, parts: Services, cast: Cast) -> None:
    claim(daughter, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    account = account_of(parts, daughter)
    with parts.transactions() as session:
        found = session.scalars(select(Binding).where(Binding.account_id == account.id)).one()
        confirm_binding(session, found, Confirmation.FACE, actor=STAFF, now=parts.clock.now())
        confirm_binding(session, found, Confirmation.CODE, actor=STAFF, now=parts.clock.now())
    with parts.transactions() as session:
        assert session.scalars(select(OutboxMessage.notice)).all() == ["tag_relative"]
