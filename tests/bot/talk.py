"""Ways of speaking that tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from casework.bindings import issue_code
from models import Binding, Report, Ticket
from models.audit import Actor, ActorKind

if TYPE_CHECKING:
    from models import Retiree
    from models.ticket import TicketKind
    from services import Services
    from tests.weixin import Chat

STAFF = Actor(ActorKind.COMMAND, "clerk")


def code_for(parts: Services, retiree: Retiree) -> str:
    """Return a code that the community hands to a retiree."""
    with parts.transactions() as session:
        return issue_code(session, retiree, days=14, vault=parts.vault, actor=STAFF, now=parts.clock.now())[0]


def claim(chat: Chat, retiree: Retiree, *, whose: str = "我自己", person_name: str | None = None) -> str:
    """Go through the whole binding and return what is answered in the end."""
    chat.say("绑定")
    if "同意" in chat.options:
        chat.tap("同意")
    chat.tap(whose)
    if person_name is not None:
        chat.say(person_name)
    chat.say(retiree.name)
    chat.say(retiree.id_number)
    chat.tap("同意")
    return chat.tap("对")


def bind(chat: Chat, parts: Services, retiree: Retiree, **how: str) -> None:
    """Claim a retiree and confirm it with the community's code."""
    claim(chat, retiree, **how)
    chat.say(code_for(parts, retiree))
    assert "确认好了" in chat.last


def bindings(parts: Services, retiree: Retiree) -> list[Binding]:
    """Return every binding to a retiree."""
    with parts.transactions() as session:
        return list(session.scalars(select(Binding).where(Binding.retiree_id == retiree.id)))


def reports(parts: Services) -> list[Report]:
    """Return everything that was reported, in order."""
    with parts.transactions() as session:
        return list(session.scalars(select(Report).order_by(Report.reported_at)))


def tickets(parts: Services, kind: TicketKind) -> list[Ticket]:
    """Return the tickets of a kind."""
    with parts.transactions() as session:
        return list(session.scalars(select(Ticket).where(Ticket.kind == kind)))


def report_death(chat: Chat, name: str, number: str, day: str) -> str:
    """Tell of a death step by step; return the last answer."""
    chat.do("CLICK", "report_death")
    for said in (name, number, day, "邻居", "13900000009", "对"):
        chat.say(said)
    return chat.last
