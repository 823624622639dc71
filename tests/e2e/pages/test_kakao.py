"""Sharing by KakaoTalk, with a stand-in for Kakao: its script, its check and its window.

The stand-in does what Kakao's script does: on a phone it asks Kakao's API, on a desktop it posts a
form to a window of Kakao's.  So the page's policy has to let both pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.pages.steps import OpenResults
from tests.e2e.pages.test_access import check
from tests.e2e.pages.test_protection import NOTE, violations
from tests.support.site import Site, free_port

pytestmark = pytest.mark.e2e

KEY = "0123456789abcdef0123456789abcdef"
CDN, API, SHEET = "t1.kakaocdn.net", "kapi.kakao.com", "sharer.kakao.com"

SCRIPT = """
globalThis.kakaoCalls = [];
globalThis.Kakao = {
  isInitialized: () => kakaoCalls.length > 0,
  init: (key) => kakaoCalls.push(["init", key]),
  Share: {
    async sendDefault(message) {
      kakaoCalls.push(["send", message]);
      await fetch("https://kapi.kakao.com/v2/api/kakaolink/talk/template/default");
      open("", "kakao", "width=480,height=700");
      const form = document.createElement("form");
      Object.assign(form, { method: "post", target: "kakao" });
      form.action = "https://sharer.kakao.com/picker/link";
      form.innerHTML = '<input name="app_key" value="x">';
      document.body.append(form);
      form.submit();
    },
  },
};
"""

ANY_SCRIPT = """
Object.defineProperty(HTMLScriptElement.prototype, "integrity", { set() {}, get: () => "" });
"""
"""The stand-in has another hash than Kakao's script: this browser is made not to look at it."""


@pytest.fixture(scope="module")
def address(site: Site) -> Iterator[str]:
    """A web process with a key."""
    port = free_port()
    site.start_web("kakao", port, SEARCHAPP_KAKAO_KEY=KEY)
    yield f"http://localhost:{port}"
    site.stop("kakao")


@pytest.fixture
def visitor(contexts: Callable[..., BrowserContext], address: str) -> BrowserContext:
    """A browser for which the stand-in answers; every request to it is noted."""
    context = contexts(base_url=address, hosts=(CDN, API, SHEET))
    context.add_init_script(NOTE)
    return context


def stand_in(context: BrowserContext, script: str = SCRIPT) -> list[str]:
    """Answers for Kakao; returns the list that the requests go to."""
    asked: list[str] = []
    anybody = {"access-control-allow-origin": "*"}

    def answer(route: Route) -> None:
        asked.append(route.request.url)
        if CDN in route.request.url:
            route.fulfill(body=script, content_type="text/javascript", headers=anybody)
        elif API in route.request.url:
            route.fulfill(json={}, headers=anybody)
        else:
            route.fulfill(body="<title>Kakao</title>", content_type="text/html")

    context.route("https://*.kakao*/**", answer)
    return asked


def open_share(page: Page, open_results: OpenResults) -> str:
    """A finished search with its share sheet open; returns the shared link."""
    open_results(page)
    page.locator("[data-opens=share]").tap()
    page.locator("[data-act=share-make]").tap()
    return page.locator(".url").inner_text()


def test_kakao__sends_the_link_and_loads_nothing_before(
    visitor: BrowserContext, open_results: OpenResults
) -> None:
    visitor.add_init_script(ANY_SCRIPT)
    asked = stand_in(visitor)
    page = visitor.new_page()
    link = open_share(page, open_results)
    assert asked == []

    with page.expect_popup() as window:
        page.get_by_role("button", name="카카오톡으로 보내기").tap()
    expect(window.value).to_have_title("Kakao")
    (init, key), (send, message) = page.evaluate("kakaoCalls")
    assert (init, key, send) == ("init", KEY, "send")
    there = {"mobileWebUrl": link, "webUrl": link}
    assert message["objectType"] == "feed"
    assert message["content"]["link"] == message["buttons"][0]["link"] == there
    assert message["content"]["title"] == "사진 한 장으로 찾은 옷이에요"
    assert message["content"]["imageUrl"] == f"{link.partition('/s/')[0]}/images/preview.png"
    assert violations(page) == []

    page.get_by_role("button", name="카카오톡으로 보내기").tap()
    page.wait_for_function("kakaoCalls.length === 3")
    assert len([url for url in asked if CDN in url]) == 1


@pytest.mark.parametrize("trouble", ["forged", "unreachable"])
def test_kakao__a_script_that_does_not_load_has_a_face(
    visitor: BrowserContext, open_results: OpenResults, trouble: str
) -> None:
    if trouble == "forged":
        stand_in(visitor)
    else:
        visitor.route(f"https://{CDN}/**", lambda route: route.abort())
    page = visitor.new_page()
    link = open_share(page, open_results)
    page.get_by_role("button", name="카카오톡으로 보내기").tap()
    expect(page.get_by_role("alert").get_by_text("카카오톡을 열지 못했어요.")).to_be_visible()
    assert page.evaluate("globalThis.Kakao") is None
    expect(page.get_by_role("button", name="카카오톡으로 보내기")).to_be_enabled()
    check(page, "KakaoTalk did not open")
    copy = page.locator("dialog[open] [data-act=copy]")
    expect(copy).to_be_visible()
    assert copy.get_attribute("data-link") == link


def test_kakao__privacy_says_so(visitor: BrowserContext, page: Page) -> None:
    with_key = visitor.new_page()
    with_key.goto("/privacy")
    expect(with_key.get_by_text("주식회사 카카오의 스크립트")).to_be_visible()
    page.goto("/privacy")
    expect(page.get_by_text("다른 회사의 스크립트는 부르지 않아요.")).to_be_visible()


def test_kakao__not_without_a_key(page: Page, open_results: OpenResults) -> None:
    open_share(page, open_results)
    expect(page.locator("[data-act=copy]").first).to_be_visible()
    expect(page.locator("[data-act=kakao]")).to_be_hidden()
