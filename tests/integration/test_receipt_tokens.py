from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from certification.certify import certify, revoke_certification
from certification.receipt_tokens import (
    NotGenuine,
    Statement,
    find_token,
    list_keys,
    list_revoked,
    new_signing_key,
    public_keys,
    read_keys,
    read_revoked,
    read_token,
    revoked_digest,
    sign_receipt,
    state_certification,
)
from certification.receipts import show_receipt
from clock import local_date
from models import SigningKey
from models.audit import Actor, ActorKind
from models.certification import Channel
from policy.rules import rule_set

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from models import Certification
    from models.session import Transactions
    from tests.cast import Cast

WHO = Actor(ActorKind.COMMAND, "test")
ACT = Statement("address_change", "D2503-12345678", date(2025, 3, 10))


@pytest.fixture
def certification(transactions: Transactions, cast: Cast, now: datetime) -> Certification:
    with transactions() as session:
        li = session.merge(cast.grandma_li)
        return certify(session, li, Channel.SELF_SERVICE, rules=rule_set("changsha-2020"), actor=WHO, now=now)


def _token(transactions: Transactions, number: str, now: datetime) -> str:
    with transactions() as session:
        receipt = show_receipt(session, number, actor=WHO, now=now)
        assert receipt is not None
        return sign_receipt(session, state_certification(receipt), now=now)


def test_a_receipt_says_what_it_prints_and_no_more(
    transactions: Transactions, certification: Certification, cast: Cast, now: datetime
) -> None:
    token = _token(transactions, certification.receipt_number, now)
    assert token == _token(transactions, certification.receipt_number, now)
    assert len(token) < 300
    with transactions() as session:
        said = read_token(token, public_keys(session))
    assert said == Statement(
        kind="certification",
        number=certification.receipt_number,
        day=date(2025, 3, 10),
        last_day=date(2025, 12, 31),
        masked_name="李*香",
        channel="self_service",
        certified_at=datetime(2025, 3, 10, 2, 0, tzinfo=UTC),
        next_due_by=date(2026, 12, 31),
    )
    payload = token.split(".")[1]
    plain = base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    secrets = (cast.grandma_li.name, cast.grandma_li.id_number, cast.grandma_li.id_number[-4:], "13900000001")
    assert not any(secret in plain for secret in (*secrets, str(cast.grandma_li.id)))


def test_a_changed_token_is_not_ours(transactions: Transactions, now: datetime) -> None:
    with transactions() as session:
        token = sign_receipt(session, ACT, now=now)
        keys = public_keys(session)
    assert read_token(token, keys) == ACT
    for place in range(len(token)):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        # the last sign of each part holds bits that mean nothing; base64 lets them be anything
        try:
            assert read_token(changed, keys) == ACT
            assert place in {token.rindex(".") - 1, len(token) - 1}
        except NotGenuine:
            continue


@pytest.mark.parametrize(
    "fields",
    [[], {}, None, 7, "x", [7], [[]], ["00000000", "x"], {"0": 1}, [None] * 12],
    ids=str,
)
def test_what_nobody_signed_is_refused(transactions: Transactions, now: datetime, fields: Any) -> None:
    with transactions() as session:
        sign_receipt(session, ACT, now=now)
        keys = public_keys(session)
    payload = base64.urlsafe_b64encode(json.dumps(fields).encode()).decode().rstrip("=")
    for token in (f"P1.{payload.ljust(20, 'A')}.{'A' * 86}", payload, "", "P1..", "P2." + "A" * 120):
        with pytest.raises(NotGenuine):
            read_token(token, keys)


def test_another_ones_key_signs_nothing_for_us(transactions: Transactions, now: datetime) -> None:
    with transactions() as session:
        token = sign_receipt(session, ACT, now=now)
        keys = public_keys(session)
    stranger = dict.fromkeys(keys, bytes(range(32)))
    with pytest.raises(NotGenuine, match="wrong_signature"):
        read_token(token, stranger)
    with pytest.raises(NotGenuine, match="unknown_key"):
        read_token(token, {})


