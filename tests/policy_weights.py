"""The answerer as it is shipped, trained once and kept where `./run` keeps it."""

from __future__ import annotations

import fcntl
from functools import cache
from typing import TYPE_CHECKING

from policy.answering.desk import Desk
from policy.answering.model import save
from policy.answering.thresholds import Thresholds
from policy.training.fit import train
from tests.architecture.source import ROOT

if TYPE_CHECKING:
    from policy.answering.answerer import Answerer

WEIGHTS_DIR = ROOT / "var" / "policy"


@cache
def shipped_answerer() -> Answerer:
    """Return the answerer of the shipped knowledge, with the thresholds that settings have by default."""
    desk = Desk(WEIGHTS_DIR, Thresholds())
    WEIGHTS_DIR.mkdir(parents=True, exist_ok=True)
    # one process trains, the others that run tests wait for it
    with (WEIGHTS_DIR / ".training").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        found = desk.answerer()
        if found is None:
            material = desk.material
            save(train(material.knowledge, material.normalise), desk.path_of(material.knowledge))
            found = desk.answerer()
    assert found is not None
    return found
