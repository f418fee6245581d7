"""Random ids for rows that are written by the hundred thousand: by the database itself, or here for what is copied in.

They are of UUID version 7 (RFC 9562): the milliseconds since 1970, then 72 random bits or more. What is written
together stands together in the index of ids, and goes into it page after page. An id tells when it was made: none of
them for what somebody wrote who is not to be found by the moment (tips keep no more than the day).
"""

from __future__ import annotations

import os
import time
import uuid
from typing import Any

from sqlalchemy import Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_MOMENT_DIGITS, _RANDOM_DIGITS = 12, 20


class RandomId(FunctionElement[uuid.UUID]):
    """Another random id for every row."""

    type = Uuid()
    inherit_cache = True
    name = "random_id"


@compiles(RandomId, "postgresql")
def _on_postgresql(_element: RandomId, _compiler: Any, **_options: Any) -> str:
    moment = "substr(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 3)"
    dated = f"overlay(uuid_send(gen_random_uuid()) PLACING {moment} FROM 1 FOR 6)"
    # what was drawn says version 4, binary 0100: two more bits make 7 of it
    return f"encode(set_bit(set_bit({dated}, 52, 1), 53, 1), 'hex')::uuid"


@compiles(RandomId, "sqlite")
def _on_sqlite(_element: RandomId, _compiler: Any, **_options: Any) -> str:
    # as SQLAlchemy keeps them: 32 hexadecimal digits; a statement has one moment
    moment = f"printf('%0{_MOMENT_DIGITS}x', CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER))"
    return f"{moment} || lower('7' || substr(hex(randomblob(2)), 2) || 'a' || substr(hex(randomblob(8)), 2))"


def new_ids(count: int) -> list[str]:
    """Return random ids as 32 hexadecimal digits."""
    moment = f"{time.time_ns() // 1_000_000:0{_MOMENT_DIGITS}x}"
    drawn = os.urandom(_RANDOM_DIGITS // 2 * count).hex()
    starts = range(0, _RANDOM_DIGITS * count, _RANDOM_DIGITS)
    # the version stands in the 13th digit, the variant in the 17th
    return [f"{moment}7{drawn[a : a + 3]}a{drawn[a + 3 : a + 18]}" for a in starts]
