from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
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
