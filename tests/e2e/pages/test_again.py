"""Searching the same photo again in another place of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages.steps import RESULTS, OpenResults, see_completed

pytestmark = pytest.mark.e2e


def test_again__a_drawn_box_makes_a_search_of_its_own(
    page: Page, open_results: OpenResults
) -> None:
    first = open_results(page)
    page.get_by_role("button", name="다른 부분으로 찾기").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("어디를 찾을까요?")
    expect(page.get_by_test_id("start-items")).to_be_disabled()
    frame = page.locator("[data-frame]").bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + 40, frame["y"] + 40)
    page.mouse.down()
    page.mouse.move(frame["x"] + 200, frame["y"] + 220, steps=4)
    page.mouse.up()
    page.get_by_role("button", name="1개 찾기").click()
    page.wait_for_url(lambda url: RESULTS.search(url) is not None and not url.endswith(first))
    expect(page.locator(f"[data-job='{page.url.rpartition('/')[2]}']")).to_be_attached()
    see_completed(page)
    expect(page.get_by_test_id("item")).to_have_count(1)
    expect(page.get_by_test_id("product-card").first).to_be_visible()

    page.goto(first)
    see_completed(page)
    expect(page.get_by_test_id("item")).not_to_have_count(0)


def test_again__with_buttons_only_and_back(page: Page, open_results: OpenResults) -> None:
    open_results(page)
    page.get_by_role("button", name="다른 부분으로 찾기").press("Enter")
    expect(page.get_by_role("button", name="직접 그리기")).to_be_focused()
    page.get_by_role("button", name="가운데에 네모 넣기").press("Enter")
    expect(page.get_by_role("button", name="1개 찾기")).to_be_enabled()
    page.get_by_role("button", name="결과로 돌아가기").press("Enter")
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    expect(page.get_by_role("button", name="다른 부분으로 찾기")).to_be_focused()
