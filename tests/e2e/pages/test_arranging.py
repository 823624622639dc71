"""Sorting and filtering results, in one tab and for one search."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from searchapp.domain.taxonomy import COLOUR_FAMILIES
from tests.e2e.pages.steps import SLOW_FRAMES, OpenResults, see_completed
from tests.support.site import wait_until

pytestmark = pytest.mark.e2e


def cards(page: Page) -> Locator:
    """The products of the first piece."""
    return page.get_by_test_id("item").first.get_by_test_id("product-card")


def numbers(page: Page) -> list[int]:
    """Those that are shown at this moment, in their order; they follow the sheet a frame later."""
    return [*map(number, cards(page).evaluate_all("all => all.map(card => card.dataset.product)"))]


def number(product: str) -> int:
    """The place of a product in the small feed, which gives its colour, brand and price."""
    names = ("bed", "floor", "hanger", "rug", "screenshot", "table")
    name, copy = product.removeprefix("small:").rsplit("-", 1)
    return names.index(name) * 2 + int(copy)


def test_arranging__colour_beside_price_and_brand(page: Page, open_results: OpenResults) -> None:
    page.add_init_script(SLOW_FRAMES)
    open_results(page)
    page.get_by_test_id("product-card").first.hover()
    expect(cards(page)).to_have_count(10)
    opener = page.get_by_role("button", name="정렬·필터")
    opener.tap()
    # All families, not those of the results alone: the whole catalogue can be searched with them.
    colours = page.get_by_role("group", name="색", exact=True).get_by_role("button")
    expect(colours).to_have_count(len(COLOUR_FAMILIES) + 1)
    page.get_by_role("button", name="파랑").tap()
    page.get_by_role("button", name="낮은 가격순").tap()
    page.get_by_role("button", name="상품 보기").tap()
    wait_until(lambda: numbers(page) == [4, 7, 8, 10])
    expect(opener).to_contain_text("필터 1개 적용 중")

    opener.tap()
    page.get_by_role("button", name="모래결").tap()
    page.get_by_role("button", name="상품 보기").tap()
    expect(cards(page)).to_have_count(0)
    expect(page.get_by_text("조건에 맞는 상품이 없어요.").first).to_be_visible()
    page.get_by_test_id("item").first.get_by_role("button", name="초기화").tap()
    expect(cards(page)).to_have_count(10)


def test_arranging__filters_end_with_the_search(page: Page, open_results: OpenResults) -> None:
    open_results(page)
    page.get_by_role("button", name="정렬·필터").tap()
    page.get_by_role("button", name="파랑").tap()
    page.get_by_role("button", name="낮은 가격순").tap()
    page.keyboard.press("Escape")
    page.locator("[data-act=again]").last.tap()
    page.locator("[data-act=draw-add]").tap()
    page.get_by_test_id("start-items").tap()
    expect(page.locator("[data-again]")).to_have_count(0)
    see_completed(page)
    page.get_by_role("button", name="정렬·필터").tap()
    for words in ("모든 색", "낮은 가격순"):
        pressed = page.get_by_role("button", name=words)
        expect(pressed).to_have_attribute("aria-pressed", "true")
