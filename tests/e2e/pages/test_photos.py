"""Photos as phones and other apps bring them: every kind, shared, and by address."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pages.steps import choose_photo, search, see_completed, start
from tests.support.site import Site, free_port

pytestmark = pytest.mark.e2e

SHOWN = "image => [image.naturalWidth, image.naturalHeight]"
PREVIEW = ".preview img"


def written(path: Path, photo: Path, kind: str, **options: object) -> Path:
    """``photo`` in another form, at ``path``."""
    with Image.open(photo) as image:
        image.save(path, kind, **options)
    return path


def turned(path: Path, photo: Path, kind: str) -> Path:
    """``photo`` lying on its side, with the EXIF that says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(photo) as image:
        image.transpose(Image.Transpose.ROTATE_90).save(path, kind, exif=exif.tobytes())
    return path


def stored(page: Page) -> Image.Image:
    """The photo of the search on the page, as the server keeps it."""
    answer = page.request.get(f"/api/search-job/{page.url.rpartition('/')[2]}/photo")
    return Image.open(io.BytesIO(answer.body())).convert("RGB")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("AVIF", "photo.avif"),
        ("GIF", "photo.gif"),
        ("PNG", "KakaoTalk_20261130"),
        ("JPEG", "1000012345"),
        ("JPEG", "photo.jpg_large"),
        ("WEBP", "photo.txt"),
    ],
)
def test_photos__any_kind_under_any_name(
    page: Page, photo: Path, tmp_path: Path, kind: str, name: str
) -> None:
    search(page, written(tmp_path / name, photo, kind))
    see_completed(page)
    expect(page.get_by_test_id("product-card").first).to_be_visible()


