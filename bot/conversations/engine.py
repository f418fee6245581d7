"""The one transition: where a conversation stands and what was heard, to what follows. Pure."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from bot.conversations.flows import FLOWS
from bot.conversations.help import read_words
from bot.conversations.shapes import Flow, HandOver, Question, Say, Slots, State, Turn, Vanished
from bot.intents import NUMBERED
from bot.reading.choices import Option, read_choice, read_yes_no
from bot.reading.words_everywhere import Command, read_command
from bot.replies import MENU
from policy.reading.understood import NotUnderstood
from policy.relations import may

if TYPE_CHECKING:
    from bot.conversations.shapes import Facts, Person

# After so many misses a person takes over.
MISSES = 2
# A tap's id is the question's own number and, behind it, the option's.
_QUESTIONS = 9_000
_OWN_ID_DIGITS = 6
WHO, CONFIRMED = "who", "confirmed"
# What may be said anew where everything is read back (不对，是9号), for it is told from every other answer by its form.
_SAID_ANEW = frozenset({"day", "phone", "address", "new_place", "id_number"})
_IS = re.compile(r"(?:^|不对|[,，。、!！\s])(?:应该|应当|其实)?(?:就?是|改成|改为)(?P<said>[^是]+)$")
# What nobody meant who says that something was misread.
_KEPT = ("personal_consent",)
YES_NO = (Option("yes", "对"), Option("no", "不对"))
# What can be begun anywhere, as a numbered list.
MENU_OPTIONS = tuple(Option(intent.value, MENU[intent.value]) for intent in NUMBERED)


def start(flow_name: str, facts: Facts, slots: Slots | None = None) -> Turn:
    """Begin a flow: its first question, or why it cannot be begun."""
    flow = FLOWS[flow_name]
    if flow.right is not None and not candidates(flow, facts):
        if any(person.is_confirmed for person in facts.people):
            return Turn(None, (Say("not_your_right"),))
        # whoever consented has claimed somebody; whether that fitted is nothing the chat tells
        if not facts.has_personal_consent:
            binding = start("bind", facts)
            return replace(binding, says=(Say("bind_first"), *binding.says))
        return Turn(None, effects=flow.claimed) if flow.claimed else Turn(None, (Say("confirm_first"),))
    return _go_on(State(flow.name, -1, dict(slots or {})), facts)


def answer(state: State, text: str, tap: str | None, facts: Facts) -> Turn:
    """Take what was said as the answer to the question that was asked, or as one of the words that count everywhere.

    Raises Vanished where what it is about is there no more, NotUnderstood where it is no answer.
    """
    command = read_command(text) if tap is None else None
    if command is not None:
        return _obey(command, state, text, facts)
    _check_who(state, facts)
    question = steps_of(FLOWS[state.flow])[state.step]
    try:
        place = _place_of(tap, ask(state, facts))
        if question.slot == CONFIRMED and tap is None and (corrected := _correct(state, text, facts)) is not None:
            return Turn(corrected, (ask(corrected, facts),))
        value = question.read(text, place, facts, state.slots)
    except _OldOption:
        return Turn(state, (Say("old_option"), ask(state, facts)))
    if question.slot == CONFIRMED and value == "no":
        kept = {slot: state.slots[slot] for slot in _KEPT if slot in state.slots}
        again = start(state.flow, facts, kept)
        if again.state is not None and again.state.step == state.step:
            # there is nothing else that it could be about
            return Turn(None, (Say("cancelled"),))
        return replace(again, says=(Say("once_more"), *again.says))
    besides = question.besides(text, facts) if question.besides else {}
    slots = state.slots | {question.slot: value} | besides
    return _go_on(replace(state, slots=slots, missed=0), facts)


def _correct(state: State, text: str, facts: Facts) -> State | None:
    """Return a state with the one thing that was said anew; None where nothing was, or not plainly one thing.

    It stands behind a word for it (不对，是9号), or is all that is said, which is then neither yes nor no.
    """
    found = _IS.search(text.strip(" 。！!~～"))
    if found is not None:
        return _said_anew(state, found["said"], facts)
    with suppress(NotUnderstood):
        read_yes_no(text, None)
        return None
    return _said_anew(state, text, facts)


def _said_anew(state: State, said: str, facts: Facts) -> State | None:
    anew: Slots = {}
    for question in steps_of(FLOWS[state.flow]):
        if question.slot in _SAID_ANEW & state.slots.keys():
            with suppress(NotUnderstood):
                anew[question.slot] = question.read(said, None, facts, state.slots)
    return replace(state, slots=state.slots | anew, missed=0) if len(anew) == 1 else None


def ask_again(state: State, text: str, reason: str, facts: Facts) -> Turn:
    """Ask in other words what was not understood, and after that hand over to a person.

    The question stays open behind that: whoever then knows the answer need not begin anew.
    """
    if reason == "consent_needed":
        return Turn(None, (Say("window_instead"),))
    missed = replace(state, missed=state.missed + 1)
    if is_handed_over(missed):
        handed = _hand_over(state, text, is_asked_for=False)
        return handed if handed.says else replace(handed, state=missed)
    return Turn(missed, (Say(f"why_{reason}"), ask(state, facts, wording="_again")))


def is_handed_over(state: State) -> bool:
    """Say whether a person has taken over the question at which a conversation stands."""
    return state.missed >= MISSES


def is_free_text(state: State) -> bool:
    """Say whether the question asked takes whatever somebody writes."""
    return steps_of(FLOWS[state.flow])[state.step].read is read_words


def asks_for_name(state: State) -> bool:
    """Say whether the question asked is what somebody is called."""
    return steps_of(FLOWS[state.flow])[state.step].slot in {"name", "person_name"}


def candidates(flow: Flow, facts: Facts) -> tuple[Person, ...]:
    """Return whom a flow can be about."""
    right = flow.right
    if right is None:
        return ()
    return tuple(person for person in facts.people if person.is_confirmed and may(person.relation, right))


def ask(state: State, facts: Facts, *, wording: str = "") -> Say:
    """Return the question at which a state stands; wording: `_again` for its second wording."""
    flow = FLOWS[state.flow]
    question = steps_of(flow)[state.step]
    options = question.options(facts, state.slots) if question.options else ()
    values: dict[str, Any] = question.values(facts, state.slots) if question.values else {}
    code = question.wording or question.slot
    if question.slot == CONFIRMED:
        code = flow.read_back or ""
        values = flow.summary(facts, state.slots) if flow.summary else {}
    return Say(code + wording, values, options, ask=f"{flow.name}.{question.slot}")


def tap_id(say_ask: str, place: int) -> str:
    """Return the id under which a tap on the option at `place` (from 1) of that question comes back: digits alone."""
    return str(1000 + zlib.crc32(say_ask.encode()) % _QUESTIONS) + f"{place:02d}"


@cache
def steps_of(flow: Flow) -> tuple[Question, ...]:
    """Return everything a flow asks, in order."""
    steps = list(flow.questions)
    if flow.right is not None:
        steps.insert(0, _who(flow))
    if flow.read_back is not None:
        steps.append(Question(CONFIRMED, _read_yes_no, options=lambda _facts, _slots: YES_NO))
    return tuple(steps)


class _OldOption(Exception):
    """An option of an earlier question was tapped."""


def is_own_id(tap: str) -> bool:
    """Say whether a tap's id is one that we gave out; some phones send none, or 0, with the words of an option."""
    return len(tap) >= _OWN_ID_DIGITS


