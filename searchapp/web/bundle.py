"""What the build adds to Reflex's own: one page for any address, and the small client script."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from reflex.plugins import Plugin

SAME_ORIGIN = "http://same-origin.invalid"
"""Stands for the page's own address until the build replaces it (``.invalid`` never resolves)."""

_SOCKET = SAME_ORIGIN.replace("http", "ws", 1)


class BuildError(RuntimeError):
    """The page could not be built as it must be."""


class PageBundle(Plugin):
    """Finishes the static files after Reflex has made them, before they are compressed."""

    def post_build(self, **context: object) -> None:
        """Makes the scripts use the address that the page was loaded from."""
        static_dir = Path(str(context["static_dir"]))
        use_own_address(static_dir)


def use_own_address(static_dir: Path) -> None:
    """Replaces the stand-in address in every built script by the browser's own.

    Reflex writes one fixed backend address into the page; with it a build would serve one port,
    one host and one scheme only.

    :raises BuildError: when no script opens the websocket at the stand-in, or when some other
        file mentions it.
    """
    found = 0
    for path in static_dir.rglob("*"):
        if not path.is_file() or path.suffix not in {".js", ".html", ".json", ".css"}:
            continue
        text = path.read_text(encoding="utf-8")
        if "same-origin.invalid" not in text:
            continue
        for quote in "\"'`":
            found += text.count(f"{quote}{_SOCKET}/")
            text = text.replace(
                f"{quote}{_SOCKET}/", f"location.origin.replace(/^http/,`ws`)+{quote}/"
            )
            text = text.replace(f"{quote}{SAME_ORIGIN}/", f"location.origin+{quote}/")
        if "same-origin.invalid" in text:
            raise BuildError(f"{path.name} holds the stand-in address in a form not known here")
        path.write_text(text, encoding="utf-8")
    if not found:
        raise BuildError("no script opens the websocket: did Reflex change how it is built?")
