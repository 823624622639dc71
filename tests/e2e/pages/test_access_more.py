"""Less common states for every visitor: axe-core finds nothing, in all languages and schemes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pages.steps import OpenResults, choose_photo, search_by_api
from tests.e2e.pages.test_access import check
from tests.support.site import Site

pytestmark = pytest.mark.e2e


@pytest.fixture(params=["ko", "en"])
def visitor(request: pytest.FixtureRequest, contexts: Callable[..., BrowserContext]) -> Page:
    """A page in one language."""
    return contexts(lang=request.param, color_scheme="light", reduced_motion="reduce").new_page()


def check_both(page: Page, state: str) -> None:
    """Checks what is shown, in light and in dark."""
    check(page, state)
    page.emulate_media(color_scheme="dark")
    check(page, f"{state}, dark")
    page.emulate_media(color_scheme="light")


@pytest.fixture(scope="package")
def found_nothing(site: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A search that ended without results; its id."""
    grey = tmp_path_factory.mktemp("grey") / "grey.jpg"
    Image.new("RGB", (600, 800), (128, 128, 128)).save(grey)
    return search_by_api(site, grey)


def test_access__filters_and_a_link_of_its_own(visitor: Page, open_results: OpenResults) -> None:
    page = visitor
    open_results(page)
    page.locator("[data-opens=arrange]").click()
    page.locator("[data-part=colour]").last.click()
    page.locator("[data-part=brand]").last.click()
    check_both(page, "filters chosen")
    page.keyboard.press("Escape")
    check_both(page, "filtered results")
    page.locator("[data-opens=share]").click()
    page.locator("[data-act=share-make]").click()
    link = page.locator(".url")
    expect(link).to_be_visible()
    check_both(page, "a link of its own")
    page.goto(link.inner_text())
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    check_both(page, "shared results")


def test_access__adjusting_a_suggestion(visitor: Page, photo: Path) -> None:
    page = visitor
    choose_photo(page, photo)
    page.locator("[data-act=start-choosing]").click()
    page.locator("[data-act=reshape]").first.click()
    expect(page.locator("[data-edit]").first).to_be_focused()
    check_both(page, "adjusting")


def test_access__nothing_found(
    visitor: Page, open_results: OpenResults, found_nothing: str
) -> None:
    page = visitor
    open_results(page, found_nothing)
    expect(page.locator("[data-state=none]").first).to_be_visible()
    again = page.get_by_test_id("item").first.locator("[data-act=again]")
    expect(again).to_be_visible()
    check_both(page, "nothing found")
    again.click()
    expect(page.locator("[data-again]")).to_be_visible()


def test_access__not_stored_and_offline(visitor: Page, photo: Path) -> None:
    page = visitor
    choose_photo(page, photo)
    page.context.set_offline(True)
    page.get_by_test_id("start-search").click()
    expect(page.locator(".unsaved")).to_be_visible()
    check_both(page, "not stored, offline")
