"""The browser's own powers, each a folder: its module in JavaScript and its typed wrapper.

Everything that Python can say is said in Python; the docstring of each folder tells why that part
could not be.  The modules are plain ECMAScript with JSDoc types, checked by
``tools/checks/javascript.py`` and tested by ``bun test``; the build copies them beside Reflex's own
modules.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent


def module(path: str) -> str:
    """The name by which built pages import the module at ``path`` of this folder."""
    return f"$/utils/browser/{path}"


def sources() -> dict[Path, str]:
    """Every module for the build: its place below ``.web``, and its text."""
    found = sorted(path for path in FOLDER.glob("*/*.js*") if ".test." not in path.name)
    place = Path("utils/browser")
    return {place / path.relative_to(FOLDER): path.read_text("utf-8") for path in found}
