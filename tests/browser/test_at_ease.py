"""Every page and every screen, measured: text, contrast, targets, and what axe-core finds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SITTER
from tests.browser.device import DESK, LANDSCAPE, PORTRAIT

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.conftest import OpenPhone

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HERE = Path(__file__).parent
MEASURE = (HERE / "at_ease.js").read_text(encoding="utf-8")
AXE = (HERE / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
LIMITS = {"text": 20, "lines": 1.3, "contrast": 7, "target": 48}
SHOW = """name => {
    document.querySelectorAll('[data-screen]').forEach(one => { one.hidden = one.dataset.screen !== name; });
    document.body.dataset.shown = name;
}"""
PAGES = ("/", "/h5/certify", "/verify/2025-ABCD-EFGH-JKMN", "/h5/receipts/2025-ABCD-EFGH-JKMN", "/nowhere")


def trouble(page: Page) -> list[str]:
    """Return what would trouble somebody of 80, or a screen reader, on the page as it stands."""
    found: list[str] = page.evaluate(MEASURE, LIMITS)
    violations: list[str] = page.evaluate(
        """async () => {
            const { violations } = await axe.run({ resultTypes: ['violations'] });
            return violations
                .filter(one => ['serious', 'critical'].includes(one.impact))
                .map(one => `${one.id}: ${one.nodes.map(node => node.html).join(' | ')}`);
        }"""
    )
    return found + violations


@pytest.mark.parametrize("size", [PORTRAIT, LANDSCAPE, DESK], ids=["portrait", "landscape", "desk"])
def test_every_page_and_screen_is_at_ease(open_phone: OpenPhone, size: tuple[int, int]) -> None:
    found: dict[str, list[str]] = {}
    with open_phone(size=size) as phone:
        for path in PAGES:
            phone.page.goto(f"{phone.address}{path}")
            phone.page.wait_for_timeout(300)
            phone.page.evaluate(AXE)
            found[path] = trouble(phone.page)
            phone.photograph(f"page{path.replace('/', '-')}")
        phone.log_in(SITTER)
        phone.wait_for_screen("consent")
        phone.page.evaluate(AXE)
        screens: list[str] = phone.page.eval_on_selector_all(
            "[data-screen]", "every => every.map(one => one.dataset.screen)"
        )
        assert screens
        for name in screens:
            phone.page.evaluate(SHOW, name)
            found[name] = trouble(phone.page)
            phone.photograph(f"screen-{name}")
        phone.page.goto(f"{phone.address}/h5/mine")
        phone.page.evaluate(AXE)
        found["/h5/mine"] = trouble(phone.page)
        phone.photograph("page-h5-mine")
    assert {name: troubles for name, troubles in found.items() if troubles} == {}
