"""Checks that every path which the documents name exists.

A path is a word in backticks below one of ``ROOTS``; ``{a,b}`` stands for each of its parts.
CHANGELOG and the decisions may name what is no longer there.  The way of one photo in
docs/architecture.md may cross ``WAY_LIMIT`` files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOTS = ("searchapp", "tests", "tools", "benchmarks", "docs", "deploy", "alembic", "assets")
PATH = re.compile(rf"`((?:{'|'.join(ROOTS)})/[\w./{{}},*-]+)`")
HISTORY = ("docs/decisions",)
WAY_LIMIT = 60


def documents() -> Iterator[Path]:
    """The Markdown files that describe the present."""
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        name = path.relative_to(ROOT).as_posix()
        if name != "CHANGELOG.md" and not name.startswith(HISTORY):
            yield path


def expanded(path: str) -> list[str]:
    """``a/{b,c}.py`` as ``a/b.py`` and ``a/c.py``."""
    found = re.search(r"\{([^}]*)\}", path)
    if found is None:
        return [path]
    head, tail = path[: found.start()], path[found.end() :]
    return [name for part in found[1].split(",") for name in expanded(f"{head}{part}{tail}")]


def missing(text: str) -> list[str]:
    """The paths of ``text`` that do not exist."""
    names = [name for path in PATH.findall(text) for name in expanded(path)]
    return [name for name in names if not any(ROOT.glob(name.rstrip("/")))]


def files_on_the_way() -> int:
    """How many files the section "The way of one photo" names."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.partition("## The way of one photo")[2].partition("\n## ")[0]
    return len({name for path in PATH.findall(section) for name in expanded(path)})


def main() -> int:
    """1 when a document names a path that does not exist, or the way is too long."""
    found = [
        f"{document.relative_to(ROOT)}: there is no {name}"
        for document in sorted(documents())
        for name in missing(document.read_text(encoding="utf-8"))
    ]
    way = files_on_the_way()
    for line in found:
        print(f"paths: {line}")
    print(f"paths: {len(found)} missing; the way of one photo crosses {way} files")
    return int(bool(found) or way > WAY_LIMIT)


if __name__ == "__main__":
    raise SystemExit(main())
