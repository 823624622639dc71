"""The page comes back by itself to the true state, whatever it was cut off from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, WebSocketRoute, expect

from tests.e2e.pages.steps import OpenResults, choose_photo, search, see_completed, start
from tests.support.site import Site, free_port, wait_until

pytestmark = pytest.mark.e2e

NOTE_PROGRESS = """
globalThis.seen = [];
new MutationObserver(() => {
  const bar = document.querySelector("[data-testid=progress]");
  const now = bar && Number(bar.getAttribute("aria-valuenow"));
  if (bar && seen.at(-1) !== now) seen.push(now);
}).observe(document, { subtree: true, childList: true, attributes: true });
"""


@pytest.fixture
def idle(site: Site) -> Iterator[None]:
    """The worker does nothing; afterwards it goes on."""
    site.pause("worker")
    yield
    site.resume("worker")


def begin(page: Page, photo: Path) -> str:
    """A search that waits for a worker; returns its path."""
    page.add_init_script(NOTE_PROGRESS)
    path = search(page, photo)
    expect(page.get_by_test_id("progress")).to_have_attribute("aria-valuenow", "0")
    return path


def see_true(page: Page) -> None:
    """The end is shown with its products, nothing turns any more, and nothing went back."""
    see_completed(page)
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    expect(page.locator(".steps")).to_have_count(0)
    seen = page.evaluate("seen")
    assert seen == sorted(seen)


def until_done(page: Page, path: str) -> None:
    """Waits for the end of a search without its page."""
    job = f"/api/search-job/{path.rpartition('/')[2]}"
    wait_until(lambda: page.request.get(job).json()["status"] == "completed")


def test_coming_back__server_killed_and_started_again(
    site: Site, idle: None, page: Page, photo: Path
) -> None:
    begin(page, photo)
    site.kill("web")
    site.resume("worker")
    site.start_web()
    see_true(page)


def test_coming_back__a_connection_that_died_silently(
    site: Site, idle: None, page: Page, photo: Path
) -> None:
    dead: list[WebSocketRoute] = []
    made: list[WebSocketRoute] = []

    def forward(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        made.append(route)
        server.on_message(lambda said: None if route in dead else route.send(said))
        route.on_message(lambda said: None if route in dead else server.send(said))

    page.route_web_socket("**/_event/**", forward)
    begin(page, photo)
    dead.extend(made)
    site.resume("worker")
    see_true(page)
    assert len(made) > len(dead)


@pytest.fixture(scope="module")
def forgetful_address(site: Site) -> Iterator[str]:
    """A web process that forgets a tab's state after two seconds instead of an hour."""
    port = free_port()
    site.start_web("forgetful", port, REFLEX_REDIS_TOKEN_EXPIRATION="2")
    yield f"http://localhost:{port}"
    site.stop("forgetful")


@pytest.fixture
def forgetful(forgetful_address: str, contexts: Callable[..., BrowserContext]) -> Page:
    """A page of the process that forgets."""
    return contexts(base_url=forgetful_address).new_page()


def test_coming_back__the_state_was_forgotten_while_the_page_was_open(
    site: Site, idle: None, forgetful: Page, photo: Path
) -> None:
    begin(forgetful, photo)
    forgetful.wait_for_timeout(4000)
    site.resume("worker")
    see_true(forgetful)


def test_coming_back__the_state_was_forgotten_before_the_search_began(
    forgetful: Page, photo: Path
) -> None:
    choose_photo(forgetful, photo)
    forgetful.wait_for_timeout(4000)
    start(forgetful)
    see_completed(forgetful)


def test_coming_back__the_phone_slept_longer_than_the_state_was_kept(
    site: Site, idle: None, forgetful: Page, photo: Path
) -> None:
    path = begin(forgetful, photo)
    browser = forgetful.context.new_cdp_session(forgetful)
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    site.resume("worker")
    until_done(forgetful, path)
    forgetful.wait_for_timeout(4000)
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    see_true(forgetful)


def test_coming_back__erased_elsewhere_while_the_phone_slept(
    forgetful: Page, open_results: OpenResults
) -> None:
    path = open_results(forgetful)
    browser = forgetful.context.new_cdp_session(forgetful)
    browser.send("Page.setWebLifecycleState", {"state": "frozen"})
    job = f"/api/search-job/{path.rpartition('/')[2]}"
    assert forgetful.request.delete(job).status == 204
    forgetful.wait_for_timeout(4000)
    browser.send("Page.setWebLifecycleState", {"state": "active"})
    expect(forgetful.get_by_role("heading", level=1)).to_have_text("지워진 검색이에요")
