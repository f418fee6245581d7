"""The knowledge of the answerer as typed records: topics with their sources, questions outside, ways of saying things.

A topic, its text and its source are one stored record: nothing is composed, so nothing is invented.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from policy.documents.shapes import Place
from policy.documents.store import read_documents
from policy.yaml_files import read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policy.documents.shapes import Document

FOLDER = Path(__file__).parent / "knowledge"
SMALLTALK = "smalltalk"


class Service(StrEnum):
    """What an answer can start."""

    CERTIFY = "certify"
    CHANGE_ADDRESS = "change_address"
    REPORT_DEATH = "report_death"
    REQUEST_HOME_VISIT = "request_home_visit"
    REPORT_FRAUD = "report_fraud"
    BIND_RELATIVE = "bind_relative"
    QUERY_STATUS = "query_status"
    TALK_TO_HUMAN = "talk_to_human"


class Concern(StrEnum):
    """Whom a topic concerns."""

    RETIREE = "retiree"
    RELATIVE = "relative"
    STAFF = "staff"
    EMPLOYER = "employer"
    CITIZEN = "citizen"


class Outside(StrEnum):
    """Why a question is not answered. The first five must never be answered, whatever they look like."""

    AMOUNT = "amount"
    INJECTION = "injection"
    THIRD_PARTY = "third_party"
    CREDENTIAL = "credential"
    HEALTH = "health"
    OTHER_CITY = "other_city"
    NEAR = "near"
    OFFTOPIC = "offtopic"
    INSULT = "insult"
    NONSENSE = "nonsense"


@dataclass(frozen=True)
class Cited:
    """Where an answer stands: a place in a document, and words that stand there."""

    document: str
    place: Place
    quote: str


@dataclass(frozen=True)
class Topic:
    """One topic: title (at most 12 characters), answer (at most 120), what more there is, what the source leaves open.

    sources: the main one first; none for small talk alone. reviewed: by which lawyer and when, None until then.
    examples: questions that people ask about it.
    """

    id: str
    title: str
    answer: str
    more: str
    unsaid: str | None
    sources: tuple[Cited, ...]
    service: Service | None
    concerns: tuple[Concern, ...]
    valid_from: date | None
    valid_to: date | None
    reviewed: tuple[str, date] | None
    examples: tuple[str, ...] = field(repr=False)

    @property
    def articles(self) -> tuple[int, ...]:
        """The numbers of the articles it cites, the main one first."""
        return tuple(dict.fromkeys(cited.place.article for cited in self.sources))


@dataclass(frozen=True)
class Knowledge:
    """Everything the answerer knows: topics by id, questions outside by kind, documents by number."""

    topics: dict[str, Topic]
    outside: dict[Outside, tuple[str, ...]]
    documents: dict[str, Document]

    def with_topics(self, changed: Iterable[Topic]) -> Knowledge:
        """Return it with topics added or replaced."""
        return replace(self, topics=self.topics | {topic.id: topic for topic in changed})


def read_knowledge(folder: Path = FOLDER) -> Knowledge:
    """Return what the files of a folder say; raise ValueError naming the file that is not as it must be."""
    return Knowledge(
        topics={path.stem: _read(path, topic_from) for path in sorted(folder.glob("topics/*.yaml"))},
        outside={
            Outside(path.stem): _read(path, lambda _id, plain: tuple(map(str, plain["questions"])))
            for path in sorted(folder.glob("outside/*.yaml"))
        },
        documents=read_documents(folder / "documents"),
    )


def topic_from(topic_id: str, plain: dict[str, Any]) -> Topic:
    """Return the topic that a file, or a draft, holds. Raises KeyError, ValueError, TypeError."""
    reviewed = plain.get("reviewed")
    return Topic(
        id=topic_id,
        title=str(plain["title"]),
        answer=str(plain["answer"]).strip(),
        more=str(plain.get("more") or "").strip(),
        unsaid=str(plain["unsaid"]).strip() if plain.get("unsaid") else None,
        sources=tuple(
            Cited(str(one["document"]), Place(one["article"], one.get("item"), one.get("number")), str(one["quote"]))
            for one in plain.get("sources") or ()
        ),
        service=Service(plain["service"]) if plain.get("service") else None,
        concerns=tuple(map(Concern, plain.get("concerns") or ())),
        valid_from=_day(plain.get("valid_from")),
        valid_to=_day(plain.get("valid_to")),
        reviewed=(str(reviewed["by"]), _some_day(reviewed["on"])) if reviewed else None,
        examples=tuple(map(str, plain["examples"])),
    )


def _read(path: Path, made: Any) -> Any:
    try:
        return made(path.stem, read_yaml(path))
    except (yaml.YAMLError, KeyError, ValueError, TypeError) as fault:
        raise ValueError(f"{path.name}: {fault}") from fault


def _day(value: object) -> date | None:
    return None if value is None else _some_day(value)


def _some_day(value: object) -> date:
    return value if isinstance(value, date) else date.fromisoformat(str(value))
