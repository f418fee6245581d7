"""What the chat answers: unanswered questions in groups, drafts with what they are worth, topics with their switch."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING

from flask import Blueprint, request, url_for
from werkzeug.datastructures import MultiDict

from api.console.pages import back_to, page, typed
from api.errors import sentence_of, status_of
from api.guards import current_actor, current_staff, staff_only
from casework.knowledge import (
    has_fallen,
    list_changes,
    list_offline,
    list_published,
    list_reviews,
    new_topic_id,
    propose_change,
    publish_change,
    reject_change,
    review_topic,
    switch_topic,
    undo_change,
    with_changes,
)
from casework.questions import list_groups, settle_questions
from casework.rights import StaffRight
from casework.scope import require
from models.knowledge import ChangeStatus
from refusal import Refusal
from services import services

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from typing import Any

    from sqlalchemy.orm import Session
    from werkzeug.wrappers import Response

knowledge = Blueprint("console_knowledge", __name__, url_prefix="/staff/knowledge")
knowledge.before_request(staff_only)
# What a form has room for; no topic of the files rests on more.
MOST_SOURCES = 3


@knowledge.get("")
def show_knowledge() -> str:
    """Show what waits, what is proposed, and every topic."""
    require(current_staff(), StaffRight.EDIT_KNOWLEDGE)
    material = services().policy_desk.material
    with services().transactions() as session:
        changes = list_changes(session, current_staff())
        known = with_changes(material.knowledge, list_published(session))
        return page(
            "knowledge.html",
            groups=list_groups(session, current_staff(), material.normalise),
            changes=[(change, json.loads(change.content)) for change in changes],
            statuses=ChangeStatus,
            has_fallen=has_fallen,
            topics=known.topics.values(),
            shipped=material.knowledge.topics,
            reviews=list_reviews(session, known),
            offline=list_offline(session),
        )


@knowledge.get("/topics/<string:topic>")
def show_topic(topic: str) -> str:
    """Show one topic as it is answered now, with the exact wording of its sources beside it, and a form for another."""
    require(current_staff(), StaffRight.EDIT_KNOWLEDGE)
    material = services().policy_desk.material
    with services().transactions() as session:
        known = with_changes(material.knowledge, list_published(session))
        reviews = list_reviews(session, known)
    if topic not in known.topics:
        raise Refusal("not_found")
    found = known.topics[topic]
    wordings = [(cited, known.documents[cited.document].wording(cited.place)) for cited in found.sources]
    return page("knowledge_topic.html", topic=found, wordings=wordings, review=reviews.get(topic))


@knowledge.get("/new")
def show_new() -> str:
    """Show the form for a topic that is not there yet; `like` names a question, whose group fills in the examples."""
    require(current_staff(), StaffRight.EDIT_KNOWLEDGE)
    material = services().policy_desk.material
    with services().transactions() as session:
        groups = list_groups(session, current_staff(), material.normalise)
    like = request.args.get("like", "")
    questions = next((one.questions for one in groups if like in {str(each.id) for each in one.questions}), ())
    examples = "".join(f"{one.text}\n" for one in questions)
    return _new_page(MultiDict([("examples", examples), *(("question", str(one.id)) for one in questions)]))


@knowledge.post("/new")
def propose_new() -> Response | tuple[str, int]:
    """Propose a topic that is not there yet; the questions it was made for are settled.

    One that is refused comes back as it was typed, with what is wrong.
    """
    require(current_staff(), StaffRight.EDIT_KNOWLEDGE)
    try:
        _propose_new(services().clock.now())
    except Refusal as refused:
        return _new_page(request.form, sentence_of(refused)), status_of(refused)
    return back_to(url_for("console_knowledge.show_knowledge"))


def _new_page(given: MultiDict[str, str], wrong: str = "") -> str:
    documents = services().policy_desk.material.knowledge.documents.values()
    return page("knowledge_new.html", given=given, wrong=wrong, documents=documents, rows=range(MOST_SOURCES))


def _propose_new(now: datetime) -> None:
    content = _wording() | {
        "service": typed("service") or None,
        "concerns": request.form.getlist("concerns"),
        "valid_from": typed("valid_from") or None,
        "valid_to": typed("valid_to") or None,
        "sources": [_source(row) for row in range(MOST_SOURCES) if typed(f"article{row}")],
        "examples": _lines("examples"),
    }
    with services().transactions() as session:
        _propose(session, new_topic_id(), {"topic": content}, now)
        settle_questions(session, current_staff(), _questions(), actor=current_actor(), now=now)


@knowledge.post("/examples")
def propose_examples() -> Response:
    """Turn questions into examples of a topic, as a draft; the questions they came from are settled."""
    now = services().clock.now()
    texts = _lines("texts")
    if not texts:
        raise Refusal("draft_malformed", field="texts")
    with services().transactions() as session:
        _propose(session, typed("topic"), {"examples": texts}, now)
        settle_questions(session, current_staff(), _questions(), actor=current_actor(), now=now)
    return back_to(url_for("console_knowledge.show_knowledge"))


@knowledge.post("/topics/<string:topic>")
def propose_topic(topic: str) -> Response:
    """Propose other words for a topic: its answer, what more there is, what the source leaves open."""
    now = services().clock.now()
    with services().transactions() as session:
        known = with_changes(services().policy_desk.material.knowledge, list_published(session))
        if topic not in known.topics:
            raise Refusal("not_found")
        present = known.topics[topic]
        content = _wording() | {
            "service": present.service,
            "concerns": list(present.concerns),
            "valid_from": present.valid_from,
            "valid_to": present.valid_to,
            "sources": [
                {
                    "document": cited.document,
                    "article": cited.place.article,
                    "item": cited.place.item,
                    "number": cited.place.number,
                    "quote": cited.quote,
                }
                for cited in present.sources
            ],
            "examples": list(present.examples),
        }
        _propose(session, topic, {"topic": content}, now)
    return back_to(url_for("console_knowledge.show_knowledge"))


@knowledge.post("/topics/<string:topic>/review")
def review(topic: str) -> Response:
    """Say that a topic is right as it stands."""
    parts = services()
    with parts.transactions() as session:
        known = with_changes(parts.policy_desk.material.knowledge, list_published(session))
        now = parts.clock.now()
        review_topic(session, current_staff(), topic, known=known, actor=current_actor(), now=now)
    return back_to(url_for("console_knowledge.show_topic", topic=topic))


@knowledge.post("/topics/<string:topic>/switch")
def switch(topic: str) -> Response:
    """Take a topic offline, or back."""
    parts = services()
    with parts.transactions() as session:
        switch_topic(
            session,
            current_staff(),
            topic,
            is_on=typed("on") == "1",
            known=with_changes(parts.policy_desk.material.knowledge, list_published(session)),
            actor=current_actor(),
            now=parts.clock.now(),
        )
    return back_to(url_for("console_knowledge.show_knowledge"))


@knowledge.post("/questions/settle")
def settle() -> Response:
    """Say that nothing more is to be done about a group of questions."""
    with services().transactions() as session:
        settle_questions(session, current_staff(), _questions(), actor=current_actor(), now=services().clock.now())
    return back_to(url_for("console_knowledge.show_knowledge"))


@knowledge.post("/changes/<uuid:change_id>/<string:decision>")
def decide(change_id: uuid.UUID, decision: str) -> Response:
    """Publish a draft, turn it down, or take a published one back."""
    if decision not in _DECISIONS:
        raise Refusal("not_found")
    with services().transactions() as session:
        _DECISIONS[decision](session, change_id, services().clock.now())
    return back_to(url_for("console_knowledge.show_knowledge"))


def _publish(session: Session, change_id: uuid.UUID, now: datetime) -> None:
    publish_change(session, current_staff(), change_id, actor=current_actor(), now=now)


def _reject(session: Session, change_id: uuid.UUID, now: datetime) -> None:
    reject_change(session, current_staff(), change_id, actor=current_actor(), now=now)


def _undo(session: Session, change_id: uuid.UUID, now: datetime) -> None:
    undo_change(session, current_staff(), change_id, actor=current_actor(), now=now)


_DECISIONS: dict[str, Callable[[Session, uuid.UUID, datetime], None]] = {
    "publish": _publish,
    "reject": _reject,
    "undo": _undo,
}


def _propose(session: Session, topic: str, content: dict[str, object], now: datetime) -> None:
    propose_change(
        session,
        current_staff(),
        topic,
        content,
        shipped=services().policy_desk.material.knowledge,
        actor=current_actor(),
        now=now,
    )


def _wording() -> dict[str, Any]:
    wording = {name: typed(name) for name in ("title", "answer", "more")}
    return wording | {"unsaid": typed("unsaid") or None}


def _lines(name: str) -> list[str]:
    return [line.strip() for line in typed(name).splitlines() if line.strip()]


def _source(row: int) -> dict[str, Any]:
    """Return a source as a file would hold it."""
    try:
        places = {
            name: int(text) if (text := typed(f"{name}{row}")) else None for name in ("article", "item", "number")
        }
    except ValueError:
        raise Refusal("draft_malformed", field=f"article{row}") from None
    return {"document": typed(f"document{row}"), "quote": typed(f"quote{row}"), **places}


def _questions() -> list[uuid.UUID]:
    try:
        return [uuid.UUID(text) for text in request.form.getlist("question")]
    except ValueError:
        raise Refusal("malformed", field="question") from None
