"""`flask policy ...`: ask, evaluate, train, check, and read an official document."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from flask.cli import AppGroup

from clock import local_date
from commands.documents import text_of
from commands.output import json_option, print_json, read_content, refusals_printed
from commands.policy_figures import print_curve, print_measures
from commands.policy_lines import answer_all, answered, read_questions, write_answers
from policy.documents.parse import parse_articles
from policy.documents.shapes import Document
from policy.documents.store import write_document
from policy.records import FOLDER, read_knowledge
from refusal import Refusal
from services import services
from words import policy as words

if TYPE_CHECKING:
    from policy.answering.answerer import Answerer
    from policy.answering.desk import Material

policy = AppGroup("policy", help="Questions about policy and their answers.")
A_PATH = click.Path(path_type=Path)
A_DAY = click.DateTime(["%Y-%m-%d"])


@policy.command("ask")
@click.argument("question")
@click.option("--context", multiple=True, help="A question asked before, the oldest first.")
@click.option("--on", type=A_DAY, help="The day it is asked; today by default.")
@json_option
def ask(question: str, context: tuple[str, ...], on: Any, *, as_json: bool) -> None:
    """Answer QUESTION, with the source of the answer, or say that there is none."""
    day = on.date() if on else local_date(services().clock.now())
    with refusals_printed(as_json=as_json):
        document = answered(_answerer(), question, context, day)
    if as_json:
        print_json(document)
    else:
        click.echo(document["answer"])


@policy.command("evaluate")
@click.argument("questions", type=A_PATH)
@click.option("--out", type=A_PATH, required=True, help="Where the answers go, one JSON object a line.")
@click.option("--measure", "has_labels", is_flag=True, help="Measure the answers by the labels of the questions.")
@click.option("--curve", "with_curve", is_flag=True, help="Also by the number of examples (trains several times).")
@json_option
def evaluate(questions: Path, out: Path, *, has_labels: bool, with_curve: bool, as_json: bool) -> None:
    """Answer every question of QUESTIONS (JSON lines); labels are read only after all are answered."""
    with refusals_printed(as_json=as_json):
        asked = read_questions(questions)
        answerer = _answerer()
        answers = answer_all(answerer, asked)
        write_answers(out, answers)
    document: dict[str, Any] = {"answers": len(answers), "out": str(out)}
    if has_labels or with_curve:
        document |= print_measures(questions, answers, quiet=as_json)
    if with_curve:
        document["curve"] = print_curve(questions, _material(), services().settings.thresholds(), quiet=as_json)
    if as_json:
        print_json(document)
    elif not has_labels and not with_curve:
        click.echo(words.EVALUATED.format(count=len(answers), out=out))


@policy.command("train")
@click.option("--if-stale", is_flag=True, help="Only where the weights do not fit the knowledge.")
@json_option
def train_command(*, if_stale: bool, as_json: bool) -> None:
    """Train the answerer from the examples in the knowledge files."""
    desk = services().policy_desk
    started = time.perf_counter()
    with refusals_printed(as_json=as_json):
        material = _material()
        is_done = not (if_stale and desk.answerer() is not None)
        if is_done:
            _train(material)
    path = desk.path_of(material.knowledge)
    document = {
        "topics": len(material.knowledge.topics),
        "examples": sum(len(topic.examples) for topic in material.knowledge.topics.values()),
        "outside": sum(map(len, material.knowledge.outside.values())),
        "trained": is_done,
        "seconds": round(time.perf_counter() - started, 1),
        "file": str(path),
    }
    if as_json:
        print_json(document)
    else:
        click.echo((words.TRAINED if is_done else words.STILL_FITS).format(**document))


@policy.command("check")
@click.option("--folder", type=A_PATH, default=FOLDER, help="The folder of the knowledge.")
@json_option
def check(folder: Path, *, as_json: bool) -> None:
    """Check the knowledge files: sources, quoted words, numbers, examples, coverage."""
    from policy.check import find_faults  # noqa: PLC0415 - rapidfuzz is loaded where it is needed

    with refusals_printed(as_json=as_json):
        try:
            faults = find_faults(read_knowledge(folder))
        except (OSError, ValueError) as fault:
            raise Refusal("knowledge_unreadable", reason=str(fault)) from None
    if as_json:
        print_json({"faults": faults})
    else:
        click.echo("\n".join(faults) or words.NO_FAULTS)
    sys.exit(1 if faults else 0)


@policy.command("import-document")
@click.argument("file", type=A_PATH)
@click.option("--number", required=True, help="The document's number, as people cite it.")
@click.option("--title", required=True)
@click.option("--valid-from", type=A_DAY, required=True)
@click.option("--valid-to", type=A_DAY, help="The last day; none where the document states no end.")
@click.option("--out", type=A_PATH, help="Where it goes; by default into the knowledge folder, under FILE's name.")
@json_option
def import_document(
    file: Path, number: str, title: str, valid_from: Any, valid_to: Any, out: Path | None, *, as_json: bool
) -> None:
    """Read an official document (text, DOCX, PDF with text) into articles and items."""
    with refusals_printed(as_json=as_json):
        articles = parse_articles(text_of(read_content(file, "file")))
        document = Document(number, title, valid_from.date(), valid_to.date() if valid_to else None, articles)
        path = out or FOLDER / "documents" / f"{file.stem}.yaml"
        try:
            write_document(document, path)
        except OSError:
            raise Refusal("file_not_written", field="out") from None
    told = {
        "document": number,
        "articles": len(articles),
        "items": sum(len(article.items) for article in articles),
        "file": str(path),
    }
    if as_json:
        print_json(told)
    else:
        click.echo(words.IMPORTED.format(**told))


def _answerer() -> Answerer:
    """Return the answerer, trained now where its weights do not fit the knowledge."""
    desk = services().policy_desk
    found = desk.answerer()
    if found is None:
        click.echo(words.TRAINING, err=True)
        _train(_material())
        found = desk.answerer()
    if found is None:
        raise Refusal("file_not_written", field="out")
    return found


def _material() -> Material:
    try:
        return services().policy_desk.material
    except (OSError, ValueError) as fault:
        raise Refusal("knowledge_unreadable", reason=str(fault)) from None


def _train(material: Material) -> None:
    from policy.answering.model import save  # noqa: PLC0415
    from policy.training.fit import train  # noqa: PLC0415 - scikit-learn is loaded for training alone

    try:
        save(train(material.knowledge, material.normalise), services().policy_desk.path_of(material.knowledge))
    except OSError:
        raise Refusal("file_not_written", field="out") from None
