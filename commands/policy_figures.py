"""What `flask policy evaluate` prints: shares with their intervals, confusions, times, a learning curve."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from commands.policy_lines import answer_all, read_questions
from words import policy as words

if TYPE_CHECKING:
    from pathlib import Path

    from policy.answering.desk import Material
    from policy.answering.thresholds import Thresholds
    from policy.training.measure import Measures

_MOST_CONFUSIONS = 12
_CURVE = (2, 4, 8, 16, 32, 64)


def print_measures(questions: Path, answers: list[dict[str, Any]], *, quiet: bool) -> dict[str, Any]:
    """Print how the answers stand against the labels and return it as a document."""
    from policy.training.measure import measure, read_lines  # noqa: PLC0415

    found = measure(read_lines(questions), answers)
    times = sorted(answer["ms"] for answer in answers) or [0.0]
    mean, p99 = sum(times) / len(times), times[min(len(times) - 1, int(0.99 * len(times)))]
    if not quiet:
        for line in _lines(found):
            click.echo(line)
        click.echo(words.TIME_LINE.format(mean=mean, p99=p99))
    return {
        "measures": {
            name: {"percent": round(share.percent, 1), "hits": share.hits, "of": share.of}
            for name, share in sorted(found.shares.items())
        },
        "confusions": [
            {"expected": expected, "shown": shown, "count": count}
            for (expected, shown), count in found.confusions.most_common(_MOST_CONFUSIONS)
        ],
        "ms": {"mean": round(mean, 2), "p99": round(p99, 2)},
    }


def print_curve(
    questions: Path, material: Material, thresholds: Thresholds, *, quiet: bool
) -> list[dict[str, float | int]]:
    """Train with the first 2, 4, 8 … examples of each topic and print what that is worth; return it."""
    from policy.answering.answerer import Answerer  # noqa: PLC0415
    from policy.answering.model import Model  # noqa: PLC0415
    from policy.training.fit import train  # noqa: PLC0415
    from policy.training.measure import measure, read_lines  # noqa: PLC0415

    asked, labelled, curve = read_questions(questions), read_lines(questions), []
    for count in _CURVE:
        topics = [replace(topic, examples=topic.examples[:count]) for topic in material.knowledge.topics.values()]
        fewer = material.knowledge.with_topics(topics)
        model = Model(train(fewer, material.normalise), material.normalise)
        answerer = Answerer(fewer, model, material.guards, material.normalise, thresholds)
        shares = measure(labelled, answer_all(answerer, asked)).shares
        point = {
            "count": count,
            "resolved": shares["resolved"].percent,
            "wrong": shares["wrong_shown"].percent,
            "outside": shares["outside_refused"].percent,
        }
        curve.append(point)
        if not quiet:
            click.echo(words.CURVE_LINE.format(**point))
    return curve


def _lines(found: Measures) -> list[str]:
    lines = [
        words.MEASURE_LINE.format(
            name=words.MEASURES.get(name, name),
            percent=share.percent,
            low=share.interval[0],
            high=share.interval[1],
            hits=share.hits,
            of=share.of,
        )
        for name, share in sorted(found.shares.items(), key=lambda pair: (":" in pair[0], pair[0]))
    ]
    if found.confusions:
        listed = ", ".join(
            f"{expected}>{shown} {count}" for (expected, shown), count in found.confusions.most_common(_MOST_CONFUSIONS)
        )
        lines.append(words.CONFUSIONS.format(list=listed))
    return lines
