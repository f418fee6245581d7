"""What tells whether weights were trained on this knowledge by this code, and whether a wording is the one reviewed."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from policy.answering.features import VERSION

if TYPE_CHECKING:
    from policy.answering.normalise import Normaliser
    from policy.records import Knowledge, Topic


def digest_of(knowledge: Knowledge, normalise: Normaliser) -> str:
    """Return a digest of everything that training looks at; answers may change without it."""
    words = normalise.words
    told = repr(
        (
            VERSION,
            [(topic.id, topic.title, topic.examples) for topic in knowledge.topics.values()],
            sorted(knowledge.outside.items()),
            sorted(words.plain.items()),
            words.fillers.pattern,
            [(pattern.pattern, put) for pattern, put in words.of_people],
            words.terms,
        )
    )
    return hashlib.sha256(told.encode()).hexdigest()


def wording_digest(topic: Topic) -> str:
    """Return a digest of everything that people are told by a topic and of where it stands; not of its examples."""
    told = (topic.title, topic.answer, topic.more, topic.unsaid, topic.sources, topic.service, topic.concerns)
    return hashlib.sha256(repr((*told, topic.valid_from, topic.valid_to)).encode()).hexdigest()
