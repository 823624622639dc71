"""The search in a shop's own page: two origins, a real browser."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.site import free_port, wait_until

ROOT = Path(__file__).parents[3]
SHOP = """<!doctype html><title>shop</title><div id="slot"></div><output id="chosen"></output>
<script>
document.addEventListener('searchapp:product', (event) => {{
  document.getElementById('chosen').textContent = JSON.stringify(event.detail);
}});
</script>
<script src="{search}/embed.js" data-mode="{mode}" data-target="#slot" data-label="Find"></script>
<iframe id="other" src="{search}{other}"></iframe>"""


@contextmanager
def shop(search: str, port: int) -> Iterator[str]:
    """A shop's server; the path is the mode, the query a page of ours that it tries to frame."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mode, _, other = self.path.lstrip("/").partition("?")
            body = SHOP.format(search=search, mode=mode, other=other).encode()
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            self.wfile.write(body)

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
def shops() -> Iterator[tuple[str, str]]:
    """A shop whose origin is named in SEARCHAPP_EMBED_ORIGINS, and one that is not."""
    port, named, stranger = free_port(), free_port(), free_port()
    command = [
        sys.executable,
        "-m",
        "tests.support.embedded",
        str(port),
        f"http://127.0.0.1:{named}",
    ]
    process = subprocess.Popen(command, cwd=ROOT)
    search = f"http://localhost:{port}"
    try:
        wait_until(lambda: _answers(f"{search}/embed.js"))
        with shop(search, named) as one, shop(search, stranger) as other:
            yield one, other
    finally:
        process.terminate()
        process.wait(20)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def test_frame__hands_the_chosen_product_to_the_shop(page: Page, shops: tuple[str, str]) -> None:
    page.goto(f"{shops[0]}/frame?/admin")
    frame = page.frame_locator("#slot iframe")
    frame.locator("#card").click()
    expect(page.locator("#chosen")).to_have_text(
        '{"productId":"shop:1","link":"https://shop.example/1","title":"Shirt"}'
    )
    assert page.locator("#slot iframe").get_attribute("allow") == "camera; clipboard-write"


def test_button__opens_a_dialog_and_closes_it_with_the_choice(
    page: Page, shops: tuple[str, str]
) -> None:
    page.goto(f"{shops[0]}/button?/admin")
    page.get_by_role("button", name="Find").click()
    dialog = page.locator("dialog")
    expect(dialog).to_be_visible()
    page.frame_locator("dialog iframe").locator("#card").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("#chosen")).to_contain_text("shop:1")


@pytest.mark.parametrize("other", ["/admin", "/s/abc"])
def test_other_pages__are_in_no_frame(page: Page, shops: tuple[str, str], other: str) -> None:
    page.goto(f"{shops[0]}/frame?{other}")
    expect(page.frame_locator("#slot iframe").locator("#here")).to_be_visible()
    expect(page.frame_locator("#other").locator("#here")).to_have_count(0)


def test_stranger__may_frame_nothing(page: Page, shops: tuple[str, str]) -> None:
    page.goto(f"{shops[1]}/frame?/results/abc")
    page.wait_for_timeout(1000)
    for frame in ("#slot iframe", "#other"):
        expect(page.locator(frame)).to_have_count(1)
        expect(page.frame_locator(frame).locator("#here")).to_have_count(0)


def test_message_of_a_stranger__is_not_passed_on(page: Page, shops: tuple[str, str]) -> None:
    page.goto(f"{shops[0]}/frame?/admin")
    expect(page.frame_locator("#slot iframe").locator("#here")).to_be_visible()
    page.evaluate("postMessage({type: 'searchapp:product', productId: 'evil'}, '*')")
    page.wait_for_timeout(300)
    expect(page.locator("#chosen")).to_have_text("")
