"""Messages out: which way, when, again after failures, and never twice."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from bot.deferred import forget_talk, hear_waiting
from casework.life_events import notify_event
from certification.certify import certify
from jobs.notices import Template
from jobs.outbox import send_due
from models import Binding, InboxMessage, OutboxMessage, Retiree
from models.certification import Channel
from models.life_event import EventSource, LifeEventKind
from models.outbox import OutboxStatus, enqueue
from services import OnDemand
from tests.bot.talk import STAFF, bind
from tests.rows import count
from tests.stand_in import Fault

if TYPE_CHECKING:
    from services import Services
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.stand_in import StandIn
    from tests.weixin import Chat

TEMPLATES = {
    "certified": {
        "subscription": Template("S1", {"thing1": "name", "time2": "valid_until"}),
        "template": Template("T1", {"thing1": "name", "time2": "valid_until"}),
    }
}


def certify_li(parts: Services, cast: Cast) -> None:
    with parts.transactions() as session:
        certify(session, cast.grandma_li, Channel.COUNTER, rules=parts.rules, actor=STAFF, now=parts.clock.now())


def go(parts: Services) -> int:
    return send_due(parts, parts.clock.now())


def messages(parts: Services, notice: str = "certified") -> list[OutboxMessage]:
    with parts.transactions() as session:
        return list(session.scalars(select(OutboxMessage).where(OutboxMessage.notice == notice)))


@pytest.fixture
def bound_li(li: Chat, parts: Services, cast: Cast, api: StandIn) -> Chat:
    bind(li, parts, cast.grandma_li)
    api.heard_from(li.openid)
    return li


def test_it_works_within_the_window_of_a_message(bound_li: Chat, parts: Services, cast: Cast, api: StandIn) -> None:
    certify_li(parts, cast)
    certify_li(parts, cast)
    assert go(parts) == 1
    assert go(parts) == 0
    (text,) = api.texts_of(bound_li.openid)
    assert "李*香今年认证好了，有效期到2025年12月31日" in text
    assert "/h5/receipts/2025-" in text
    assert cast.grandma_li.id_number not in text
    (sent,) = messages(parts)
    assert (sent.status, sent.channel) == (OutboxStatus.SENT, "customer_service")


def test_the_operators_subscription_comes_first(bound_li: Chat, parts: Services, cast: Cast, api: StandIn) -> None:
    parts.templates.update(TEMPLATES)
    certify_li(parts, cast)
    go(parts)
    (one,) = api.delivered
    assert (one.kind, one.openid) == ("subscription", bound_li.openid)
    assert one.content["data"] == {"thing1": {"value": "李*香"}, "time2": {"value": "2025年12月31日"}}


def test_whoever_refuses_is_reached_by_the_next_way(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn, clock: StandingClock
) -> None:
    parts.templates.update(TEMPLATES)
    api.people[bound_li.openid].blocks = True
    certify_li(parts, cast)
    for _ in range(4):
        go(parts)
        clock.advance(seconds=1)
    (sent,) = messages(parts)
    assert (sent.status, sent.channel) == (OutboxStatus.SENT, "sms")
    (line,) = parts.settings.sms_file.read_text().splitlines()
    told = json.loads(line)
    assert (told["phone"], told["key"]) == (cast.grandma_li.phone, str(sent.id))
    assert parts.settings.sms_file.stat().st_mode & 0o077 == 0
    assert api.delivered == []


def test_outside_the_window_nothing_is_tried_in_vain(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn, clock: StandingClock
) -> None:
    del bound_li
    clock.advance(hours=49)
    certify_li(parts, cast)
    go(parts)
    assert "POST /cgi-bin/message/custom/send" not in api.calls
    assert messages(parts)[0].channel == "sms"


def test_five_messages_fit_into_the_window(bound_li: Chat, parts: Services, api: StandIn) -> None:
    with parts.transactions() as session:
        account = session.scalars(select(InboxMessage.account_id)).first()
        assert account is not None
        for place in range(7):
            values = {"text": f"第{place}条", "options": []}
            enqueue(session, account, "reply", values, cause=f"x{place}", now=parts.clock.now(), is_reply=True)
    go(parts)
    assert len(api.texts_of(bound_li.openid)) == 5
    statuses = sorted(one.status for one in messages(parts, "reply"))
    assert statuses == [OutboxStatus.FAILED] * 2 + [OutboxStatus.SENT] * 5


def test_whoever_left_gets_no_message_in_wechat(bound_li: Chat, parts: Services, cast: Cast, api: StandIn) -> None:
    bound_li.do("unsubscribe")
    certify_li(parts, cast)
    go(parts)
    assert api.delivered == []
    assert messages(parts)[0].channel == "sms"


def test_nothing_is_sent_at_night_but_answers(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn, clock: StandingClock
) -> None:
    clock.set(datetime(2025, 3, 10, 14, 0, tzinfo=UTC))  # ten in the evening in China
    certify_li(parts, cast)
    assert go(parts) == 0
    assert messages(parts)[0].next_try_at == datetime(2025, 3, 11, 0, 0, tzinfo=UTC)
    clock.set(datetime(2025, 3, 11, 0, 0, tzinfo=UTC))
    go(parts)
    assert len(api.texts_of(bound_li.openid)) == 1


def test_an_outage_of_an_hour_loses_nothing_and_doubles_nothing(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn, clock: StandingClock
) -> None:
    with parts.transactions() as session:
        account = session.scalars(select(InboxMessage.account_id)).first()
        assert account is not None
        for place in range(4):
            values = {"text": f"第{place}条", "options": []}
            enqueue(session, account, "reply", values, cause=f"x{place}", now=parts.clock.now(), is_reply=True)
    certify_li(parts, cast)
    end = clock.now() + timedelta(hours=1)
    faults = [Fault(refuse=True), Fault(status=503), Fault(status=502), Fault(errcode=-1, times=10**6)]
    rounds = 0
    while clock.now() < end:
        api.fault = faults[rounds % len(faults)]
        go(parts)
        clock.advance(seconds=20)
        rounds += 1
    assert api.delivered == []
    assert {one.status for one in messages(parts, "reply")} == {OutboxStatus.WAITING}
    assert max(one.tries for one in messages(parts, "reply")) < 20
    api.fault = Fault()
    for _ in range(60):
        go(parts)
        clock.advance(seconds=30)
    texts = api.texts_of(bound_li.openid)
    assert sorted(text for text in texts if text.startswith("第")) == [f"第{place}条" for place in range(4)]
    assert len(texts) == 5
    assert {one.status for one in messages(parts, "reply") + messages(parts)} == {OutboxStatus.SENT}
    assert not parts.settings.sms_file.exists()


def test_a_quota_is_waited_for(bound_li: Chat, parts: Services, cast: Cast, api: StandIn, clock: StandingClock) -> None:
    api.fault = Fault(errcode=45009, times=1)
    certify_li(parts, cast)
    go(parts)
    assert messages(parts)[0].next_try_at > clock.now() + timedelta(minutes=40)
    clock.advance(hours=2)
    go(parts)
    assert len(api.texts_of(bound_li.openid)) == 1


def test_an_expired_token_costs_one_more_request_and_no_message(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn
) -> None:
    parts.wechat.jsapi_ticket()
    api.expire_tokens()
    certify_li(parts, cast)
    go(parts)
    assert api.token_requests == 2
    assert len(api.texts_of(bound_li.openid)) == 1


def test_a_message_whose_sender_died_is_not_sent_again_but_a_template_is(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn, clock: StandingClock
) -> None:
    certify_li(parts, cast)
    with parts.transactions() as session:
        session.scalars(
            select(OutboxMessage).where(OutboxMessage.notice == "certified")
        ).one().claimed_until = clock.now()
    clock.advance(seconds=1)
    go(parts)
    assert messages(parts)[0].status is OutboxStatus.UNCERTAIN
    assert api.delivered == []
    parts.templates["relative_agreed"] = {"template": Template("T2", {"thing1": "同意了"})}
    with parts.transactions() as session:
        account = session.scalars(select(InboxMessage.account_id)).first()
        assert account is not None
        enqueue(session, account, "relative_agreed", {}, cause="once", now=clock.now())
    with parts.transactions() as session:
        other = session.scalars(select(OutboxMessage).where(OutboxMessage.cause == "once")).one()
        other.claimed_until = clock.now()
    clock.advance(seconds=1)
    go(parts)
    assert [(one.kind, one.openid) for one in api.delivered] == [("template", bound_li.openid)]
    assert api.delivered[0].content["data"] == {"thing1": {"value": "同意了"}}


def test_a_template_that_did_not_arrive_takes_another_way(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn, clock: StandingClock
) -> None:
    parts.templates["certified"] = {"template": TEMPLATES["certified"]["template"]}
    certify_li(parts, cast)
    go(parts)
    (sent,) = messages(parts)
    assert sent.wechat_id
    result = {"MsgType": "event", "Event": "TEMPLATESENDJOBFINISH", "MsgID": sent.wechat_id}
    assert bound_li.send(result | {"Status": "success"}) == ""
    clock.advance(seconds=5)
    assert go(parts) == 0
    bound_li.send(result | {"Status": "failed:user block"})
    go(parts)
    assert [one.kind for one in api.delivered] == ["template", "text"]


def test_a_relative_is_tagged_for_the_menu_of_relatives(
    daughter: Chat, parts: Services, cast: Cast, api: StandIn
) -> None:
    bind(daughter, parts, cast.old_zhou, whose="父母、配偶或子女", person_name="周小妹")
    go(parts)
    assert api.tagged == {(api.tags["亲属"], daughter.openid)}


class Hears:
    """Speech recognition that hears what the recording says in so many bytes."""

    def hear(self, recording: bytes) -> str:
        return recording.decode()


def test_a_voice_message_is_answered_at_once_and_heard_later(bound_li: Chat, parts: Services, api: StandIn) -> None:
    object.__setattr__(parts, "speech_on_demand", OnDemand(Hears))
    bound_li.say("上门")
    api.media["m1"] = "第二个".encode()
    assert "正在听" in bound_li.send({"MsgType": "voice", "MediaId": "m1", "Format": "amr"})
    api.fault = Fault(status=503)
    assert hear_waiting(parts, parts.clock.now()) == 1
    api.fault = Fault()
    assert hear_waiting(parts, parts.clock.now()) == 0
    bound_li.weixin.clock.advance(seconds=61)
    assert hear_waiting(parts, parts.clock.now()) == 1
    assert hear_waiting(parts, parts.clock.now()) == 0
    go(parts)
    (sent,) = [one for one in api.delivered if one.openid == bound_li.openid]
    assert sent.kind == "msgmenu"
    assert "因为行动不便" in sent.content["text"]
    assert [one["content"] for one in sent.content["list"]] == ["1 对", "2 不对"]
    shown = bound_li.say("对", bizmsgmenuid=sent.content["list"][0]["id"])
    assert "会有人上门" in shown


def test_a_recording_that_cannot_be_had_is_asked_for_again(bound_li: Chat, parts: Services, api: StandIn) -> None:
    object.__setattr__(parts, "speech_on_demand", OnDemand(Hears))
    bound_li.send({"MsgType": "voice", "MediaId": "gone", "Format": "amr"})
    hear_waiting(parts, parts.clock.now())
    go(parts)
    assert "没听清楚" in api.texts_of(bound_li.openid)[-1]


def test_replies_are_forgotten(bound_li: Chat, parts: Services, clock: StandingClock) -> None:
    assert count(parts.transactions, InboxMessage) > 0
    clock.advance(minutes=5)
    bound_li.say("你好")
    clock.advance(minutes=6)
    forget_talk(parts, clock.now())
    with parts.transactions() as session:
        kept = session.scalars(select(InboxMessage.reply).where(InboxMessage.reply.is_not(None))).all()
    assert len(kept) == 1


@pytest.mark.parametrize("notice", ["certify_reminder", "certify_again"])
@pytest.mark.parametrize("meanwhile", ["certified", "said dead", "unbound", ""])
def test_whoever_needs_no_reminder_any_more_gets_none(
    bound_li: Chat, parts: Services, cast: Cast, api: StandIn, meanwhile: str, notice: str
) -> None:
    now = parts.clock.now()
    with parts.transactions() as session:
        account = session.scalars(select(InboxMessage.account_id)).first()
        assert account is not None
        values = {"days": 7, "due_by": "2025-12-31"}
        li = cast.grandma_li.id
        enqueue(session, account, notice, values, cause="r", now=now, retiree_id=li)
    if meanwhile == "certified":
        with parts.transactions() as session:
            person = session.get_one(Retiree, li)
            certify(session, person, Channel.COUNTER, rules=parts.rules, actor=STAFF, now=now)
    if meanwhile == "unbound":
        with parts.transactions() as session:
            session.execute(update(Binding).where(Binding.retiree_id == li).values(ended_at=now))
    if meanwhile == "said dead":
        with parts.transactions() as session:
            notify_event(
                session,
                LifeEventKind.DEATH,
                cast.grandma_li,
                happened_on=None,
                source=EventSource.STAFF,
                content={},
                rules=parts.rules,
                actor=STAFF,
                now=now,
            )
            # one that was written at this very moment
            session.execute(update(OutboxMessage).values(status=OutboxStatus.WAITING, ended_at=None))
    go(parts)
    (reminder,) = messages(parts, notice)
    assert reminder.status is (OutboxStatus.CANCELLED if meanwhile else OutboxStatus.SENT)
    assert any(
        "的养老金认证，最晚" in text or "不能算数" in text for text in api.texts_of(bound_li.openid)
    ) is not bool(meanwhile)
