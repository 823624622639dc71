"""The photo at an address, asked of a real web process; the other site is on loopback too."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from tests.integration.api.conftest import Served, serving
from tests.support.databases import execute, with_database
from tests.support.web import picture

PHOTO = picture()
LARGE = 16 * 1024 * 1024


class OtherSite(BaseHTTPRequestHandler):
    """A shop: a photo, a page that names it, and what else is at addresses."""

    def do_GET(self) -> None:
        answers: dict[str, tuple[int, bytes]] = {
            "/photo.jpg": (200, PHOTO),
            "/goods": (200, b'<html><meta property="og:image" content="/photo.jpg">'),
            "/words": (200, b"<html><p>no picture</p>"),
            "/inside": (200, b'<html><meta property="og:image" content="https://127.0.0.2/a.jpg">'),
            "/large": (200, PHOTO + bytes(LARGE)),
        }
        status, body = answers.get(self.path, (404, b""))
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def shop() -> Iterator[str]:
    """The host and port of the other site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), OtherSite)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def served(
    postgres_dsn: str, template: str, shop: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A web process that trusts the other site's host and port."""
    execute(postgres_dsn, f"CREATE DATABASE addresses TEMPLATE {template}")
    log: Path = tmp_path_factory.mktemp("addresses") / "web.log"
    dsn = with_database(postgres_dsn, "addresses")
    with serving(dsn, log, SEARCHAPP_PICTURE_HOSTS=shop) as running:
        yield running
        assert "Traceback" not in log.read_text()
        assert "photo.jpg" not in log.read_text()


def ask(served: Served, address: object, lang: str = "ko", **headers: str) -> httpx.Response:
    return httpx.post(
        f"{served.url}/api/picture",
        json={"address": address},
        headers={"accept-language": lang, **headers},
        timeout=30,
    )


@pytest.mark.parametrize("path", ["/photo.jpg", "/goods"])
def test_fetch_picture__a_photo_or_the_one_that_a_page_names(
    served: Served, shop: str, path: str
) -> None:
    answer = ask(served, f"http://{shop}{path}")
    assert answer.status_code == 200
    assert answer.content == PHOTO
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "status", "code", "words"),
    [
        ("/words", 415, "unsupported_picture", "이 주소에는 받을 수 있는 사진이 없어요."),
        ("/absent", 422, "not_fetched", "이 주소에서 사진을 가져오지 못했어요."),
        ("/inside", 422, "not_fetched", "이 주소에서 사진을 가져오지 못했어요."),
        ("/large", 413, "too_large", "사진이 너무 커요."),
    ],
)
def test_fetch_picture__refused_with_a_sentence(
    served: Served, shop: str, path: str, status: int, code: str, words: str
) -> None:
    answer = ask(served, f"http://{shop}{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert answer.json()["error"]["message"].startswith(words)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/a.jpg",
        "https://localhost/a.jpg",
        "http://169.254.169.254/latest/meta-data",
        "https://[::1]/a.jpg",
        "https://10.0.0.1/a.jpg",
        "http://127.0.0.1:99999/a.jpg",
    ],
)
def test_fetch_picture__nothing_of_private_networks(served: Served, address: str) -> None:
    answer = ask(served, address, lang="en")
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "not_fetched")
    assert answer.json()["error"]["message"].startswith("We could not get the photo")


@pytest.mark.parametrize("address", ["", "file:///etc/passwd", "ftp://a.test/b", 5, "a" * 5000])
def test_fetch_picture__what_is_no_address(served: Served, address: object) -> None:
    assert ask(served, address).status_code == 400


def test_fetch_picture__not_for_pages_of_other_sites(served: Served, shop: str) -> None:
    answer = ask(served, f"http://{shop}/photo.jpg", origin="https://foreign.test")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "foreign_origin")
