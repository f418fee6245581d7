"""The answerer as it is shipped, trained once and kept where `./run` keeps it."""

from __future__ import annotations

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
    found = desk.answerer()
    if found is None:
        material = desk.material
        save(train(material.knowledge, material.normalise), desk.path_of(material.knowledge))
        found = desk.answerer()
    assert found is not None
    return found
