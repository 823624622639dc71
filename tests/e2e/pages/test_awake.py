"""A page whose connection died without a word, as on a phone that slept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from searchapp.db.engine import psycopg_dsn
from tests.e2e.pages.steps import search, see_answered, see_completed
from tests.support.relay import Relay
from tests.support.site import Site, wait_until

NOTICED_BY_ITSELF = 20.0
"""Seconds: after these the connection's own pulse has found out (commands/page.py)."""


def wake_up(page: Page) -> None:
    """What a page sees of a sleep: that the clock went on without it."""
    page.evaluate("(now => { Date.now = () => now() + 3600000 })(Date.now.bind(Date))")


def test_awake__shows_the_truth_over_a_new_connection(
    site: Site, contexts: Callable[..., BrowserContext], photo: Path
) -> None:
    with httpx.Client(base_url=site.url, timeout=30) as http, Relay(site.port) as relay:
        made = http.post(
            "/api/search-job",
            files={"image": ("a.jpg", photo.read_bytes())},
            data={"select": "true"},
        )
        path = f"/api/search-job/{made.json()['jobId']}"
        wait_until(lambda: http.get(path).json()["stage"] == "choosing", 60)
        page = contexts(base_url=f"http://localhost:{relay.port}").new_page()
        page.goto(f"/results/{made.json()['jobId']}")
        expect(page.locator("[data-stage=choosing]")).to_be_attached()

        relay.lose()
        lost = time.monotonic()
        http.post(f"{path}/cancel")
        page.wait_for_timeout(1500)
        expect(page.locator("[data-stage=choosing]")).to_be_attached()
        wake_up(page)
        expect(page.locator("[data-status=cancelled]")).to_be_attached()
        assert time.monotonic() - lost < NOTICED_BY_ITSELF


@pytest.mark.parametrize("tries", [3, pytest.param(200, marks=pytest.mark.long)])
def test_awake__no_tap_is_lost_in_a_dead_connection(
    site: Site, contexts: Callable[..., BrowserContext], photo: Path, tries: int
) -> None:
    with Relay(site.port) as relay:
        page = contexts(base_url=f"http://localhost:{relay.port}").new_page()
        search(page, photo)
        see_completed(page)
        card = page.get_by_test_id("product-card").first
        for number in range(tries):
            said = ("confirmed", "rejected")[number % 2]
            relay.lose()
            card.locator(f"[data-said={said}]").tap()
            pressed = f"[data-said={said}][aria-pressed=true]"
            expect(card.locator(pressed)).to_be_visible(timeout=1000)
            see_answered(page)
            expect(card.locator(pressed)).to_be_visible()
            assert last_vote(site) == said, f"try {number}"


def last_vote(site: Site) -> str:
    """What the last vote in the database says."""
    last = "SELECT said FROM searchapp.product_feedback ORDER BY at DESC LIMIT 1"
    with psycopg.connect(psycopg_dsn(site.dsn), autocommit=True) as connection:
        row = connection.execute(last).fetchone()
    assert row is not None
    return str(row[0])
