"""The chat's knowledge in the console: one proposes, it is measured, another publishes; undone and switched at once."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from casework.knowledge import claim_unmeasured, keep_figures, list_published, with_changes
from casework.questions import keep_question
from models import AskedQuestion, KnowledgeChange, Staff, TopicSwitch
from models.knowledge import ChangeStatus, KeptReason
from models.staff import StaffRole
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
        ({"title": "刷脸不过", "answer": "请在15日内再来。", "more": "", "unsaid": ""}, "states 15"),
        ({"title": "刷脸不过", "answer": "好" * 121, "more": "", "unsaid": ""}, "longer than 120"),
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
