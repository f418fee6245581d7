"""Questions about policy: answered with their source, asked back, or handed over; and what is said after that. Pure.

The question before stays known for some minutes, so that "and my mother?" is understood.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.conversations.engine import MENU_OPTIONS, is_own_id, place_of_tap
from bot.conversations.shapes import HandOver, KeepQuestion, PassOn, Say, State, Turn
from bot.reading.choices import Option, read_choice
from bot.replies import MENU, NO_USE, NONE_OF_THEM, OF_USE
from models.knowledge import KeptReason
from policy.answering.reply import Behaviour, Reason
from policy.reading.understood import NotUnderstood
from policy.records import Outside, Service

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.conversations.shapes import Facts, PolicyReply, Slots

FLOW = "policy"
# Where such a conversation stands: answered, or asked which of two.
_ANSWERED, _ASKED_BACK = 0, 1
_MOST_CONTEXT, _SHORT = 3, 10
# So few characters ask nothing, unless with one of these.
_LITTLE, _HANGS_ON = 4, re.compile("[?？那呢吗么也还怎多几谁哪]|什么")
# Refusals whose question somebody else may know the answer to: a person gets it at once.
_HANDED_OVER = frozenset({Outside.NEAR, Outside.AMOUNT, Outside.OTHER_CITY, Reason.OFFLINE})
_KEPT = frozenset({*_HANDED_OVER, Outside.OFFTOPIC})
_INTENTS = {
    Service.CERTIFY: "certify",
    Service.CHANGE_ADDRESS: "change_address",
    Service.REPORT_DEATH: "report_death",
    Service.REQUEST_HOME_VISIT: "home_visit",
    Service.REPORT_FRAUD: "report_fraud",
    Service.BIND_RELATIVE: "bind",
    Service.QUERY_STATUS: "people",
    Service.TALK_TO_HUMAN: "human",
}
# Topics whose service has a conversation of its own.
_OF_TOPIC = {"phone_change": "change_phone", "moved_away_or_abroad": "move_away", "missing_person": "report_missing"}
_RATINGS = (
    Option("of_use", OF_USE, ("有帮助", "答得好")),
    Option("no_use", NO_USE, ("没有用", "冇用", "没帮助", "答得不对")),
)
_TALK = Option("human", MENU["human"], ("人工", "找人"))


def is_about_policy(state: State | None) -> bool:
    """Say whether a question about policy was the last thing talked about."""
    return state is not None and state.flow == FLOW


def ask_policy(question: str, before: State | None, facts: Facts) -> Turn:
    """Return what follows from a question; before: where the conversation stood, if it was about policy."""
    asked = tuple(before.slots["asked"]) if before is not None and is_about_policy(before) else ()
    reply = facts.answer_policy(question, asked)
    if reply is None:
        return Turn(None, effects=(PassOn(question, is_told_why=False),))
    known = [*asked, question][-_MOST_CONTEXT:]
    match reply.behaviour:
        case Behaviour.CLARIFY:
            slots = {"asked": known, "options": [list(option) for option in reply.options]}
            say = Say("policy_which", options=_which(slots), ask="policy.which")
            return Turn(State(FLOW, _ASKED_BACK, slots), (say,))
        case Behaviour.REFUSE:
            return _refuse(question, reply, known)
        case Behaviour.POLITE:
            return Turn(before if is_about_policy(before) else None, (Say("policy_answer", {"answer": reply.text}),))
        case _ if asked and reply.topic == _topic_of(before) and _says_little(question):
            # the same answer once more is none: 没有, 不要了
            return Turn(None, (Say("thanks", options=MENU_OPTIONS, ask="menu"),))
        case _:
            return _answered(reply, known)


def _topic_of(before: State | None) -> str | None:
    """Return the topic that was answered last."""
    return None if before is None else before.slots.get("topic")


def _says_little(question: str) -> bool:
    return len(question) <= _LITTLE and _HANGS_ON.search(question) is None


def go_on_policy(state: State, text: str, tap: str | None, facts: Facts) -> Turn | str | None:
    """Return what follows from words after an answer: a turn, the intent that was chosen, None for a new question."""
    if state.step == _ASKED_BACK:
        return _take_option(state, text, tap, facts)
    # a longer text is a new question, whatever words of ours it holds
    chosen = _choice(_after(state.slots), text, tap, "policy.after") if tap or len(text) <= _SHORT else None
    if chosen is None:
        return None
    topic, question = state.slots["topic"], state.slots["asked"][-1]
    if chosen == "of_use":
        return Turn(state, (Say("rated_of_use"),), (KeepQuestion(question, KeptReason.OF_USE, topic),))
    if chosen == "no_use":
        return Turn(None, (Say("rated_no_use"),), (KeepQuestion(question, KeptReason.NO_USE, topic), PassOn(question)))
    return chosen


def _take_option(state: State, text: str, tap: str | None, facts: Facts) -> Turn | None:
    chosen = _choice(_which(state.slots), text, tap, "policy.which")
    question = state.slots["asked"][-1]
    if chosen is None:
        return None
    if chosen == "none":
        return Turn(
            None, effects=(KeepQuestion(question, KeptReason.NONE_OF_THEM), PassOn(question, is_told_why=False))
        )
    reply = facts.policy_topic(chosen, question)
    if reply is None:
        return Turn(None, effects=(PassOn(question, is_told_why=False),))
    return _answered(reply, state.slots["asked"])


def _answered(reply: PolicyReply, asked: Sequence[str]) -> Turn:
    intent = None if reply.service is None else _OF_TOPIC.get(reply.topic or "", _INTENTS[reply.service])
    slots = {"asked": list(asked), "topic": reply.topic, "intent": intent}
    say = Say("policy_answer", {"answer": reply.text}, options=_after(slots), ask="policy.after")
    return Turn(State(FLOW, _ANSWERED, slots), (say,))


def _refuse(question: str, reply: PolicyReply, known: Sequence[str]) -> Turn:
    if reply.refused == Reason.CRISIS:
        return Turn(None, (Say("crisis"),), (HandOver(question, is_asked_for=True, is_urgent=True),))
    keep = (KeepQuestion(question, KeptReason.UNANSWERED, reply.refused),) if reply.refused in _KEPT else ()
    if reply.refused in _HANDED_OVER:
        return Turn(None, (Say("policy_answer", {"answer": reply.text}),), (*keep, PassOn(question)))
    slots = {"asked": list(known), "topic": None, "intent": None}
    offer = Say("policy_answer", {"answer": reply.text}, options=(_TALK,), ask="policy.after")
    return Turn(State(FLOW, _ANSWERED, slots), (offer,), keep)


def _which(slots: Slots) -> tuple[Option, ...]:
    """Return the two topics to choose from, and neither."""
    titles = tuple(Option(topic, title) for topic, title in slots["options"])
    return (*titles, Option("none", NONE_OF_THEM, ("都不对", "不是")))


def _after(slots: Slots) -> tuple[Option, ...]:
    """Return what may be chosen below an answer: its service, whether it was of use; below a refusal, a person."""
    if slots["topic"] is None:
        return (_TALK,)
    intent = slots["intent"]
    service = () if intent is None else (Option(str(intent), MENU[str(intent)]),)
    return (*service, *_RATINGS)


def _choice(options: Sequence[Option], text: str, tap: str | None, ask: str) -> str | None:
    place: str | None = None
    if tap is not None and is_own_id(tap):
        found = place_of_tap(tap, Say("policy_answer", options=tuple(options), ask=ask))
        if found is None:
            return None
        place = str(found)
    try:
        return read_choice(text, place, options)
    except NotUnderstood:
        return None
