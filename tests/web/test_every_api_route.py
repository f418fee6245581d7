"""Every call of the API about somebody else's retiree, session or attempt: nothing is told and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from certification.consents import BIOMETRIC_VERSION
from models import Account, Base, FrameRefusal
from models.account import AccountKind
from tests.web.conftest import PAGE, log_in

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Connection
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse

    from models.session import Transactions
    from tests.cast import Cast
    from tests.web.conftest import Phone

# What each call carries, so that it is whose it is that refuses it and not its form.
BODIES: dict[str, dict[str, Any]] = {
    "people.put_consent": {"json": {"version": BIOMETRIC_VERSION}},
    "people.put_exclusions": {"json": {"actions": ["blink"]}},
    "people.post_assistance": {"json": {"place": "window"}},
    "sessions.post_session": {"json": {}},
    "sessions.post_attempt": {"json": {"way": "stream"}},
    "attempts.post_frame": {"data": b"a frame", "content_type": "image/jpeg"},
    "attempts.post_video": {"data": b"a video", "content_type": "video/mp4"},
}
# Calls that are about nobody but the account itself; receipts are for whoever holds the number.
OWN = {
    "people.show_me",
    "receipts.get_receipt",
    "bindings.post_binding",
    "bindings.post_code",
    "logins.post_login",
    "wechat_api.delete_login",
    "wechat_api.get_js_sdk",
}


def calls(app: Flask) -> list[tuple[Rule, str]]:
    return [
        (rule, method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def call(client: FlaskClient, rule: Rule, method: str, li: Phone) -> TestResponse:
    """Ask for Grandma Li's things."""
    ids = {"retiree_id": str(li.retiree.id), "session_id": li.session_id, "attempt_id": li.attempt_id}
    address = rule.rule
    for name, value in ids.items():
        address = address.replace(f"<uuid:{name}>", value)
    carried: dict[str, Any] = dict(BODIES.get(rule.endpoint, {}))
    if rule.endpoint == "sessions.post_session":
        carried["json"] = {"retiree_id": ids["retiree_id"]}
    headers = PAGE | {"Attempt-Nonce": li.nonce, "Frame-Number": "0"}
    return client.open(address, method=method, headers=headers, **carried)


def rows(connection: Connection) -> dict[str, int]:
    """Count everything but the frames that were refused, which are counted themselves."""
    return {
        name: connection.execute(select(func.count()).select_from(table)).scalar_one()
        for name, table in Base.metadata.tables.items()
        if name != FrameRefusal.__tablename__
    }


@pytest.mark.parametrize("who", ["stranger", "daughter", "nephew"])
def test_nobody_elses_account_gets_or_changes_anything(
    app: Flask, cast: Cast, li: Phone, connection: Connection, transactions: Transactions, who: str
) -> None:
    li.open()
    li.begin()
    with transactions() as session:
        account = session.get_one(Account, getattr(cast, who).id)
        # inside WeChat, where its face verification can be asked for
        account.kind, account.openid = AccountKind.WECHAT, "oSomebodyElse_0001"
    other = log_in(app, account, li.retiree)
    before, walked = rows(connection), 0
    for rule, method in calls(app):
        if rule.endpoint in OWN:
            continue
        answer = call(other.client, rule, method, li)
        walked += 1
        place = f"{method} {rule.rule}: {answer.status_code}"
        assert answer.status_code in {403, 404}, place
        assert answer.get_json()["code"] in {"not_yours", "frame_foreign"}, place
    assert walked == len(calls(app)) - len(OWN), "an address of its own for each call"
    assert rows(connection) == before
    assert li.finish().get_json()["outcome"]["result"] == "certified", "and the person goes on undisturbed"


def test_nobody_comes_in_without_a_login(app: Flask, li: Phone) -> None:
    li.open()
    li.begin()
    client = app.test_client()
    for rule, method in calls(app):
        if rule.endpoint not in {"receipts.get_receipt", "logins.post_login"}:
            answer = call(client, rule, method, li)
            assert answer.status_code == 401, f"{method} {rule.rule}: {answer.status_code}"
