"""How long a search is kept is said as the server's setting has it, by one build for all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from searchapp.db.engine import psycopg_dsn
from tests.e2e.pages.steps import OpenResults
from tests.support.site import Site, free_port

pytestmark = pytest.mark.e2e

DAYS = {"1": {"ko": "1일", "en": "1 day "}, "30": {"ko": "30일", "en": "30 days "}}


@pytest.fixture(scope="module", params=DAYS)
def days(request: pytest.FixtureRequest) -> str:
    """The setting of the other web process."""
    return str(request.param)


@pytest.fixture(scope="module")
def other(site: Site, days: str) -> Iterator[str]:
    """The address of a web process of the same build with another retention."""
    port = free_port()
    site.start_web("other", port, SEARCHAPP_RETENTION_DAYS=days)
    yield f"http://localhost:{port}"
    site.stop("other")


def expire(site: Site, job_id: str) -> None:
    """Ends the time of a search."""
    with psycopg.connect(psycopg_dsn(site.dsn), autocommit=True) as connection:
        connection.execute(
            "UPDATE searchapp.search_jobs SET expires_at = now() - interval '1 minute'"
            " WHERE job_id = %s",
            [job_id],
        )
    site.run("purge")


def see_days(page: Page, words: str) -> None:
    """Every sentence about it is visible and names ``words``."""
    dated = page.locator(".dated:visible")
    expect(dated.first).to_contain_text(words)
    reported = " ".join(dated.all_inner_texts())
    assert re.findall(r"\d+ ?(?:일|days?)", reported) == re.findall(r"\d+ ?(?:일|days?)", words)


def test_days__as_the_setting_says(
    contexts: Callable[..., BrowserContext],
    site: Site,
    open_results: OpenResults,
    other: str,
    days: str,
) -> None:
    page = contexts().new_page()
    link = open_results(page)
    expire(site, link.rsplit("/", 1)[1])
    for lang, words in DAYS[days].items():
        visitor = contexts(lang, base_url=other).new_page()
        for path in ("/", "/privacy", link):
            visitor.goto(path)
            see_days(visitor, words)


def test_days__none_that_is_wrong_before_the_page_is_live(
    contexts: Callable[..., BrowserContext], site: Site, other: str
) -> None:
    for address, shown in ((site.url, True), (other, False)):
        page = contexts(base_url=address, java_script_enabled=False).new_page()
        for path in ("/", "/privacy"):
            page.goto(path)
            expect(page.locator(".dated").first).to_be_visible(visible=shown)
            if shown:
                see_days(page, "7일")
