"""What takes longer than WeChat waits: a voice message is heard later and answered by the customer-service channel."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, or_, select, update

from bot.conversations.engine import tap_id
from bot.conversations.shapes import Say
from bot.heard import VOICE, Heard
from bot.inbox import find_person, take_turn
from bot.render import render
from bot.speech import Unheard
from models import Account, Conversation, InboxMessage
from models.conversation import InboxStatus
from models.outbox import enqueue
from wechat import Trouble, WechatRefused

if TYPE_CHECKING:
    import uuid
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from services import Services

VOICE_BYTES = 2 * 1024 * 1024
CLAIM = timedelta(seconds=60)
TRIES = 3
BATCH = 20
# A copy of a message comes within seconds; what it was answered is nobody's business after that.
REPLY_LIFE = timedelta(minutes=10)
STATE_LIFE = timedelta(days=1)
_log = logging.getLogger(__name__)
_PASSING = frozenset({Trouble.BUSY, Trouble.UNCERTAIN, Trouble.TOKEN, Trouble.QUOTA})


def hear_waiting(services: Services, now: datetime) -> int:
    """Hear the voice messages that wait and go on with their conversations; return how many were looked at."""
    if services.speech is None:
        return 0
    with services.transactions() as session:
        waiting = session.scalars(
            select(InboxMessage.id)
            .where(InboxMessage.status == InboxStatus.DEFERRED, _is_free(now))
            .order_by(InboxMessage.received_at)
            .limit(BATCH)
        ).all()
    return sum(_hear_one(services, message_id, now) for message_id in waiting)


def forget_talk(services: Services, now: datetime) -> int:
    """Delete the messages that no copy can come of any more, and empty conversations that rested too long.

    Who spoke and when is kept no longer than it serves: it would tell who made an anonymous report. Returns 0: it is
    no work to hurry for.
    """
    with services.transactions() as session:
        session.execute(
            delete(InboxMessage).where(
                InboxMessage.received_at < now - REPLY_LIFE, InboxMessage.status == InboxStatus.ANSWERED
            )
        )
        # kept a while longer, so that whoever comes back is told that nothing was handed in
        session.execute(
            update(Conversation)
            .where(Conversation.expires_at < now - STATE_LIFE, Conversation.state.is_not(None))
            .values(state=None, expires_at=None)
        )
    return 0


def _hear_one(services: Services, message_id: uuid.UUID, now: datetime) -> bool:
    with services.transactions() as session:
        claimed = session.execute(
            update(InboxMessage)
            .where(InboxMessage.id == message_id, InboxMessage.status == InboxStatus.DEFERRED, _is_free(now))
            .values(claimed_until=now + CLAIM, tries=InboxMessage.tries + 1)
        )
        if claimed.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
            return False
        message = session.get_one(InboxMessage, message_id)
        media_id, tries = message.media_id or "", message.tries
    try:
        # one at which processes died is not tried once more
        text = "" if tries > TRIES else _listen(services, media_id, is_last=tries >= TRIES)
        if text is not None:
            _answer(services, message_id, text, now)
    except Exception as fault:  # noqa: BLE001 - whatever one message meets, the next one is heard
        _log.error("voice message failed: %s", type(fault).__name__)
        if tries >= TRIES:
            _answer(services, message_id, "", now)
    return True


def _listen(services: Services, media_id: str, *, is_last: bool) -> str | None:
    """Return what was said, nothing where it cannot be heard; None for later: the claim ends by itself."""
    try:
        recording = services.wechat.download_media(media_id, VOICE_BYTES)
        return services.speech.hear(recording) if services.speech else ""
    except WechatRefused as refused:
        return None if refused.trouble in _PASSING and not is_last else ""
    except Unheard as unheard:
        return None if unheard.passing and not is_last else ""


def _answer(services: Services, message_id: uuid.UUID, text: str, now: datetime) -> None:
    with services.transactions() as session:
        done = session.execute(
            update(InboxMessage)
            .where(InboxMessage.id == message_id, InboxMessage.status == InboxStatus.DEFERRED)
            .values(status=InboxStatus.ANSWERED, media_id=None)
        )
        if done.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE's result has a row count
            return
        message = session.get_one(InboxMessage, message_id)
        account = session.get_one(Account, message.account_id)
        says: tuple[Say, ...] = (Say("voice_not_clear"),)
        if text.strip():
            heard = Heard(account.openid or "", VOICE, int(message.received_at.timestamp()), (), text=text)
            says = take_turn(services, find_person(session, account.id), heard, now)
        asked = says[-1] if says else Say("voice_not_clear")
        options = [
            {"id": tap_id(asked.ask, place), "label": f"{place} {option.label}"}
            for place, option in enumerate(asked.options, 1)
        ]
        plain = tuple(Say(say.code, say.values) for say in says)
        values = {"text": render(plain), "options": options}
        enqueue(session, account.id, "reply", values, cause=f"reply:{message_id}", now=now, is_reply=True)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(InboxMessage.claimed_until.is_(None), InboxMessage.claimed_until < now)
