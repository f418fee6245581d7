"""What changes between a question and its answer: nobody agrees to what was not shown, and nothing breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.deferred import TRIES, hear_waiting
from casework.bindings import Shown, decide_helper, end_binding, find_helpers
from casework.reports import withdraw_report
from jobs.outbox import send_due
from models import Account, Binding
from models.account import Confirmation, Relation
from refusal import Refusal
from services import OnDemand
from tests.bot.talk import STAFF, bind, bindings, claim, reports
from tests.bot.test_outbox import Hears
from tests.weixin import Chat

if TYPE_CHECKING:
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.stand_in import StandIn
    from tests.weixin import Weixin

ASKS, ENTRUSTED, SELF = "父母、配偶或子女", "受老人委托的亲属", "我自己"


def agreed(parts: Services, cast: Cast) -> list[tuple[Relation, str | None]]:
    found = bindings(parts, cast.grandma_li)
    return [(one.relation, one.person_name) for one in found if one.confirmed_by is Confirmation.RETIREE]


def end(parts: Services, cast: Cast, relation: Relation) -> None:
    """End bindings as staff would, while a conversation is under way."""
    found = bindings(parts, cast.grandma_li)
    with parts.transactions() as session:
        for one in found:
            if one.relation is relation:
                end_binding(session, session.get_one(Binding, one.id), reason="t", actor=STAFF, now=parts.clock.now())


def test_a_claim_that_was_changed_is_shown_again(li: Chat, daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose="利害关系人", person_name="李小妹")
    assert "利害关系人" in li.say("家人")
    claim(daughter, cast.grandma_li, whose=ENTRUSTED, person_name="王小明")
    shown = li.tap("同意")
    assert "有变动" in shown
    assert "王小明（委托的亲属）" in shown
    assert agreed(parts, cast) == []
    li.tap("同意")
    assert agreed(parts, cast) == [(Relation.ENTRUSTED, "王小明")]


def test_nobody_slips_before_whoever_was_shown(
    li: Chat, daughter: Chat, weixin: Weixin, parts: Services, cast: Cast
) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose=ASKS, person_name="李小妹")
    li.say("家人")
    li.tap("同意")
    assert "李小妹" in li.say("家人")
    claim(Chat(weixin, "oEvil"), cast.grandma_li, whose=ENTRUSTED, person_name="王小明")
    li.tap("同意")
    assert agreed(parts, cast) == [(Relation.DIRECT_RELATIVE, "李小妹")]


def test_what_was_shown_is_compared_once_more_when_it_counts(
    li: Chat, daughter: Chat, parts: Services, cast: Cast
) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose=ASKS, person_name="李小妹")
    found = bindings(parts, cast.grandma_li)
    with parts.transactions() as session:
        own = next(one for one in found if one.confirmed_by is Confirmation.CODE)
        account = session.get_one(Account, own.account_id)
        (waiting,) = find_helpers(session, account, now=parts.clock.now())
        shown = Shown(waiting.id, Relation.RELATIVE, "李小妹")
        with pytest.raises(Refusal, match="not_yours"):
            decide_helper(session, account, shown, agreed=True, actor=STAFF, now=parts.clock.now())


def test_whoever_asks_no_more_ends_the_conversation(li: Chat, daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose=ASKS, person_name="李小妹")
    for answer in ("同意", "再说一遍"):
        li.say("家人")
        claim(daughter, cast.grandma_li, whose=SELF)
        assert "有变动" in li.say(answer)
        assert "我要认证" in li.options
        claim(daughter, cast.grandma_li, whose=ASKS, person_name="李小妹")


@pytest.mark.parametrize("begun", [("解绑",), ("我妈妈过世了", "李*香", "昨天", "1", "13900000009")])
def test_a_binding_that_ended_meanwhile_ends_the_conversation(
    li: Chat, daughter: Chat, parts: Services, cast: Cast, begun: tuple[str, ...]
) -> None:
    bind(li, parts, cast.grandma_li)
    bind(daughter, parts, cast.grandma_li, whose=ASKS, person_name="李小妹")
    for said in begun:
        daughter.say(said)
    end(parts, cast, Relation.DIRECT_RELATIVE)
    assert "有变动" in daughter.say("对")
    assert "我要认证" in daughter.options
    assert reports(parts) == []


def test_an_address_is_not_changed_by_whoever_was_sent_away_meanwhile(
    daughter: Chat, parts: Services, cast: Cast
) -> None:
    bind(daughter, parts, cast.grandma_li, whose=ENTRUSTED, person_name="李小妹")
    daughter.say("改电话")
    daughter.say("13900000008")
    end(parts, cast, Relation.ENTRUSTED)
    assert "有变动" in daughter.say("对")
    assert reports(parts) == []


def test_a_report_that_is_gone_is_not_taken_back(li: Chat, parts: Services, cast: Cast) -> None:
    bind(li, parts, cast.grandma_li)
    li.say("改电话")
    li.say("13900000008")
    li.tap("对")
    li.say("撤回")
    (filed,) = reports(parts)
    with parts.transactions() as session:
        teller = session.get_one(Account, filed.account_id)
        withdraw_report(session, teller, filed.number, actor=STAFF, now=parts.clock.now())
    for said in ("对", "菜单"):
        assert "我要认证" in li.say(said)


def test_a_voice_message_that_breaks_something_holds_up_nobody(
    li: Chat, daughter: Chat, parts: Services, api: StandIn, clock: StandingClock
) -> None:
    class Breaks(Hears):
        def hear(self, recording: bytes) -> str:
            if recording == b"bad":
                raise ZeroDivisionError
            return super().hear(recording)

    object.__setattr__(parts, "speech_on_demand", OnDemand(Breaks))
    for chat, recording in ((li, b"bad"), (daughter, "菜单".encode())):
        api.heard_from(chat.openid)
        api.media[chat.openid] = recording
        chat.send({"MsgType": "voice", "MediaId": chat.openid, "Format": "amr"})
    assert hear_waiting(parts, clock.now()) == 2
    for _ in range(TRIES):
        clock.advance(seconds=61)
        hear_waiting(parts, clock.now())
    assert hear_waiting(parts, clock.now()) == 0
    send_due(parts, clock.now())
    assert "没听清楚" in api.texts_of(li.openid)[-1]
