"""Every main state for every visitor: axe-core finds nothing, in both languages, light and dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pages.steps import OpenResults, choose_photo, give_phone, see_completed

pytestmark = pytest.mark.e2e

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

STILL = """
() => document.getAnimations().every((one) => !(one instanceof CSSTransition))
"""

RUN = """
async (runOnly) => (await axe.run({ runOnly, resultTypes: ["violations"] })).violations
"""


def check(page: Page, state: str) -> None:
    """Fails with each rule that is broken and where."""
    page.wait_for_timeout(350)  # Colours that are still fading would be measured half-way.
    page.wait_for_function(STILL)
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE_SCRIPT)
    found = page.evaluate(RUN, RULES)
    reported = [f"{v['id']}: {n['html'][:160]}" for v in found for n in v["nodes"]]
    assert reported == [], f"{state}: {reported}"


@pytest.fixture(params=["ko-light", "en-dark"])
def visitor(request: pytest.FixtureRequest, contexts: Callable[..., BrowserContext]) -> Page:
    """A page in one language and one colour scheme."""
    lang, scheme = request.param.split("-")
    return contexts(lang=lang, color_scheme=scheme, reduced_motion="reduce").new_page()


def test_access__photo_and_search(visitor: Page, photo: Path) -> None:
    page = visitor
    page.goto("/")
    expect(page.locator("html[data-live]")).to_be_attached()
    check(page, "first page")
    choose_photo(page, photo)
    give_phone(page)
    check(page, "ready")
    page.get_by_test_id("start-search").click()
    expect(page.get_by_test_id("progress")).to_be_visible()
    check(page, "on its way")
    see_completed(page)
    page.locator("[data-act=vote]").first.click()
    check(page, "results")
    for name in ("arrange", "share", "erase", "qr", "number"):
        page.locator(f"[data-opens={name}]").first.click()
        check(page, name)
        page.keyboard.press("Escape")
    page.locator("[data-act=again]").click()
    page.locator("[data-act=draw-add]").click()
    expect(page.locator("[data-drawn]")).to_be_visible()
    check(page, "drawing again")


def test_access__not_stored_yet(page: Page, photo: Path) -> None:
    page.route("**/api/search-job", lambda route: route.abort())
    choose_photo(page, photo)
    page.get_by_test_id("start-search").click()
    expect(page.get_by_text("아직 저장되지 않았어요.")).to_be_visible()
    check(page, "not stored yet")


def test_access__choosing(visitor: Page, photo: Path) -> None:
    page = visitor
    choose_photo(page, photo)
    page.locator("[data-act=start-choosing]").click()
    page.locator("[data-act=draw]").click()
    page.locator("[data-act=draw-add]").click()
    expect(page.locator("[data-drawn]")).to_be_visible()
    check(page, "choosing")


@pytest.mark.parametrize("path", ["/privacy", "/dev/phone", "/results/abc", "/s/abc", "/nowhere"])
def test_access__other_pages(visitor: Page, path: str) -> None:
    visitor.goto(path)
    expect(visitor.locator("html[data-live]")).to_be_attached()
    expect(visitor.get_by_role("heading", level=1)).to_be_visible()
    check(visitor, path)


def test_access__nothing_is_cut_at_twice_the_size(page: Page, open_results: OpenResults) -> None:
    open_results(page)
    page.set_viewport_size({"width": 320, "height": 640})
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320
