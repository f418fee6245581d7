"""Statements that go to the driver as they are: the same values as through SQLAlchemy, written whole or not at all."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import bindparam, func, insert, select

from bot.inbox import write_down
from models import Account, Conversation, InboxMessage
from models.account import AccountKind
from models.conversation import InboxStatus
from models.prepared import Line, Prepared
from models.session import Transactions

if TYPE_CHECKING:
    from sqlalchemy import Engine

NOW = datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
FIND = Prepared(
    select(Account.id, Account.kind, Account.openid, Account.created_at, Account.joined_to_id).where(
        Account.identity_index == bindparam("identity"), Account.kind == AccountKind.WECHAT
    )
)
COLUMNS = ("id", "kind", "identity_index", "openid", "created_at")
ADD = Prepared(
    insert(Account).values({name: bindparam(f"new_{name}", type_=getattr(Account, name).type) for name in COLUMNS})
)


def an_account(transactions: Transactions, state: str | None = None) -> Account:
    with transactions() as session:
        account = Account(kind=AccountKind.WECHAT, identity_index="i", openid="o𠮷", created_at=NOW)
        session.add(account)
        session.flush()
        session.add(Conversation(account_id=account.id, state=state))
    return account


def sealed(transactions: Transactions) -> bytes | None:
    with transactions.bare() as connection:
        found: bytes | None = connection.exec_driver_sql("SELECT state FROM conversations").scalar()
        return found


def columns(account: Account, was: bytes | None, *, message: uuid.UUID) -> dict[str, Any]:
    """Return what one turn writes down that found the conversation as it was."""
    row = {
        "id": message,
        "request_key": message.hex,
        "content_key": "c",
        "account_id": account.id,
        "kind": "text",
        "status": InboxStatus.ANSWERED,
        "reply": "您好",
        "tries": 0,
        "received_at": NOW,
    }
    told = {"new_state": "after", "new_end": NOW, "following": None, "message_at": NOW, "tap_at": None}
    return told | {"account": account.id, "sealed_state": was} | {f"message_{name}": row[name] for name in row}


def written(transactions: Transactions) -> tuple[str | None, int]:
    """Return where the conversation stands and how many messages there are."""
    with transactions() as session:
        state = session.scalar(select(Conversation.state))
        return state, session.scalar(select(func.count()).select_from(InboxMessage)) or 0


def test_values_are_those_of_the_columns(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    account = an_account(transactions)
    other = uuid.uuid4()
    with transactions.direct() as line:
        found = FIND.rows(line, {"identity": "i"})
        new = {"id": other, "kind": AccountKind.WECHAT, "identity_index": "j", "openid": "䶮", "created_at": NOW}
        assert ADD.change(line, {f"new_{name}": new[name] for name in COLUMNS}) == 1
        assert FIND.rows(line, {"identity": "k"}) == []
    assert [vars(one) for one in found] == [
        {"id": account.id, "kind": AccountKind.WECHAT, "openid": "o𠮷", "created_at": NOW, "joined_to_id": None}
    ]
    with transactions() as session:
        assert session.get_one(Account, other).openid == "䶮"


def test_a_turn_is_written_down_where_the_conversation_stands_as_it_was_read(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    account = an_account(transactions, state="before")
    with transactions.direct() as line:
        assert write_down(line, columns(account, sealed(transactions), message=uuid.uuid4()))
    assert written(transactions) == ("after", 1)


@pytest.mark.parametrize("was", [None, b"another"])
def test_nothing_is_written_where_the_conversation_has_moved(own_engine: Engine, was: bytes | None) -> None:
    transactions = Transactions(own_engine)
    account = an_account(transactions, state="before")
    with transactions.direct() as line:
        assert not write_down(line, columns(account, was, message=uuid.uuid4()))
    assert written(transactions) == ("before", 0)


def test_a_copy_leaves_the_conversation_where_it_was(own_engine: Engine) -> None:
    transactions = Transactions(own_engine)
    account, message = an_account(transactions), uuid.uuid4()
    with transactions.direct() as line:
        assert write_down(line, columns(account, None, message=message))
        copy = columns(account, sealed(transactions), message=message) | {"new_state": "twice"}
        with pytest.raises(line.dialect.loaded_dbapi.IntegrityError):
            write_down(line, copy)
        # the line is of use after that
        assert len(FIND.rows(line, {"identity": "i"})) == 1
    assert written(transactions) == ("after", 1)


def test_blocks_of_two_statements_are_read_in_turns(transactions: Transactions) -> None:
    with transactions() as session:
        session.add_all(
            Account(kind=AccountKind.WECHAT, identity_index=str(number), openid="o", created_at=NOW)
            for number in range(5)
        )
    wanted = select(Account.identity_index).where(Account.kind == AccountKind.WECHAT)
    with transactions.bare() as connection:
        line = Line.of(connection)
        first = Prepared(wanted.order_by(Account.identity_index)).blocks(line, 2)
        second = Prepared(wanted.order_by(Account.identity_index.desc())).blocks(line, 3)
        assert [next(first), next(second)] == [[("0",), ("1",)], [("4",), ("3",), ("2",)]]
        assert [*first] == [[("2",), ("3",)], [("4",)]]
        assert [*second] == [[("1",), ("0",)]]
