"""Less common states for every visitor: axe-core finds nothing, in all languages and schemes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pages.steps import choose_photo, search, see_completed
from tests.e2e.pages.test_access import check

pytestmark = pytest.mark.e2e


@pytest.fixture(params=["ko-light", "en-dark", "ko-dark", "en-light"])
def visitor(request: pytest.FixtureRequest, contexts: Callable[..., BrowserContext]) -> Page:
    """A page in one language and one colour scheme."""
    lang, scheme = request.param.split("-")
    return contexts(lang=lang, color_scheme=scheme, reduced_motion="reduce").new_page()


def test_access__filters_and_a_link_of_its_own(visitor: Page, photo: Path) -> None:
    page = visitor
    search(page, photo)
    see_completed(page)
    page.locator("[data-opens=arrange]").click()
    page.locator("[data-part=colour]").last.click()
    page.locator("[data-part=brand]").last.click()
    check(page, "filters chosen")
    page.keyboard.press("Escape")
    check(page, "filtered results")
    page.locator("[data-opens=share]").click()
    page.locator("[data-act=share-make]").click()
    link = page.locator(".url")
    expect(link).to_be_visible()
    check(page, "a link of its own")
    page.goto(link.inner_text())
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    check(page, "shared results")


def test_access__adjusting_a_suggestion(visitor: Page, photo: Path) -> None:
    page = visitor
    choose_photo(page, photo)
    page.locator("[data-act=start-choosing]").click()
    page.locator("[data-act=reshape]").first.click()
    expect(page.locator("[data-edit]").first).to_be_focused()
    check(page, "adjusting")


def test_access__nothing_found(visitor: Page, tmp_path: Path) -> None:
    grey = tmp_path / "grey.jpg"
    Image.new("RGB", (600, 800), (128, 128, 128)).save(grey)
    page = visitor
    search(page, grey)
    see_completed(page)
    expect(page.locator("[data-state=none]").first).to_be_visible()
    again = page.get_by_test_id("item").first.locator("[data-act=again]")
    expect(again).to_be_visible()
    check(page, "nothing found")
    again.click()
    expect(page.locator("[data-again]")).to_be_visible()


def test_access__not_stored_and_offline(visitor: Page, photo: Path) -> None:
    page = visitor
    choose_photo(page, photo)
    page.context.set_offline(True)
    page.get_by_test_id("start-search").click()
    expect(page.locator(".unsaved")).to_be_visible()
    check(page, "not stored, offline")
