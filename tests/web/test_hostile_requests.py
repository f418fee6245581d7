"""Host headers, sessions given by others, redirects elsewhere, paths that climb, bodies that are too large."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from app import create_app
from certification.evidence import FolderStore
from tests.fakes.faces import ScriptedFaces
from tests.web.conftest import PAGE, Phone, log_in

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Connection

    from settings import Settings
    from tests.cast import Cast

ELSEWHERE = ["//evil.example", "https://evil.example/", "/\\evil.example", "https:evil.example", "%2f%2fevil.example"]


@pytest.fixture
def production(settings: Settings, connection: Connection) -> Flask:
    from settings import Environment  # noqa: PLC0415 - beside what it is for

    changed = replace(
        settings,
        environment=Environment.PRODUCTION,
        public_base_url="https://pension.example.cn",
        trusted_hosts="pension.internal",
        trusted_proxies=1,
        simulator="off",
    )
    return create_app(changed, database=connection, face_workers=ScriptedFaces())


@pytest.mark.parametrize("host", ["evil.example", "pension.example.cn.evil.example", "evil.example:443", "a@b", ""])
def test_another_host_is_answered_with_nothing(production: Flask, host: str) -> None:
    client = production.test_client()
    for path in ("/", "/verify", "/staff/login", "/api/v1/me", "/no/such/page"):
        answer = client.get(path, headers={"Host": host})
        assert answer.status_code == 400
        assert answer.data == b""
    assert client.put("/wechat", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["pension.example.cn", "pension.example.cn:443", "pension.internal", "127.0.0.1:8000"])
def test_our_own_names_are_answered(production: Flask, host: str) -> None:
    assert production.test_client().get("/verify", headers={"Host": host}).status_code == 200
    assert production.test_client().put("/wechat", headers={"Host": host}).status_code == 405


def test_a_host_that_a_proxy_sends_on_is_not_believed(production: Flask) -> None:
    headers = {"Host": "pension.example.cn", "X-Forwarded-Host": "evil.example"}
    answer = production.test_client().get("/verify", headers=headers)
    assert answer.status_code == 200
    assert "evil.example" not in answer.get_data(as_text=True)


def test_as_many_proxies_as_are_ours_are_believed(production: Flask) -> None:
    seen = []
    production.before_request_funcs.setdefault(None, []).append(lambda: seen.append(_remote()))
    client = production.test_client()
    client.get("/verify", headers={"Host": "pension.example.cn", "X-Forwarded-For": "6.6.6.6, 10.0.0.7"})
    assert seen == ["10.0.0.7"]


def _remote() -> str | None:
    from flask import request  # noqa: PLC0415 - inside a request

    return request.remote_addr


@pytest.mark.usefixtures("cast")
def test_a_session_from_before_the_login_is_worth_nothing_after_it(app: Flask, cast: Cast) -> None:
    victim = app.test_client()
    with victim.session_transaction() as planted:
        planted["account_id"] = str(cast.stranger.id)
        planted["planted"] = "by somebody else"
    before = victim.get_cookie("session")
    assert before is not None
    logged_in = victim.post("/h5/login", data={"person": str(cast.grandma_li.id)})
    assert logged_in.status_code in {302, 303, 404, 422}
    li = log_in(app, cast.grandma_li_account, cast.grandma_li).client
    with li.session_transaction() as session:
        assert set(session) <= {"account_id"}
    # the cookie that was known before still says what it said: nobody's rights but the stranger's own
    attacker = app.test_client()
    attacker.set_cookie("session", before.value)
    assert attacker.get("/api/v1/me").get_json()["retirees"] == []


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_sent_elsewhere(app: Flask, client: FlaskClient, target: str) -> None:
    paths = [
        f"/verify?number={target}",
        f"/h5/enter?who={target}",
        f"/h5/entered?state={target}&code=x",
        f"/h5/link/{target}",
        f"/{target}",
        f"/staff/login?next={target}",
        f"/staff/?next={target}&return={target}&url={target}",
    ]
    ours = {urlsplit(app.extensions["services"].settings.wechat_open_base_url).netloc, "", "localhost"}
    for path in paths:
        location = client.get(path).headers.get("Location", "")
        assert urlsplit(location).netloc in ours, (path, location)
        assert not location.startswith(("//", "/\\")), (path, location)
    for path in ("/verify", "/staff/login", "/h5/login"):
        answer = client.post(path, data={"number": target, "next": target, "person": target})
        location = answer.headers.get("Location", "")
        assert urlsplit(location).netloc in ours, (path, location)


@pytest.mark.parametrize(
    "climb",
    [
        "../app.py",
        "..%2fapp.py",
        "..%5capp.py",
        "%2e%2e/%2e%2e/app.py",
        "....//app.py",
        "css/../../../app.py",
        "/etc/passwd",
        "css/..%00/app.py",
    ],
)
def test_no_path_climbs_out(client: FlaskClient, climb: str) -> None:
    for path in (f"/static/{climb}", f"/h5/receipts/{climb}", f"/verify/{climb}", f"/staff/figures/cases/{climb}.csv"):
        answer = client.get(path)
        assert answer.status_code in {308, 400, 401, 404}, path
        assert b"create_app" not in answer.data
        assert b"root:" not in answer.data


@pytest.mark.parametrize(
    "key", ["../secret", "a/../../b", "/etc/passwd", "", ".", "..", "a\x00b", "ключ", "a b", "a\\b"]
)
def test_a_stored_picture_has_no_path(tmp_path: Path, key: str) -> None:
    store = FolderStore(tmp_path / "evidence")
    for act in (store.get, store.delete, lambda one: store.put(one, b"x")):
        with pytest.raises((ValueError, FileNotFoundError)):
            act(key)
    assert [path.name for path in tmp_path.iterdir()] == ["evidence"]


@pytest.mark.parametrize(
    "body", [b"[" * 30_000, b'{"code":' * 5_000, b"1" * 5_000, b'{"code": %s}' % (b"1" * 5_000), b'"\xff"']
)
def test_what_no_reader_of_json_takes_is_malformed_and_no_fault(client: FlaskClient, body: bytes) -> None:
    answer = client.post("/api/v1/logins", data=body, content_type="application/json")
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "malformed"


class _Endless:
    """A body that never ends, and counts what was read of it."""

    def __init__(self) -> None:
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        size = 65536 if size < 0 else size
        self.read_bytes += size
        return b"x" * size

    def readline(self, size: int = -1) -> bytes:
        return self.read(size)


def _sent(body: _Endless, length: int | None, content_type: str) -> dict[str, Any]:
    environ: dict[str, Any] = {"wsgi.input": body, "wsgi.input_terminated": True, "CONTENT_TYPE": content_type}
    return environ | ({} if length is None else {"CONTENT_LENGTH": str(length)})


@pytest.mark.parametrize("length", [None, 2**31])
@pytest.mark.parametrize(
    ("path", "content_type", "most"),
    [
        ("/api/v1/certification-sessions", "application/json", 64 * 1024),
        ("/verify", "application/x-www-form-urlencoded", 64 * 1024),
        ("/verify", "multipart/form-data; boundary=x", 64 * 1024),
        ("/staff/login", "application/x-www-form-urlencoded", 64 * 1024),
        ("/h5/login", "application/x-www-form-urlencoded", 64 * 1024),
        ("frames", "image/jpeg", 1024 * 1024),
        ("video", "video/mp4", 0),
    ],
)
def test_a_body_that_is_too_large_is_not_read_to_its_end(
    li: Phone, path: str, content_type: str, most: int, length: int | None
) -> None:
    li.open()
    li.begin()
    if "/" not in path:
        # of an attempt that is not one's own nothing is read at all
        of = li.attempt_id if path == "frames" else "00000000-0000-0000-0000-000000000000"
        path = f"/api/v1/attempts/{of}/{path}"
    body = _Endless()
    headers = PAGE | {"Attempt-Nonce": li.nonce, "Frame-Number": "0"}
    tracemalloc.start()
    answer = li.client.post(path, headers=headers, environ_overrides=_sent(body, length, content_type))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert answer.status_code < 500
    assert body.read_bytes <= most + 2 * 65536
    assert peak < most + 8 * 1024 * 1024
