"""A page whose connection died without a word, as on a phone that slept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import httpx
from playwright.sync_api import BrowserContext, Page, expect

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
