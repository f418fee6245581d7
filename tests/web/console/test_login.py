from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest
from sqlalchemy import select

from app import create_app
from casework.staff import add_staff
from models import AuditEntry, Staff, StaffSession
from models.audit import Actor, ActorKind
from models.staff import StaffRole
from tests.cast import COMMUNITY
from tests.fakes.faces import ScriptedFaces
from tests.staff import PASSWORD, SECRET, Desk, sit_down

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask
    from flask.testing import FlaskClient
    from sqlalchemy import Connection

    from models.session import Transactions
    from settings import Settings
    from tests.cast import Cast
    from tests.fakes.clock import StandingClock

OPERATOR = Actor(ActorKind.COMMAND, "test")


def csrf_of(page: str) -> str:
    return page.split('name="csrf" value="')[1].split('"', maxsplit=1)[0]


def give_password(client: FlaskClient, login: str, password: str) -> int:
    return client.post("/staff/login", data={"login": login, "password": password}).status_code


def give_code(client: FlaskClient, code: str) -> int:
    csrf = csrf_of(client.get("/staff/code").text)
    return client.post("/staff/code", data={"csrf": csrf, "code": code}).status_code


def code_at(clock: StandingClock) -> str:
    return pyotp.TOTP(SECRET).at(clock.now())


def test_it_works_with_password_and_one_time_password(
    client: FlaskClient, staff: dict[str, Staff], clock: StandingClock, transactions: Transactions
) -> None:
    assert give_password(client, "worker", PASSWORD) == 303
    assert client.get("/staff/").status_code == 401, "the password alone opens nothing"
    assert give_code(client, code_at(clock)) == 303
    assert client.get("/staff/").status_code == 200
    with transactions() as session:
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.actor_name == str(staff["worker"].id)))
        assert "staff.login" in set(acts)


def test_a_cookie_is_for_the_console_alone(client: FlaskClient, staff: dict[str, Staff]) -> None:
    del staff
    answer = client.post("/staff/login", data={"login": "worker", "password": PASSWORD})
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/staff" in cookie


@pytest.mark.parametrize(("login", "password"), [("worker", "wrong"), ("nobody", PASSWORD), ("", ""), ("worker", "")])
def test_a_wrong_login_and_a_wrong_password_look_alike(
    client: FlaskClient, staff: dict[str, Staff], login: str, password: str
) -> None:
    del staff
    answer = client.post("/staff/login", data={"login": login, "password": password})
    assert answer.status_code == 401
    assert "登录名或密码不对，或者暂时锁住了。" in answer.text
    assert "Set-Cookie" not in answer.headers


def test_five_wrong_passwords_lock_for_a_while(
    client: FlaskClient, staff: dict[str, Staff], clock: StandingClock
) -> None:
    del staff
    for _ in range(5):
        assert give_password(client, "worker", "wrong") == 401
    assert give_password(client, "worker", PASSWORD) == 401, "locked"
    clock.advance(minutes=16)
    assert give_password(client, "worker", PASSWORD) == 303


def test_wrong_codes_lock_too_and_a_code_serves_once(
    client: FlaskClient, app: Flask, staff: dict[str, Staff], clock: StandingClock
) -> None:
    del staff
    give_password(client, "worker", PASSWORD)
    code = code_at(clock)
    assert give_code(client, code) == 303
    other = app.test_client()
    give_password(other, "worker", PASSWORD)
    assert give_code(other, code) == 401, "the same code again"
    for _ in range(4):
        assert give_code(other, "000000") == 401
    clock.advance(seconds=90)
    assert give_code(other, code_at(clock)) == 429


def test_wrong_codes_lock_whoever_has_not_set_them_up_yet(
    client: FlaskClient, staff: dict[str, Staff], transactions: Transactions
) -> None:
    with transactions() as session:
        session.get_one(Staff, staff["worker"].id).totp_step = 0
    give_password(client, "worker", PASSWORD)
    assert [give_code(client, "000000") for _ in range(6)] == [401] * 5 + [429]


