"""What protects the site leaves its own pages alone: no violation, no frame thrown away."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.pages.steps import search, see_completed
from tests.support.site import Site

pytestmark = pytest.mark.e2e

NOTE = """
globalThis.violations = [];
document.addEventListener("securitypolicyviolation", (event) =>
  violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


def refused_frames(site: Site) -> str:
    """The line of the metrics about them."""
    text = httpx.get(f"{site.url}/metrics", trust_env=False).text
    lines = text.splitlines()
    return next(x for x in lines if x.startswith("searchapp_websocket_frames_refused_total"))


def test_protection__the_whole_story_without_a_violation(
    contexts: Callable[..., BrowserContext], site: Site, photo: Path
) -> None:
    before = refused_frames(site)
    context = contexts()
    context.add_init_script(NOTE)
    page = context.new_page()
    search(page, photo)
    see_completed(page)
    found = violations(page)
    page.reload()
    see_completed(page)
    found += violations(page)
    for path in ("/", "/privacy", "/dev/phone", "/admin", "/nothing"):
        for _ in ("new", "from the cache"):
            page.goto(path)
            page.wait_for_load_state("networkidle")
            found += violations(page)
    assert found == []
    assert refused_frames(site) == before


def violations(page: Page) -> list[str]:
    """What the policy stopped on the page that is open."""
    reported: list[str] = page.evaluate("violations")
    return reported
