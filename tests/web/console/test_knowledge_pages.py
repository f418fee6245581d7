"""The chat's knowledge in the console: one proposes, it is measured, another publishes; undone and switched at once."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.knowledge import claim_unmeasured, keep_figures, list_published, with_changes
from casework.questions import keep_question
from models import AskedQuestion, KnowledgeChange, Staff, TopicReview, TopicSwitch
from models.knowledge import ChangeStatus, KeptReason
from models.staff import StaffRole
from policy.records import Outside
from policy.retraining import Order, retrain
from services import NAME
from tests.policy_weights import WEIGHTS_DIR, shipped_answerer
from tests.staff import CITY, Desk, sit_down

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask import Flask

    from models.session import Transactions
    from services import Services
    from settings import Settings

BETTER = {
    "before": {"resolved": 400, "wrong_shown": 8, "outside_refused": 120},
    "after": {"resolved": 401, "wrong_shown": 8, "outside_refused": 120},
}
WORSE = BETTER | {"after": {"resolved": 399, "wrong_shown": 8, "outside_refused": 120}}
QUOTE = "搭建信息共享平台"
WHO = ("公安和社保", "医院和社保", "民政和社保", "法院和社保", "几个局")
WHAT = ("的数据是不是连着的", "之间会互相通报吗", "有没有信息共享的机制", "要不要老人自己两头跑着送材料")
NEW = "刷脸老说光线太暗要怎么个弄法才行"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """The settings with the shipped weights."""
    shipped_answerer()
    return replace(settings, policy_weights_dir=WEIGHTS_DIR)


@pytest.fixture
def parts(app: Flask) -> Services:
    found: Services = app.extensions[NAME]
    return found


@pytest.fixture
def second(app: Flask, desks: dict[str, Desk], transactions: Transactions, now: datetime) -> Desk:
    """Another officer of the city."""
    del desks
    with transactions() as session:
        other = Staff(
            login="city.two",
            name="另一位",
            role=StaffRole.CITY_OFFICER,
            region_code=CITY,
            password_hash="none",
            must_change_password=False,
            totp_step=1,
            created_at=now,
        )
        session.add(other)
    return sit_down(app, transactions, other, now)


def change_of(transactions: Transactions) -> KnowledgeChange:
    with transactions() as session:
        return session.scalars(select(KnowledgeChange)).one()


def propose(desk: Desk, transactions: Transactions, figures: dict[str, dict[str, int]] | None = BETTER) -> str:
    assert desk.post("/knowledge/examples", topic="certify_failed", texts=NEW).status_code == 303
    change = change_of(transactions)
    if figures is not None:
        with transactions() as session:
            keep_figures(session, change.id, figures)
    return str(change.id)


def test_it_works(desks: dict[str, Desk], second: Desk, transactions: Transactions, parts: Services) -> None:
    change = propose(desks["city"], transactions)
    assert NEW in second.get("/knowledge").text
    assert second.post(f"/knowledge/changes/{change}/publish").status_code == 303
    assert change_of(transactions).status is ChangeStatus.PUBLISHED
    with transactions() as session:
        known = with_changes(parts.policy_desk.material.knowledge, list_published(session))
    assert NEW in known.topics["certify_failed"].examples
    assert desks["city"].post(f"/knowledge/changes/{change}/undo").status_code == 303
    with transactions() as session:
        assert list_published(session) == []


def test_who_proposed_it_does_not_publish_it(desks: dict[str, Desk], transactions: Transactions) -> None:
    change = propose(desks["city"], transactions)
    assert desks["city"].post(f"/knowledge/changes/{change}/publish").status_code == 403
    assert change_of(transactions).status is ChangeStatus.DRAFT


@pytest.mark.parametrize("figures", [None, WORSE])
def test_what_is_not_measured_or_makes_it_worse_is_not_published(
    desks: dict[str, Desk], second: Desk, transactions: Transactions, figures: dict[str, dict[str, int]] | None
) -> None:
    change = propose(desks["city"], transactions, figures)
    assert second.post(f"/knowledge/changes/{change}/publish").status_code == 422
    assert change_of(transactions).status is ChangeStatus.DRAFT


def test_a_draft_is_turned_down_once(desks: dict[str, Desk], second: Desk, transactions: Transactions) -> None:
    change = propose(desks["city"], transactions)
    assert second.post(f"/knowledge/changes/{change}/reject").status_code == 303
    assert second.post(f"/knowledge/changes/{change}/publish").status_code == 409
    assert second.post(f"/knowledge/changes/{change}/undo").status_code == 409


@pytest.mark.parametrize("name", ["district", "agency", "subdistrict", "worker", "auditor"])
def test_only_the_city_changes_what_is_answered(desks: dict[str, Desk], transactions: Transactions, name: str) -> None:
    assert desks[name].get("/knowledge").status_code == 403
    assert desks[name].post("/knowledge/examples", topic="certify_failed", texts=NEW).status_code == 403
    assert desks[name].post("/knowledge/topics/certify_failed/switch", on="0").status_code == 403
    with transactions() as session:
        assert session.scalars(select(KnowledgeChange)).all() == []
        assert session.scalars(select(TopicSwitch)).all() == []


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": "刷脸不过", "answer": "请在15日内再来。", "more": "", "unsaid": ""}, "没有“15”这个数"),
        ({"title": "刷脸不过", "answer": "好" * 121, "more": "", "unsaid": ""}, "超过120个字"),
    ],
)
def test_a_draft_that_no_source_carries_is_refused(
    desks: dict[str, Desk], transactions: Transactions, fields: dict[str, str], said: str
) -> None:
    answer = desks["city"].post("/knowledge/topics/certify_failed", **fields)
    assert answer.status_code == 422
    assert said in html.unescape(answer.text)
    with transactions() as session:
        assert session.scalars(select(KnowledgeChange)).all() == []


def test_other_words_for_a_topic(desks: dict[str, Desk], transactions: Transactions, parts: Services) -> None:
    title = parts.policy_desk.material.knowledge.topics["certify_failed"].title
    fields = {"title": title, "answer": "到社区窗口办也行。", "more": "", "unsaid": ""}
    assert desks["city"].post("/knowledge/topics/certify_failed", **fields).status_code == 303
    known = with_changes(parts.policy_desk.material.knowledge, [change_of(transactions)])
    assert known.topics["certify_failed"].answer == "到社区窗口办也行。"
    shipped = parts.policy_desk.material.knowledge.topics["certify_failed"]
    assert known.topics["certify_failed"].sources == shipped.sources
    # the weights need no training: no example changed
    assert parts.policy_desk.path_of(known) == parts.policy_desk.path_of(parts.policy_desk.material.knowledge)


def test_the_exact_wording_stands_beside_a_topic(desks: dict[str, Desk]) -> None:
    assert "为本辖区重病卧床、行动不便" in desks["city"].get("/knowledge/topics/home_visit").text


def test_a_topic_is_switched_off_and_on(desks: dict[str, Desk], transactions: Transactions) -> None:
    assert desks["city"].post("/knowledge/topics/certify_failed/switch", on="0").status_code == 303
    assert "已停用" in desks["city"].get("/knowledge").text
    assert desks["city"].post("/knowledge/topics/certify_failed/switch", on="1").status_code == 303
    with transactions() as session:
        assert session.scalars(select(TopicSwitch)).all() == []
    assert desks["city"].post("/knowledge/topics/no_such_topic/switch", on="0").status_code == 404


def test_questions_gather_by_likeness_and_become_examples(
    desks: dict[str, Desk], transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        for text in ("丧葬费怎么领", "丧葬费怎么领啊", "请问丧葬费怎么领呢", "公园年票在哪里办"):
            keep_question(session, text, KeptReason.UNANSWERED, topic="near", now=now)
    shown = desks["city"].get("/knowledge").text
    assert shown.count('<section class="box">') == 2
    with transactions() as session:
        ids = [str(one.id) for one in session.scalars(select(AskedQuestion)) if "丧葬" in one.text]
    fields = {"topic": "consult_where", "texts": "丧葬费要去哪个窗口打听", "question": ids}
    assert desks["city"].post("/knowledge/examples", **fields).status_code == 303
    with transactions() as session:
        waiting = session.scalars(select(AskedQuestion).where(AskedQuestion.settled_at.is_(None))).all()
    assert [one.text for one in waiting] == ["公园年票在哪里办"]


def test_of_two_processes_one_measures_a_draft(
    desks: dict[str, Desk], transactions: Transactions, now: datetime
) -> None:
    propose(desks["city"], transactions, None)
    with transactions() as session:
        assert claim_unmeasured(session, now=now) is not None
    with transactions() as session:
        assert claim_unmeasured(session, now=now) is None


def new_topic(**other: str | list[str]) -> dict[str, str | list[str]]:
    """Return the form of a topic that no file has: how the offices tell each other (Art. 30)."""
    fields: dict[str, str | list[str]] = {
        "title": "部门怎么互通信息",
        "answer": "公安、民政、医保等部门建立联动机制，搭建信息共享平台。",
        "more": "",
        "unsaid": "",
        "service": "",
        "concerns": ["retiree", "staff"],
        "document0": "长政办发〔2020〕10号",
        "article0": "30",
        "quote0": QUOTE,
        "examples": "\n".join(f"{who}{what}" for who in WHO for what in WHAT),
    }
    return fields | other


def test_staff_make_a_topic_of_questions_that_were_not_answered(
    desks: dict[str, Desk], second: Desk, transactions: Transactions, parts: Services, now: datetime
) -> None:
    with transactions() as session:
        for text in ("几个部门之间的数据通不通", "部门之间的数据通不通啊"):
            keep_question(session, text, KeptReason.UNANSWERED, topic="near", now=now)
        ids = [str(one.id) for one in session.scalars(select(AskedQuestion))]
    city = desks["city"]
    assert "/staff/knowledge/new?like=" in city.get("/knowledge").text
    assert city.get(f"/knowledge/new?like={ids[1]}").text.count("数据通不通") == 2
    assert city.post("/knowledge/new", question=ids, **new_topic()).status_code == 303
    change = change_of(transactions)
    with transactions() as session:
        keep_figures(session, change.id, BETTER)
        assert session.scalars(select(AskedQuestion).where(AskedQuestion.settled_at.is_(None))).all() == []
    assert "部门怎么互通信息（新）" in second.get("/knowledge").text
    assert second.post(f"/knowledge/changes/{change.id}/publish").status_code == 303
    with transactions() as session:
        known = with_changes(parts.policy_desk.material.knowledge, list_published(session))
    made = known.topics[change.topic]
    assert (made.title, made.articles, made.service, len(made.examples)) == ("部门怎么互通信息", (30,), None, 20)
    shown = second.get(f"/knowledge/topics/{change.topic}").text
    assert QUOTE in shown
    assert f"另一位，{now:%Y-%m-%d}" in shown
    assert second.post(f"/knowledge/changes/{change.id}/undo").status_code == 303
    with transactions() as session:
        assert change.topic not in with_changes(parts.policy_desk.material.knowledge, list_published(session)).topics


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"article0": ""}, "没有写依据"),
        ({"article0": "37"}, "没有您写的那个地方（第37条）"),
        ({"article0": "三十"}, "填得不完整"),
        ({"quote0": "这句话原文里没有"}, "照原文抄"),
        ({"document0": "某政发〔1999〕1号"}, "没有某政发〔1999〕1号这个文件"),
        ({"title": "怎么认证"}, "已经有一个主题叫“怎么认证”"),
        ({"title": ""}, "标题没有写"),
        ({"answer": "好" * 121}, "超过120个字"),
        ({"answer": "请在15日内来。"}, "没有“15”这个数"),
        ({"examples": "部门之间数据通不通"}, "例句只有1句，至少要20句"),
        ({"service": "no_such_service"}, "填得不完整"),
        ({"valid_to": "2031-01-01"}, "文件到2025-04-30为止"),
        ({"valid_to": "明天"}, "填得不完整"),
    ],
)
def test_a_new_topic_is_checked_as_files_are(
    desks: dict[str, Desk], transactions: Transactions, other: dict[str, str], said: str
) -> None:
    refused = desks["city"].post("/knowledge/new", **new_topic(**other))
    assert refused.status_code == 422
    shown = html.unescape(refused.text)
    assert said in shown
    typed = {name: one for name, one in new_topic(**other).items() if isinstance(one, str) and name != "service"}
    assert all(one in shown for one in typed.values()), "what was typed is lost"
    with transactions() as session:
        assert session.scalars(select(KnowledgeChange)).all() == []


def test_a_new_topic_takes_no_question_of_another_or_from_outside(desks: dict[str, Desk], parts: Services) -> None:
    shipped = parts.policy_desk.material.knowledge
    for taken, said in (
        (shipped.topics["home_visit"].examples[0], "已经是“请人上门认证”的例句"),
        (shipped.outside[Outside.NEAR][0], "已经列在不回答的问题里"),
    ):
        examples = f"{new_topic()['examples']}\n{taken}"
        refused = desks["city"].post("/knowledge/new", **new_topic(examples=examples))
        assert refused.status_code == 422
        assert said in html.unescape(refused.text)


def test_examples_of_a_topic_that_was_taken_back_wait_for_it(
    desks: dict[str, Desk], second: Desk, transactions: Transactions, parts: Services
) -> None:
    desks["city"].post("/knowledge/new", **new_topic())
    made = change_of(transactions)
    with transactions() as session:
        keep_figures(session, made.id, BETTER)
    second.post(f"/knowledge/changes/{made.id}/publish")
    assert desks["city"].post("/knowledge/examples", topic=made.topic, texts=NEW).status_code == 303
    with transactions() as session:
        more = session.scalars(select(KnowledgeChange).where(KnowledgeChange.id != made.id)).one()
        keep_figures(session, more.id, BETTER)
    second.post(f"/knowledge/changes/{more.id}/publish")
    second.post(f"/knowledge/changes/{made.id}/undo")
    with transactions() as session:
        known = with_changes(parts.policy_desk.material.knowledge, list_published(session))
    assert known == parts.policy_desk.material.knowledge
    assert desks["city"].get("/knowledge").status_code == 200


def test_a_topic_of_a_file_is_marked_as_reviewed(desks: dict[str, Desk], transactions: Transactions) -> None:
    city = desks["city"]
    assert "还没有人审过" in city.get("/knowledge/topics/home_visit").text
    assert city.post("/knowledge/topics/home_visit/review").status_code == 303
    assert "还没有人审过" not in city.get("/knowledge/topics/home_visit").text
    assert city.post("/knowledge/topics/smalltalk/review").status_code == 404
    assert desks["district"].post("/knowledge/topics/certify_how/review").status_code == 403
    with transactions() as session:
        assert [one.topic for one in session.scalars(select(TopicReview))] == ["home_visit"]


def test_other_words_are_not_what_was_reviewed(
    desks: dict[str, Desk], second: Desk, transactions: Transactions
) -> None:
    city = desks["city"]
    city.post("/knowledge/topics/certify_failed/review")
    city.post("/knowledge/topics/certify_failed", title="刷脸不过", answer="到社区窗口办也行。", more="", unsaid="")
    change = change_of(transactions)
    with transactions() as session:
        keep_figures(session, change.id, BETTER)
    second.post(f"/knowledge/changes/{change.id}/publish")
    shown = city.get("/knowledge/topics/certify_failed").text
    assert "另一位" in shown
    assert city.post("/knowledge/topics/certify_failed/review").status_code == 403


@pytest.mark.slow
def test_a_draft_is_measured_and_answers_after_it_is_published(
    settings: Settings, parts: Services, tmp_path: Path
) -> None:
    shipped = parts.policy_desk.material.knowledge
    examples = ("丧葬补助金怎么申请", "丧葬费去哪里领", "丧葬费怎么领", "领丧葬费要什么手续", "家属怎么领丧葬补助")
    topic = replace(shipped.topics["death_report"], examples=shipped.topics["death_report"].examples + examples)
    after = shipped.with_topics([topic])
    figures = retrain(Order(after, None, tmp_path, settings.thresholds()))
    assert figures == {}
    assert parts.policy_desk.path_of(after).name in {path.name for path in tmp_path.iterdir()}
    measured = retrain(Order(after, after, tmp_path, settings.thresholds()))
    assert measured["before"] == measured["after"]
    assert measured["after"]["resolved"] > 300
