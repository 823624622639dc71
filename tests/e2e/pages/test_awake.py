"""A page whose connection died without a word, as on a phone that slept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from searchapp.db.engine import psycopg_dsn
from tests.e2e.pages.steps import OpenResults, see_answered
from tests.support.relay import Relay
from tests.support.site import Site, free_port, wait_until

TRUE_AGAIN = 3.0
"""Seconds from a server, or the network, being there to what the page shows being true."""

TRUE_AFTER_SILENCE = 8.0
"""Seconds after which a connection that died without a word has been noticed, too."""


@dataclass
class Choosing:
    """A page that waits for its owner's choice, and its search from outside."""

    page: Page
    relay: Relay
    http: httpx.Client
    path: str

    def cancel(self) -> None:
        """Makes what the page shows untrue."""
        assert self.http.post(f"{self.path}/cancel").is_success

    def see_truth(self, since: float, seconds: float) -> None:
        """Waits until the page shows it, within ``seconds`` of the moment ``since``."""
        left = seconds - (time.monotonic() - since)
        expect(self.page.locator("[data-status=cancelled]")).to_be_attached(timeout=left * 1000)


@pytest.fixture(scope="module")
def other(site: Site) -> Iterator[int]:
    """The port of a second web process, which forgets a tab's state after two seconds."""
    port = free_port()
    site.start_web("other", port, REFLEX_REDIS_TOKEN_EXPIRATION="2")
    yield port
    site.stop("other")


@pytest.fixture
def choosing(
    site: Site, other: int, contexts: Callable[..., BrowserContext], photo: Path
) -> Iterator[Choosing]:
    """A page behind a relay; its search is changed by the other process."""
    address = f"http://localhost:{other}"
    with httpx.Client(base_url=address, timeout=30) as http, Relay(site.port) as relay:
        files, data = {"image": ("a.jpg", photo.read_bytes())}, {"select": "true"}
        job = http.post("/api/search-job", files=files, data=data).json()["jobId"]
        path = f"/api/search-job/{job}"
        wait_until(lambda: http.get(path).json()["stage"] == "choosing")
        page = contexts(base_url=f"http://localhost:{relay.port}").new_page()
        page.goto(f"/results/{job}")
        expect(page.locator("[data-stage=choosing]")).to_be_attached()
        yield Choosing(page, relay, http, path)


def test_awake__a_connection_that_died_without_a_word(choosing: Choosing) -> None:
    choosing.relay.lose()
    lost = time.monotonic()
    choosing.cancel()
    choosing.see_truth(lost, TRUE_AFTER_SILENCE)


def test_awake__a_phone_that_slept(choosing: Choosing) -> None:
    choosing.relay.lose()
    choosing.cancel()
    # All that a page sees of a sleep is that the clock went on without it.
    choosing.page.evaluate("(now => { Date.now = () => now() + 3600000 })(Date.now.bind(Date))")
    choosing.see_truth(time.monotonic(), TRUE_AGAIN)


@pytest.mark.parametrize("seconds", [1, 9])
def test_awake__online_again(choosing: Choosing, seconds: int) -> None:
    choosing.page.context.set_offline(True)
    choosing.relay.drop()
    choosing.cancel()
    choosing.page.wait_for_timeout(seconds * 1000)
    expect(choosing.page.locator("[data-stage=choosing]")).to_be_attached()
    choosing.page.context.set_offline(False)
    choosing.see_truth(time.monotonic(), TRUE_AGAIN)


def test_awake__another_instance(choosing: Choosing, other: int) -> None:
    choosing.cancel()
    choosing.relay.drop(other)
    choosing.see_truth(time.monotonic(), TRUE_AGAIN)


def test_awake__a_server_killed_and_started_again(site: Site, choosing: Choosing) -> None:
    site.kill("web")
    choosing.cancel()
    site.start_web()
    choosing.see_truth(time.monotonic(), TRUE_AGAIN)


def test_awake__a_state_that_was_forgotten(choosing: Choosing, other: int) -> None:
    choosing.relay.drop(other)
    choosing.page.wait_for_timeout(4000)
    choosing.cancel()
    choosing.see_truth(time.monotonic(), TRUE_AGAIN)


@pytest.mark.parametrize("tries", [3, pytest.param(200, marks=pytest.mark.long)])
def test_awake__no_tap_is_lost_in_a_dead_connection(
    site: Site, contexts: Callable[..., BrowserContext], open_results: OpenResults, tries: int
) -> None:
    with Relay(site.port) as relay:
        page = contexts(base_url=f"http://localhost:{relay.port}").new_page()
        open_results(page)
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
