from __future__ import annotations

import time
import uuid
from itertools import pairwise
from typing import TYPE_CHECKING

from sqlalchemy import select

from models.random_id import RandomId, new_ids

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def is_of_now(one: uuid.UUID) -> bool:
    """Say whether an id is of version 7 and of the last minute."""
    return one.version == 7 and one.variant == uuid.RFC_4122 and abs(time.time() - (one.int >> 80) / 1000) < 60


def test_the_database_makes_random_ids_of_version_7(session: Session) -> None:
    made = [session.scalars(select(RandomId())).one() for _ in range(50)]
    assert all(map(is_of_now, made))
    assert len(set(made)) == len(made)
    assert all(before.int >> 80 <= after.int >> 80 for before, after in pairwise(made))
    each = session.execute(select(RandomId(), RandomId())).one()
    assert each[0] != each[1], "drawn anew wherever it is asked for"


def test_ids_for_what_is_copied_in_are_of_the_same_kind() -> None:
    made = new_ids(1000)
    assert all(is_of_now(uuid.UUID(one)) and len(one) == 32 for one in made)
    assert len({one[-15:] for one in made}) == len(made)
    assert new_ids(0) == []
