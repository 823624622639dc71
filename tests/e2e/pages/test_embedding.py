"""The search in a shop's own page: two origins, the product's own pages, a real browser."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.support.forked import ROOT
from tests.support.site import Site, free_port

pytestmark = pytest.mark.e2e

DEMO = (ROOT / "docs" / "embedding-demo.html").read_text("utf-8")
SHOP = """<!doctype html><title>shop</title><div id="slot"></div><output id="chosen"></output>
<script>
document.addEventListener('searchapp:product', (event) => {{
  document.getElementById('chosen').textContent = JSON.stringify(event.detail);
}});
</script>
<script src="{search}/embed.js" data-mode="{mode}" data-target="#slot" data-label="Find"></script>
<iframe id="other" src="{search}{other}"></iframe>"""


@dataclass(frozen=True)
class Shops:
    """The product's origin, a shop that it names in SEARCHAPP_EMBED_ORIGINS, and another one."""

    search: str
    named: str
    stranger: str


@contextmanager
def shop(search: str, port: int) -> Iterator[str]:
    """A shop's server: ``/demo``, or a page whose path is the mode of the script and whose query is
    a page of ours that it tries to frame."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mode, _, other = self.path.lstrip("/").partition("?")
            demo = DEMO.replace("http://localhost:3000", search)
            body = SHOP.format(search=search, mode=mode, other=unquote(other))
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write((demo if mode == "demo" else body).encode())

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture(scope="module")
def shops(site: Site) -> Iterator[Shops]:
    """Two shops, and a web process that one of them may frame."""
    port, named, stranger = free_port(), free_port(), free_port()
    origin = f"http://127.0.0.1:{named}"
    site.start_web("framed", port, SEARCHAPP_EMBED_ORIGINS=origin)
    search = f"http://localhost:{port}"
    with shop(search, named) as one, shop(search, stranger) as other:
        yield Shops(search, one, other)
    site.stop("framed")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="en")
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def _find_and_choose(frame: FrameLocator, photo: Path) -> dict[str, str]:
    """Searches in the frame and taps the first product; what the shop has to be told."""
    expect(frame.locator("html")).to_have_attribute("data-live", "")
    frame.get_by_test_id("photo-input").first.set_input_files(photo)
    expect(frame.get_by_test_id("start-search")).to_be_visible()
    frame.get_by_test_id("start-search").click()
    card = frame.get_by_test_id("product-card").first
    expect(card).to_be_visible(timeout=30_000)
    expect(frame.locator("[data-status=completed]")).to_be_attached(timeout=30_000)
    link = card.locator("a.face")
    reported = {
        "productId": card.get_attribute("data-product") or "",
        "link": link.get_attribute("href") or "",
        "title": card.locator(".title").inner_text(),
    }
    assert all(reported.values())
    link.click()
    return reported


def test_frame__hands_the_chosen_product_to_the_shop(page: Page, shops: Shops, photo: Path) -> None:
    page.goto(f"{shops.named}/frame?/admin")
    reported = _find_and_choose(page.frame_locator("#slot iframe"), photo)
    expect(page.locator("#chosen")).not_to_be_empty()
    assert json.loads(page.locator("#chosen").inner_text()) == reported
    assert len(page.context.pages) == 1  # The shop decides what opens.
    assert page.locator("#slot iframe").get_attribute("allow") == "camera; clipboard-write"


def test_demo_page__closes_its_dialog_with_the_choice(
    page: Page, shops: Shops, photo: Path
) -> None:
    page.goto(f"{shops.named}/demo")
    expect(page.locator("#chosen")).to_have_text("nothing yet")
    page.get_by_role("button", name="Search by photo").click()
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    reported = _find_and_choose(page.frame_locator("dialog iframe"), photo)
    expect(dialog).to_be_hidden()
    expect(page.locator("#chosen")).to_have_text(reported["title"])


@pytest.mark.parametrize("other", ["/admin", "/s/abc", "/dev/phone"])
def test_other_pages__are_in_no_frame(page: Page, shops: Shops, other: str) -> None:
    with page.expect_response(f"{shops.search}{other}") as answered:
        page.goto(f"{shops.named}/frame?{other}")
    assert "frame-ancestors 'none'" in answered.value.headers["content-security-policy"]
    expect(page.frame_locator("#slot iframe").get_by_test_id("photo-input")).not_to_have_count(0)
    expect(page.frame_locator("#other").locator("main")).to_have_count(0)


def test_stranger__may_frame_nothing(page: Page, shops: Shops) -> None:
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    page.goto(f"{shops.stranger}/frame?/results/abc")
    for frame in ("#slot iframe", "#other"):
        expect(page.locator(frame)).to_have_count(1)
        expect(page.frame_locator(frame).locator("main")).to_have_count(0)
    assert sum("frame-ancestors" in text for text in refused) == 2, refused


def test_message_of_a_stranger__is_not_passed_on(page: Page, shops: Shops) -> None:
    page.goto(f"{shops.named}/frame?/admin")
    page.evaluate(
        "new Promise((done) => (addEventListener('message', done),"
        " postMessage({type: 'searchapp:product', productId: 'evil'}, '*')))"
    )
    expect(page.locator("#chosen")).to_have_text("")