def test_somebody_new_sets_up_codes_and_a_password_of_their_own(
    client: FlaskClient, cast: Cast, transactions: Transactions, clock: StandingClock
) -> None:
    del cast
    with transactions() as session:
        _made, first = add_staff(
            session,
            None,
            login="xiaoliu",
            name="刘小青",
            role=StaffRole.COMMUNITY_WORKER,
            region_code=COMMUNITY,
            actor=OPERATOR,
            now=clock.now(),
        )
    assert give_password(client, "xiaoliu", first) == 303
    secret = client.get("/staff/code").text.split("<code>")[1].split("</code>")[0]
    assert give_code(client, pyotp.TOTP(secret).at(clock.now())) == 303
    assert client.get("/staff/tickets").status_code == 403, "first the password"
    csrf = csrf_of(client.get("/staff/password").text)
    for new, again, status in (("short", "short", 422), ("xiaoliu12345", "xiaoliu12345", 422), (first, first, 422)):
        fields = {"csrf": csrf, "old": first, "password": new, "again": again}
        assert client.post("/staff/password", data=fields).status_code == status
    fields = {"csrf": csrf, "old": first, "password": "a kettle on the stove", "again": "a kettle on the stove"}
    assert client.post("/staff/password", data=fields).status_code == 303
    assert client.get("/staff/tickets").status_code == 200
    assert secret not in client.get("/staff/code").text


def test_a_login_ends_by_itself(desks: dict[str, Desk], clock: StandingClock) -> None:
    desk = desks["worker"]
    for _ in range(11):
        clock.advance(minutes=50)
        assert desk.get("/").status_code == 200
    clock.advance(minutes=61)
    assert desk.get("/").status_code == 401, "an hour without a request"


def test_a_login_ends_after_half_a_day_in_any_case(desks: dict[str, Desk], clock: StandingClock) -> None:
    for _ in range(14):
        clock.advance(minutes=50)
        desks["worker"].get("/")
    clock.advance(minutes=40)
    assert desks["worker"].get("/").status_code == 401


def test_who_leaves_is_out_at_once_and_what_they_did_stays(
    desks: dict[str, Desk], staff: dict[str, Staff], transactions: Transactions
) -> None:
    worker = staff["worker"]
    assert desks["subdistrict"].post(f"/team/{worker.id}/close").status_code == 303
    assert desks["worker"].get("/").status_code == 401
    with transactions() as session:
        assert session.get_one(Staff, worker.id).name == worker.name
    assert desks["subdistrict"].post(f"/team/{worker.id}/reopen").status_code == 200


def test_logging_out_ends_the_login_everywhere_it_is_known(desks: dict[str, Desk], transactions: Transactions) -> None:
    desk = desks["worker"]
    answer = desk.post("/logout")
    assert answer.status_code == 303
    assert '"cache"' in answer.headers["Clear-Site-Data"]
    with transactions() as session:
        own = select(StaffSession.ended_at).where(StaffSession.staff_id == desk.staff.id)
        assert session.scalars(own).one() is not None


@pytest.mark.parametrize("csrf", ["", "x" * 32])
def test_a_form_from_elsewhere_changes_nothing(desks: dict[str, Desk], csrf: str) -> None:
    answer = desks["worker"].client.post("/staff/notices/seen", data={"csrf": csrf})
    assert answer.status_code == 403


def test_a_login_from_another_site_is_refused(client: FlaskClient, staff: dict[str, Staff]) -> None:
    del staff
    foreign = {"Sec-Fetch-Site": "cross-site"}
    fields = {"login": "worker", "password": PASSWORD}
    assert client.post("/staff/login", data=fields, headers=foreign).status_code == 403


