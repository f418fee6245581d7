"""From a question to a reply: guards first, then the weights, then sure, one of two, or an honest "I do not know"."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from policy.answering.guards import first_caught
from policy.answering.model import mixed
from policy.answering.reply import Behaviour, Reason, Reply
from policy.answering.slots import find_slots
from policy.answering.split import split_questions
from policy.answering.thresholds import Thresholds
from policy.records import SMALLTALK, Outside, Service

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from policy.answering.guards import Guard
    from policy.answering.model import Model, Weighed
    from policy.answering.normalise import Normaliser
    from policy.records import Knowledge, Topic

MOST_CHARACTERS = 500
# Of the letters in a question so many must be Chinese for us to read it.
_CHINESE_SHARE = 0.3
_CHINESE, _LETTER = re.compile("[\u3400-\u9fff]"), re.compile(r"\w")
_CRISIS = re.compile(
    "不想活|活着没有?意思|想死|自杀|寻短见|轻生|活不下去|跳楼|割腕|喝农药|一了百了|死了算[了哒]|不如死|活[够腻][了哒]|早点走"
)
# A question that hangs on the one before is short, or not clear by itself.
_HANGING, _CLEAR = 12, 0.8
# Of such a question its own words count the more the more there are, but never alone.
_MOST_OWN, _OWN_WORDS = 0.7, 6
# What is left of a bare word once empty ones are gone, and how probably it must be one of ours to be asked back.
_BARE, _BARELY = 2, 0.3
# Below this share of the best topic the weights know nothing worth offering.
_LEAST_SHARE = 0.12
# What the words of a guard do not stop.
_SURELY = 0.97
_TALK = frozenset({Service.TALK_TO_HUMAN})


@dataclass(frozen=True)
class Answerer:
    """Answers questions about policy. offline: topics that are switched off."""

    knowledge: Knowledge
    model: Model
    guards: tuple[Guard, ...]
    normalise: Normaliser
    thresholds: Thresholds = field(default_factory=Thresholds)
    offline: frozenset[str] = frozenset()

    def ask(self, question: str, context: Sequence[str] = (), *, on: date) -> Reply:
        """Return the reply to a question; context: the questions before it, oldest first; on: the day it is asked."""
        tidy = self.normalise.tidy(question)
        words = self.normalise.words
        slots = find_slots(tidy, words.death, on)
        reply = self._by_form(tidy) or self._bare(question, context) or self._weigh(question, context)
        if reply.topic is not None and reply.topic.id in self.offline:
            reply = Reply(Behaviour.REFUSE, reply.confidence, refused=Reason.OFFLINE)
        return replace(reply, slots=slots)

    def _by_form(self, tidy: str) -> Reply | None:
        """Return the reply to what is refused for its form or its words, whatever it may be about."""
        letters = _LETTER.findall(tidy)
        if not tidy.strip():
            return Reply(Behaviour.REFUSE, 1.0, refused=Reason.EMPTY)
        caught = first_caught(self.guards, tidy)
        is_crisis = caught is not None and caught.kind is Outside.HEALTH and _CRISIS.search(tidy) is not None
        if caught is not None and (is_crisis or caught.is_firm or not self._is_surely_ours(tidy)):
            return Reply(Behaviour.REFUSE, 1.0, refused=Reason.CRISIS if is_crisis else caught.kind)
        if len(_CHINESE.findall(tidy)) < max(1.0, _CHINESE_SHARE * len(letters)):
            return Reply(Behaviour.REFUSE, 1.0, refused=Outside.NONSENSE)
        return None

    def _is_surely_ours(self, tidy: str) -> bool:
        weighed = self.model.weigh(tidy)
        return min(weighed.inside, weighed.right) >= _SURELY

    def _bare(self, question: str, context: Sequence[str]) -> Reply | None:
        """Return the question back for a word that may mean one of two topics when it stands alone."""
        words, plain = self.normalise.words, self.normalise(question)
        left = words.empty.sub("", plain)
        # one sign alone says too little, even where an example says no more
        is_one = len(left) == 1 and left in words.bare
        if not (plain in words.bare or is_one or (len(left) <= _BARE and not self.model.knows(plain))):
            return None
        weighed = self.model.weigh(question)
        if context and not self._leaves(weighed, words.bare.get(plain, ()), context[-1]):
            return None
        if weighed.topics[0][0] == SMALLTALK:
            return None
        pair: Sequence[str] = words.bare.get(left, ())
        if not pair:
            if weighed.inside < _BARELY or weighed.topics[0][1] < _LEAST_SHARE or self._is_order(question):
                return None
            pair = [one for one, _share in weighed.topics[:2]]
        options = tuple(self.knowledge.topics[one] for one in pair if one in self._open and one != SMALLTALK)
        return Reply(Behaviour.CLARIFY, 0.5, options=options) if len(options) == 2 else None  # noqa: PLR2004 - a pair

    def _leaves(self, weighed: Weighed, pair: Sequence[str], before: str) -> bool:
        """Say whether a bare word is surely about one of its own two topics, and the question before about neither."""
        best, share = weighed.topics[0]
        is_sure = min(share, weighed.inside * weighed.right) >= _CLEAR
        return is_sure and best in pair and self.model.weigh(before).topics[0][0] not in pair

    @property
    def _open(self) -> set[str]:
        return set(self.knowledge.topics) - self.offline

    def _weigh(self, question: str, context: Sequence[str]) -> Reply:
        parts = split_questions(question[:MOST_CHARACTERS])
        whole = self._in_context(question, context)
        reply = self._decide(question, whole, context)
        if len(parts) == 1 or context:
            return reply
        return self._in_a_row(parts, reply)

    def _in_a_row(self, parts: Sequence[str], whole: Reply) -> Reply:
        """Answer two questions of one message where both are clear by themselves; otherwise it counts as one."""
        found: dict[str, Reply] = {}
        for part in parts:
            if first_caught(self.guards, self.normalise.tidy(part)) is not None:
                return whole
            reply = self._decide(part, self.model.weigh(part))
            if reply.topic is not None and reply.topic.sources and reply.confidence >= self.thresholds.also_from:
                found.setdefault(reply.topic.id, reply)
        if len(found) < 2:  # noqa: PLR2004 - a second question
            return whole
        first, second, *_more = found.values()
        return replace(first, also=second.topic)

    def _in_context(self, question: str, context: Sequence[str]) -> Weighed:
        alone = self.model.weigh(question)
        if not context:
            return alone
        plain = self.normalise(question)
        hangs = self.normalise.words.follow.match(plain) is not None or len(plain) <= _HANGING
        if not hangs and alone.inside * alone.right >= _CLEAR:
            return alone
        before = self.model.weigh(context[-1]).topics[0][0]
        for facet in self.normalise.words.facets:
            if facet.before == before and len(plain) <= _HANGING and facet.asks.search(plain):
                return replace(alone, topics=((facet.after, 1.0), (before, 0.0)), inside=1.0, right=1.0)
        own = len(self.normalise.words.follow.sub("", self.normalise.words.empty.sub("", plain)))
        return mixed(alone, self.model.weigh(f"{context[-1]} {question}"), min(_MOST_OWN, own / _OWN_WORDS))

    def _decide(self, question: str, weighed: Weighed, context: Sequence[str] = ()) -> Reply:
        limits = self.thresholds
        ranked = [(self.knowledge.topics[one], share) for one, share in weighed.topics if one in self.knowledge.topics]
        best = ranked[0][0]
        sure = weighed.inside * weighed.right
        is_unclear = sure < _CLEAR and not any(self._speaks_of_death(said) for said in (question, *context))
        if is_unclear or self.normalise.words.no_death.search(self.normalise(question)) is not None:
            ranked = [(topic, share) for topic, share in ranked if topic.id not in self.normalise.words.of_death]
            if best is not ranked[0][0]:
                sure = 0.0
        if best.id == SMALLTALK and weighed.inside >= limits.polite_from:
            return Reply(Behaviour.POLITE, sure, topic=best, nearest=weighed.nearest)
        if weighed.inside < limits.refuse_below:
            kind = weighed.kinds[0][0].value if weighed.kinds else Outside.NEAR.value
            return Reply(Behaviour.REFUSE, 1 - weighed.inside, refused=kind, nearest=weighed.nearest)
        if sure >= limits.answer_from:
            return Reply(self._manner(question, best), sure, topic=best, nearest=weighed.nearest)
        options = [topic for topic, _share in ranked if topic.id in self._open and topic.sources][:2]
        return Reply(Behaviour.CLARIFY, sure, options=tuple(options), nearest=weighed.nearest)

    def _speaks_of_death(self, said: str) -> bool:
        words, plain = self.normalise.words, self.normalise(said)
        return words.death.search(plain) is not None or words.around_death.search(plain) is not None

    def _manner(self, question: str, topic: Topic) -> Behaviour:
        """Return whether a topic is answered, or its service is all that is wanted."""
        if topic.service in _TALK and topic.id == topic.service:
            return Behaviour.SERVICE
        return Behaviour.SERVICE if topic.service is not None and self._is_order(question) else Behaviour.ANSWER

    def _is_order(self, question: str) -> bool:
        """Say whether somebody wants something done, and asks nothing."""
        words, tidy = self.normalise.words, self.normalise.tidy(question)
        return words.order.search(tidy) is not None and words.asks.search(tidy) is None
