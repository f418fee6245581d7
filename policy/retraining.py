"""Training for what staff propose, away from the processes that answer: weights, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from policy.answering.desk import Desk
from policy.records import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from policy.answering.answerer import Answerer
    from policy.answering.thresholds import Thresholds
    from policy.records import Knowledge

REGRESSION_SET = FOLDER.parent / "evaluation" / "questions.jsonl"


@dataclass(frozen=True)
class Order:
    """What is to be trained. before: what counts now, None where nothing is to be compared."""

    after: Knowledge
    before: Knowledge | None
    folder: Path
    thresholds: Thresholds
    questions: Path = REGRESSION_SET


def retrain(order: Order) -> dict[str, dict[str, int]]:
    """Train what is missing, keep the weights where they are looked for, and return the regression set's figures.

    Runs in a process of its own: it loads scikit-learn, which no process that answers may.
    """
    desk = Desk(order.folder, order.thresholds)
    if order.before is None:
        _answerer(desk, order.after)
        return {}
    return {
        "before": _figures(_answerer(desk, order.before), order.questions),
        "after": _figures(_answerer(desk, order.after), order.questions),
    }


def _answerer(desk: Desk, knowledge: Knowledge) -> Answerer:
    from policy.answering.model import save  # noqa: PLC0415
    from policy.training.fit import train  # noqa: PLC0415 - see above

    found = desk.answerer(knowledge)
    if found is None:
        save(train(knowledge, desk.material.normalise), desk.path_of(knowledge))
        found = desk.answerer(knowledge)
    if found is None:
        raise OSError(desk.path_of(knowledge).name)
    return found


def _figures(answerer: Answerer, questions: Path) -> dict[str, int]:
    from policy.training.measure import measure, read_lines  # noqa: PLC0415

    lines = read_lines(questions)
    answers = []
    for line in lines:
        on = date.fromisoformat(line["asked_on"])
        reply = answerer.ask(line["question"], tuple(line["context"] or ()), on=on)
        answers.append(
            {
                "id": line["id"],
                "behaviour": reply.behaviour.value,
                "intent": None if reply.topic is None else reply.topic.id,
                "options": [topic.id for topic in reply.options],
                "articles": list(reply.articles),
                "service": reply.service,
                "slots": reply.slots.as_document(),
            }
        )
    shares = measure(lines, answers).shares
    return {name: shares[name].hits for name in ("resolved", "wrong_shown", "outside_refused", "outside_answered")}
