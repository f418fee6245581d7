"""One of several options: by its number in any form, by its words, by a tap; and yes or no."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.reading.agreement import weigh
from policy.reading.plain import lighter_forms, read_number, tidy, tidy_or_refuse
from policy.reading.understood import NotUnderstood

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# 两个 and 三个 are so many of them; 第三个 and 三号 are one.
_BARE = re.compile(r"[(\[]?(?:第([^()\[\]两]{1,3}?)[个项条位种号]?|([^()\[\]两]{1,3}?)号?)[)\].]?")
_ORDINAL = re.compile(
    r"(?:(?:倒数)?第|选项?(?!.{1,2}[个项条位种]))([0-9]{1,2}|[一二三四五六七八九十]{1,3})"
    r"(?![0-9一二三四五六七八九十年月天次代]|个[月年])"
)
_LAST = re.compile(r"最后(?:面)?(?:那|这)?(?:一|个|项|条|位|种)+")
_FIRST = re.compile(r"(?:头|最前面|最上面)(?:那|这)?(?:一|个|项|条|位|种)+")
_BACKWARDS = "倒数第"
# Whoever asks about an option has not chosen it.
_ASKED = re.compile(r"[?？]|吗|什么|么子|怎么|如何|为何|哪|是不是|要不要|能不能|可不可以|行不行|好不好")
_CLAUSE_END = re.compile(r"[,，。;；!！\s]")
_DENIAL = re.compile(
    r"(?:不(?:是|要|想要|想|选|愿意|愿|肯|能|可以|用|在|对|行|同意|会|和|跟)?|没有?|冇得?|莫|非|(?<![特区分告])别(?!的))"
)
# 不是本人是女儿: the second 是 affirms again, once something stood behind the denial.
_AFFIRMED_AGAIN = re.compile(r".{2,}(?:是|要|选|改|换)|而是")
_DENIED_AFTER = re.compile(r"(?:就|都|也)?(?:不是|不行|不要|不对|不选|不好|不可以|不用)")


@dataclass(frozen=True)
class Option:
    """Something to choose. key: what it stands for; label: its words; also: other words for it."""

    key: str
    label: str
    also: tuple[str, ...] = ()


def read_choice(text: str, tap: str | None, options: Sequence[Option], *, of_several: bool = False) -> str:
    """Return the key of the option that a text or a tap names; options are numbered from 1, and so are taps.

    A tap that is no option's number counts for nothing: some phones send 0 with the words of an option.
    of_several: the first of the options counts where a text names several.
    Raises NotUnderstood `choice` for a text that names none, several, denies the one it names, or asks about it.
    """
    if tap is not None and re.fullmatch(r"[0-9]{1,2}", tap) and 1 <= int(tap) <= len(options):
        return options[int(tap) - 1].key
    plain = tidy_or_refuse(text, "choice").lower()
    exact = [one.key for one in options if _squeezed(plain) in {_squeezed(word) for word in (one.label, *one.also)}]
    if len(exact) == 1:
        return exact[0]
    if (place := read_place(plain)) is not None:
        return _at(place, options)
    named = {} if _ASKED.search(plain) else _undenied(plain, options)
    if not named or (len(named) > 1 and not of_several):
        raise NotUnderstood("choice")
    return _at(min(named), options)


def read_place(text: str) -> int | None:
    """Return the number that a text is, in any form (2, 二, 第二个, ②, 嗯，第二个吧), None for anything else."""
    for form in lighter_forms(tidy_or_refuse(text, "choice").lower()):
        if (place := _bare_number(form)) is not None:
            return place
    return None


def read_yes_no(text: str, tap: str | None) -> bool:
    """Return whether a text or a tap says yes: 1 is yes and 2 is no.

    Raises NotUnderstood `yes_no` for anything that is not plainly one of them.
    """
    if tap in {"1", "2"}:
        return tap == "1"
    answer = weigh(tidy_or_refuse(text, "yes_no").lower())
    if answer is None:
        raise NotUnderstood("yes_no")
    return answer


def _at(place: int, options: Sequence[Option]) -> str:
    if not 1 <= place <= len(options):
        raise NotUnderstood("choice")
    return options[place - 1].key


def _bare_number(text: str) -> int | None:
    found = _BARE.fullmatch(text)
    return read_number(found[1] or found[2]) if found else None


def _squeezed(text: str) -> str:
    return re.sub(r"[\s,，、.。·]", "", tidy(text).lower())


def _undenied(plain: str, options: Sequence[Option]) -> dict[int, bool]:
    """Return the places of the options that a text names and does not deny.

    A word inside a longer word that was found counts for nothing: 不同意 names no 同意.
    """
    found = list(_spans(plain, options))
    longest = [one for one in found if not any(o[0] <= one[0] and one[1] <= o[1] and o[:2] != one[:2] for o in found)]
    return {place: True for start, end, place in longest if not _is_denied(plain, start, end)}


def _spans(plain: str, options: Sequence[Option]) -> Iterator[tuple[int, int, int]]:
    """Yield where a text names an option (start, end) and the option's place from 1."""
    for place, option in enumerate(options, 1):
        for word in {tidy(one).lower() for one in (option.label, *option.also)} - {""}:
            yield from ((found.start(), found.end(), place) for found in re.finditer(re.escape(word), plain))
    for found in _ORDINAL.finditer(plain):
        number = read_number(found[1])
        if number is not None:
            place = len(options) + 1 - number if found[0].startswith(_BACKWARDS) else number
            yield found.start(), found.end(), place
    for pattern, place in ((_FIRST, 1), (_LAST, len(options))):
        yield from ((found.start(), found.end(), place) for found in pattern.finditer(plain))


def _is_denied(plain: str, start: int, end: int) -> bool:
    """Say whether the clause denies the word at start to end, before it or right after it."""
    if _DENIED_AFTER.match(plain, end):
        return True
    clause = _CLAUSE_END.split(plain[:start])[-1]
    denials = list(_DENIAL.finditer(clause))
    return bool(denials) and not _AFFIRMED_AGAIN.match(clause, denials[-1].end())
