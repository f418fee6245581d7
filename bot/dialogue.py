"""One message of one person to what follows: in the middle of a conversation, or at its beginning. Pure."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from bot.conversations.engine import (
    MENU_OPTIONS,
    answer,
    ask,
    ask_again,
    asks_for_name,
    is_free_text,
    is_handed_over,
    is_own_id,
    place_of_tap,
    start,
)
from bot.conversations.flows import FLOWS
from bot.conversations.policy import ask_policy, go_on_policy, is_about_policy
from bot.conversations.shapes import (
    CheckPasted,
    HandOver,
    Say,
    ShowOwnData,
    ShowPeople,
    ShowRequests,
    State,
    Turn,
    Vanished,
)
from bot.heard import TEXT, VOICE
from bot.intents import NUMBERED, Intent, by_key, denies_death, is_order, says_own_mistake, understand
from bot.reading.choices import read_place
from bot.reading.pasted import asks_about_message, asks_about_us, is_pasted, tells_of_impostor, tells_of_loss
from bot.reading.people import read_phone
from bot.reading.words_everywhere import Command, read_command
from bot.replies import MENU, SAYINGS
from models.report import ReportKind
from policy.reading.days import find_days
from policy.reading.plain import tidy
from policy.reading.understood import NotUnderstood
from words import NOTICES

if TYPE_CHECKING:
    from bot.conversations.shapes import Effect, Facts
    from bot.heard import Heard
    from bot.intents import Wanted

_LABELS = {MENU[intent.value]: intent for intent in Intent if intent.value in MENU}
# What we ask people to reply, and an entry's very words, begin something else also in the middle of a conversation.
_ASKED = chain(SAYINGS.values(), NOTICES.values())
_REPLIES = {word for said in _ASKED for word in re.findall("“([^”]+)”", said) if read_command(word) is None}
_BEGIN_ANYWHERE = {word: wanted.intent for word in _REPLIES if (wanted := understand(word)) is not None} | _LABELS
_AT_ONCE: dict[Intent, Effect] = {
    Intent.PEOPLE: ShowPeople(),
    Intent.OWN_DATA: ShowOwnData(),
    Intent.REQUESTS: ShowRequests(),
}
# Words of despair may be about somebody else there; a tip, besides, may not lead to its teller.
_OF_OTHERS = frozenset({Intent.REPORT_FRAUD, Intent.REPORT_DEATH})
_SMALL_TALK = frozenset({Intent.THANKS, Intent.GREETING})
_OF_A_DAY = frozenset({Intent.REPORT_DEATH, Intent.REPORT_MISSING})
_SOUND_LIKE_NAMES, _LONGEST_NAME = frozenset({Intent.BIND, Intent.CERTIFY, Intent.HOME_VISIT}), 4
_SCENE = "qrscene_"
# a longer text may be a number for another reason
_SHORT = 8
# less than two characters of Chinese are no question
_WORDS, _LEAST = re.compile("[\u4e00-\u9fff]"), 2
# WeChat writes its own faces so: [微笑]
_STICKER = re.compile(r"\[[^\[\]]{1,6}\]")
# What cannot be read is answered by its kind; everything else that is unknown, by one polite sentence.
_SHOWN = frozenset({"image", "video", "shortvideo", "location", "link"})
_SILENT = frozenset(
    {
        "event:unsubscribe",
        "event:view",
        "event:location",
        "event:templatesendjobfinish",
        "event:subscribe_msg_popup_event",
        "event:subscribe_msg_change_event",
        "event:subscribe_msg_sent_event",
    }
)


def respond(state: State | None, heard: Heard, facts: Facts, *, has_expired: bool = False) -> Turn:
    """Return what follows from what was heard; has_expired: a conversation was under way and rested too long."""
    if heard.is_event:
        return _take_event(state, heard, facts)
    if heard.kind in {TEXT, VOICE} and heard.text.strip():
        if state is not None and state.flow in FLOWS:
            return _go_on(state, heard, facts)
        return _after_answer(state, heard, facts) or _begin(state, heard, facts, has_expired=has_expired)
    if state is not None and state.flow in FLOWS:
        return _ask_for_words(state, "voice_unheard" if heard.kind == VOICE else "not_looked_at", facts)
    if heard.kind == VOICE:
        return Turn(state, (_menu("voice_unheard"),))
    return Turn(state, (Say(heard.kind if heard.kind in _SHOWN else "unknown_kind"),))


def take_intent(intent: Intent, facts: Facts, slots: dict[str, str] | None = None) -> Turn:
    """Return what follows when somebody wants just that."""
    match intent:
        case Intent.PEOPLE | Intent.OWN_DATA | Intent.REQUESTS:
            return Turn(None, effects=(_AT_ONCE[intent],))
        case Intent.TAKE_BACK if not facts.standing_reports:
            return Turn(None, (Say("nothing_to_take_back"),))
        case Intent.HELPERS if not facts.helpers:
            return Turn(None, (Say("helpers_none"),))
        case Intent.MENU | Intent.GREETING | Intent.THANKS | Intent.AT_A_LOSS:
            return Turn(None, (_menu(intent.value),))
        case _:
            return start(intent.value, facts, slots)


def _after_answer(state: State | None, heard: Heard, facts: Facts) -> Turn | None:
    """Return what follows from words that take up the last answer about policy; None for any others."""
    if state is None or not is_about_policy(state):
        return None
    followed = go_on_policy(state, heard.text, heard.tap, facts)
    return take_intent(Intent(followed), facts) if isinstance(followed, str) else followed


def _begin(state: State | None, heard: Heard, facts: Facts, *, has_expired: bool) -> Turn:  # noqa: PLR0911 - one case after the other
    if heard.tap is not None and is_own_id(heard.tap):
        # only the numbered list can still be tapped; any other option is one of a conversation that is over
        place = place_of_tap(heard.tap, _menu("menu"))
        return take_intent(NUMBERED[place - 1], facts) if place else Turn(None, (Say("old_option"), _menu("menu")))
    wanted = understand(heard.text)
    command = read_command(heard.text)
    # whoever goes on, 点错了，我妈没死, says more than that something is to end, and nothing is under way that could
    is_alive = wanted is not None and wanted.intent is Intent.STILL_ALIVE
    if command is not None and not is_alive:
        return _obey(command, state, facts)
    if has_expired and len(heard.text) <= _SHORT:
        return Turn(None, (_menu("timed_out"),))
    if (intent := _chosen(heard)) is not None:
        return take_intent(intent, facts)
    if (turn := _about_message(heard.text, facts)) is not None:
        return turn
    if _is_crisis(wanted):
        return _help_at_once(heard)
    if wanted is not None:
        return _take_wanted(wanted, heard.text, facts)
    if says_own_mistake(heard.text) and facts.standing_reports:
        return take_intent(Intent.TAKE_BACK, facts)
    if has_expired or len(_WORDS.findall(_STICKER.sub("", heard.text))) < _LEAST:
        return Turn(None, (_menu("timed_out" if has_expired else "menu"),))
    return ask_policy(heard.text, state, facts)


def _obey(command: Command, state: State | None, facts: Facts) -> Turn:
    """Return what follows from a word that counts everywhere where no conversation is under way."""
    if command is Command.HUMAN:
        return start(Intent.HUMAN, facts)
    return Turn(state, (Say("no_hurry"),)) if command is Command.WAIT else Turn(None, (_menu("menu"),))


def _go_on(state: State, heard: Heard, facts: Facts) -> Turn:
    wanted = understand(heard.text) if heard.tap is None else None
    if _is_crisis(wanted) and state.flow not in _OF_OTHERS:
        return _help_at_once(heard)
    begun = _BEGIN_ANYWHERE.get(tidy(heard.text)) if heard.tap is None and not is_free_text(state) else None
    if begun is not None:
        return take_intent(begun, facts)
    if wanted is not None and asks_for_name(state) and _is_no_name(wanted, heard.text):
        return _not_an_answer(state, heard, wanted, "name", facts)
    try:
        return answer(state, heard.text, heard.tap, facts)
    except Vanished:
        return _begin_anew(state, facts)
    except NotUnderstood as missed:
        return _not_an_answer(state, heard, wanted, missed.reason, facts)


def _is_no_name(wanted: Wanted, text: str) -> bool:
    """Say whether a text that wants something is no name; 任正 and 王邦定 only sound as if they wanted it."""
    sounds_so = wanted.intent in _SOUND_LIKE_NAMES and len("".join(text.split())) <= _LONGEST_NAME
    return not sounds_so and wanted.intent not in _SMALL_TALK and read_command(text) is None


def _not_an_answer(state: State, heard: Heard, wanted: Wanted | None, reason: str, facts: Facts) -> Turn:
    """Return what follows where something else was said: another wish, or what nobody understood."""
    if _is_crisis(wanted) and state.flow != Intent.REPORT_FRAUD:
        return _help_at_once(heard)
    if (trusted := _about_trust(heard.text)) is not None:
        # whoever was robbed is asked nothing; the question stays open
        return Turn(state, (trusted, ask(state, facts)) if trusted.code == "who_we_are" else (trusted,))
    is_another = wanted is not None and wanted.intent not in {state.flow, *_SMALL_TALK}
    if state.flow == Intent.REPORT_DEATH and (wanted is None or is_another) and denies_death(heard.text):
        # nobody is asked once more about a death that there was not
        return Turn(None, (Say("cancelled"),)) if wanted is None else _take_wanted(wanted, heard.text, facts)
    # what was not understood twice goes to a person, unless it was another wish all along
    if wanted is not None and is_another and (state.missed or is_order(heard.text)):
        return _take_wanted(wanted, heard.text, facts)
    if is_handed_over(state):
        return _begin(None, heard, facts, has_expired=False)
    return ask_again(state, heard.text, reason, facts)


def _take_wanted(wanted: Wanted, text: str, facts: Facts) -> Turn:
    """Begin what is wanted, with the day or the telephone that was told with it: both are read back."""
    slots = wanted.slots
    has_told_of_death = any(kind is ReportKind.DEATH for _number, kind in facts.standing_reports)
    if wanted.intent is Intent.STILL_ALIVE and has_told_of_death and says_own_mistake(text):
        return take_intent(Intent.TAKE_BACK, facts)
    if wanted.intent in _OF_A_DAY:
        days = {day for _place, day in find_days("".join(tidy(text).split()), facts.today)}
        slots = slots | ({"day": days.pop().isoformat()} if len(days) == 1 else {})
    if wanted.intent is Intent.CHANGE_PHONE:
        with suppress(NotUnderstood):
            slots = slots | {"phone": read_phone(text)}
    return take_intent(wanted.intent, facts, slots)


def _is_crisis(wanted: Wanted | None) -> bool:
    return wanted is not None and wanted.intent is Intent.CRISIS


def _help_at_once(heard: Heard) -> Turn:
    return Turn(None, (Say("crisis"),), (HandOver(heard.text, is_asked_for=True, is_urgent=True),))


def _ask_for_words(state: State, code: str, facts: Facts) -> Turn:
    """Ask the question again of whoever answered it with what we cannot read."""
    try:
        return Turn(state, (Say(code), ask(state, facts, wording="_again")))
    except Vanished:
        return _begin_anew(state, facts)


def _begin_anew(state: State, facts: Facts) -> Turn:
    """Return what follows where a conversation's subject has changed: who may help is asked anew, the rest ends."""
    if state.flow == Intent.HELPERS and facts.helpers:
        again = start(state.flow, facts)
        return replace(again, says=(Say("changed_meanwhile"), *again.says))
    return Turn(None, (_menu("gone_meanwhile"),))


