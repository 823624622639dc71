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

_ANCHOR = "    alias: [\n"
_ALIAS = (
    '      {{ find: "{found}", '
    'replacement: fileURLToPath(new URL("./utils/{file}", import.meta.url)) }},\n'
)


class BuildError(RuntimeError):
    """The page cannot be built as it must be."""


class Replacement(Plugin):
    """Has a module of ours built in the place of another one."""

    found: str
    """The name by which Reflex's files import it."""

    file: str
    """Ours, in this folder."""

    def get_static_assets(self, **_context: object) -> Sequence[tuple[Path, str]]:
        """Our module."""
        return [(Path("utils") / self.file, _text(self.file))]

    def pre_compile(self, **context: Any) -> None:
        """Makes Vite take it."""
        context["add_modify_task"](
            "vite.config.js", lambda config: aliased(config, self.found, self.file)
        )


class SameOrigin(Replacement):
    """One build for any scheme, host and port."""

    found, file = "$/env.json", "env.js"


class PlainReact(Replacement):
    """No run-time styles: 8 KB less to load."""

    found, file = "@emotion/react", "plain_react.js"


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
        context["add_save_task"](lambda: ("app/entry.client.js", _text("entry.client.js")))


def aliased(config: str, found: str, file: str) -> str:
    """Vite's configuration with our ``file`` in the place of the module ``found``.

    :raises BuildError: when there is no list of such names in it.
    """
    alias = _ALIAS.format(found=found, file=file)
    if alias in config:
        return config
    if config.count(_ANCHOR) != 1:
        raise BuildError("vite.config.js has no list of aliases: did Reflex change its template?")
    return config.replace(_ANCHOR, _ANCHOR + alias)


def _text(file: str) -> str:
    return Path(__file__).with_name(file).read_text("utf-8")
