"""QR codes, and the word at ``/`` while the page is not built."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from searchapp.jobs.services import Services
from searchapp.settings import Settings
from searchapp.web import app_context, routes

NAME = "a" * 22
ASSETS = Path(__file__).parents[3] / "assets"


def _client(host: str = "localhost:3000") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=routes.extras(None))
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


@pytest.fixture(autouse=True)
def settings() -> dict[str, Any]:
    values: dict[str, Any] = {"env": "production"}
    services = Services(Settings(_env_file=None, **values), None, None)  # type: ignore[arg-type,call-arg]
    app_context.install(services, None)  # type: ignore[arg-type]
    return values


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that were made into codes."""
    texts: list[str] = []
    make = routes.segno.make
    monkeypatch.setattr(
        routes.segno, "make", lambda text, **how: (texts.append(text), make(text, **how))[1]
    )
    return texts


@pytest.mark.parametrize("kind", ["results", "s"])
async def test_qr__of_the_address_that_was_asked(kind: str, encoded: list[str]) -> None:
    async with _client("localhost:4321") as client:
        answer = await client.get(f"/qr/{kind}/{NAME}")
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "no-store"
    assert encoded == [f"http://localhost:4321/{kind}/{NAME}"]


async def test_qr__never_of_a_forged_host(encoded: list[str]) -> None:
    async with _client("evil.example") as client:
        await client.get(f"/qr/results/{NAME}")
    assert encoded == [f"http://localhost:3000/results/{NAME}"]


@pytest.mark.parametrize("path", ["/qr/admin/" + NAME, "/qr/results/short", "/qr/s/" + "%2e" * 22])
async def test_qr__only_of_our_own_links(path: str) -> None:
    async with _client() as client:
        assert (await client.get(path)).status_code == 404


async def test_no_page__says_what_to_do() -> None:
    async with _client() as client:
        answer = await client.get("/")
    assert "python -m searchapp build" in answer.text


async def test_unshared__a_share_that_no_service_worker_took_leads_to_the_first_page() -> None:
    async with _client() as http:
        answer = await http.post("/shared", content=b"a photo")
    assert (answer.status_code, answer.headers["location"]) == (303, "/#unshared")


def test_manifest__names_files_that_are_there_and_the_path_of_shares() -> None:
    manifest = json.loads((ASSETS / "app.webmanifest").read_text())
    for picture in (*manifest["icons"], *manifest["screenshots"]):
        assert (ASSETS / picture["src"].lstrip("/")).is_file()
    for screen in manifest["screenshots"]:
        with Image.open(ASSETS / screen["src"].lstrip("/")) as image:
            assert f"{image.width}x{image.height}" == screen["sizes"]
    paths = {route.path for route in routes.extras(None).routes}
    assert manifest["share_target"]["action"] in paths