def test_nobody_makes_logins_of_their_own_level_or_beyond(desks: dict[str, Desk]) -> None:
    wanted = {"login": "newone", "name": "新同事", "region": COMMUNITY, "role": "community_worker"}
    assert desks["worker"].post("/team", **wanted).status_code == 403
    assert desks["auditor"].post("/team", **wanted).status_code == 403
    assert desks["subdistrict"].post("/team", **(wanted | {"region": "430104"})).status_code in {404, 422}
    above = wanted | {"role": "subdistrict_officer", "region": COMMUNITY[:9]}
    assert desks["subdistrict"].post("/team", **above).status_code == 422
    assert desks["district"].post("/team", **above).status_code == 200


def test_a_lock_is_over_at_its_hour(client: FlaskClient, staff: dict[str, Staff], clock: StandingClock) -> None:
    del staff
    for _ in range(5):
        give_password(client, "worker", "wrong")
    clock.advance(seconds=int(timedelta(minutes=15).total_seconds()) - 1)
    assert give_password(client, "worker", PASSWORD) == 401
    clock.advance(seconds=1)
    assert give_password(client, "worker", PASSWORD) == 303


def _lock(app: Flask) -> None:
    stranger = app.test_client()
    for _ in range(5):
        assert give_password(stranger, "worker", "wrong") == 401
    assert give_password(stranger, "worker", PASSWORD) == 401, "locked"


def _log_in_and_out(client: FlaskClient, clock: StandingClock) -> None:
    assert give_password(client, "worker", PASSWORD) == 303
    assert give_code(client, code_at(clock)) == 303
    csrf = csrf_of(client.get("/staff/").text)
    assert client.post("/staff/logout", data={"csrf": csrf}).status_code == 303
    clock.advance(minutes=1)


def test_wrong_passwords_of_a_stranger_do_not_lock_the_owners_own_browser(
    app: Flask, client: FlaskClient, staff: dict[str, Staff], clock: StandingClock
) -> None:
    del staff
    _log_in_and_out(client, clock)
    _lock(app)
    assert give_password(client, "worker", PASSWORD) == 303
    assert give_code(client, code_at(clock)) == 303
    assert client.get("/staff/").status_code == 200
    assert give_password(app.test_client(), "worker", PASSWORD) == 401, "still locked for everybody else"


def test_in_a_known_browser_too_guessing_ends(
    app: Flask, client: FlaskClient, staff: dict[str, Staff], clock: StandingClock
) -> None:
    del staff
    _log_in_and_out(client, clock)
    for _ in range(5):
        assert give_password(client, "worker", "wrong") == 401
    assert give_password(client, "worker", PASSWORD) == 303, "not locked, but no longer known"
    _lock(app)
    assert give_password(client, "worker", PASSWORD) == 401


def test_the_mark_of_a_browser_is_for_one_login_and_opens_nothing(
    app: Flask, client: FlaskClient, staff: dict[str, Staff], clock: StandingClock
) -> None:
    del staff
    _log_in_and_out(client, clock)
    cookie = client.get_cookie("staff_browser", path="/staff")
    assert cookie is not None
    assert client.get("/staff/").status_code == 401
    forged = app.test_client()
    forged.set_cookie("staff_browser", cookie.value[:32] + "0" * 72, path="/staff")
    other = app.test_client()
    other.set_cookie("staff_browser", cookie.value, path="/staff")
    for _ in range(5):
        give_password(other, "subdistrict", "wrong")
        give_password(app.test_client(), "worker", "wrong")
    assert give_password(forged, "worker", PASSWORD) == 401
    assert give_password(other, "subdistrict", PASSWORD) == 401


def test_the_old_password_is_not_tried_one_after_the_other(
    settings: Settings,
    connection: Connection,
    clock: StandingClock,
    transactions: Transactions,
    staff: dict[str, Staff],
    now: datetime,
) -> None:
    limited = replace(settings, rate_limit_login=3)
    app = create_app(limited, clock=clock, database=connection, face_workers=ScriptedFaces())
    desk = sit_down(app, transactions, staff["worker"], now)
    new = {"password": "another long one", "again": "another long one"}
    assert [desk.post("/password", old=f"wrong {n}", **new).status_code for n in range(4)] == [422, 422, 422, 429]
