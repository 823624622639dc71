"""Searches that ended without results, or are gone: each says why, and none is a dead end."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import psycopg
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from searchapp.db.engine import psycopg_dsn
from tests.e2e.pages.steps import RESULTS, choose_photo, search, see_completed, start
from tests.e2e.pages.test_access import check
from tests.support.site import Site

pytestmark = pytest.mark.e2e


@pytest.fixture(params=["ko-light", "en-dark"])
def visitor(request: pytest.FixtureRequest, contexts: Callable[..., BrowserContext]) -> Page:
    """A page in one language and one colour scheme."""
    lang, scheme = request.param.split("-")
    return contexts(lang=lang, color_scheme=scheme, reduced_motion="reduce").new_page()


def cancel_while_choosing(page: Page, photo: Path) -> str:
    """A search that was stopped after its photo was read; returns its id."""
    choose_photo(page, photo)
    page.locator("[data-act=start-choosing]").click()
    expect(page.locator("[data-choosing]")).to_be_visible()
    job_id = page.url.rpartition("/")[2]
    page.request.post(f"/api/search-job/{job_id}/cancel")
    expect(page.locator("[data-status=cancelled]")).to_be_attached()
    return job_id


def test_edges__a_stopped_search_is_done_again_without_an_upload(
    visitor: Page, photo: Path
) -> None:
    page = visitor
    job_id = cancel_while_choosing(page, photo)
    check(page, "cancelled")
    page.locator("[data-act=again]").click()
    expect(page.locator("[data-again]")).to_be_visible()
    page.locator("[data-act=again-stop]").click()
    uploads: list[str] = []
    page.on("request", lambda request: request.method == "POST" and uploads.append(request.url))
    page.locator("[data-act=again-same]").click()
    page.wait_for_url(lambda url: RESULTS.search(url) is not None and job_id not in url)
    see_completed(page)
    assert uploads == []
    expect(page.get_by_test_id("product-card").first).to_be_visible()


def test_edges__a_stopped_search_is_erased(page: Page, photo: Path) -> None:
    job_id = cancel_while_choosing(page, photo)
    page.locator("[data-opens=erase]").tap()
    page.get_by_test_id("erase-now").tap()
    expect(page.get_by_text("지워진 검색이에요")).to_be_visible()
    assert page.request.get(f"/api/search-job/{job_id}").status == 404


def test_edges__a_broken_picture(visitor: Page, photo: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.jpg"
    whole = BytesIO()
    Image.open(photo).save(whole, "JPEG")  # Row by row, unlike the progressive sample.
    broken.write_bytes(whole.getvalue()[: whole.tell() // 5])
    page = visitor
    # As it is: a browser that opens it would send a whole picture of what it saw.
    page.add_init_script("delete globalThis.createImageBitmap; Image.prototype.decode = null;")
    choose_photo(page, broken)
    start(page)
    expect(page.locator("[data-status=failed]")).to_be_attached(timeout=30_000)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    check(page, "failed")
    expect(page.locator("[data-act=again-same]")).to_have_count(0)
    expect(page.locator("main a[href='/']").first).to_be_visible()


def test_edges__expired_and_erased_leave_the_list(site: Site, visitor: Page, photo: Path) -> None:
    page = visitor
    results = search(page, photo)
    see_completed(page)
    with psycopg.connect(psycopg_dsn(site.dsn), autocommit=True) as connection:
        connection.execute(
            "UPDATE searchapp.search_jobs SET expires_at = now() - interval '1 minute'"
            " WHERE job_id = %s",
            [results.rpartition("/")[2]],
        )
    site.run("purge")
    page.goto(results)
    gone = page.locator("[data-gone]")
    expect(gone).to_be_visible()
    check(page, "expired")
    expected = "지워졌어요" if page.evaluate("document.documentElement.lang") == "ko" else "expired"
    expect(page.get_by_role("heading", level=1)).to_contain_text(expected)
    page.goto("/")
    expect(page.locator("html[data-live]")).to_be_attached()
    expect(page.locator(".past a")).to_have_count(0)


@pytest.mark.parametrize("path", ["/", f"/results/{'A' * 22}", f"/s/{'A' * 22}", "/admin"])
def test_edges__without_scripts_the_page_says_so(
    path: str, contexts: Callable[..., BrowserContext]
) -> None:
    page = contexts(java_script_enabled=False).new_page()
    page.goto(path)
    korean, english = page.locator("noscript p").all()
    expect(korean).to_be_visible()
    assert "자바스크립트를 켜 주세요" in korean.inner_text()
    assert "needs JavaScript" in english.inner_text()
