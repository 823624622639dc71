"""What the build adds to Reflex's files, held against Reflex's own templates."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from reflex_base.compiler import templates

from searchapp.web.admin.page import admin
from searchapp.web.browser import FOLDER
from searchapp.web.pages.home.page import home
from searchapp.web.pages.results.page import results
from searchapp.web.pages.share.page import share
from searchapp.web.pages.small import missing, phone_inbox, privacy
from searchapp.web.reflex_compat.plugins import (
    BrowserModules,
    BuildError,
    LateStart,
    PlainReact,
    SameOrigin,
    aliased,
)


def collected(plugin: Any) -> list[tuple[Any, ...]]:
    """The tasks that a plugin adds before the build."""
    tasks: list[tuple[Any, ...]] = []
    plugin.pre_compile(
        add_save_task=lambda *task: tasks.append(task),
        add_modify_task=lambda *task: tasks.append(task),
    )
    return tasks


def test_same_origin__fits_the_vite_configuration_of_this_reflex() -> None:
    source = Path(templates.__file__).read_text()
    assert source.count("    alias: [") == 1
    [(name, change)] = collected(SameOrigin())
    assert name == "vite.config.js"
    config = change("resolve: {\n    alias: [\n      {},\n    ],\n}")
    assert config.count("$/env.json") == 1
    assert change(config) == config


def test_same_origin__another_template_stops_the_build() -> None:
    with pytest.raises(BuildError, match="did Reflex change"):
        aliased("resolve: { alias: {} }", "a", "a.js")


def test_same_origin__names_no_address() -> None:
    [(path, text)] = SameOrigin().get_static_assets()
    assert path == Path("utils/env.js")
    for name in ("PING", "EVENT", "UPLOAD", "HEALTH", "TRANSPORT"):
        assert name in text


def test_plain_react__reflex_takes_jsx_alone() -> None:
    for path in Path(templates.__file__).parents[1].rglob("*.py"):
        for names in re.findall(r"import \{([^}]*)\} from [\"']@emotion/react", path.read_text()):
            assert names.strip() == "jsx", path
    [(path, text)] = PlainReact().get_static_assets()
    assert path == Path("utils/plain_react.js")
    assert "export const jsx" in text


@pytest.mark.parametrize("made", [home, results, share, privacy, phone_inbox, missing, admin])
def test_plain_react__no_page_has_styles_in_python(made: Callable[[], rx.Component]) -> None:
    assert "css:" not in repr(made().render())


def test_browser_modules__each_once_and_no_test() -> None:
    made = dict(BrowserModules().get_static_assets())
    assert len(made) == len(list(FOLDER.glob("*/*.js*"))) - len(list(FOLDER.glob("*/*.test.js")))
    assert Path("utils/browser/uploader/uploader.jsx") in made


def test_late_start__owns_the_entry() -> None:
    assert LateStart().provides_entry_client()
    [(task,)] = collected(LateStart())
    path, text = task()
    assert path == "app/entry.client.js"
    assert "hydrateRoot(document" in text