def test_old_receipts_verify_after_the_key_was_changed(transactions: Transactions, now: datetime) -> None:
    with transactions() as session:
        old = sign_receipt(session, ACT, now=now)
        new_signing_key(session, WHO, now=now + timedelta(days=1))
        new = sign_receipt(session, ACT, now=now + timedelta(days=1))
        assert old != new
        published = read_keys(list_keys(session))
    assert len(published) == 2
    assert read_token(old, published) == read_token(new, published) == ACT


def test_what_was_revoked_is_on_the_signed_list(
    transactions: Transactions, certification: Certification, now: datetime
) -> None:
    with transactions() as session:
        keys = public_keys(session)
        listed = list_revoked(session, now=now)
        assert read_revoked(listed, keys | public_keys(session)) == (date(2025, 3, 10), frozenset())
        row = session.merge(certification)
        revoke_certification(session, row, "checked", rules=rule_set("changsha-2020"), actor=WHO, now=now)
        listed = list_revoked(session, now=now)
        keys = public_keys(session)
    assert listed["revoked"] == [revoked_digest(certification.receipt_number)]
    assert certification.receipt_number not in json.dumps(listed)
    with pytest.raises(NotGenuine):
        read_revoked(listed | {"revoked": []}, keys)
    with pytest.raises(NotGenuine):
        read_revoked({}, keys)


def test_a_clerk_verifies_without_our_database(
    app: Flask,
    transactions: Transactions,
    certification: Certification,
    client: FlaskClient,
    now: datetime,
    tmp_path: Path,
) -> None:
    held = f"https://pension.example.cn/verify/x#{_token(transactions, certification.receipt_number, now)}"
    for name in ("keys", "revoked"):
        (tmp_path / f"{name}.json").write_bytes(client.get(f"/receipts/{name}.json").data)
    run = app.test_cli_runner().invoke
    files = ["--keys", str(tmp_path / "keys.json"), "--revoked", str(tmp_path / "revoked.json"), "--json"]

    def verify(*more: str, token: str = held) -> tuple[int, dict[str, Any]]:
        done = run(args=["receipts", "verify", token, *files, *more])
        return done.exit_code, json.loads(done.stdout)

    code, told = verify("--on", "2025-06-30")
    assert (code, told["genuine"], told["counts"], told["revoked"]) == (0, True, True, False)
    assert (told["number"], told["masked_name"]) == (certification.receipt_number, "李*香")
    code, told = verify("--on", "2026-01-01")
    assert (code, told["genuine"], told["counts"]) == (1, True, False)
    code, told = verify(token=held[:-9] + "AAAAAAAAA")
    assert (code, told["error"]["code"]) == (1, "receipt_not_genuine")
    with transactions() as session:
        row = session.merge(certification)
        revoke_certification(session, row, "checked", rules=rule_set("changsha-2020"), actor=WHO, now=now)
    assert verify("--on", "2025-06-30")[0] == 0, "the clerk's list is of yesterday"
    (tmp_path / "revoked.json").write_bytes(client.get("/receipts/revoked.json").data)
    code, told = verify("--on", "2025-06-30")
    assert (code, told["revoked"], told["revoked_as_of"]) == (1, True, "2025-03-10")


