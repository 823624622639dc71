"""While a search runs, and after it: the link, the number, the lit piece."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.pages.steps import (
    BANNER,
    MASKED,
    PHONE,
    OpenResults,
    give_phone,
    search,
    see_completed,
)
from tests.support.site import Site

pytestmark = pytest.mark.e2e

OTHER = "010-3456-7890"
OTHER_MASKED = "010-****-7890"

NO_CLIPBOARD = """
navigator.clipboard.writeText = () => Promise.reject(new Error("no"));
document.execCommand = () => false;
"""

NOTE_SHARE = """
navigator.share = async (what) => { globalThis.shared = what; };
"""


def test_way__change_the_number_while_it_runs(site: Site, page: Page, photo: Path) -> None:
    site.pause("worker")
    try:
        search(page, photo, PHONE)
        expect(page.get_by_test_id("close-banner")).to_have_text(BANNER)
        expect(page.get_by_text(MASKED)).to_be_visible()
        page.get_by_role("button", name="번호 바꾸기").tap()
        save = page.get_by_role("button", name="이 번호로 받기")
        save.tap()
        expect(page.get_by_text("휴대폰 번호를 다시 확인해 주세요.")).to_be_visible()
        give_phone(page, OTHER)
        save.tap()
        expect(page.get_by_text(OTHER_MASKED)).to_be_visible()
        expect(page.get_by_text(MASKED)).to_have_count(0)
    finally:
        site.resume("worker")
    see_completed(page)
    expect(page.get_by_text("결과 링크를 문자로 보냈어요.")).to_be_visible()


def test_way__come_back_by_copy_share_and_qr(site: Site, page: Page, photo: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.add_init_script(NOTE_SHARE)
    site.pause("worker")
    try:
        search(page, photo)
        page.get_by_role("button", name="링크 복사").tap()
        expect(page.get_by_text("링크를 복사했어요")).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == page.url
        page.get_by_role("button", name="공유", exact=True).tap()
        assert page.evaluate("shared") == {"title": "찰칵", "url": page.url}
        page.get_by_role("button", name="QR 코드").tap()
        code = page.get_by_role("img", name="이 검색으로 돌아오는 QR 코드")
        expect(code).to_be_visible()
        page.wait_for_function("image => image.naturalWidth > 100", arg=code.element_handle())
    finally:
        site.resume("worker")
    see_completed(page)


def test_way__a_link_that_could_not_be_copied_is_not_said_to_be(
    site: Site, page: Page, photo: Path
) -> None:
    page.add_init_script(NO_CLIPBOARD)
    site.pause("worker")
    try:
        search(page, photo)
        page.get_by_role("button", name="링크 복사").tap()
        expect(page.get_by_text("링크를 복사하지 못했어요.")).to_be_visible()
    finally:
        site.resume("worker")
    see_completed(page)


def test_way__stop_while_it_waits(site: Site, page: Page, photo: Path) -> None:
    site.pause("worker")
    try:
        search(page, photo)
        page.get_by_role("button", name="그만 찾기").tap()
        expect(page.get_by_text("검색을 그만뒀어요")).to_be_visible()
    finally:
        site.resume("worker")
    expect(page.locator("[data-act=again-same]")).to_have_count(0)
    expect(page.get_by_role("link", name="새 사진으로 찾기")).to_be_visible()


def test_results__the_piece_that_is_looked_at_is_lit(page: Page, open_results: OpenResults) -> None:
    open_results(page)
    items = page.get_by_test_id("item")
    for number in range(items.count()):
        item = items.nth(number)
        item.get_by_test_id("product-card").first.hover()
        lit = page.locator("[data-region][data-lit]")
        expect(lit).to_have_count(1)
        expect(lit).to_have_attribute("data-region", item.get_attribute("data-item") or "")


def test_samples__one_that_does_not_load_is_said(page: Page) -> None:
    page.route("**/samples/*.jpg", lambda route: route.abort())
    page.goto("/")
    page.locator("[data-act=sample]").first.tap()
    expect(page.get_by_role("alert").get_by_text("사진을 불러오지 못했어요.")).to_be_visible()
