"""What pages say before any script runs: to messengers, and of how the server is set."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse, PlainTextResponse

from searchapp.jobs.services import Services
from searchapp.settings import Settings
from searchapp.web import app_context, routes

NAME = "a" * 22
PATHS = [
    "/",
    *(f"/{path}{end}" for path in ("privacy", f"results/{NAME}", f"s/{NAME}") for end in ("", "/")),
]
HEAD = '<head><meta charSet="utf-8"/><title>x</title></head>'
HTML = f'<!DOCTYPE html><html lang="ko">{HEAD}<body>{{}}</body></html>'


async def no_demo(_services: Services) -> bool:
    return False


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(HTML.format("first"))
    (tmp_path / "__spa-fallback.html").write_text(HTML.format("other"))
    (tmp_path / "privacy").mkdir()
    (tmp_path / "privacy" / "index.html").write_text(HTML.format("privacy"))
    return tmp_path


def _open(monkeypatch: pytest.MonkeyPatch, folder: Path, **values: Any) -> httpx.AsyncClient:
    services = Services(Settings(_env_file=None, **values), None, None)  # type: ignore[arg-type,call-arg]
    app_context.install(services, None)  # type: ignore[arg-type]
    monkeypatch.setattr(routes, "_has_demo", no_demo)
    transport = httpx.ASGITransport(app=routes.extras(folder))
    return httpx.AsyncClient(transport=transport, base_url="http://localhost:3210")


def _said(html: str) -> dict[str, str]:
    return dict(re.findall(r'<meta property="([^"]+)" content="([^"]*)"/>', html))


@pytest.mark.parametrize(
    ("path", "body", "title"),
    [
        ("/", "first", "사진 속 옷, 바로 찾아드려요"),
        ("/privacy", "privacy", "개인정보 안내"),
        (f"/results/{NAME}", "other", "사진 속 옷, 바로 찾아드려요"),
        (f"/s/{NAME}", "other", "사진 한 장으로 찾은 옷이에요"),
    ],
)
async def test_preview__each_page(
    monkeypatch: pytest.MonkeyPatch, folder: Path, path: str, body: str, title: str
) -> None:
    async with _open(monkeypatch, folder) as http:
        answer = await http.get(path)
    assert f"<body>{body}</body>" in answer.text
    said = _said(answer.text)
    assert said["og:title"] == title
    assert said["og:image"] == "http://localhost:3210/images/preview.png"
    assert NAME not in "".join(said.values())


async def test_preview__the_public_address_and_no_forged_one(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async with _open(monkeypatch, folder, public_url="https://chalkak.example") as http:
        answer = await http.get("/", headers={"host": "evil.example"})
    assert _said(answer.text)["og:image"] == "https://chalkak.example/images/preview.png"
    assert "evil" not in answer.text


async def test_page__replaced_under_the_server(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "index.html").unlink()
    async with _open(monkeypatch, folder) as http:
        answer = await http.get("/")
        assert (await http.get("/privacy")).status_code == 200
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert "open it again in a moment" in answer.text


async def test_preview__in_english(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    async with _open(monkeypatch, folder) as http:
        answer = await http.get(f"/s/{NAME}", headers={"accept-language": "en-US"})
    assert _said(answer.text)["og:title"] == "Clothes found with one photo"
    assert "accept-language" in answer.headers["vary"]


ENGLISH = {"accept-language": "en-US"}


async def test_page__in_the_readers_language_where_it_is_built_in_that(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (folder / "en").mkdir()
    (folder / "en" / "index.html").write_text(HTML.format("first in English"))
    async with _open(monkeypatch, folder) as http:
        english, korean = await http.get("/", headers=ENGLISH), await http.get("/")
        other = await http.get("/privacy", headers=ENGLISH)
    assert "<body>first in English</body>" in english.text
    assert 'data-lang="en" data-built="en"' in english.text
    assert "<body>first</body>" in korean.text
    assert "data-built" not in korean.text + other.text


async def test_page__that_is_not_there_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async def pages(scope: Any, receive: Any, send: Any) -> None:
        html = scope["path"] != "/images/none.png"
        answer = HTMLResponse("Reflex's", 404) if html else PlainTextResponse("Not Found", 404)
        await answer(scope, receive, send)

    async with _open(monkeypatch, folder):
        transport = httpx.ASGITransport(app=routes.InReadersLanguage(pages, folder))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            english, korean = await http.get("/a", headers=ENGLISH), await http.get("/a")
            picture = await http.get("/images/none.png")
    assert [english.status_code, korean.status_code, picture.status_code] == [404] * 3
    assert 'data-lang="en"' in english.text
    assert 'data-lang="ko"' in korean.text
    assert _said(english.text)["og:title"] == "There is no such page"
    assert picture.text == "Not Found"


@pytest.mark.parametrize(
    ("path", "to"),
    [("/en", "/"), ("/en/", "/"), ("/en/privacy", "/privacy"), ("/en/privacy/", "/privacy")],
)
async def test_page__has_one_address(
    monkeypatch: pytest.MonkeyPatch, folder: Path, path: str, to: str
) -> None:
    async with _open(monkeypatch, folder) as http:
        answer = await http.get(path)
    assert (answer.status_code, answer.headers["location"]) == (308, to)


async def test_preview__packed_and_known_again(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async with _open(monkeypatch, folder) as http:
        packed = await http.get("/")
        plain = await http.get("/", headers={"accept-encoding": "identity"})
        tag = packed.headers["etag"]
        again = await http.get("/", headers={"if-none-match": tag})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.text == plain.text
    assert again.status_code == 304


async def test_preview__a_new_build_is_seen(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    async with _open(monkeypatch, folder) as http:
        await http.get("/")
        (folder / "index.html").write_text(HTML.format("newer"))
        assert "newer" in (await http.get("/")).text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, 'data-days="7"'),
        ({"retention_days": 30}, 'data-days="30"'),
        (
            {"serpapi_key": "k", "public_url": "https://chalkak.example"},
            'data-days="7" data-elsewhere=""',
        ),
        ({"serpapi_key": "k"}, 'data-days="7"'),
        ({"kakao_key": "0" * 32}, f'data-days="7" data-kakao="{"0" * 32}"'),
    ],
    ids=["defaults", "days", "elsewhere", "local address", "kakao"],
)
async def test_settings__in_the_head(
    monkeypatch: pytest.MonkeyPatch, folder: Path, path: str, values: dict[str, Any], expected: str
) -> None:
    async with _open(monkeypatch, folder, **values) as http:
        answer = await http.get(path, headers={"accept-language": "ko"})
    shared = ' data-shared=""' if path.startswith("/s/") else ""
    assert f'<meta name="site" {expected} data-lang="ko"{shared}/>' in answer.text


async def test_settings__a_change_is_another_page(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async with _open(monkeypatch, folder) as http:
        tag = (await http.get("/")).headers["etag"]
    async with _open(monkeypatch, folder, retention_days=30) as http:
        answer = await http.get("/", headers={"if-none-match": tag})
    assert answer.status_code == 200


def test_preview__the_picture_exists() -> None:
    assets = Path(routes.__file__).parents[2] / "assets"
    assert (assets / "images" / "preview.png").stat().st_size > 0
    assert "/s/" not in (assets / "robots.txt").read_text()


@pytest.mark.parametrize(
    ("accept", "lang"),
    [
        (None, "ko"),
        ("", "ko"),
        ("*", "ko"),
        ("ko-KR,ko;q=0.9,en;q=0.8", "ko"),
        ("en-US,en;q=0.9", "en"),
        ("fr-FR,fr;q=0.9", "en"),
        ("fr,ko;q=0.8,en;q=0.5", "ko"),
        ("ja,en;q=0.5", "en"),
    ],
)
def test_page_language__english_unless_korean_is_preferred_or_none_named(
    accept: str | None, lang: str
) -> None:
    assert routes.page_language(accept) == lang


async def test_photo__asked_for_in_the_first_answer(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async with _open(monkeypatch, folder) as http:
        results = (await http.get(f"/results/{NAME}")).text
        forged = (await http.get("/results/%22onload")).text
    assert f'href="/api/search-job/{NAME}/photo?size=screen"' in results
    assert 'as="image"' not in forged


async def test_fonts__asked_for_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async with _open(monkeypatch, folder) as http:
        english, korean = await http.get("/", headers=ENGLISH), await http.get("/")
    asked = [re.findall(r"pretendard-(\w+)", answer.text) for answer in (english, korean)]
    assert asked == [["en"], ["en", "ko"]]


async def test_scripts__come_after_what_is_drawn(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    built = '<link rel="modulepreload" href="/assets/a.js"/>'
    (folder / "index.html").write_text(HTML.format(built))
    async with _open(monkeypatch, folder) as http:
        html = (await http.get("/")).text
    ours = '<link rel="modulepreload" fetchpriority="low" href="/assets/a.js"/>'
    assert html.index(ours) < html.index(built)
    assert html.count("modulepreload") == 2
