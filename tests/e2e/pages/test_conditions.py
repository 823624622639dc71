"""The whole story where it is hard: a slow network, none in the middle, a tab in the background, a
page that is not awake yet."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from searchapp.cli.page import ROOT
from tests.e2e.pages.steps import OpenResults, choose_photo, search, see_completed, start
from tests.support.site import Site

pytestmark = pytest.mark.e2e

SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 // 8,
    "uploadThroughput": 750_000 // 8,
}
"""As Lighthouse has it: 1.6 Mbit/s down, 750 kbit/s up, 150 ms."""

NOTE_BAR = """
globalThis.parts = [];
new MutationObserver(() => {
  const now = document.querySelector("[data-upload-bar]")?.getAttribute("aria-valuenow");
  if (now && parts.at(-1) !== Number(now)) parts.push(Number(now));
}).observe(document, { subtree: true, attributes: true, attributeFilter: ["aria-valuenow"] });
"""

HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""


def test_slow__upload_with_true_progress(page: Page, photo: Path) -> None:
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send("Network.emulateNetworkConditions", SLOW_4G)
    page.add_init_script(NOTE_BAR)
    search(page, photo)
    see_completed(page)
    expect(page.get_by_test_id("product-card").first).to_be_visible()
    parts = page.evaluate("parts.slice(0, parts.indexOf(100) + 1)")
    assert parts == sorted(parts)
    assert len([part for part in parts if 0 < part < 100]) >= 3


def test_offline__in_the_middle_of_a_search(site: Site, page: Page, photo: Path) -> None:
    site.pause("worker")
    try:
        search(page, photo)
        expect(page.get_by_test_id("progress")).to_have_attribute("aria-valuenow", "0")
        page.context.set_offline(True)
        expect(page.get_by_text("인터넷 연결이 끊겼어요.")).to_be_visible()
    finally:
        site.resume("worker")
    page.wait_for_timeout(1500)
    expect(page.get_by_role("heading", level=1)).to_have_text("찾고 있어요")
    page.context.set_offline(False)
    see_completed(page)
    expect(page.get_by_text("인터넷 연결이 끊겼어요.")).to_be_hidden()
    expect(page.get_by_test_id("product-card").first).to_be_visible()


def test_offline__when_start_is_pressed(page: Page, photo: Path) -> None:
    choose_photo(page, photo)
    page.context.set_offline(True)
    page.get_by_test_id("start-search").tap()
    expect(page.get_by_text("아직 저장되지 않았어요.")).to_be_visible()
    expect(page.get_by_test_id("close-banner")).to_have_count(0)
    page.context.set_offline(False)
    see_completed(page)


def test_background__title_and_icon_tell_how_far_it_is(site: Site, page: Page, photo: Path) -> None:
    site.pause("worker")
    try:
        search(page, photo)
        page.evaluate(HIDE, True)
        expect(page).to_have_title("0% · 찾고 있어요 · 찰칵")
        icon = page.locator("link[rel=icon]")
        assert (icon.get_attribute("href") or "").startswith("data:image/svg+xml")
    finally:
        site.resume("worker")
    expect(page).to_have_title("✓ 비슷한 옷을 모았어요 · 찰칵", timeout=30_000)
    expect(icon).to_have_attribute("href", "/icon.svg")
    page.evaluate(HIDE, False)
    expect(page).to_have_title("비슷한 옷을 모았어요 · 찰칵")
    page.locator("[data-act=language]").tap()
    expect(page).to_have_title("Similar pieces · Chalkak")


def test_heic__sent_as_it_is_and_seen_in_the_list(page: Page, photo: Path, tmp_path: Path) -> None:
    heic = tmp_path / "photo.heic"
    pillow_heif.from_pillow(Image.open(photo)).save(heic, quality=70)
    choose_photo(page, heic)
    expect(page.get_by_text("이 브라우저에서는 미리 볼 수 없는 사진이에요.")).to_be_visible()
    start(page)
    see_completed(page)
    page.goto("/")
    expect(page.locator(".past a")).to_have_count(1)
    page.wait_for_function("() => document.querySelector('.past img').naturalWidth > 100")
    page.locator("[data-act=language]").tap()
    expect(page.get_by_role("heading", name="Your recent searches")).to_be_visible()
    expect(page.locator(".past a")).to_have_count(1)
    page.get_by_role("button", name="Clear the list").tap()
    expect(page.locator(".past a")).to_have_count(0)
    assert json.loads(page.evaluate("localStorage.getItem('history')")) == []


SCRIPTS = "**/assets/*.js"


def open_asleep(page: Page) -> Callable[[], None]:
    """Opens the first page while its scripts are on their way; returns what lets them arrive."""
    held: list[Route] = []
    page.route(SCRIPTS, lambda route: held.append(route))
    page.goto("/", wait_until="commit")
    expect(page.locator("[data-act=language]")).to_be_visible()

    def arrive() -> None:
        page.route(SCRIPTS, lambda route: route.continue_())
        for route in held:
            route.continue_()
        expect(page.locator("html[data-live]")).to_be_attached()

    return arrive


def test_asleep__a_tap_waits_for_the_page_and_looks_so(page: Page) -> None:
    arrive = open_asleep(page)
    page.locator("[data-act=language]").tap()
    expect(page.locator("[data-act=language]")).to_have_css("opacity", "0.5")
    page.locator("[data-act=sample]").first.tap()
    arrive()
    expect(page.get_by_role("heading", name="Search with this photo?")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.locator(".preview img")).to_be_visible()


def test_asleep__a_photo_is_taken_and_may_be_picked_again(page: Page, photo: Path) -> None:
    arrive = open_asleep(page)
    picker = page.get_by_test_id("photo-input").first
    picker.set_input_files(photo)
    arrive()
    expect(page.locator(".preview img")).to_be_visible()
    expect(picker).to_have_value("")


SLOW_TO_READ = """
const wait = (seconds) => new Promise((done) => setTimeout(done, seconds * 1000));
const { open } = CacheStorage.prototype, { arrayBuffer } = Blob.prototype;
CacheStorage.prototype.open = async function (name) { await wait(1); return open.call(this, name) };
Blob.prototype.arrayBuffer = async function () { await wait(2); return arrayBuffer.call(this) };
"""


def test_kept__gives_way_to_the_photo_that_is_picked_meanwhile(
    page: Page, photo: Path, tmp_path: Path
) -> None:
    choose_photo(page, photo)
    page.wait_for_function("async () => await caches.match('/chosen')")
    Image.new("RGB", (300, 400)).save(other := tmp_path / "other.png")
    page.add_init_script(SLOW_TO_READ)
    page.goto("/")
    expect(page.locator("html[data-live]")).to_be_attached()
    page.get_by_test_id("photo-input").first.set_input_files(other)
    expect(page.locator(".preview img")).to_have_js_property("naturalWidth", 300)


def test_sample__gives_way_to_the_photo_that_is_picked_meanwhile(
    page: Page, photo: Path, tmp_path: Path
) -> None:
    held: list[Route] = []
    page.route("**/samples/*.jpg", lambda route: held.append(route))
    Image.new("RGB", (300, 400)).save(other := tmp_path / "other.png")
    page.goto("/")
    expect(page.locator("html[data-live]")).to_be_attached()
    with page.expect_request("**/samples/*.jpg"):
        page.locator("[data-act=sample]").first.tap()
    page.get_by_test_id("photo-input").first.set_input_files(other)
    preview = page.locator(".preview img")
    expect(preview).to_have_js_property("naturalWidth", 300)
    with page.expect_event("requestfinished", lambda request: "/samples/" in request.url):
        held[0].continue_()
    page.wait_for_timeout(500)  # As long as it took to be shown.
    expect(preview).to_have_js_property("naturalWidth", 300)


LOADED = """
() => performance.getEntriesByType("resource").map(({ name }) => new URL(name).pathname)
    .filter((path) => path.startsWith("/assets/"))
"""
MOST = {".js": 175, ".css": 12}
"""KiB of a whole page, packed by gzip."""


@pytest.mark.parametrize("name", ["home", "results"])
def test_weight__scripts_and_styles(page: Page, open_results: OpenResults, name: str) -> None:
    if name == "home":
        page.goto("/")
    else:
        open_results(page)
    expect(page.locator("html[data-live]")).to_be_attached()
    folder = ROOT / ".web" / "build" / "client"
    for kind, most in MOST.items():
        paths = {path for path in page.evaluate(LOADED) if path.endswith(kind)}
        packed = sum(len(gzip.compress((folder / path[1:]).read_bytes())) for path in paths)
        assert paths
        assert packed <= most * 1024, f"{packed / 1024:.1f} KiB of {kind}"
