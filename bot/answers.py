"""Answers about policy as the chat says them: the desk's reply, its topics as they stand now, written out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from bot.conversations.shapes import PolicyReply
from casework.knowledge import list_offline, list_published, with_changes
from policy.answering.reply import Behaviour, Reply
from policy.answering.slots import find_slots
from policy.answering.wording import write_reply
from words import policy as words

if TYPE_CHECKING:
    import uuid
    from collections.abc import Callable, Sequence
    from datetime import date

    from sqlalchemy.orm import Session

    from models import KnowledgeChange
    from policy.answering.answerer import Answerer
    from policy.answering.desk import Desk
    from policy.records import Knowledge, Topic
    from services import Services


class Chooser(Protocol):
    """Names one of some topics, or none."""

    def choose(self, question: str, topics: Sequence[Topic]) -> str | None:
        """Return the id of one of these topics, or None."""


class _Published:
    """The knowledge with what is published, made once for each set of changes."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: tuple[tuple[uuid.UUID, ...], Knowledge] | None = None

    def knowledge(self, desk: Desk, changes: Sequence[KnowledgeChange]) -> Knowledge:
        """Return it."""
        ids = tuple(change.id for change in changes)
        with self._lock:
            if self._made is None or self._made[0] != ids:
                shipped = desk.material.knowledge
                self._made = (ids, with_changes(shipped, changes) if ids else shipped)
            return self._made[1]


@dataclass(frozen=True)
class ChatAnswers:
    """Answers questions by what is published at the moment they are asked."""

    services: Callable[[], Services]
    chooser: Chooser | None = None
    _published: _Published = field(default_factory=_Published)

    def answer(self, session: Session, question: str, asked: Sequence[str], on: date) -> PolicyReply | None:
        """Answer a question; None while there are no weights, so that a person answers."""
        answerer = self._answerer(session)
        if answerer is None:
            return None
        reply = answerer.ask(question, asked, on=on)
        chosen = self._choose(question, reply)
        return self._write(answerer, reply if chosen is None else chosen, on)

    def show(self, session: Session, topic: str, question: str, on: date) -> PolicyReply | None:
        """Answer with a topic; None where it is there no more."""
        answerer = self._answerer(session)
        if answerer is None or topic not in answerer.knowledge.topics or topic in answerer.offline:
            return None
        normalise = answerer.normalise
        slots = find_slots(normalise.tidy(question), normalise.words.death, on)
        reply = Reply(Behaviour.ANSWER, 1.0, topic=answerer.knowledge.topics[topic], slots=slots)
        return self._write(answerer, reply, on)

    def _choose(self, question: str, reply: Reply) -> Reply | None:
        """Return the answer with the one of two topics that the optional model names; None without one."""
        if self.chooser is None or reply.behaviour is not Behaviour.CLARIFY:
            return None
        chosen = self.chooser.choose(question, reply.options)
        topic = next((one for one in reply.options if one.id == chosen), None)
        return None if topic is None else replace(reply, behaviour=Behaviour.ANSWER, topic=topic, options=())

    def _answerer(self, session: Session) -> Answerer | None:
        desk = self.services().policy_desk
        known = self._published.knowledge(desk, list_published(session))
        answerer = desk.answerer(known) or desk.newest or desk.answerer()
        return None if answerer is None else replace(answerer, offline=list_offline(session))

    def _write(self, answerer: Answerer, reply: Reply, on: date) -> PolicyReply:
        return PolicyReply(
            behaviour=reply.behaviour,
            text=write_reply(reply, answerer.knowledge, self.services().rules, words, on=on),
            topic=None if reply.topic is None else reply.topic.id,
            options=tuple((topic.id, topic.title) for topic in reply.options),
            service=reply.service,
            refused=reply.refused,
        )
