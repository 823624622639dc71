"""The whole product as real processes, and a real browser to look at it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from searchapp.cli.page import build_page_if_stale
from searchapp.db.engine import psycopg_dsn
from tests.e2e.pages.steps import OpenResults, copy_search, search_by_api, see_completed
from tests.support.browsers import chromium
from tests.support.databases import with_database
from tests.support.feeds import write_small_feed
from tests.support.site import Site

SAMPLES = Path(__file__).parents[3] / "assets" / "samples"
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--in-process-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="package")
def site(
    postgres_dsn: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """One web and one worker process, with a small catalogue."""
    build_page_if_stale()
    with psycopg.connect(psycopg_dsn(postgres_dsn), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE e2e TEMPLATE {template}".encode())
    site = Site(with_database(postgres_dsn, "e2e"), tmp_path_factory.mktemp("site"))
    feed = write_small_feed(site.folder / "feed", SAMPLES)
    site.run("catalogue", "import", str(feed))
    site.start_web()
    site.start("worker")
    yield site
    site.stop_all()


expect.set_options(timeout=20_000)
"""Milliseconds that an assertion waits: two suites share two cores, and a search takes its time."""


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """A Chromium: the one on PATH, else the one that the test tool brought."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture
def contexts(browser: Browser, site: Site) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browsers of different people; none may ask another site for anything, but for the
    hosts that a test names and answers for.
    """
    made: list[BrowserContext] = []
    foreign: list[str] = []

    def watch(url: str, allowed: Collection[str]) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname not in allowed:
            foreign.append(url)

    def make(lang: str = "ko", *, hosts: Collection[str] = (), **options: object) -> BrowserContext:
        phone = {
            "viewport": {"width": 390, "height": 844},
            "has_touch": True,
            "is_mobile": True,
            "locale": "en-US" if lang == "en" else "ko-KR",
        }
        context = browser.new_context(**{**phone, "base_url": site.url, **options})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        context.add_init_script(f"localStorage.setItem('lang', '{lang}')")
        context.on("request", lambda request: watch(request.url, {"localhost", *hosts}))
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()
    assert foreign == []


@pytest.fixture
def page(contexts: Callable[..., BrowserContext]) -> Page:
    """A page on a phone."""
    return contexts().new_page()


@pytest.fixture(scope="session")
def photo() -> Path:
    """A photo of two garments."""
    return SAMPLES / "floor.jpg"


@pytest.fixture(scope="package")
def finished(site: Site, photo: Path) -> str:
    """A search for two garments that has ended; its id."""
    return search_by_api(site, photo)


@pytest.fixture
def open_results(site: Site, finished: str) -> OpenResults:
    """For tests of what comes after a search: they need not wait for one each."""

    def open_copy(page: Page, job_id: str = "") -> str:
        path = f"/results/{copy_search(site, job_id or finished)}"
        page.goto(path)
        see_completed(page)
        return path

    return open_copy
