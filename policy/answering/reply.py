"""What is answered: a picked record, two of them to choose from, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from policy.answering.slots import Slots

if TYPE_CHECKING:
    from policy.answering.model import Example
    from policy.records import Service, Topic


class Behaviour(StrEnum):
    """How a question is met."""

    ANSWER = "answer"
    SERVICE = "service"
    CLARIFY = "clarify"
    REFUSE = "refuse"
    POLITE = "polite"


class Reason(StrEnum):
    """Why there is no answer beside the kinds of `records.Outside`."""

    EMPTY = "empty"
    CRISIS = "crisis"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Reply:
    """One reply.

    topic: what is answered. options: the two that are offered. also: a second question of the same message, answered
    too. refused: an outside kind or a Reason. confidence: the probability that the topic is right (that refusing is).
    """

    behaviour: Behaviour
    confidence: float
    topic: Topic | None = None
    options: tuple[Topic, ...] = ()
    also: Topic | None = None
    refused: str | None = None
    slots: Slots = field(default_factory=Slots)
    nearest: tuple[Example, ...] = ()

    @property
    def service(self) -> Service | None:
        """What the reply starts or offers first."""
        return self.topic.service if self.topic is not None else None

    @property
    def articles(self) -> tuple[int, ...]:
        """The numbers of the articles it cites."""
        cited = [article for topic in (self.topic, self.also) if topic is not None for article in topic.articles]
        return tuple(dict.fromkeys(cited))
