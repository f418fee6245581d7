"""Acting on a message exactly once, however often WeChat sends it and wherever a process dies in between.

One transaction holds the lock on the person's conversation, where it stands, everything the turn did, and the reply.
A copy of the message meets a row that is there already: its whole transaction is undone and the first reply given.

Most messages are talk: a turn changes where the conversation stands, and does nothing else. Such a turn is taken
without a lock and written down, message and all, only if the conversation stands where it was read; where it does not,
and for everything unusual, the long way begins from the beginning.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, cast

from sqlalchemy import Boolean, LargeBinary, Table, bindparam, exists, func, insert, or_, select, type_coerce, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.conversations.policy import is_about_policy
from bot.conversations.shapes import Say, State, Turn
from bot.dialogue import respond
from bot.effects import Effects
from bot.envelope import Rejected
from bot.facts import FactsOf
from bot.heard import VOICE
from bot.render import render
from casework.accounts import IDENTITY_PURPOSE, find_or_open
from models import Account, Binding, Consent, Conversation, InboxMessage, OutboxMessage
from models.account import AccountKind
from models.audit import Actor, ActorKind
from models.conversation import InboxStatus
from models.outbox import OutboxStatus
from models.prepared import Line, Prepared, PreparedPair
from models.types import UtcDateTime

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

    from bot.facts import Speaker
    from bot.heard import Heard
    from services import Services

_UUID_DIGITS = 32
_MESSAGE, _REQUEST, _CONTENT = "inbox.message", "inbox.request", "inbox.content"
_TAPS = frozenset({"event:click", "event:subscribe", "event:scan"})
_accounts, _conversations, _inbox = (cast("Table", table.__table__) for table in (Account, Conversation, InboxMessage))
# The account that acts for this identity, and its conversation, locked until the end of the transaction.
_OF_PERSON = select(_conversations).where(
    _conversations.c.account_id
    == select(func.coalesce(_accounts.c.joined_to_id, _accounts.c.id))
    .where(_accounts.c.kind == AccountKind.WECHAT, _accounts.c.identity_index == bindparam("identity"))
    .scalar_subquery()
)
_FIND = _OF_PERSON.with_for_update()
_FIND_BY_ACCOUNT = select(_conversations).where(_conversations.c.account_id == bindparam("account")).with_for_update()
_KEEP = (
    update(_conversations)
    .where(_conversations.c.account_id == bindparam("account"))
    .values(
        state=bindparam("new_state"),
        expires_at=bindparam("new_end"),
        is_following=func.coalesce(bindparam("following", type_=Boolean), _conversations.c.is_following),
        last_message_at=func.coalesce(bindparam("message_at", type_=UtcDateTime), _conversations.c.last_message_at),
        last_tap_at=func.coalesce(bindparam("tap_at", type_=UtcDateTime), _conversations.c.last_tap_at),
    )
)
# What is answered later is answered within the window that this message opens.
_SPOKE = (
    update(_conversations)
    .where(_conversations.c.account_id == bindparam("account"))
    .values(last_message_at=bindparam("message_at"))
)
_ADD = insert(_inbox)

# As it lies in the column: sealed anew with each turn, it is another value after each.
_sealed = type_coerce(_conversations.c.state, LargeBinary)
_has_dealings = or_(*(exists().where(table.account_id == _conversations.c.account_id) for table in (Binding, Consent)))
_LOOK = Prepared(_OF_PERSON.add_columns(_sealed.label("sealed_state"), _has_dealings.label("has_dealings")))
_keep_unless_moved = _KEEP.where(_sealed.is_not_distinct_from(bindparam("sealed_state", type_=LargeBinary)))
_MESSAGE_COLUMNS = ("id", "request_key", "content_key", "account_id", "kind", "status", "reply", "tries", "received_at")
_message = {name: bindparam(f"message_{name}", type_=_inbox.c[name].type) for name in _MESSAGE_COLUMNS}
_WRITE_DOWN = PreparedPair("turn_taken", _keep_unless_moved, _inbox, _message)


@dataclass(frozen=True)
class Keys:
    """Keyed digests: of what names a message, of the request's timestamp and nonce, of the content."""

    message: uuid.UUID
    request: str
    content: str


@dataclass(frozen=True)
class Person:
    """Whose conversation it is, in one transaction; a session and the account only where something is done for it."""

    connection: Connection
    row: Row[Any]
    is_stranger: ClassVar = False

    @property
    def account_id(self) -> uuid.UUID:
        """The account that acts."""
        found: uuid.UUID = self.row.account_id
        return found

    @cached_property
    def line(self) -> Line:
        """The same transaction, for prepared statements."""
        return Line.of(self.connection)

    @cached_property
    def session(self) -> Session:
        """A session in the same transaction; what it holds back is written by `flush`."""
        return Session(self.connection, expire_on_commit=False, join_transaction_mode="rollback_only")

    def flush(self) -> None:
        """Write what the session holds back, if there is one."""
        if "session" in self.__dict__:
            self.session.flush()

    @cached_property
    def account(self) -> Account:
        """The account's row."""
        return self.session.get_one(Account, self.account_id)


