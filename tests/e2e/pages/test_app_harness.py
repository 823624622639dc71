"""The browser's modules in an app of their own, by Reflex's ``AppHarness``: its development server,
its backend in this process, no database.

Copy this to test a component alone; the product itself runs as processes (``conftest.py``), since a
harness serves neither our ASGI stack nor a build.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from playwright.sync_api import Browser, expect
from reflex.testing import AppHarness
from reflex_base.config import reload_config

ROOT = Path(__file__).parents[3]
CONFIG = """
import sys
from pathlib import Path

import reflex as rx

from searchapp.web.reflex_compat.plugins import BrowserModules

config = rx.Config(
    app_name="votes",
    bun_path=Path(sys.executable).parent / "bun",
    plugins=[BrowserModules()],
    disable_plugins=[rx.plugins.SitemapPlugin],
)
"""


def votes() -> None:
    """An app that keeps a vote: the page shows it at once, the state when it has arrived."""
    from typing import Any

    import reflex as rx

    from searchapp.domain.ids import new_id
    from searchapp.web.browser.pending import PendingActions, is_pending, noted

    class Votes(rx.State):
        answered: dict[str, str] = {}  # noqa: RUF012 - Reflex gives each tab a copy.
        visit: str = ""
        count: int = 0

        @rx.event
        def load(self) -> None:
            self.visit = new_id()

        @rx.event
        def vote(self, key: str) -> None:
            self.count += key not in self.answered
            self.answered = {**self.answered, key: ""}

        @rx.event
        def resume(self, pending: dict[str, dict[str, Any]]) -> Any:
            return [Votes.vote(action["key"]) for action in pending.values()]

    def index() -> rx.Component:
        return rx.el.main(
            PendingActions.create(
                answered=Votes.answered, visit=Votes.visit, on_resume=Votes.resume
            ),
            rx.el.button("vote", on_click=Votes.vote(noted("vote"))),
            rx.el.output(Votes.count),
            rx.el.p(rx.cond(is_pending("vote"), "on its way", "kept")),
        )

    app = rx.App()
    app.add_page(index, on_load=Votes.load)


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the app is served."""
    (tmp_path / "rxconfig.py").write_text(CONFIG)
    (tmp_path / "votes").mkdir()
    shutil.copytree(ROOT / "reflex.lock", tmp_path / "reflex.lock")
    with patch.dict(os.environ):
        try:
            with AppHarness.create(tmp_path, votes) as harness:
                assert harness.frontend_url is not None
                yield harness.frontend_url
        finally:
            os.chdir(ROOT)
            reload_config()


def test_app_harness__an_action_is_noted_and_answered_once(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(address)
    count = page.locator("output")
    expect(page.get_by_text("kept")).to_be_visible()
    expect(count).to_have_text("0")
    page.get_by_role("button").click()
    expect(count).to_have_text("1")
    expect(page.get_by_text("kept")).to_be_visible()

    page.evaluate("sessionStorage.pending = JSON.stringify({vote: {key: 'left-behind', args: []}})")
    page.reload()
    expect(count).to_have_text("2")
    page.close()
