"""Somebody who can do little is certified by a person: a film made beforehand would show all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from certification.face.types import Action
from models import Certification, Review
from tests.rows import count
from tests.web.conftest import PAGE

if TYPE_CHECKING:
    from collections.abc import Collection

    from models.session import Transactions
    from tests.web.conftest import Phone


def keep(li: Phone, *kept: Action) -> None:
    actions: Collection[str] = [action.value for action in Action if action not in kept]
    path = f"/api/v1/retirees/{li.retiree.id}/excluded-actions"
    assert li.client.put(path, json={"actions": actions}, headers=PAGE).status_code == 204


def test_one_or_two_actions_are_looked_at_by_a_person(li: Phone, transactions: Transactions) -> None:
    for kept in ((Action.TURN_LEFT,), (Action.TURN_LEFT, Action.BLINK)):
        keep(li, *kept)
        li.open()
        assert {one["code"] for one in li.begin("upload").get_json()["actions"]} <= set(kept)
        assert li.send_video(f"seen {kept}".encode()).get_json()["outcome"]["result"] == "review"
    assert count(transactions, Certification) == 0
    with transactions() as session:
        assert session.scalars(select(Review)).first().reasons == ["few_actions", "face_matches"]  # type: ignore[union-attr]


def test_three_actions_are_enough_for_the_machine(li: Phone, transactions: Transactions) -> None:
    keep(li, Action.TURN_LEFT, Action.BLINK, Action.NOD)
    li.open()
    li.begin("upload")
    assert li.send_video(b"seen everything").get_json()["outcome"]["result"] == "certified"
    assert count(transactions, Certification) == 1


def test_nobody_draws_from_few_and_then_says_to_be_able_to_do_all(li: Phone, transactions: Transactions) -> None:
    keep(li, Action.TURN_LEFT)
    li.open()
    li.begin("upload")
    keep(li, *Action)
    assert li.send_video(b"seen everything").status_code == 409
    assert count(transactions, Certification) == 0
