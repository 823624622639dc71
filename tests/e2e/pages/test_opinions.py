"""What the owner of a search says of its results."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from searchapp.db.engine import psycopg_dsn
from tests.e2e.pages.steps import OpenResults, clicks, see_answered, see_completed
from tests.support.site import Site, wait_until

pytestmark = pytest.mark.e2e


def rename(site: Site, old: str, new: str) -> None:
    """Gives a product another id, so that a vote of it cannot be stored."""
    with psycopg.connect(psycopg_dsn(site.dsn), autocommit=True) as connection:
        sql = "UPDATE searchapp.products SET feed_id = %s WHERE feed_id = %s"
        connection.execute(sql, [new, old])


def test_opinions__this_is_it_or_not(page: Page, open_results: OpenResults) -> None:
    open_results(page)
    card = page.get_by_test_id("product-card").first
    this, other = card.locator("[data-act=vote]").all()
    for pressed, unpressed in ((this, other), (other, this)):
        pressed.tap()
        see_answered(page)
        expect(pressed).to_have_attribute("aria-pressed", "true")
        expect(unpressed).to_have_attribute("aria-pressed", "false")


def test_opinions__seen_again_after_a_reload_and_in_other_tabs(
    page: Page, contexts: Callable[..., BrowserContext], open_results: OpenResults
) -> None:
    results = open_results(page)
    tab = page.context.new_page()
    tab.goto(results)
    see_completed(tab)
    pressed = "[data-act=vote][aria-pressed=true]"
    expect(tab.locator(pressed)).to_have_count(0)
    product = page.get_by_test_id("product-card").first.get_attribute("data-product")
    page.locator("[data-said=rejected]").first.tap()
    here = f"[data-product='{product}'] [data-said=rejected]{pressed}"
    expect(tab.locator(here).first).to_be_visible()

    page.reload()
    expect(page.locator(here).first).to_be_visible()
    page.locator("[data-said=confirmed]").first.tap()
    see_answered(page)
    other = contexts().new_page()
    other.goto(results)
    see_completed(other)
    expect(other.locator(pressed).first).to_have_attribute("data-said", "confirmed")
    expect(other.locator(pressed)).to_have_count(1)


def test_opinions__taken_back_when_not_stored(
    site: Site, page: Page, open_results: OpenResults
) -> None:
    open_results(page)
    this = page.locator("[data-product='small:floor-0'] [data-act=vote]").first
    rename(site, "floor-0", "gone")
    try:
        this.tap()
        expect(page.get_by_text("이 검색에서 찾은 상품이 아니에요.")).to_be_visible()
        expect(this).to_have_attribute("aria-pressed", "false")
    finally:
        rename(site, "gone", "floor-0")


def test_opinions__a_look_at_the_shop_counts(
    site: Site, page: Page, open_results: OpenResults
) -> None:
    open_results(page)
    page.evaluate("addEventListener('click', (event) => event.preventDefault())")
    before = clicks(site)
    page.get_by_test_id("product-card").first.get_by_role("link").tap()
    wait_until(lambda: clicks(site) == before + 1)


def test_opinions__not_on_shared_results_which_end_with_the_share(
    page: Page, contexts: Callable[..., BrowserContext], open_results: OpenResults
) -> None:
    open_results(page)
    page.get_by_role("button", name="공유", exact=True).click()
    page.get_by_role("button", name="공유 링크 만들기").click()
    link = page.locator("dialog[open] .url")
    expect(link).to_contain_text("/s/")
    friend = contexts().new_page()
    friend.goto(link.inner_text().strip())
    card = friend.get_by_test_id("product-card").first
    expect(card).to_be_visible()
    expect(card.get_by_role("button")).to_have_count(0)
    page.get_by_role("button", name="공유 그만하기").click()
    expect(friend.get_by_text("공유가 끝난 링크예요")).to_be_visible()
    expect(card).to_have_count(0)
