"""What the build adds to Reflex's files, held against Reflex's own templates."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from reflex.state import BaseState
from reflex_base.compiler import templates

from searchapp.i18n import TEXTS
from searchapp.web.admin.page import admin
from searchapp.web.browser import FOLDER
from searchapp.web.browser.intl import TEXTS_FILE
from searchapp.web.pages.home import home
from searchapp.web.pages.results.page import results
from searchapp.web.pages.small import missing, phone_inbox, privacy, share
from searchapp.web.reflex_compat.plugins import (
    BrowserModules,
    BuildError,
    LateStart,
    Lighter,
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
        aliased("resolve: { alias: {} }", name="a", file="a.js")


def test_same_origin__names_no_address() -> None:
    [(path, text)] = SameOrigin().get_static_assets()
    assert path == Path("utils/env.js")
    for name in ("PING", "EVENT", "UPLOAD", "HEALTH", "TRANSPORT"):
        assert name in text


def test_lighter__reflex_takes_no_more_of_them() -> None:
    sources = [path.read_text() for path in Path(templates.__file__).parents[1].rglob("*.py")]
    client = (Path(templates.__file__).parents[1] / ".templates/web/utils/state.js").read_text()
    for names in re.findall(r"import \{([^}]*)\} from [\"']@emotion/react", "".join(sources)):
        assert names.strip() == "jsx"
    assert client.count("mergician") == 4, "it merges more than the props of Radix's slots"
    assert set(re.findall(r"cookies\.(\w+)\(", client)) == {"get", "set", "remove"}
    [(path, text)] = Lighter().get_static_assets()
    assert path == Path("utils/replacements.js")
    for name in ("createElement as jsx", "const mergician", "export default class Cookies"):
        assert name in text
    assert [name for name, _ in collected(Lighter())] == ["vite.config.js"] * 3


def test_lighter__no_state_keeps_a_cookie() -> None:
    states = [BaseState, *BaseState.__subclasses__()]
    while states:
        state = states.pop()
        states += state.__subclasses__()
        assert not any(isinstance(value, rx.Cookie) for value in vars(state).values()), state


@pytest.mark.parametrize("made", [home, results, share, privacy, phone_inbox, missing, admin])
def test_lighter__no_page_has_styles_in_python(made: Callable[[], rx.Component]) -> None:
    assert "css:" not in repr(made().render())


def test_browser_modules__each_once_and_no_test() -> None:
    made = dict(BrowserModules().get_static_assets())
    texts = json.loads(made.pop(TEXTS_FILE))
    assert texts["nav.home"] == [TEXTS["ko"]["nav.home"], TEXTS["en"]["nav.home"]]
    assert len(made) == len(list(FOLDER.glob("*/*.js*"))) - len(list(FOLDER.glob("*/*.test.js")))
    assert Path("utils/browser/uploader/uploader.jsx") in made


def test_late_start__owns_the_entry() -> None:
    assert LateStart().provides_entry_client()
    [(task,)] = collected(LateStart())
    path, text = task()
    assert path == "app/entry.client.js"
    assert "hydrateRoot(document" in text
