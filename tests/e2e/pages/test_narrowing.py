"""Searching the whole catalogue with filters: the sheet, the new search, and its chips."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages.steps import RESULTS, OpenResults, see_completed
from tests.e2e.pages.test_access import check
from tests.e2e.pages.test_arranging import cards, number, numbers
from tests.support.site import wait_until

pytestmark = pytest.mark.e2e

EVERYWHERE = "모든 상품에서 다시 찾기"


def open_sheet(page: Page) -> None:
    page.get_by_role("button", name="정렬·필터").tap()


def see_new_search(page: Page, before: str) -> str:
    """Waits for the results of another search; its path."""
    page.wait_for_url(lambda url: RESULTS.search(url) is not None and not url.endswith(before))
    expect(page.locator(f"[data-job='{page.url.rpartition('/')[2]}']")).to_be_attached()
    see_completed(page)
    return "/" + page.url.split("/", 3)[3]


def filters_of(page: Page, path: str) -> object:
    document = page.request.get(f"/api/search-job/{path.rpartition('/')[2]}").json()
    return document.get("filters")


def test_narrowing__the_whole_catalogue_with_the_sheets_filters(
    page: Page, open_results: OpenResults
) -> None:
    first = open_results(page)
    expect(page.get_by_test_id("filters")).to_have_count(0)
    pieces = page.get_by_test_id("item").count()
    open_sheet(page)
    everywhere = page.locator("dialog[open]").get_by_role("button", name=EVERYWHERE)
    expect(everywhere).to_be_disabled()
    page.get_by_role("group", name="가격 (KRW)").get_by_label("최저 가격").fill("16000")
    page.get_by_label("최고 가격").fill("25000")
    page.get_by_role("button", name="파랑").tap()
    page.get_by_role("button", name="살 수 있는 상품만").tap()
    everywhere.tap()

    second = see_new_search(page, first)
    assert filters_of(page, second) == {
        "colour": "blue",
        "priceFrom": 16000,
        "priceTo": 25000,
        "currency": "KRW",
        "inStock": True,
    }
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.get_by_test_id("item")).to_have_count(pieces)
    # Blue are 1, 4, 7, 10; 4 is sold out, and 10 costs more.
    wait_until(lambda: set(numbers(page)) == {1, 7})
    chips = page.get_by_test_id("filters").get_by_role("button")
    assert [text.strip() for text in chips.all_inner_texts()] == [
        "₩16,000 ~ ₩25,000",
        "파랑",
        "살 수 있는 상품만",
    ]
    check(page, "results with filters")

    page.get_by_role("button", name="₩16,000 ~ ₩25,000 조건 빼고 다시 찾기").press("Enter")
    third = see_new_search(page, second)
    assert filters_of(page, third) == {"colour": "blue", "inStock": True}
    wait_until(lambda: set(numbers(page)) == {1, 7, 10})


def test_narrowing__filters_of_a_search_stay_with_what_is_added(
    page: Page, open_results: OpenResults
) -> None:
    first = open_results(page)
    open_sheet(page)
    page.get_by_label("다른 브랜드 적기").fill("하루온도")
    page.locator("dialog[open]").get_by_role("button", name=EVERYWHERE).tap()
    second = see_new_search(page, first)
    assert filters_of(page, second) == {"brand": "하루온도"}

    open_sheet(page)
    expect(page.get_by_label("다른 브랜드 적기")).to_have_value("")
    page.get_by_role("button", name="신발", exact=True).tap()
    page.get_by_role("button", name="상품 보기").tap()
    page.get_by_test_id("item").first.get_by_role("button", name=EVERYWHERE).tap()
    third = see_new_search(page, second)
    assert filters_of(page, third) == {"category": "shoes", "brand": "하루온도"}
    expect(page.get_by_test_id("product-card")).to_have_count(0)
    expect(page.get_by_text("위에서 조건을 하나씩 빼 보세요.").first).to_be_visible()

    page.locator("[data-act=again]").last.tap()
    page.locator("[data-act=draw-add]").tap()
    page.get_by_test_id("start-items").tap()
    fourth = see_new_search(page, third)
    assert filters_of(page, fourth) == {"category": "shoes", "brand": "하루온도"}


def test_narrowing__crossed_prices_are_told_in_the_sheet(
    page: Page, open_results: OpenResults
) -> None:
    open_results(page)
    open_sheet(page)
    page.get_by_label("최저 가격").fill("30000")
    page.get_by_label("최고 가격").fill("20000")
    page.locator("dialog[open]").get_by_role("button", name=EVERYWHERE).press("Enter")
    alert = page.locator("dialog[open] [role=alert]").filter(has_text="최고 가격보다 높아요")
    expect(alert).to_be_visible()
    expect(page.get_by_label("최저 가격")).to_be_focused()
    check(page, "crossed prices")
    page.get_by_label("최저 가격").fill("10000")
    expect(alert).to_have_count(0)


def test_narrowing__sold_out_says_so(page: Page, open_results: OpenResults) -> None:
    open_results(page)
    page.get_by_test_id("product-card").first.hover()
    expect(cards(page)).to_have_count(10)
    for card in cards(page).all():
        sold_out = number(card.get_attribute("data-product") or "") % 4 == 0
        expect(card.get_by_text("품절", exact=True)).to_have_count(1 if sold_out else 0)
    open_sheet(page)
    page.get_by_role("button", name="살 수 있는 상품만").tap()
    page.get_by_role("button", name="상품 보기").tap()
    wait_until(lambda: all(place % 4 for place in numbers(page)))
    expect(cards(page).first).to_be_visible()


def test_narrowing__a_shared_page_narrows_what_is_there_only(
    page: Page, open_results: OpenResults
) -> None:
    job = open_results(page).rpartition("/")[2]
    shared = page.request.post(f"/api/search-job/{job}/share").json()["shareUrl"]
    page.goto(shared)
    open_sheet(page)
    colours = page.get_by_role("group", name="색", exact=True).get_by_role("button")
    expect(colours).to_have_count(4)
    assert sorted(colours.all_inner_texts()) == ["검정", "모든 색", "베이지", "파랑"]
    expect(page.get_by_role("button", name=EVERYWHERE)).to_have_count(0)
    expect(page.get_by_label("다른 브랜드 적기")).to_have_count(0)
    check(page, "the sheet of a shared page")
    page.get_by_label("최고 가격").fill("18000")
    page.get_by_role("button", name="상품 보기").tap()
    wait_until(lambda: numbers(page) == [2])
