"""A photo goes in, results come out, at a link that everyone who holds it can open."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pages.steps import (
    BANNER,
    PHONE,
    choose_photo,
    give_phone,
    search,
    see_answered,
    see_completed,
    start,
    tab_to,
)
from tests.support.feeds import SHOP
from tests.support.site import Site, free_port, wait_until

pytestmark = pytest.mark.e2e

NOTE_SIZE = """
const send = XMLHttpRequest.prototype.send;
XMLHttpRequest.prototype.send = function (form) {
  sessionStorage.setItem("sentSize", form.get("image").size);
  return send.call(this, form);
};
"""
"""The browser's own protocol does not tell how large a sent file is."""


def first_links(page: Page) -> list[str | None]:
    """Where the first products of the first piece lead; later ones may not be drawn yet."""
    links = page.get_by_test_id("item").first.get_by_test_id("product-card").get_by_role("link")
    expect(links.nth(3)).to_be_attached()
    return [links.nth(number).get_attribute("href") for number in range(4)]


def test_search__photo_to_results_anywhere(
    page: Page, contexts: Callable[..., BrowserContext], photo: Path
) -> None:
    results = search(page, photo)
    see_completed(page)
    card = page.get_by_test_id("item").first.get_by_test_id("product-card").first
    expect(card.get_by_role("link")).to_have_attribute("href", f"{SHOP}/floor-0")
    expect(page.get_by_test_id("close-banner")).to_have_count(0)
    seen = first_links(page)

    page.reload()
    see_completed(page)
    assert first_links(page) == seen

    other = contexts(lang="en").new_page()
    other.goto(results)
    see_completed(other)
    assert first_links(other) == seen
    expect(other.get_by_role("heading", level=1)).to_have_text("Similar pieces")

    page.goto("/")
    expect(page.locator(".past a").first).to_have_attribute("href", results)


