"""What somebody can do who knows a name and an identity number and nothing more: as good as nothing."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from certification.consents import BIOMETRIC_VERSION, PERSONAL_VERSION
from certification.face.types import Action
from jobs.outbox import send_due
from models import Binding, OutboxMessage, Staff, Ticket
from models.account import Confirmation, Relation
from models.retiree import LivingMark, LivingMarkKind
from models.staff import StaffRole
from settings import FaceWay
from tests.bot.talk import bind, bindings, claim, code_for, report_death, reports
from tests.bot.test_miniprogram import Program
from tests.rows import count
from tests.weixin import Chat

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from models import Retiree
    from services import Services
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock
    from tests.stand_in import StandIn
    from tests.weixin import Weixin

EVERY = [action.value for action in Action]
PAGE = {"X-Requested-With": "XMLHttpRequest"}
ASKS = "父母、配偶或子女"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, face_in_miniprogram=FaceWay.WECHAT)


def program(app: Flask, api: StandIn, openid: str) -> Program:
    made = Program(app.test_client(), api, openid=openid)
    api.programs[openid] = {"openid": openid, "session_key": "k", "unionid": f"u{openid}"}
    made.token = made.call("POST", "/logins", {"code": openid}).get_json()["token"]
    return made


def claims(who: Program, retiree: Retiree, relation: str = "self", person: str | None = None) -> TestResponse:
    body = {"relation": relation, "name": retiree.name, "id_number": retiree.id_number, "person_name": person}
    return who.call("POST", "/bindings", body | {"consent_version": PERSONAL_VERSION})


@pytest.fixture
def victim(app: Flask, api: StandIn, parts: Services, cast: Cast) -> Program:
    """Grandma Li in the mini-program: confirmed, consenting, and no friend of turning left."""
    made = program(app, api, "pVictim")
    claims(made, cast.grandma_li)
    assert made.call("POST", "/bindings/code", {"code": code_for(parts, cast.grandma_li)}).status_code == 204
    path = f"/retirees/{cast.grandma_li.id}"
    assert made.call("PUT", f"{path}/consent", {"version": BIOMETRIC_VERSION}).status_code == 204
    assert made.call("PUT", f"{path}/excluded-actions", {"actions": ["turn_left"]}).status_code == 204
    return made


@pytest.fixture
def stranger(app: Flask, api: StandIn, cast: Cast) -> Program:
    made = program(app, api, "pStranger")
    assert claims(made, cast.grandma_li).status_code == 202
    return made


def seen_by(who: Program) -> dict[str, object]:
    (one,) = who.call("GET", "/me").get_json()["retirees"]
    found: dict[str, object] = one
    return found


def test_a_claim_declares_nothing_and_withdraws_nobody_elses_consent(
    victim: Program, stranger: Program, cast: Cast
) -> None:
    path = f"/retirees/{cast.grandma_li.id}"
    told = seen_by(stranger)
    assert (told["excluded_actions"], told["biometric_consent"]) == ([], False)
    refused = stranger.call("PUT", f"{path}/excluded-actions", {"actions": EVERY})
    assert (refused.status_code, refused.get_json()["code"]) == (403, "not_confirmed")
    assert stranger.call("DELETE", f"{path}/consent").status_code == 204
    stranger.call("PUT", f"{path}/consent", {"version": BIOMETRIC_VERSION})
    assert seen_by(stranger)["biometric_consent"] is True
    assert stranger.call("DELETE", f"{path}/consent").status_code == 204
    assert seen_by(stranger)["biometric_consent"] is False
    told = seen_by(victim)
    assert (told["excluded_actions"], told["biometric_consent"]) == (["turn_left"], True)


def fail(who: Program, api: StandIn, retiree: Retiree, times: int) -> dict[str, object]:
    """Fail at WeChat's check so many times within one session and return the last outcome."""
    who.call("PUT", f"/retirees/{retiree.id}/consent", {"version": BIOMETRIC_VERSION})
    api.verify_ret = 90013
    body = {"retiree_id": str(retiree.id), "with_helper": False}
    session = who.call("POST", "/certification-sessions", body).get_json()["id"]
    outcome: dict[str, object] = {}
    for _ in range(times):
        attempt = who.call("POST", f"/certification-sessions/{session}/attempts", {"way": "wechat"}).get_json()["id"]
        who.call("POST", f"/attempts/{attempt}/verify-id")
        outcome = who.call("POST", f"/attempts/{attempt}/verify-result").get_json()["outcome"]
    return outcome


