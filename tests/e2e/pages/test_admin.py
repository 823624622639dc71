"""/admin in a browser: the door, the live harness, the look-up, and a stolen tab."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.support.site import ADMIN_PASSWORD, Site

pytestmark = pytest.mark.e2e

NUMBER = "010-2345-6789"


def _log_in(page: Page, password: str = ADMIN_PASSWORD) -> None:
    page.fill("#password", password)
    page.locator("[data-testid=login] button").click()


def _upload(page: Page, photo: Path) -> None:
    """A search with a number, and one of a broken photo, by the API."""
    image = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo.read_bytes()}
    good = {"image": image, "phoneNumber": NUMBER, "smsConsent": "true"}
    broken = {"image": {**image, "buffer": photo.read_bytes()[:3000]}}
    for form in (good, broken):
        assert page.request.post("/api/search-job", multipart=form).status == 202


def test_admin__shows_the_system_live(page: Page, photo: Path) -> None:
    page.goto("/admin")
    _log_in(page, "a guess")
    expect(page.get_by_text("비밀번호가 맞지 않아요.")).to_be_visible()
    _log_in(page)
    failures = page.get_by_test_id("admin-failures")
    expect(failures).to_be_visible()
    before = failures.locator("tbody tr").count()
    _upload(page, photo)
    expect(failures.locator("tbody tr")).to_have_count(before + 1, timeout=30_000)
    page.fill("#asked", NUMBER)
    page.locator(".ask button").click()
    found = page.get_by_test_id("admin-lookup").locator("tbody")
    expect(found).to_contain_text("010-****-6789")
    assert "2345-6789" not in page.locator("main").inner_text()
    switch = page.get_by_test_id("sms-switch")
    switch.click()
    expect(page.get_by_text("문자를 멈췄어요")).to_be_visible()
    switch.click()
    expect(page.get_by_text("문자를 보내고 있어요")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= 390")


def test_admin__a_stolen_tab_shows_nothing(
    page: Page, contexts: Callable[..., BrowserContext], site: Site
) -> None:
    page.goto("/admin")
    _log_in(page)
    expect(page.get_by_test_id("admin-now")).to_be_visible()
    tab = page.evaluate("JSON.stringify(sessionStorage)")
    thief = contexts().new_page()
    frames: list[str] = []
    thief.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda frame: frames.append(str(frame))),
    )
    thief.goto("/privacy")
    thief.evaluate("(kept) => Object.assign(sessionStorage, JSON.parse(kept))", tab)
    thief.goto("/admin")
    expect(thief.locator("#password")).to_be_visible()
    assert json.loads(tab)
    assert not any("010-****" in frame for frame in frames)
    assert thief.get_by_test_id("admin-now").count() == 0


def test_admin__log_out(page: Page) -> None:
    page.goto("/admin")
    _log_in(page)
    page.get_by_role("button", name="나가기").click()
    expect(page.locator("#password")).to_be_visible()
    page.reload()
    expect(page.locator("#password")).to_be_visible()


def test_admin__charts_attempts_the_queue_and_a_csv(page: Page, photo: Path) -> None:
    page.goto("/admin")
    _log_in(page)
    _upload(page, photo)
    hour = page.get_by_test_id("admin-searches").locator(".recharts-bar-rectangle")
    expect(hour.first).to_be_attached(timeout=30_000)
    failures = page.get_by_test_id("admin-failures")
    failures.get_by_role("button", name="사진을 열지 못함").click()
    failures.get_by_role("button", name="자세히").first.click()
    job = page.get_by_test_id("admin-job")
    expect(job).to_contain_text("사진을 열지 못함")
    expect(job.locator("tbody tr").first).to_contain_text("사진 읽기")
    switch = page.get_by_test_id("queue-switch")
    switch.click()
    expect(page.get_by_test_id("admin-standing")).to_contain_text("대기열을 멈춰 두었어요")
    switch.click()
    expect(page.get_by_text("대기열이 돌고 있어요")).to_be_visible()
    expect(page.get_by_test_id("admin-audit")).to_contain_text("대기열 다시 시작")
    with page.expect_download(timeout=30_000) as started:
        page.get_by_test_id("admin-demand").get_by_role("button", name="CSV 내려받기").click()
    csv = started.value.path().read_text("utf-8-sig")
    assert csv.startswith("kind,colour,searched,same,similar,none\n")
    assert len(csv.splitlines()) > 1
    assert page.evaluate("document.documentElement.scrollWidth <= 390")