def test_a_bank_verifies_with_one_file_of_ours(tmp_path: Path, transactions: Transactions) -> None:
    """In a folder of its own, by a Python that is told nothing of this project."""
    verifier = tmp_path / "verify_receipt.py"
    shutil.copy(Path(__file__).parents[2] / "deploy" / "verify_receipt.py", verifier)
    now = datetime.now(UTC)
    counting = Statement("certification", "2025-AAAA", local_date(now), local_date(now), masked_name="李*香")
    counting = replace(counting, channel="self_service", certified_at=now, next_due_by=local_date(now))
    past = replace(counting, last_day=local_date(now) - timedelta(days=1))
    other = replace(counting, number="2025-BBBB")

    def verify(receipt: str) -> tuple[int, str]:
        command = [sys.executable, "-I", str(verifier), "keys.json", "revoked.json", receipt]
        done = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, check=False)
        assert done.stderr == b""
        return done.returncode, done.stdout.decode()

    with transactions() as session:
        token, old, revoked, act = (sign_receipt(session, one, now=now) for one in (counting, past, other, ACT))
        listed = list_revoked(session, now=now)
        (tmp_path / "keys.json").write_text(json.dumps({"keys": list_keys(session)}))
        (tmp_path / "revoked.json").write_text(json.dumps(listed))
        assert verify(f"https://pension.example.cn/verify/x#{token}") == verify(token)
        code, said = verify(token)
        assert (code, "今天有效" in said, "李*香" in said) == (0, True, True)
        assert (verify(old)[0], "过期" in verify(old)[1]) == (1, True)
        assert (verify(act)[0], "不是认证回执" in verify(act)[1]) == (1, True)
        for changed in (token[:-9] + "AAAAAAAAA", token.replace("P1.", "P2."), "2025-AAAA", ""):
            assert (verify(changed)[0], "不是真的" in verify(changed)[1]) == (1, True)
        assert verify(revoked)[0] == 0
        key = session.scalars(select(SigningKey)).one()
        names = {"as_of": listed["as_of"], "key": key.key_id, "revoked": [revoked_digest("2025-BBBB")]}
        (tmp_path / "revoked.json").write_text(json.dumps(names | {"signature": _sign(key, names)}))
        assert (verify(revoked)[0], "撤销" in verify(revoked)[1], verify(token)[0]) == (1, True, 0)
        stale = names | {"as_of": (local_date(now) - timedelta(days=8)).isoformat()}
        wrongs: list[Any] = [names, names | {"signature": "A" * 86}, stale | {"signature": _sign(key, stale)}, {}, []]
        for wrong in wrongs:
            (tmp_path / "revoked.json").write_text(json.dumps(wrong))
            assert verify(token)[0] == 2


def _sign(key: SigningKey, listed: dict[str, Any]) -> str:
    private = Ed25519PrivateKey.from_private_bytes(key.seed)
    plain = json.dumps(listed, sort_keys=True, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(private.sign(plain)).decode().rstrip("=")


def test_the_page_takes_a_number_or_the_whole_receipt(
    client: FlaskClient, transactions: Transactions, certification: Certification, now: datetime
) -> None:
    token = _token(transactions, certification.receipt_number, now)
    for typed in (token, f"https://pension.example.cn/verify/x#{token}", certification.receipt_number):
        answer = client.post("/verify", data={"number": typed}, follow_redirects=True)
        assert answer.status_code == 200
        assert "回执是真的" in answer.get_data(as_text=True)
        # what a receipt says stands in no address
        assert all(token not in step.request.path for step in answer.history)
    wrong = client.post("/verify", data={"number": token[:-9] + "AAAAAAAAA"})
    assert wrong.status_code == 404
    assert "不是我们开的回执" in wrong.get_data(as_text=True)


def test_an_acts_receipt_is_a_page_that_nobody_can_invent(
    client: FlaskClient, transactions: Transactions, now: datetime
) -> None:
    with transactions() as session:
        token = sign_receipt(session, ACT, now=now)
    page = client.get(f"/h5/acts/{token}").get_data(as_text=True)
    assert all(word in page for word in ("改地址", "D2503-12345678", "2025年3月10日"))
    assert client.get(f"/h5/acts/{token[:-9]}AAAAAAAAA").status_code == 404
    assert client.get("/h5/acts/D2503-12345678").status_code == 404
    assert find_token(f"看这里：https://x/h5/acts/{token}。") == token