def test_the_failures_of_a_claim_bring_nobody_a_visit_and_tell_of_none(
    stranger: Program, parts: Services, cast: Cast, api: StandIn
) -> None:
    with parts.transactions() as session:
        now = parts.clock.now()
        keeper = Staff(
            login="keeper",
            name="银心",
            role=StaffRole.COMMUNITY_WORKER,
            region_code=cast.grandma_li.owner_code,
            password_hash="x",
            created_at=now,
        )
        session.add(keeper)
        session.flush()
        bedridden = LivingMarkKind.BEDRIDDEN
        session.add(
            LivingMark(
                retiree_id=cast.grandma_li.id, kind=bedridden, set_by_id=keeper.id, set_at=now, review_on=now.date()
            )
        )
    outcome = fail(stranger, api, cast.grandma_li, 3)
    assert (outcome["result"], outcome["ticket"]) == ("refused", None)
    assert "窗口" in str(outcome["next_step"])
    assert count(parts.transactions, Ticket) == 0


def test_an_outcome_tells_a_claim_nothing_that_stands_about_the_person(
    victim: Program, stranger: Program, cast: Cast, api: StandIn
) -> None:
    help_asked = {"place": "home", "reason": "bedridden"}
    assert victim.call("POST", f"/retirees/{cast.grandma_li.id}/assistance", help_asked).status_code == 201
    assert fail(victim, api, cast.grandma_li, 1)["ticket"]
    assert fail(stranger, api, cast.grandma_li, 1)["ticket"] is None


def test_a_helper_who_was_sent_away_finds_no_attempt(
    app: Flask, li: Chat, parts: Services, cast: Cast, api: StandIn
) -> None:
    bind(li, parts, cast.grandma_li)
    helper = program(app, api, "pHelper")
    claims(helper, cast.grandma_li, "direct_relative", "前女婿")
    li.say("家人")
    li.tap("同意")
    rid = str(cast.grandma_li.id)
    helper.call("PUT", f"/retirees/{rid}/consent", {"version": BIOMETRIC_VERSION})
    attempt = helper.begin(rid)
    helper.call("POST", f"/attempts/{attempt}/verify-id")
    assert helper.call("POST", f"/attempts/{attempt}/verify-result").get_json()["outcome"]["receipt_number"]
    li.say("家人")
    li.tap("不同意")
    assert helper.call("GET", f"/attempts/{attempt}").status_code == 404


@pytest.mark.parametrize("person", ['<a href="http://a.cn">社保局</a>', "养老金停发请看13900000000", "a/b", "1王"])
def test_a_name_is_a_name(app: Flask, bound_li: Chat, api: StandIn, parts: Services, cast: Cast, person: str) -> None:
    del bound_li
    evil = program(app, api, "pEvil")
    refused = claims(evil, cast.grandma_li, "direct_relative", person)
    assert (refused.status_code, refused.get_json()["field"]) == (422, "person_name")
    assert count(parts.transactions, OutboxMessage) == 0


def test_the_retiree_is_asked_once_a_day(
    app: Flask, bound_li: Chat, api: StandIn, parts: Services, cast: Cast, clock: StandingClock
) -> None:
    del bound_li
    evil = program(app, api, "pEvil")
    for _ in range(3):
        clock.advance(minutes=20)
        assert claims(evil, cast.grandma_li, "direct_relative", "王小明").status_code == 202
    assert count(parts.transactions, OutboxMessage) == 1
    clock.advance(days=1)
    api.programs["again"] = {"openid": evil.openid, "session_key": "k"}
    evil.token = ""
    evil.token = evil.call("POST", "/logins", {"code": "again"}).get_json()["token"]
    claims(evil, cast.grandma_li, "direct_relative", "王小明")
    assert count(parts.transactions, OutboxMessage) == 2