class _LongWay(Exception):
    """The turn does more than talk."""


@dataclass(frozen=True)
class _Talker:
    """Whoever only talks: whatever else they turn out to need leads to the long way."""

    line: Line
    account_id: uuid.UUID
    is_stranger: bool

    @property
    def session(self) -> Session:
        raise _LongWay

    @property
    def account(self) -> Account:
        raise _LongWay


class _Copy(Exception):
    """The message was acted on before: what this transaction did is undone."""


def keys_of(services: Services, heard: Heard, request: str, content: bytes) -> list[Keys]:
    """Return the keys by which copies of a message are known: by the present data key first, then by earlier ones."""
    indexes = services.vault.blind_indexes
    names = indexes("\n".join(heard.names), _MESSAGE)
    return [
        Keys(uuid.UUID(hex=message[:_UUID_DIGITS]), by_request, by_content)
        for message, by_request, by_content in zip(
            names, indexes(request, _REQUEST), indexes(content, _CONTENT), strict=True
        )
    ]


def act_once(services: Services, heard: Heard, keys: Sequence[Keys], now: datetime) -> str | None:
    """Act on a message unless that was done, and return its reply, None where nothing is said.

    Raises Rejected for a request whose timestamp and nonce came before with another content.
    """
    try:
        return _talk(services, heard, keys, now)
    except _LongWay:
        pass
    try:
        return _act(services, heard, keys, now)
    except _Copy:
        with services.transactions() as session:
            return _reply_given(session, keys)


def take_turn(services: Services, person: Person, heard: Heard, now: datetime) -> tuple[Say, ...]:
    """Let a conversation go on by what was heard; return what is said."""
    turn = _turn_of(services, person, person.row, heard, now)
    said: tuple[Say, ...] = ()
    if turn.effects:
        actor = Actor(ActorKind.ACCOUNT, str(person.account_id), "wechat")
        effects = Effects(person.session, person.account, services, actor, now)
        said = tuple(say for effect in turn.effects for say in effects.perform(effect))
    person.flush()
    person.connection.execute(_KEEP, _columns_after(services, turn, person.row, heard, now))
    return (*turn.says, *said)


def find_person(session: Session, account_id: uuid.UUID) -> Person:
    """Return the person of an account that has spoken before, the conversation locked."""
    connection = session.connection()
    return Person(connection, connection.execute(_FIND_BY_ACCOUNT, {"account": account_id}).one())


def _talk(services: Services, heard: Heard, keys: Sequence[Keys], now: datetime) -> str | None:
    """Act on a message that is but talk and return its reply; raise _LongWay, nothing done, for any other."""
    if keys[1:] or heard.kind in {VOICE, "event:templatesendjobfinish"}:
        raise _LongWay
    identity = services.vault.blind_index(heard.openid, IDENTITY_PURPOSE)
    with services.transactions.direct() as line:
        try:
            found = _LOOK.rows(line, {"identity": identity})
            if not found:
                raise _LongWay
            row = found[0]
            turn = _turn_of(services, _Talker(line, row.account_id, is_stranger=not row.has_dealings), row, heard, now)
            if turn.effects:
                raise _LongWay
            reply = render(turn.says) if turn.says else None
            columns = _columns_after(services, turn, row, heard, now) | {"sealed_state": row.sealed_state}
            message = _message_row(keys[0], row.account_id, heard, reply, now)
            values = columns | {f"message_{name}": value for name, value in message.items()}
            if not write_down(line, values):
                raise _LongWay
        except line.dialect.loaded_dbapi.Error:
            # a copy, or a database in trouble: the long way meets it again and knows what to do
            raise _LongWay from None
    return reply


def write_down(line: Line, values: dict[str, Any]) -> bool:
    """Write down a turn and its message if the conversation stands where it was read; otherwise neither."""
    return _WRITE_DOWN.make(line, values)


def _message_row(keys: Keys, account_id: uuid.UUID, heard: Heard, reply: str | None, now: datetime) -> dict[str, Any]:
    """Return the row of a message that was answered."""
    return {
        "id": keys.message,
        "request_key": keys.request,
        "content_key": keys.content,
        "account_id": account_id,
        "kind": heard.kind,
        "status": InboxStatus.ANSWERED,
        "reply": reply,
        "tries": 0,
        "received_at": now,
    }


def _turn_of(services: Services, speaker: Speaker, row: Row[Any], heard: Heard, now: datetime) -> Turn:
    """Return what follows from what was heard where the conversation stands."""
    state, has_expired = _state_of(row, now)
    return respond(state, heard, FactsOf(speaker, services.answers, now), has_expired=has_expired)