def place_of_tap(tap: str, asked: Say) -> int | None:
    """Return the number of the option of that question that was tapped; None for an option of another question."""
    return next((place for place in range(1, len(asked.options) + 1) if tap == tap_id(asked.ask, place)), None)


def _place_of(tap: str | None, asked: Say) -> str | None:
    if tap is None or not is_own_id(tap):
        return None
    place = place_of_tap(tap, asked)
    if place is None:
        raise _OldOption
    return str(place)


def _go_on(state: State, facts: Facts) -> Turn:
    """Go to the next question that is to be asked; after the last one, do what the flow is for."""
    flow = FLOWS[state.flow]
    steps = steps_of(flow)
    for step in range(state.step + 1, len(steps)):
        question = steps[step]
        if question.slot in state.slots or (question.when is not None and not question.when(facts, state.slots)):
            continue
        if (alone := _only_option(question, facts, state.slots)) is not None:
            state = replace(state, slots=state.slots | {question.slot: alone})
            continue
        following = replace(state, step=step, missed=0)
        return Turn(following, (ask(following, facts),))
    return Turn(None, effects=flow.finish(facts, state.slots))


def _only_option(question: Question, facts: Facts, slots: Slots) -> str | None:
    """Return the one option of a question that asks for none but out of several."""
    options = question.options(facts, slots) if question.alone and question.options else ()
    return options[0].key if len(options) == 1 else None


