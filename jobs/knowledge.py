"""Measuring what staff propose, and training what they publish, in a process apart: scikit-learn stays out of ours."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from casework.knowledge import claim_unmeasured, keep_figures, list_published, with_changes

if TYPE_CHECKING:
    import uuid
    from concurrent.futures import Future
    from datetime import datetime

    from policy.records import Knowledge
    from services import Services


class KnowledgeRounds:
    """Has one thing trained at a time and never waits for it: the next round takes what came of it.

    The shipped knowledge is trained by `./run`, not here.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._under_way: tuple[ProcessPoolExecutor, Future[dict[str, dict[str, int]]], uuid.UUID | None] | None = None

    def __call__(self, now: datetime) -> int:
        """Take what is done, or begin what is due; return how much that was."""
        if self._under_way is not None:
            return self._take()
        with self._services.transactions() as session:
            published = list_published(session)
            draft = claim_unmeasured(session, now=now)
            if not published and draft is None:
                return 0
            desk = self._services.policy_desk
            known = with_changes(desk.material.knowledge, published)
            if draft is not None:
                self._begin(with_changes(known, [draft]), known, draft.id)
                return 1
        if desk.path_of(known).is_file():
            return 0
        self._begin(known, None, None)
        return 1

    def _begin(self, after: Knowledge, before: Knowledge | None, draft: uuid.UUID | None) -> None:
        from policy.retraining import Order, retrain  # noqa: PLC0415 - numpy and scipy: most commands need neither

        settings = self._services.settings
        order = Order(after, before, settings.policy_weights_dir, settings.thresholds())
        apart = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
        self._under_way = (apart, apart.submit(retrain, order), draft)

    def _take(self) -> int:
        if self._under_way is None or not self._under_way[1].done():
            return 0
        apart, future, draft = self._under_way
        self._under_way = None
        apart.shutdown(wait=False)
        figures = future.result()
        if draft is not None:
            with self._services.transactions() as session:
                keep_figures(session, draft, figures)
        return 1
