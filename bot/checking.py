"""Whether a message that somebody pasted is ours: what it holds, against the numbers and sentences that we gave out."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from sqlalchemy import select

from bot.conversations.shapes import Say
from bot.reading.pasted import Doubt, read_pasted
from bot.replies import PUBLIC_TELEPHONES, SAYINGS
from certification.receipt_tokens import NotGenuine, find_token, public_keys, read_token
from certification.receipts import tidy_receipt_number
from models import Certification, Region, Report, Ticket
from words import NOTICES

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from bot.reading.pasted import Pasted

_SAID = {Doubt.LINK: "pasted_link", Doubt.ASKS: "pasted_asks", Doubt.TELEPHONE: "pasted_telephone"}
_FIELD = re.compile(r"\{[^}]*\}|<[^>]*>")
_PARTS = re.compile(rf"({_FIELD.pattern})")
_OUR_LINKS = frozenset({"link", "url"})
_LEAST = 12


def check_pasted(session: Session, text: str, *, base_url: str) -> Say:
    """Return what is said about a pasted message. It tells nothing but whether it is ours."""
    pasted = read_pasted(text, own_host=_host(base_url), telephones=_telephones(session))
    doubts = [one for one in pasted.doubts if not (one is Doubt.ASKS and is_own_sentence(pasted.text))]
    if doubts:
        return Say(_SAID[doubts[0]])
    token = find_token(pasted.text)
    if token is not None:
        return Say("pasted_ours" if _is_genuine(session, token) else "pasted_number_unknown")
    if pasted.numbers:
        return Say("pasted_number" if _are_known(session, pasted) else "pasted_number_unknown")
    if is_own_sentence(pasted.text):
        return Say("pasted_ours")
    return Say("pasted_own_link" if pasted.has_link else "pasted_unsure")


def is_own_sentence(text: str) -> bool:
    """Say whether a text is, from its first sign to its last, one that we send."""
    plain = re.sub(r"\s+", "", text)
    return any(sentence.fullmatch(plain) for sentence in _own_sentences())


@cache
def _own_sentences() -> tuple[re.Pattern[str], ...]:
    sentences = (*NOTICES.values(), *SAYINGS.values())
    # an answer may say anything, and a line that is hardly more than fields is nobody's in particular
    ours = (one for one in sentences if "{answer}" not in one and len(_FIELD.sub("", one)) >= _LEAST)
    return tuple(_pattern(one) for one in ours)


def _pattern(sentence: str) -> re.Pattern[str]:
    """Return what a sentence looks like, whatever stands in its fields: short, for nobody to hide a message in one."""
    parts = []
    for part in _PARTS.split(sentence):
        if part.strip("{}") in _OUR_LINKS:
            parts.append(r"[!-~]{0,300}")
        else:
            parts.append(r"[^:/?#]{0,20}" if _FIELD.fullmatch(part) else re.escape(re.sub(r"\s+", "", _narrow(part))))
    return re.compile("".join(parts))


def _narrow(text: str) -> str:
    """Return a sentence of ours in the signs to which a pasted one was folded."""
    return text.translate({ord(wide): narrow for wide, narrow in zip("，：；！？（）", ",:;!?()", strict=True)})


def _host(base_url: str) -> str:
    parts = urlsplit(base_url)
    return f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname or ""


def _telephones(session: Session) -> frozenset[str]:
    ours = session.scalars(select(Region.telephone).where(Region.telephone.is_not(None)).distinct())
    return PUBLIC_TELEPHONES | {re.sub(r"\D", "", one) for one in ours if one}


def _is_genuine(session: Session, token: str) -> bool:
    try:
        read_token(token, public_keys(session))
    except NotGenuine:
        return False
    return True


def _are_known(session: Session, pasted: Pasted) -> bool:
    for number in pasted.numbers:
        receipt = tidy_receipt_number(number)
        known = select(Certification.id).where(Certification.receipt_number == receipt)
        acts = select(Ticket.id).where(Ticket.number == number)
        reports = select(Report.id).where(Report.number == number)
        if not any(session.scalar(one.limit(1)) for one in ((known,) if receipt else (acts, reports))):
            return False
    return True
