"""What the build adds to Reflex's own, on documented hooks of ``reflex.plugins.Plugin``.

No file of a build is edited after it: modules are written beside Reflex's own, and its Vite
configuration is changed by the task that Reflex offers for that.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from reflex.plugins import Plugin

from searchapp.web.browser import sources
from searchapp.web.browser.intl import TEXTS_FILE
from searchapp.web.words import texts_json

_ANCHOR = "    alias: [\n"
_ALIAS = (
    '      {{ find: "{name}", '
    'replacement: fileURLToPath(new URL("./utils/{file}", import.meta.url)) }},\n'
)


class BuildError(RuntimeError):
    """The page cannot be built as it must be."""


class Replacement(Plugin):
    """Has a module of this folder built in the place of others."""

    file: str
    names: tuple[str, ...]
    """By which Reflex's files import the others."""

    def get_static_assets(self, **_context: object) -> Sequence[tuple[Path, str]]:
        """Our module."""
        return [(Path("utils") / self.file, _text(self.file))]

    def pre_compile(self, **context: Any) -> None:
        """Makes Vite take it."""
        for name in self.names:
            change = partial(aliased, name=name, file=self.file)
            context["add_modify_task"]("vite.config.js", change)


class SameOrigin(Replacement):
    """One build for any scheme, host and port."""

    file, names = "env.js", ("$/env.json",)


class Lighter(Replacement):
    """Leaves out what no page of ours uses: 12 KB that every page would load."""

    file, names = "replacements.js", ("@emotion/react", "universal-cookie", "mergician")


class BrowserModules(Plugin):
    """The modules of :mod:`searchapp.web.browser`."""

    def get_static_assets(self, **_context: object) -> Sequence[tuple[Path, str]]:
        """Each under the name by which pages import it, and the texts that they show."""
        return [*sources().items(), (TEXTS_FILE, texts_json())]


class LateStart(Plugin):
    """Draws a page from its HTML before its scripts take the line."""

    def provides_entry_client(self) -> bool:
        """Reflex then writes none of its own."""
        return True

    def pre_compile(self, **context: Any) -> None:
        """Writes ours."""
        context["add_save_task"](lambda: ("app/entry.client.js", _text("entry.client.js")))


def aliased(config: str, *, name: str, file: str) -> str:
    """Vite's configuration with our ``file`` in the place of the module ``name``.

    :raises BuildError: when there is no list of such names in it.
    """
    alias = _ALIAS.format(name=name, file=file)
    if alias in config:
        return config
    if config.count(_ANCHOR) != 1:
        raise BuildError("vite.config.js has no list of aliases: did Reflex change its template?")
    return config.replace(_ANCHOR, _ANCHOR + alias)


def _text(file: str) -> str:
    return Path(__file__).with_name(file).read_text("utf-8")