def test_the_chat_says_the_same_whether_a_claim_fitted_or_not(weixin: Weixin, cast: Cast) -> None:
    fits, fails = Chat(weixin, "oFits"), Chat(weixin, "oFails")
    claim(fits, cast.grandma_li)
    claim(fails, type(cast.grandma_li)(name="张远山", id_number=cast.far_chen.id_number))
    for words in ("认证到哪天", "我要认证", "改地址", "上门", "家人", "我办的事", "解绑", "认证到哪天"):
        assert fits.say(words) == fails.say(words), words
        assert cast.grandma_li.name[0] + "*" not in fits.last
    fits.say("我要认证")
    assert re.search(r'<a href="[^"]+/h5/enter">', fits.last)


def test_whoever_leaves_claims_no_more(li: Chat, parts: Services, cast: Cast) -> None:
    claim(li, cast.grandma_li)
    assert "取消" in li.say("解绑")
    assert [one.ended_at is None for one in bindings(parts, cast.grandma_li)].count(False) == 1
    assert "用不了" in li.say(code_for(parts, cast.grandma_li))


def test_a_face_shown_on_a_helpers_phone_makes_nobody_the_retiree(
    app: Flask, li: Chat, parts: Services, cast: Cast, api: StandIn
) -> None:
    bind(li, parts, cast.grandma_li)
    rid = str(cast.grandma_li.id)
    for relation, confirmed in (("self", False), ("entrusted", False), ("direct_relative", True)):
        helper = program(app, api, f"p{relation}")
        claims(helper, cast.grandma_li, relation, "王小明")
        helper.call("PUT", f"/retirees/{rid}/consent", {"version": BIOMETRIC_VERSION})
        opened = helper.call("POST", "/certification-sessions", {"retiree_id": rid, "with_helper": True}).get_json()
        path = f"/certification-sessions/{opened['id']}/attempts"
        attempt = helper.call("POST", path, {"way": "wechat"}).get_json()["id"]
        helper.call("POST", f"/attempts/{attempt}/verify-id")
        outcome = helper.call("POST", f"/attempts/{attempt}/verify-result").get_json()["outcome"]
        assert outcome["result"] == "certified"
        assert (outcome["receipt_number"] is not None) is confirmed
        assert seen_by(helper)["confirmed"] is confirmed


def test_the_retiree_is_told_of_whoever_counts_from_now_on_and_may_end_it(
    li: Chat, daughter: Chat, weixin: Weixin, parts: Services, cast: Cast
) -> None:
    bind(li, parts, cast.grandma_li)
    bind(daughter, parts, cast.grandma_li, whose=ASKS, person_name="李小妹")
    other = Chat(weixin, "oOtherPhone")
    bind(other, parts, cast.grandma_li)
    with parts.transactions() as session:
        told = list(session.scalars(select(OutboxMessage).where(OutboxMessage.notice.endswith("_confirmed"))))
        own = session.scalars(
            select(Binding).where(Binding.relation == Relation.SELF, Binding.confirmed_by == Confirmation.CODE)
        ).all()
    first = min(own, key=lambda one: one.created_at)
    assert [one.account_id for one in told] == [first.account_id] * 2
    li.say("家人")
    assert set(li.options) == {"李小妹", "另一个手机"}
    li.tap("另一个手机")
    li.tap("不同意")
    assert "还没有确认" in other.say("认证到哪天")
    # and nobody who came later sends away who was there first
    bind(other, parts, cast.grandma_li)
    assert "李小妹" in other.say("家人")
    assert "另一个手机" not in other.last


def open_link(client: FlaskClient, chat: Chat) -> str:
    chat.say("我要认证")
    chat.tap("发给老人或邻居")
    found = re.search(r"/h5/link/\S+", chat.last)
    assert found
    client.post(found[0])
    return found[0]


