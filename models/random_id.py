"""A random id that the database makes itself: for rows that a statement writes by the hundred thousand."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Uuid
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class RandomId(FunctionElement[uuid.UUID]):
    """Another random id for every row."""

    type = Uuid()
    inherit_cache = True
    name = "random_id"


@compiles(RandomId, "postgresql")
def _on_postgresql(_element: RandomId, _compiler: Any, **_options: Any) -> str:
    return "gen_random_uuid()"


@compiles(RandomId, "sqlite")
def _on_sqlite(_element: RandomId, _compiler: Any, **_options: Any) -> str:
    # as SQLAlchemy keeps them: 32 hexadecimal digits
    return "lower(hex(randomblob(16)))"