def test_search__the_whole_story_by_keyboard(page: Page, photo: Path) -> None:
    # Set up early: told just before the key, the browser may open its own window instead.
    page.on("filechooser", lambda chooser: chooser.set_files(photo))
    page.goto("/")
    expect(page.locator("html[data-live]")).to_be_attached()
    tab_to(page, "[data-testid=photo-input]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="이 사진으로 찾을까요?")).to_be_focused()
    tab_to(page, "[data-testid=start-search]")
    page.keyboard.press("Enter")
    see_completed(page)
    tab_to(page, "[data-opens=share]")
    page.keyboard.press("Enter")
    tab_to(page, "[data-act=share-make]")
    page.keyboard.press("Enter")
    expect(page.locator(".url")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-opens=share]")).to_be_focused()
    tab_to(page, "[data-product] a")
    tab_to(page, "[data-act=vote]")
    page.keyboard.press("Space")
    expect(page.locator("[data-act=vote]:focus")).to_have_attribute("aria-pressed", "true")
    see_answered(page)
    expect(page.locator("[data-act=vote]:focus")).to_have_attribute("aria-pressed", "true")
    tab_to(page, "[data-opens=erase]", most=150)
    page.keyboard.press("Enter")
    tab_to(page, "[data-testid=erase-now]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("지워진 검색이에요")).to_be_visible()


def test_search__restart_of_everything_in_the_middle(site: Site, page: Page, photo: Path) -> None:
    site.stop("worker")
    search(page, photo)
    bar = page.get_by_test_id("progress")
    expect(bar).to_have_attribute("aria-valuenow", "0")
    site.kill("web")
    site.start_web()
    site.start("worker")
    see_completed(page)
    expect(page.get_by_test_id("product-card").first).to_be_visible()


def test_search__websocket_is_not_needed_to_send(page: Page, photo: Path) -> None:
    page.route_web_socket("**/*", lambda socket: socket.close())
    search(page, photo, PHONE)


def test_search__one_build_serves_another_port(
    site: Site, contexts: Callable[..., BrowserContext], photo: Path
) -> None:
    port = free_port()
    site.start_web("second", port)
    page = contexts(base_url=f"http://localhost:{port}").new_page()
    search(page, photo)
    see_completed(page)
    site.stop("second")


def test_banner__with_number_and_consent(page: Page, photo: Path) -> None:
    search(page, photo, PHONE)
    expect(page.get_by_test_id("close-banner")).to_have_text(BANNER)
    assert PHONE not in page.content()
    expect(page.get_by_text("결과 링크를 문자로 보냈어요.")).to_be_visible()
    page.goto("/dev/phone")
    expect(page.get_by_test_id("sms").first).to_contain_text("[찰칵]")


def test_banner__not_without_consent(page: Page, photo: Path) -> None:
    choose_photo(page, photo)
    expect(page.get_by_test_id("sms-consent")).to_be_hidden()
    give_phone(page, consent=False)
    page.get_by_test_id("start-search").click()
    expect(page.get_by_text("문자를 받으려면 동의에 체크해 주세요.")).to_be_visible()
    expect(page.get_by_test_id("sms-consent")).to_be_focused()
    assert page.url.endswith("/")


def test_banner__not_for_a_number_that_gets_no_texts(page: Page, photo: Path) -> None:
    search(page, photo, "+1 201 555 0123")
    expect(page.get_by_test_id("sms-refused")).to_contain_text("이 번호로는 문자를 보낼 수 없어요.")
    expect(page.get_by_test_id("close-banner")).to_have_count(0)


def test_send__not_stored_is_said_and_tried_again_with_one_key(page: Page, photo: Path) -> None:
    keys: list[str] = []

    def cut(route: object, request: object) -> None:
        keys.append(request.headers["idempotency-key"])  # type: ignore[attr-defined]
        if len(keys) == 1:
            route.abort()  # type: ignore[attr-defined]
        elif len(keys) == 2:
            route.fulfill(status=503, headers={"Retry-After": "1"})  # type: ignore[attr-defined]
        else:
            route.continue_()  # type: ignore[attr-defined]

    page.route("**/api/search-job", cut)
    choose_photo(page, photo)
    give_phone(page)
    page.get_by_test_id("start-search").click()
    expect(page.get_by_text("아직 저장되지 않았어요.")).to_be_visible()
    expect(page.get_by_test_id("close-banner")).to_have_count(0)
    page.get_by_role("button", name="지금 다시 보내기").click()
    expect(page.get_by_test_id("close-banner")).to_be_visible()
    assert len(keys) == 3
    assert len(set(keys)) == 1


def test_send__a_large_photo_is_made_small_first(page: Page, tmp_path: Path) -> None:
    """Grain that survives the shrinking: no photo is harder to make small."""
    noise = np.random.default_rng(1).integers(0, 255, (1500, 2000, 3), dtype=np.uint8)
    picture = Image.fromarray(noise).resize((4000, 3000), Image.Resampling.BICUBIC)
    large = tmp_path / "large.jpg"
    picture.save(large, quality=94)
    assert large.stat().st_size > 8_000_000
    page.add_init_script(NOTE_SIZE)
    search(page, large)
    assert 10_000 < int(page.evaluate("sessionStorage.getItem('sentSize')")) <= 600_000
    see_completed(page)
    shown = page.locator("[data-frame] img")
    assert shown.evaluate("image => Math.max(image.naturalWidth, image.naturalHeight)") == 800
    whole = page.request.get(f"/api/search-job/{page.url.rpartition('/')[2]}/photo").body()
    with Image.open(io.BytesIO(whole)) as stored:
        assert max(stored.size) == 1600


def test_send__not_a_photo_is_refused(page: Page, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no photo")
    page.goto("/")
    page.get_by_test_id("photo-input").first.set_input_files(text)
    expect(page.get_by_text("사진 파일이 아니에요.").locator("visible=true")).to_be_visible()


def test_send__what_was_said_is_not_shown_in_another_language(page: Page, photo: Path) -> None:
    choose_photo(page, photo)
    give_phone(page, "0101234567890")
    page.get_by_test_id("start-search").click()
    korean = page.get_by_text("번호가 길어요.").locator("visible=true")
    expect(korean).to_be_visible()
    page.locator("[data-act=language]").click()
    expect(page.get_by_text("We could not send the photo.").locator("visible=true")).to_be_visible()
    expect(korean).to_have_count(0)
    page.get_by_test_id("start-search").click()
    expect(page.get_by_text("This number is too long.").locator("visible=true")).to_be_visible()


def test_send__what_was_said_of_a_number_goes_when_it_is_edited(page: Page, photo: Path) -> None:
    choose_photo(page, photo)
    give_phone(page, "0101234567890")
    page.get_by_test_id("start-search").click()
    said = page.get_by_text("번호가 길어요.").locator("visible=true")
    expect(said).to_be_visible()
    give_phone(page, "abc")
    expect(said).to_have_count(0)
    page.get_by_test_id("start-search").click()
    expect(
        page.get_by_text("휴대폰 번호를 다시 확인해 주세요.").locator("visible=true")
    ).to_be_visible()


def test_send__cut_after_it_was_stored_makes_one_search(
    site: Site, page: Page, photo: Path
) -> None:
    answers: list[str] = []

    def lose_first(route: object) -> None:
        answer = route.fetch()  # type: ignore[attr-defined]
        answers.append(answer.json()["jobId"])
        if len(answers) == 1:
            route.abort()  # type: ignore[attr-defined]
        else:
            route.fulfill(response=answer)  # type: ignore[attr-defined]

    page.route("**/api/search-job", lose_first)
    choose_photo(page, photo)
    start(page)
    wait_until(lambda: len(answers) == 2)
    assert answers[0] == answers[1]