def _about_message(text: str, facts: Facts) -> Turn | None:
    """Return what follows where somebody shows us a message that may be ours, or tells of one or of a swindler."""
    if is_pasted(text):
        return Turn(None, effects=(CheckPasted(text),))
    if (trusted := _about_trust(text)) is not None:
        return Turn(None, (trusted,))
    return start(Intent.CHECK_MESSAGE, facts) if asks_about_message(text) else None


def _about_trust(text: str) -> Say | None:
    """Return what is said to whoever tells of a swindler, or asks whether we are one."""
    if tells_of_loss(text):
        return Say("robbed")
    if tells_of_impostor(text):
        return Say("impostor")
    return Say("who_we_are") if asks_about_us(text) else None


def _chosen(heard: Heard) -> Intent | None:
    """Return the entry of the numbered list that was chosen by its number or its very words."""
    place = read_place(heard.text) if len(heard.text) <= _SHORT else None
    if place is not None and 1 <= place <= len(NUMBERED):
        return NUMBERED[place - 1]
    return _LABELS.get(tidy(heard.text))


def _take_event(state: State | None, heard: Heard, facts: Facts) -> Turn:
    if heard.kind in _SILENT:
        return Turn(state)
    intent = by_key(heard.key.removeprefix(_SCENE))
    if heard.kind in {"event:click", "event:scan", "event:subscribe"} and intent is not None:
        turn = take_intent(intent, facts)
        if heard.kind == "event:subscribe":
            return Turn(turn.state, (Say("welcome_short"), *turn.says), turn.effects)
        return turn
    if heard.kind in {"event:subscribe", "event:scan"}:
        return Turn(state, (_menu("welcome"),))
    if heard.kind == "event:click":
        return Turn(state, (_menu("menu"),))
    return Turn(state)


def _menu(code: str) -> Say:
    return Say(code, options=MENU_OPTIONS, ask="menu")
