"""Other shops: the consent where they may be asked, and what the results say of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from searchapp.db.engine import psycopg_dsn
from tests.e2e.pages.steps import (
    OpenResults,
    choose_photo,
    clicks,
    see_answered,
    see_completed,
    start,
)
from tests.support.site import Site, free_port

pytestmark = pytest.mark.e2e

CONSENT = "outside-consent"


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """A web process with a key, and the address of a stub: then no public address is needed."""
    port = free_port()
    closed = f"http://127.0.0.1:{free_port()}"
    site.start_web("outside", port, SERPAPI_KEY="key", SERPAPI_URL=closed)
    yield f"http://localhost:{port}"
    site.stop("outside")


@pytest.fixture
def asking(contexts: Callable[..., BrowserContext], address: str) -> Page:
    return contexts(base_url=address).new_page()


def consented(site: Site, page: Page) -> bool:
    """Whether the stored search of the page has the consent."""
    with psycopg.connect(psycopg_dsn(site.dsn)) as connection:
        row = connection.execute(
            "SELECT outside_consent FROM searchapp.search_jobs WHERE job_id = %s",
            [page.url.rsplit("/", 1)[-1]],
        ).fetchone()
    assert row is not None
    return bool(row[0])


def test_consent__not_offered_where_the_source_is_off(page: Page, photo: Path) -> None:
    choose_photo(page, photo)
    expect(page.get_by_test_id(CONSENT)).to_be_hidden()
    page.goto("/privacy")
    expect(page.get_by_text("SerpApi")).to_be_hidden()


def test_consent__there_from_the_start(
    contexts: Callable[..., BrowserContext], address: str
) -> None:
    """What came later would move the buttons under a finger."""
    page = contexts(base_url=address, java_script_enabled=False).new_page()
    page.goto("/")
    box = page.locator(".outside-consent")
    assert box.evaluate("box => getComputedStyle(box).display") == "block"
    page.goto("/privacy")
    expect(page.get_by_text("SerpApi")).to_be_visible()


def test_consent__there_on_the_way_from_a_page_that_is_not_told(asking: Page, photo: Path) -> None:
    asking.goto("/nowhere")
    expect(asking.locator("html[data-live]")).to_be_attached()
    asking.locator("main").get_by_role("link").click()
    asking.get_by_test_id("photo-input").first.set_input_files(photo)
    expect(asking.get_by_test_id(CONSENT)).to_be_visible()


@pytest.mark.parametrize("ticked", [False, True])
def test_consent__unticked_and_stored_as_given(
    site: Site, asking: Page, photo: Path, ticked: bool
) -> None:
    choose_photo(asking, photo)
    box = asking.get_by_test_id(CONSENT)
    expect(box).not_to_be_checked()
    asking.locator(".outside-consent summary").tap()
    expect(asking.get_by_text("SerpApi")).to_be_visible()
    if ticked:
        box.check()
    start(asking)
    assert consented(site, asking) is ticked


def test_consent__when_choosing(site: Site, asking: Page, photo: Path) -> None:
    choose_photo(asking, photo)
    asking.locator("[data-act=start-choosing]").tap()
    asking.wait_for_url("**/results/**")
    asking.get_by_test_id(CONSENT).locator("visible=true").check()
    asking.get_by_test_id("start-items").tap()
    see_answered(asking)
    assert consented(site, asking)


def test_consent__given_again_when_searching_again(site: Site, asking: Page, photo: Path) -> None:
    choose_photo(asking, photo)
    asking.get_by_test_id(CONSENT).check()
    first = start(asking)
    see_completed(asking)
    asking.locator("[data-act=again]").first.tap()
    expect(asking.get_by_test_id(CONSENT)).not_to_be_checked()
    asking.locator("[data-act=draw-add]").tap()
    asking.get_by_test_id("start-items").tap()
    asking.wait_for_function("path => location.pathname !== path", arg=first)
    assert not consented(site, asking)


def test_results__say_what_was_missing_and_do_not_rank_others(
    site: Site, contexts: Callable[..., BrowserContext], open_results: OpenResults
) -> None:
    page = contexts(hosts=("shop.example",)).new_page()
    path = open_results(page)
    expect(page.get_by_test_id("outside-line")).to_have_count(0)
    state = [{"name": "google_lens", "status": "failed", "reason": "quota"}]
    with psycopg.connect(psycopg_dsn(site.dsn)) as connection:
        connection.execute(
            "UPDATE searchapp.search_jobs SET version = version + 1, sources = %s, results = "
            "jsonb_set(results, '{0,results,0,source}', '\"google_lens\"') WHERE job_id = %s",
            [json.dumps(state), path.rsplit("/", 1)[-1]],
        )
    page.reload()
    expect(page.get_by_test_id("outside-line")).to_have_attribute("data-state", "quota")
    card = page.locator("[data-outside]")
    expect(card).to_have_count(1)
    expect(card.get_by_role("button")).to_have_count(0)
    before = clicks(site)
    page.context.route("https://shop.example/**", lambda route: route.fulfill(body="shop"))
    page.evaluate(
        "document.querySelector('[data-outside] a').dispatchEvent("
        "new MouseEvent('click', { bubbles: true, cancelable: true }))"
    )
    page.wait_for_timeout(300)
    assert clicks(site) == before