def test_photos__jpeg_without_its_end_is_shown_and_searched(
    page: Page, photo: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(photo.read_bytes()[:-2])
    choose_photo(page, cut)
    expect(page.locator(PREVIEW)).to_be_visible()
    assert page.locator(PREVIEW).evaluate(SHOWN)[0] > 0
    start(page)
    see_completed(page)


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_photos__turned_by_exif_is_upright_everywhere(
    page: Page, photo: Path, tmp_path: Path, kind: str
) -> None:
    with Image.open(photo) as image:
        upright = image.convert("RGB")
    choose_photo(page, turned(tmp_path / "turned", photo, kind))
    expect(page.locator(PREVIEW)).to_be_visible()
    width, height = page.locator(PREVIEW).evaluate(SHOWN)
    assert (width > height) == (upright.width > upright.height)
    start(page)
    see_completed(page)
    seen = stored(page)
    small = [np.asarray(picture.resize((32, 32)), np.int16) for picture in (upright, seen)]
    assert np.abs(small[0] - small[1]).mean() < 6


# --- shared by another app -------------------------------------------------------------------

SHARE = """async ([fields, file]) => {
    await navigator.serviceWorker.ready;
    const form = document.createElement("form");
    Object.assign(form, { action: "/shared", method: "post", enctype: "multipart/form-data" });
    for (const [name, value] of Object.entries(fields)) {
        form.append(Object.assign(document.createElement("input"), { name, value }));
    }
    if (file) {
        const bytes = Uint8Array.from(atob(file), (letter) => letter.charCodeAt(0));
        const files = new DataTransfer();
        files.items.add(new File([bytes], "shared", { type: "image/jpeg" }));
        const input = document.createElement("input");
        form.append(Object.assign(input, { name: "photo", type: "file", files: files.files }));
    }
    document.body.append(form);
    form.submit();
}"""
"""What Android does with a share: it posts a form to the page's share target."""


def share(page: Page, photo: Path | None = None, **fields: str) -> None:
    """Shares as another app does, once the page was opened before."""
    page.goto("/privacy")
    file = base64.b64encode(photo.read_bytes()).decode() if photo else None
    page.evaluate(SHARE, [fields, file])


def test_share__a_photo_opens_ready_to_search_and_survives_a_reload(
    page: Page, photo: Path
) -> None:
    share(page, photo, title="from the gallery")
    expect(page.get_by_test_id("start-search")).to_be_visible()
    assert page.url.endswith("/")
    expect(page.locator(PREVIEW)).to_be_visible()
    page.reload()
    expect(page.locator(PREVIEW)).to_be_visible()
    start(page)
    see_completed(page)
    page.goto("/")
    expect(page.locator("[data-phase=empty]")).to_be_attached()


def test_share__words_without_an_address_are_said(page: Page) -> None:
    share(page, text="only words")
    expect(page.get_by_text("공유한 사진을 받지 못했어요.")).to_be_visible()


def test_share__without_a_service_worker_is_said(
    contexts: Callable[..., BrowserContext], photo: Path
) -> None:
    page = contexts(service_workers="block").new_page()
    page.goto("/")
    answer = page.request.post("/shared", multipart={"photo": photo}, max_redirects=0)
    assert (answer.status, answer.headers["location"]) == (303, "/#unshared")
    page.goto(answer.headers["location"])
    expect(page.get_by_text("공유한 사진을 받지 못했어요.")).to_be_visible()


# --- by address ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shop(photo: Path) -> Iterator[str]:
    """Another site on loopback, with a photo and a page that names it."""

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = {
                "/photo.jpg": photo.read_bytes(),
                "/goods": b'<meta property="og:image" content="/photo.jpg">',
            }.get(self.path)
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(found or b"")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def asking_address(site: Site, shop: str) -> Iterator[str]:
    """A web process that may ask that site."""
    port = free_port()
    site.start_web("asking", port, SEARCHAPP_PICTURE_HOSTS=shop)
    yield f"http://localhost:{port}"
    site.stop("asking")


@pytest.fixture
def asking(asking_address: str, contexts: Callable[..., BrowserContext]) -> Page:
    """A page of that process."""
    return contexts(base_url=asking_address).new_page()


PASTE = """text => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
}"""
DROP = """text => {
    const data = new DataTransfer();
    data.setData("text/plain", text);
    const said = { dataTransfer: data, bubbles: true, cancelable: true };
    return document.body.dispatchEvent(new DragEvent("drop", said));
}"""


def test_address__pasted_asked_once_and_searched(asking: Page, shop: str) -> None:
    asking.goto("/")
    expect(asking.locator("html[data-live]")).to_be_attached()
    asking.evaluate(PASTE, f"http://{shop}/photo.jpg")
    expect(asking.get_by_text("이 주소의 사진을 가져와서 찾을까요?").first).to_be_visible()
    button = asking.locator("[data-act=take-address]").locator("visible=true")
    expect(button).to_be_focused()
    button.click()
    expect(asking.locator(PREVIEW)).to_be_visible()
    start(asking)
    see_completed(asking)
    expect(asking.get_by_test_id("product-card").first).to_be_visible()


def test_address__dropped_and_not_to_be_had_is_said_in_the_readers_language(
    asking: Page, shop: str
) -> None:
    asking.add_init_script("localStorage.setItem('lang', 'en')")
    asking.goto("/")
    expect(asking.locator("html[data-live]")).to_be_attached()
    asking.evaluate(DROP, f"http://{shop}/absent.jpg")
    asking.locator("[data-act=take-address]").locator("visible=true").click()
    sentence = asking.get_by_text("We could not get the photo from this address.")
    expect(sentence.first).to_be_visible()
    asking.evaluate(DROP, f"http://{shop}/photo.jpg")
    asking.get_by_role("button", name="No", exact=True).locator("visible=true").click()
    expect(asking.locator("[data-act=take-address]").first).to_be_hidden()


def test_address__dropped_words_are_said_to_be_none(page: Page) -> None:
    page.goto("/")
    expect(page.locator("html[data-live]")).to_be_attached()
    assert page.evaluate(DROP, "a blue shirt") is False  # The browser does nothing with them.
    expect(page.get_by_text("사진이 아니라 글자예요.").locator("visible=true")).to_be_visible()
    expect(page.locator("[data-act=take-address]").first).to_be_hidden()


def test_address__shared_by_a_shops_app_with_words(asking: Page, shop: str) -> None:
    share(asking, text=f"이 옷 어때요? http://{shop}/goods", title="shop")
    expect(asking.locator("html[data-live]")).to_be_attached()
    asking.locator("[data-act=take-address]").locator("visible=true").click()
    expect(asking.locator(PREVIEW)).to_be_visible()
    asking.get_by_role("button", name="바로 찾기").click()
    asking.wait_for_url("**/results/*")
