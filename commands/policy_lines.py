"""Questions and answers as JSON lines, and an answer as the one JSON document of a command."""

from __future__ import annotations

import json
import time
from datetime import date
from typing import TYPE_CHECKING, Any

from clock import local_date
from commands.output import read_content
from policy.answering.wording import write_reply
from refusal import Refusal
from services import services
from words import policy as words

if TYPE_CHECKING:
    from pathlib import Path

    from policy.answering.answerer import Answerer
    from policy.answering.reply import Reply


def read_questions(path: Path) -> list[dict[str, Any]]:
    """Return what may be known of each question: its id, the question, its context, its day. Nothing else is read."""
    found = []
    for number, line in enumerate(read_content(path, "questions").decode(errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            whole = json.loads(line)
            asked_on = whole.get("asked_on")
            found.append(
                {
                    "id": whole["id"],
                    "question": str(whole["question"]),
                    "context": tuple(map(str, whole.get("context") or ())),
                    "on": date.fromisoformat(asked_on) if asked_on else local_date(services().clock.now()),
                }
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refusal("questions_row_wrong", field="questions", line=number) from None
    return found


def answer_all(answerer: Answerer, questions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a line for each question."""
    return [{"id": one["id"], **answered(answerer, one["question"], one["context"], one["on"])} for one in questions]


def write_answers(path: Path, answers: list[dict[str, Any]]) -> None:
    """Write one JSON object a line; raise Refusal `file_not_written`."""
    try:
        path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in answers))
    except OSError:
        raise Refusal("file_not_written", field="out") from None


def answered(answerer: Answerer, question: str, context: tuple[str, ...], day: date) -> dict[str, Any]:
    """Return the answer to one question, and how long it took."""
    started = time.perf_counter()
    reply = answerer.ask(question, context, on=day)
    elapsed = (time.perf_counter() - started) * 1000
    return _document(reply, answerer, day) | {"ms": round(elapsed, 2)}


def _document(reply: Reply, answerer: Answerer, day: date) -> dict[str, Any]:
    cited = [one for topic in (reply.topic, reply.also) if topic is not None for one in topic.sources]
    return {
        "behaviour": reply.behaviour.value,
        "intent": None if reply.topic is None else reply.topic.id,
        "options": [topic.id for topic in reply.options],
        "also": None if reply.also is None else reply.also.id,
        "refused": reply.refused,
        "confidence": round(reply.confidence, 3),
        "answer": write_reply(reply, answerer.knowledge, services().rules, words, on=day),
        "articles": list(reply.articles),
        "sources": [
            {
                "document": one.document,
                "article": one.place.article,
                "item": one.place.item,
                "number": one.place.number,
                "quote": one.quote,
            }
            for one in cited
        ],
        "service": None if reply.service is None else reply.service.value,
        "slots": reply.slots.as_document(),
        "nearest": [{"example": one.text, "likeness": round(one.likeness, 3)} for one in reply.nearest],
    }
