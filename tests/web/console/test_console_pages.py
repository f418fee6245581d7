from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cast import Cast
    from tests.staff import Desk

PAGES = {
    "/": {"worker", "subdistrict", "district", "agency", "city", "auditor"},
    "/tickets": {"worker", "subdistrict", "district", "agency", "city", "auditor"},
    "/people": {"worker", "subdistrict", "district", "agency", "city", "auditor"},
    "/today": {"worker", "subdistrict", "district", "agency", "city"},
    "/reviews": {"district", "agency", "city"},
    "/checks": {"subdistrict", "district", "agency", "city"},
    "/team": {"subdistrict", "district", "city"},
    "/team/audit": {"city", "auditor"},
    "/proposals": {"district", "agency", "city"},
    "/events": {"worker", "subdistrict", "district", "agency", "city"},
    "/payments": {"district", "agency", "city"},
    "/overpayments": {"district", "agency", "city"},
    "/leads": {"district", "agency", "city"},
    "/calls": {"worker", "subdistrict", "district", "agency", "city"},
    "/password": {"worker", "subdistrict", "district", "agency", "city", "auditor"},
}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_opens_for_its_roles_and_for_no_other(desks: dict[str, Desk], path: str) -> None:
    for name in ("worker", "subdistrict", "district", "agency", "city", "auditor"):
        answer = desks[name].get(path)
        assert answer.status_code == (200 if name in PAGES[path] else 403), (path, name)


@pytest.mark.parametrize(
    "path",
    [
        "/tickets?region=a%00b",
        "/figures?region=%00",
        "/team/audit?subject=%00",
        "/team/audit?day=0001-01-01",
    ],
)
def test_what_no_database_takes_is_malformed_in_an_address(desks: dict[str, Desk], path: str) -> None:
    assert desks["city"].get(path).status_code == 422


def test_the_last_day_that_there_is_has_no_audit_and_no_fault(desks: dict[str, Desk]) -> None:
    assert desks["city"].get("/team/audit?day=9999-12-31").status_code == 200


def test_what_no_database_takes_is_malformed_in_a_form(desks: dict[str, Desk], cast: Cast) -> None:
    desk, new = desks["city"], {"login": "new.one", "name": "新来的", "role": "auditor"}
    assert desk.post("/team", **new, region="4301\0").status_code == 422
    opened = desk.post("/tickets/new", person=str(cast.old_zhou.id), kind="welfare_call")
    ticket = opened.location.removeprefix("/staff")
    assert desk.post(f"{ticket}/take", version="9" * 20).status_code == 422
    assert desk.client.post("/staff/login", data={"login": "ci\0ty", "password": "x"}).status_code == 422
