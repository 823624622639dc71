"""Choosing pieces, and everything that a person does to a search, by keyboard alone too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.e2e.pages.steps import (
    SLOW_FRAMES,
    OpenResults,
    choose_photo,
    search,
    see_completed,
    stored_items,
    tab_to,
)

pytestmark = pytest.mark.e2e


def test_choosing__by_keyboard_alone(page: Page, photo: Path) -> None:
    choose_photo(page, photo)
    tab_to(page, "[data-act=start-choosing]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-choosing]")).to_be_visible()
    expect(page.get_by_test_id("close-banner")).to_have_count(0)
    suggested = page.locator("[data-frame] [data-act=toggle]:not([data-drawn])").count()

    tab_to(page, "[data-act=draw]")
    page.keyboard.press("Space")
    tab_to(page, "[data-act=draw-add]")
    page.keyboard.press("Space")
    box = page.locator("[data-drawn]")
    expect(box).to_have_count(1)
    before = box.get_attribute("style")
    tab_to(page, "[data-edit=wider]")
    page.keyboard.press("Space")
    expect(box).not_to_have_attribute("style", before or "")

    box.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowDown")
    tab_to(page, "[data-act=choose-start]")
    button = page.locator("[data-act=choose-start]")
    expect(button).to_have_text(f"{suggested + 1}개 찾기")
    page.keyboard.press("Enter")
    see_completed(page)
    expect(page.get_by_test_id("item")).to_have_count(suggested + 1)


def test_choosing__by_touch_and_drawing(page: Page, photo: Path) -> None:
    choose_photo(page, photo)
    page.locator("[data-act=start-choosing]").tap()
    chip = page.locator("[data-choosing] .chip").first
    expect(chip).to_have_attribute("aria-pressed", "true")
    for number in range(page.locator("[data-choosing] .chip").count()):
        page.locator("[data-choosing] .chip").nth(number).tap()
    expect(chip).to_have_attribute("aria-pressed", "false")
    expect(page.locator("[data-act=choose-start]")).to_be_disabled()
    page.locator("[data-act=draw]").tap()
    frame = page.locator("[data-frame]").bounding_box()
    assert frame is not None
    at = lambda x, y: (frame["x"] + frame["width"] * x, frame["y"] + frame["height"] * y)  # noqa: E731
    page.mouse.move(*at(0.2, 0.1))
    page.mouse.down()
    page.mouse.move(*at(0.7, 0.5), steps=4)
    page.mouse.up()
    expect(page.locator("[data-act=choose-start]")).to_have_text("1개 찾기")
    page.locator("[data-act=choose-start]").tap()
    see_completed(page)
    expect(page.get_by_test_id("item")).to_have_count(1)


@pytest.mark.parametrize("frames", ["", SLOW_FRAMES], ids=["quick", "slow"])
def test_choosing__a_suggestion_adjusted_by_keyboard(page: Page, photo: Path, frames: str) -> None:
    page.add_init_script(frames)
    choose_photo(page, photo)
    page.locator("[data-act=start-choosing]").click()
    regions = page.locator("[data-frame] [data-act=toggle]:not([data-drawn])")
    expect(regions.first).to_be_visible()
    before, label = regions.count(), regions.first.get_attribute("data-label")

    tab_to(page, "[data-act=reshape]")
    page.keyboard.press("Enter")
    expect(page.locator("[data-edit]").first).to_be_focused()
    expect(regions.filter(visible=True)).to_have_count(before - 1)
    expect(page.locator("[data-act=choose-start]")).to_have_text(f"{before}개 찾기")
    page.locator("[data-act=adjust-remove]").press("Enter")
    expect(regions.filter(visible=True)).to_have_count(before)

    page.locator("[data-act=reshape]").first.press("Enter")
    box = page.locator("[data-drawn]")
    style = box.get_attribute("style")
    page.locator("[data-edit=narrower]").press("Enter")
    expect(box).not_to_have_attribute("style", style or "")
    page.locator("[data-act=choose-start]").press("Enter")
    see_completed(page)
    items = stored_items(page)
    assert len(items) == before
    assert [item["label"] for item in items if item["id"].startswith("d")] == [label]
    expect(page.get_by_test_id("item")).to_have_count(before)


@pytest.mark.parametrize("how", ["finger", "mouse"])
def test_choosing__a_suggestion_adjusted_by_dragging(page: Page, photo: Path, how: str) -> None:
    choose_photo(page, photo)
    page.locator("[data-act=start-choosing]").tap()
    page.locator("[data-act=reshape]").first.tap()
    box = page.locator("[data-drawn]")
    expect(page.locator("[data-edit]").first).to_be_focused()
    scrolled = page.evaluate("scrollY")
    for target, moved in (
        ("[data-drawn] .tag", ("x", "y")),
        ("[data-corner]", ("width", "height")),
    ):
        before, grip = box.bounding_box(), page.locator(target).bounding_box()
        assert before is not None
        assert grip is not None
        drag(page, how, (grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2), -12)
        after = box.bounding_box()
        assert after is not None
        assert [round(after[side] - before[side]) for side in moved] == [-12, -12]  # type: ignore[literal-required]
    assert page.evaluate("scrollY") == scrolled


def drag(page: Page, how: str, start: tuple[float, float], by: float) -> None:
    """Drags from a point by as much to the right as down."""
    x, y = start
    if how == "mouse":
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by, y + by, steps=4)
        page.mouse.up()
        return
    touch = page.context.new_cdp_session(page)
    for kind, step in (("touchStart", 0.0), ("touchMove", by / 2), ("touchMove", by)):
        points = [{"x": x + step, "y": y + step}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_share__read_only_and_taken_back(
    page: Page, contexts: Callable[..., BrowserContext], open_results: OpenResults
) -> None:
    results = open_results(page)
    page.locator("[data-opens=share]").tap()
    page.locator("[data-act=share-make]").tap()
    link = page.locator(".url").inner_text()
    assert results.rsplit("/", 1)[1] not in link

    friend = contexts().new_page()
    friend.goto(link)
    expect(friend.get_by_test_id("product-card").first).to_be_visible()
    expect(
        friend.locator("[data-frame], [data-testid=phone-input], [data-opens=erase]")
    ).to_have_count(0)
    assert results.rsplit("/", 1)[1] not in friend.content()

    page.locator("[data-act=share-stop]").tap()
    expect(page.get_by_text("공유를 멈췄어요")).to_be_visible()
    friend.reload()
    expect(friend.get_by_text("공유가 끝난 링크예요")).to_be_visible()


def test_share__the_link_of_one_search_is_not_offered_on_another(
    page: Page, open_results: OpenResults
) -> None:
    open_results(page)
    page.locator("[data-opens=share]").tap()
    page.locator("[data-act=share-make]").tap()
    expect(page.locator(".url")).to_be_visible()
    page.keyboard.press("Escape")
    page.locator("[data-act=again]").last.tap()
    page.locator("[data-act=draw-add]").tap()
    page.get_by_test_id("start-items").tap()
    expect(page.locator("[data-again]")).to_have_count(0)
    see_completed(page)
    page.locator("[data-opens=share]").tap()
    expect(page.locator("[data-act=share-make]")).to_be_visible()


def test_erase__everywhere_at_once(
    page: Page, contexts: Callable[..., BrowserContext], photo: Path
) -> None:
    results = search(page, photo)
    see_completed(page)
    other = contexts().new_page()
    other.goto(results)
    see_completed(other)
    page.locator("[data-opens=erase]").tap()
    page.get_by_test_id("erase-now").tap()
    expect(page.get_by_text("지워진 검색이에요")).to_be_visible()
    expect(other.get_by_text("지워진 검색이에요")).to_be_visible()
    page.goto("/")
    expect(page.locator(".past a")).to_have_count(0)


def test_language__changes_at_once_and_stays(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("사진 속 옷")
    expect(page.locator("html[data-live]")).to_be_attached()
    page.locator("[data-act=language]").tap()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Find the clothes")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert page.evaluate("localStorage.getItem('lang')") == "en"
