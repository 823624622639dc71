"""What the build adds to Reflex's own, on documented hooks of ``reflex.plugins.Plugin``.

No file of a build is edited after it: modules are written beside Reflex's own, and its Vite
configuration is changed by the task that Reflex offers for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from reflex.plugins import Plugin

from searchapp.web.browser import sources

_ENV = """const at = globalThis.location?.origin ?? "http://localhost";
const paths = { PING: "/ping", UPLOAD: "/_upload", HEALTH: "/_health" };
const urls = Object.fromEntries(Object.entries(paths).map(([name, path]) => [name, at + path]));
export default { ...urls, EVENT: at.replace(/^http/, "ws") + "/_event", TRANSPORT: "websocket" };
"""
"""Reflex's ``env.json`` names one fixed address; as a module it is the page's own."""

_ANCHOR = "    alias: [\n"
_ALIAS = (
    '      { find: "$/env.json", '
    'replacement: fileURLToPath(new URL("./utils/env.js", import.meta.url)) },\n'
)

_ENTRY = """import { startTransition, createElement } from "react";

// What wakes the page up is asked for once the page was drawn, and the photo of a search is there;
// a tab that draws nothing wakes up by the clock.
const drawn = new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
const late = new Promise((done) => setTimeout(done, 800));
const page = () => Promise.all([import("react-dom/client"), import("react-router/dom")]);
Promise.race([drawn, late])
  .then(page)
  .then(([{ hydrateRoot }, { HydratedRouter }]) =>
    startTransition(() => hydrateRoot(document, createElement(HydratedRouter))),
  );
"""


class BuildError(RuntimeError):
    """The page cannot be built as it must be."""


class SameOrigin(Plugin):
    """One build for any scheme, host and port."""

    def get_static_assets(self, **_context: object) -> Sequence[tuple[Path, str]]:
        """The module that stands for ``env.json``."""
        return [(Path("utils/env.js"), _ENV)]

    def pre_compile(self, **context: Any) -> None:
        """Makes Vite take that module."""
        context["add_modify_task"]("vite.config.js", aliased)


class BrowserModules(Plugin):
    """The modules of :mod:`searchapp.web.browser`."""

    def get_static_assets(self, **_context: object) -> Sequence[tuple[Path, str]]:
        """Each under the name by which pages import it."""
        return list(sources().items())


class LateStart(Plugin):
    """Draws a page from its HTML before its scripts take the line."""

    def provides_entry_client(self) -> bool:
        """Reflex then writes none of its own."""
        return True

    def pre_compile(self, **context: Any) -> None:
        """Writes ours."""
        context["add_save_task"](lambda: ("app/entry.client.js", _ENTRY))


def aliased(config: str) -> str:
    """Vite's configuration with our module in the place of ``env.json``.

    :raises BuildError: when there is no such list in it.
    """
    if _ALIAS in config:
        return config
    if config.count(_ANCHOR) != 1:
        raise BuildError("vite.config.js has no list of aliases: did Reflex change its template?")
    return config.replace(_ANCHOR, _ANCHOR + _ALIAS)
