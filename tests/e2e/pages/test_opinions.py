"""What the owner of a search says of its results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pages.steps import search, see_completed

pytestmark = pytest.mark.e2e


def test_opinions__this_is_it_or_not(page: Page, photo: Path) -> None:
    search(page, photo)
    see_completed(page)
    card = page.get_by_test_id("product-card").first
    this, other = card.get_by_role("button").all()
    for pressed, unpressed in ((this, other), (other, this)):
        with page.expect_response("**/feedback") as answer:
            pressed.tap()
        assert answer.value.status == 204
        expect(pressed).to_have_attribute("aria-pressed", "true")
        expect(unpressed).to_have_attribute("aria-pressed", "false")


def test_opinions__seen_again_after_a_reload_and_in_other_tabs(
    page: Page, contexts: Callable[..., BrowserContext], photo: Path
) -> None:
    results = search(page, photo)
    see_completed(page)
    tab = page.context.new_page()
    tab.goto(results)
    see_completed(tab)
    pressed = "[data-act=vote][aria-pressed=true]"
    expect(tab.locator(pressed)).to_have_count(0)
    product = page.get_by_test_id("product-card").first.get_attribute("data-product")
    with page.expect_response("**/feedback"):
        page.locator("[data-said=rejected]").first.tap()
    here = f"[data-product='{product}'] [data-said=rejected]{pressed}"
    expect(tab.locator(here).first).to_be_visible()

    page.reload()
    expect(page.locator(here).first).to_be_visible()
    with page.expect_response("**/feedback"):
        page.locator("[data-said=confirmed]").first.tap()
    other = contexts().new_page()
    other.goto(results)
    see_completed(other)
    expect(other.locator(pressed).first).to_have_attribute("data-said", "confirmed")
    expect(other.locator(pressed)).to_have_count(1)


def test_opinions__taken_back_when_not_stored(page: Page, photo: Path) -> None:
    search(page, photo)
    see_completed(page)
    page.route("**/feedback", lambda route: route.abort())
    this = page.get_by_test_id("product-card").first.get_by_role("button").first
    this.tap()
    expect(page.get_by_text("지금은 할 수 없어요.")).to_be_visible()
    expect(this).to_have_attribute("aria-pressed", "false")


def test_opinions__a_look_at_the_shop_counts(page: Page, photo: Path) -> None:
    search(page, photo)
    see_completed(page)
    page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    with page.expect_response("**/feedback") as answer:
        page.get_by_test_id("product-card").first.get_by_role("link").tap()
    assert answer.value.status == 204
    assert json.loads(answer.value.request.post_data or "")["said"] == "clicked"


def test_opinions__not_on_shared_results(page: Page, photo: Path) -> None:
    search(page, photo)
    see_completed(page)
    page.get_by_role("button", name="공유", exact=True).click()
    page.get_by_role("button", name="공유 링크 만들기").click()
    link = page.locator("dialog[open] .url")
    expect(link).to_contain_text("/s/")
    page.goto(link.inner_text().strip())
    card = page.get_by_test_id("product-card").first
    expect(card).to_be_visible()
    expect(card.get_by_role("button")).to_have_count(0)
