"""A phone of 320 x 568, letters of twice the size, and the focus when a search ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.pages.steps import (
    PHONE,
    OpenResults,
    pieces_of,
    put_back,
    search,
    see_completed,
    unsearched,
)
from tests.support.site import Site

pytestmark = pytest.mark.e2e

SMALL = {"viewport": {"width": 320, "height": 568}}
IN_SIGHT = 60
"""Pixels of a card that tell what it shows."""

OVERLAPS = """
() => {
  const boxes = [...document.querySelectorAll(".says, .card > .say")].map((place) => {
    const range = document.createRange();
    return [...place.querySelectorAll("*"), place].flatMap(({ childNodes }) =>
      [...childNodes].filter(({ nodeType }) => nodeType === 3).map((text) => {
        range.selectNode(text);
        return range.getBoundingClientRect();
      }));
  }).flat();
  const cross = (a, b) =>
    Math.min(a.right, b.right) > Math.max(a.left, b.left) &&
    Math.min(a.bottom, b.bottom) > Math.max(a.top, b.top);
  return [boxes.length, boxes.filter((a, n) => boxes.slice(n + 1).some((b) => cross(a, b))).length];
}
"""


@pytest.fixture
def idle(site: Site) -> Iterator[None]:
    """Searches can be put back: no worker takes them up."""
    yield
    site.resume("worker")


def half_done(site: Site, page: Page) -> list[dict[str, Any]]:
    """The completed search of the page becomes one whose first piece alone is finished; returns
    all of its pieces."""
    see_completed(page)
    site.pause("worker")
    pieces = pieces_of(site, page)
    put_back(site, page, [pieces[0], *map(unsearched, pieces[1:])], "processing")
    expect(page.get_by_test_id("progress")).to_have_attribute("aria-valuenow", "60")
    return pieces


def _with_own_font(route: Route) -> None:
    """Has the page wait for its font, which a busy machine shows too late: another one is wider."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace("font-display:optional", ""))


@pytest.mark.parametrize(("lang", "number"), [("ko", ""), ("en", PHONE)])
def test_small__the_first_finished_card_is_in_sight(
    site: Site,
    idle: None,
    contexts: Callable[..., BrowserContext],
    photo: Path,
    lang: str,
    number: str,
) -> None:
    page = contexts(lang=lang, **SMALL).new_page()
    page.route("**/assets/*.css", _with_own_font)
    search(page, photo, number)
    half_done(site, page)
    page.reload()
    page.evaluate("document.fonts.ready")
    expect(page.locator(".progress[data-on=true]")).to_be_visible()
    card = page.get_by_test_id("product-card").first.bounding_box()
    sheet = page.locator(".progress").bounding_box()
    assert card is not None
    assert sheet is not None
    assert sheet["y"] - card["y"] >= IN_SIGHT


def test_end__tops_stand_before_bottoms(page: Page, open_results: OpenResults) -> None:
    open_results(page)
    headings = page.get_by_test_id("item").get_by_role("heading", level=2)
    expect(headings).to_have_text(["상의", "하의"])
    first, second = (headings.nth(n).bounding_box() for n in (0, 1))
    assert first is not None
    assert second is not None
    assert first["y"] < second["y"]


@pytest.mark.parametrize(
    ("selector", "then"),
    [
        ("[data-product] a", "[data-product] a:focus"),
        (".brand", ".brand:focus"),
        ("[data-act=cancel]", "h1:focus"),
    ],
)
def test_end__the_focus_stays_where_it_was(
    site: Site, idle: None, page: Page, open_results: OpenResults, selector: str, then: str
) -> None:
    open_results(page)
    pieces = half_done(site, page)
    page.locator(selector).first.focus()
    scrolled = page.evaluate("scrollY")
    put_back(site, page, pieces, "completed")
    see_completed(page)
    expect(page.locator("[data-act=cancel]")).to_have_count(0)
    expect(page.locator(then)).to_have_count(1)
    assert page.evaluate("scrollY") == scrolled


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("width", [320, 390])
def test_letters__of_twice_the_size_do_not_run_together(
    contexts: Callable[..., BrowserContext], open_results: OpenResults, lang: str, width: int
) -> None:
    page = contexts(lang=lang, viewport={"width": width, "height": 640}, bypass_csp=True).new_page()
    open_results(page)
    page.add_style_tag(content="html { font-size: 200% !important; }")
    labels, crossing = page.evaluate(OVERLAPS)
    assert labels >= 12
    assert crossing == 0