def _act(services: Services, heard: Heard, keys: Sequence[Keys], now: datetime) -> str | None:
    with services.transactions.bare() as connection:
        person = _find_or_meet(services, connection, heard, now)
        if keys[1:] and _is_known(connection, keys[1:]):
            raise _Copy
        if heard.kind == "event:templatesendjobfinish":
            _take_result(person.session, heard, now)
        waits = heard.kind == VOICE and not heard.text.strip() and services.speech is not None
        if waits:
            connection.execute(_SPOKE, {"account": person.account_id, "message_at": now})
        says = (Say("voice_listening"),) if waits else take_turn(services, person, heard, now)
        reply = render(says) if says else None
        row = _message_row(keys[0], person.account_id, heard, reply, now)
        if waits:
            row |= {"status": InboxStatus.DEFERRED, "media_id": heard.media_id}
        try:
            connection.execute(_ADD, row)
        except IntegrityError:
            raise _Copy from None
        return reply


def _find_or_meet(services: Services, connection: Connection, heard: Heard, now: datetime) -> Person:
    """Return the person who speaks, known or met now; whoever is here for the same person waits."""
    may_be = services.vault.blind_indexes(heard.openid, IDENTITY_PURPOSE)
    row = _find(connection, may_be)
    if row is None:
        with Session(connection, join_transaction_mode="rollback_only") as session:
            account = find_or_open(session, AccountKind.WECHAT, heard.openid, vault=services.vault, now=now)
            try:
                with session.begin_nested():
                    session.add(Conversation(account_id=account.id))
            except IntegrityError:
                pass  # another message of a new person was quicker
            session.flush()
            row = _find(connection, may_be)
    if row is None:
        raise LookupError("an account that was just opened is not found")
    return Person(connection, row)


def _find(connection: Connection, may_be: list[str]) -> Row[Any] | None:
    rows = (connection.execute(_FIND, {"identity": index}).one_or_none() for index in may_be)
    return next((found for found in rows if found is not None), None)


def _is_known(connection: Connection, earlier: Sequence[Keys]) -> bool:
    """Say whether a message stands under the digests of an earlier data key: it came while the key was changed."""
    known = or_(*(or_(_inbox.c.id == keys.message, _inbox.c.request_key == keys.request) for keys in earlier))
    return connection.execute(select(_inbox.c.id).where(known).limit(1)).first() is not None


def _reply_given(session: Session, keys: Sequence[Keys]) -> str | None:
    """Return the reply that the first copy of a message got; raise Rejected where only timestamp and nonce are its."""
    done = session.scalars(
        select(InboxMessage).where(
            or_(
                InboxMessage.id.in_([one.message for one in keys]),
                InboxMessage.request_key.in_([one.request for one in keys]),
            )
        )
    ).all()
    contents = {one.request: one.content for one in keys}
    if any(one.content_key != contents.get(one.request_key, one.content_key) for one in done):
        raise Rejected("replay")
    return done[0].reply


def _take_result(session: Session, heard: Heard, now: datetime) -> None:
    """Hand a template message that did not reach the person on to the next channel."""
    if not heard.sent_id or not heard.status.startswith("failed"):
        return
    message = session.scalar(
        select(OutboxMessage).where(OutboxMessage.wechat_id == heard.sent_id, OutboxMessage.status == OutboxStatus.SENT)
    )
    if message is not None:
        message.status, message.next_try_at, message.ended_at = OutboxStatus.WAITING, now, None
        message.refused = ",".join(filter(None, (message.refused, message.channel)))


def _state_of(row: Row[Any], now: datetime) -> tuple[State | None, bool]:
    """Return where the conversation stands, and whether one was under way that rested too long."""
    if row.state is None:
        return None, False
    kept = json.loads(row.state)
    state = State(kept["flow"], kept["step"], kept["slots"], kept["missed"])
    if row.expires_at is None or row.expires_at < now:
        # after an answer nothing was under way
        return None, not is_about_policy(state)
    return state, False


def _columns_after(services: Services, turn: Turn, row: Row[Any], heard: Heard, now: datetime) -> dict[str, Any]:
    """Return the columns of the conversation after a turn; None for when somebody spoke: as it was."""
    state, settings = turn.state, services.settings
    minutes = settings.policy_context_minutes if is_about_policy(state) else settings.conversation_minutes
    kept = None
    if state is not None:
        kept = {"flow": state.flow, "step": state.step, "slots": state.slots, "missed": state.missed}
    is_following = None
    if heard.kind in {"event:subscribe", "event:unsubscribe"}:
        is_following = heard.kind == "event:subscribe"
    return {
        "account": row.account_id,
        "new_state": None if kept is None else json.dumps(kept, ensure_ascii=False),
        "new_end": None if kept is None else now + timedelta(minutes=minutes),
        "following": is_following,
        "message_at": None if heard.is_event else now,
        "tap_at": now if heard.kind in _TAPS else None,
    }
