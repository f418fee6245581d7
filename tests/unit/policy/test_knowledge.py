"""The shipped knowledge: every answer rests on a source that says it; and the check sees what is wrong."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from policy.answering.desk import read_material
from policy.answering.guards import first_caught
from policy.check import find_faults, find_topic_faults
from policy.documents.shapes import Place
from policy.records import Cited, Knowledge, Outside, Topic, read_knowledge

LEAST_TRAINING, LEAST_OUTSIDE = 20, 300


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return read_knowledge()


@pytest.fixture
def topic(knowledge: Knowledge) -> Topic:
    return knowledge.topics["death_report_deadline"]


def faults_with(knowledge: Knowledge, topic: Topic) -> str:
    return "\n".join(find_faults(knowledge.with_topics([topic])))


def test_the_shipped_knowledge_has_no_fault(knowledge: Knowledge) -> None:
    assert find_faults(knowledge) == []


def test_there_are_enough_examples(knowledge: Knowledge) -> None:
    assert all(len(topic.examples) >= LEAST_TRAINING for topic in knowledge.topics.values())
    assert sum(map(len, knowledge.outside.values())) >= LEAST_OUTSIDE
    assert set(knowledge.outside) == set(Outside)


def test_a_topic_without_a_source_is_a_fault(knowledge: Knowledge, topic: Topic) -> None:
    assert "names no source" in faults_with(knowledge, replace(topic, sources=()))


@pytest.mark.parametrize(
    ("place", "quote", "said"),
    [
        (Place(37), "三十日", "has no"),
        (Place(16, 9), "三十日", "has no"),
        (Place(16, 4), "应在三年内", "does not say"),
        (Place(16, 4), "", "does not say"),
    ],
)
def test_a_source_that_does_not_say_it_is_a_fault(
    knowledge: Knowledge, topic: Topic, place: Place, quote: str, said: str
) -> None:
    cited = Cited("长政办发〔2020〕10号", place, quote)
    assert said in faults_with(knowledge, replace(topic, sources=(cited,)))


def test_a_title_of_two_topics_is_a_fault(knowledge: Knowledge, topic: Topic) -> None:
    taken = knowledge.topics["home_visit"].title
    assert "has its title" in faults_with(knowledge, replace(topic, title=taken))


def test_an_unknown_document_is_a_fault(knowledge: Knowledge, topic: Topic) -> None:
    cited = Cited("某政发〔1999〕1号", Place(1), "甲")
    assert "no document" in faults_with(knowledge, replace(topic, sources=(cited,)))


def test_a_number_that_no_source_states_is_a_fault(knowledge: Knowledge, topic: Topic) -> None:
    assert "states 15" in faults_with(knowledge, replace(topic, answer="请在15日内报告。"))
    assert "states" not in faults_with(knowledge, replace(topic, answer="请在三十日内报告，电话12333。"))


def test_an_answer_that_is_too_long_is_a_fault(knowledge: Knowledge, topic: Topic) -> None:
    assert "longer than 120" in faults_with(knowledge, replace(topic, answer="好" * 121))


def test_an_example_of_two_topics_is_a_fault(knowledge: Knowledge, topic: Topic) -> None:
    taken = knowledge.topics["home_visit"].examples[0]
    doubled = replace(topic, examples=(*topic.examples, taken))
    assert "both claim" in faults_with(knowledge, doubled)
    assert [fault.code for fault in find_topic_faults(doubled, knowledge)] == ["claimed"]


def test_an_article_that_nothing_covers_is_a_fault(knowledge: Knowledge) -> None:
    fewer = replace(
        knowledge, topics={one: topic for one, topic in knowledge.topics.items() if 35 not in topic.articles}
    )
    assert any("article 35" in fault for fault in find_faults(fewer)) == (len(fewer.topics) < len(knowledge.topics))


def test_a_topic_that_outlives_its_source_is_a_fault(knowledge: Knowledge, topic: Topic) -> None:
    assert "valid longer" in faults_with(knowledge, replace(topic, valid_to=date(2030, 1, 1)))


def test_firm_guards_let_every_example_of_a_topic_pass() -> None:
    material = read_material()
    firm = tuple(guard for guard in material.guards if guard.is_firm)
    caught = [
        (topic.id, example)
        for topic in material.knowledge.topics.values()
        for example in topic.examples
        if first_caught(firm, material.normalise.tidy(example)) is not None
    ]
    assert caught == []


def test_words_that_may_mean_two_topics_name_topics(knowledge: Knowledge) -> None:
    words = read_material().normalise.words
    assert {topic for pair in words.bare.values() for topic in pair} <= set(knowledge.topics)
    assert {topic for facet in words.facets for topic in (facet.before, facet.after)} <= set(knowledge.topics)