def test_a_link_certifies_and_does_nothing_else(app: Flask, daughter: Chat, parts: Services, cast: Cast) -> None:
    bind(daughter, parts, cast.old_zhou, whose=ASKS, person_name="周小妹")
    holder = app.test_client()
    open_link(holder, daughter)
    path = f"/api/v1/retirees/{cast.old_zhou.id}"
    (told,) = holder.get("/api/v1/me").get_json()["retirees"]
    assert (told["excluded_actions"], told["receipt_number"], told["assistance"]) == ([], None, None)
    answers = [
        holder.post(f"{path}/assistance", json={"place": "home", "reason": "bedridden"}, headers=PAGE),
        holder.put(f"{path}/excluded-actions", json={"actions": EVERY}, headers=PAGE),
        holder.delete(f"{path}/consent", headers=PAGE),
    ]
    assert [one.get_json()["code"] for one in answers] == ["not_your_right"] * 3
    assert holder.put(f"{path}/consent", json={"version": BIOMETRIC_VERSION}, headers=PAGE).status_code == 204


def test_a_link_ends_with_its_makers_binding(
    app: Flask, li: Chat, daughter: Chat, weixin: Weixin, parts: Services, cast: Cast
) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose=ASKS, person_name="李小妹")
    li.say("家人")
    li.tap("同意")
    holder = app.test_client()
    link = open_link(holder, daughter)
    passer_by = Chat(weixin, "oPasserBy")
    claim(passer_by, cast.grandma_li, whose=ASKS, person_name="王小明")
    passer_by.say("解绑")
    assert app.test_client().post(link).status_code == 303, "whoever merely claimed ends no link"
    li.say("家人")
    if "李小妹" in li.options:
        li.tap("李小妹")
    li.tap("不同意")
    assert app.test_client().post(link).status_code == 410
    assert holder.get("/api/v1/me").get_json()["retirees"] == []


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}],
)
def test_no_other_sites_page_follows_a_link_for_somebody(app: Flask, headers: dict[str, str]) -> None:
    answer = app.test_client().post("/h5/link/any", headers=headers | {"Accept": "application/json"})
    assert (answer.status_code, answer.get_json()["code"]) == (403, "cross_site")
    own = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert app.test_client().post("/h5/link/any", headers=own).status_code == 410


def test_what_is_for_a_helper_is_no_text_message_for_the_retiree(
    li: Chat, daughter: Chat, parts: Services, cast: Cast
) -> None:
    bind(li, parts, cast.grandma_li)
    claim(daughter, cast.grandma_li, whose=ASKS, person_name="李小妹")
    daughter.do("unsubscribe")
    li.say("家人")
    li.tap("不同意")
    send_due(parts, parts.clock.now())
    assert not parts.settings.sms_file.exists() or "老人没有同意" not in parts.settings.sms_file.read_text()


def test_the_retiree_is_invited_once_a_day(li: Chat, daughter: Chat, app: Flask, parts: Services, cast: Cast) -> None:
    bind(li, parts, cast.grandma_li)
    bind(daughter, parts, cast.grandma_li, whose=ASKS, person_name="李小妹")
    for _ in range(3):
        open_link(app.test_client(), daughter)
    with parts.transactions() as session:
        assert len(session.scalars(select(OutboxMessage).where(OutboxMessage.notice == "certify_invite")).all()) == 1


def test_a_number_with_another_name_leads_to_nobody(li: Chat, parts: Services, cast: Cast) -> None:
    report_death(li, "张无名", cast.far_chen.id_number, "昨天")
    (filed,) = reports(parts)
    assert (filed.retiree_id, filed.owner_code) == (None, None)
    with parts.transactions() as session:
        ticket = session.scalars(select(Ticket)).one()
    # nobody's community is sent to a door: the city looks first
    assert (ticket.retiree_id, ticket.report_id) == (None, filed.id)
    assert ticket.owner_code != cast.far_chen.owner_code


def test_confirmed_by_face_is_still_possible_on_ones_own_phone(stranger: Program, parts: Services, cast: Cast) -> None:
    rid = str(cast.grandma_li.id)
    stranger.call("PUT", f"/retirees/{rid}/consent", {"version": BIOMETRIC_VERSION})
    attempt = stranger.begin(rid)
    stranger.call("POST", f"/attempts/{attempt}/verify-id")
    assert stranger.call("POST", f"/attempts/{attempt}/verify-result").get_json()["outcome"]["receipt_number"]
    assert bindings(parts, cast.grandma_li)[-1].confirmed_by in {Confirmation.FACE, Confirmation.OPERATOR}