def _check_who(state: State, facts: Facts) -> None:
    flow = FLOWS[state.flow]
    if WHO in state.slots and all(str(person.id) != state.slots[WHO] for person in candidates(flow, facts)):
        raise Vanished


def _go_back(state: State, facts: Facts) -> Turn:
    """Ask the question before this one again; before the first there is nothing, and the flow is left."""
    steps = steps_of(FLOWS[state.flow])
    for step in range(state.step - 1, -1, -1):
        slot = steps[step].slot
        if slot in state.slots and _only_option(steps[step], facts, state.slots) is None:
            slots = {name: value for name, value in state.slots.items() if name != slot}
            before = replace(state, step=step, slots=slots, missed=0)
            return Turn(before, (ask(before, facts),))
    return Turn(None, (Say("cancelled"),))


def _obey(command: Command, state: State, text: str, facts: Facts) -> Turn:  # noqa: PLR0911 - one case after the other
    match command:
        case Command.BACK:
            return _go_back(state, facts)
        case Command.CANCEL:
            return Turn(None, (Say("cancelled"),))
        case Command.RESTART:
            return start(state.flow, facts)
        case Command.HUMAN:
            return _hand_over(state, text, is_asked_for=True)
        case Command.MENU:
            return Turn(None, (Say("menu", options=MENU_OPTIONS, ask="menu"),))
        case Command.REPEAT:
            return Turn(state, (ask(state, facts, wording="_again"),))
        case Command.WAIT:
            return Turn(state, (Say("no_hurry"), ask(state, facts)))


def _hand_over(state: State, text: str, *, is_asked_for: bool) -> Turn:
    own = FLOWS[state.flow].hand_over
    turn = own(state.slots, text, is_asked_for) if own is not None else None
    return turn or Turn(None, effects=(HandOver(_note(state, text), is_asked_for=is_asked_for),))


def _note(state: State, text: str) -> str:
    """Return what a person needs who takes over: what it was about, what was told so far, what was said last."""
    told = "; ".join(f"{slot}={value}" for slot, value in state.slots.items() if slot not in {WHO, "whom"})
    return f"[{state.flow}] {told} | {text}"


def _who(flow: Flow) -> Question:
    def options(facts: Facts, _slots: Slots) -> tuple[Option, ...]:
        return tuple(Option(str(person.id), person.name, (person.whole_name,)) for person in candidates(flow, facts))

    def read(text: str, tap: str | None, facts: Facts, slots: Slots) -> str:
        return read_choice(text, tap, options(facts, slots))

    return Question(WHO, read, options=options, alone=True)


def _read_yes_no(text: str, tap: str | None, _facts: Facts, _slots: Slots) -> str:
    return "yes" if read_yes_no(text, tap) else "no"
