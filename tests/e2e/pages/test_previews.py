"""The first answer of the real page, no script run: what messengers and readers see of it."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.support.site import Site

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("path", ["/", "/results/" + "a" * 22, "/s/" + "a" * 22])
def test_preview__early_in_the_first_answer(site: Site, path: str) -> None:
    answer = httpx.get(site.url + path, headers={"range": "bytes=0-4095"}, trust_env=False)
    assert answer.status_code == 200
    head = answer.text[:4096]
    assert re.match(r"<!DOCTYPE html><html[^>]*><head><meta charset=", head, re.IGNORECASE)
    found = re.search(r'<meta property="og:image" content="([^"]+)"/>', head)
    assert found is not None
    picture = httpx.get(found[1], trust_env=False)
    assert picture.headers["content-type"] == "image/png"
    assert 'property="og:title"' in head


HEADLINES = {"ko-KR": "사진 속 옷", "en-US": "Find the clothes", "fr-FR": "Find the clothes"}


@pytest.mark.parametrize("locale", HEADLINES)
def test_first_paint__in_the_readers_language(browser: Browser, site: Site, locale: str) -> None:
    with browser.new_context(locale=locale, base_url=site.url) as context:
        page = context.new_page()
        page.route("**/assets/*.js", lambda route: route.abort())
        page.goto("/")
        expect(page.locator("h1:visible").first).to_contain_text(HEADLINES[locale])


@pytest.mark.parametrize(("locale", "chosen"), [("en-US", "ko"), ("ko-KR", "en")])
def test_first_paint__never_in_the_language_that_was_left(
    browser: Browser, site: Site, locale: str, chosen: str
) -> None:
    with browser.new_context(locale=locale, base_url=site.url) as context:
        context.add_init_script(f"localStorage.setItem('lang', '{chosen}')")
        page = context.new_page()
        page.route("**/assets/*.js", lambda route: route.abort())
        page.goto("/", wait_until="commit")
        expect(page.locator("h1").first).to_be_attached()
        expect(page.locator("h1:visible")).to_have_count(0)


@pytest.mark.parametrize(("locale", "fonts"), [("en-US", {"en"}), ("ko-KR", {"en", "ko"})])
def test_fonts__none_is_fetched_in_the_place_of_one_that_is_late(
    browser: Browser, site: Site, locale: str, fonts: set[str]
) -> None:
    asked: list[str] = []
    with browser.new_context(locale=locale, base_url=site.url) as context:
        page = context.new_page()
        page.route("**/fonts/*", lambda _route: None)
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/", wait_until="domcontentloaded")
        expect(page.locator("html[data-live]")).to_be_attached()
        page.wait_for_timeout(500)
    assert {url for url in asked if "/fonts/" in url} == {
        f"{site.url}/fonts/pretendard-{name}.woff2" for name in fonts
    }
