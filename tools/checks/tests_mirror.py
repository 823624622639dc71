"""Checks that the tree of tests mirrors the tree of the source.

    tests/<kind>/<package>/test_<module>.py            tests searchapp/<package>/<module>.py
    tests/<kind>/<package>/test_<module>__<aspect>.py  an aspect, where one file is not enough

for the kinds of ``MIRRORED``; ``<module>`` may be a package too, and folders of ``OUTER`` are
written with their own first name.  The suites of ``SCENARIOS`` tell stories that
cross packages: their files are named by what happens, and are free.  A test lies nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
MIRRORED = ("unit", "contract", "integration", "property")
SCENARIOS = ("crash", "e2e", "ops")
OUTER = ("tools", "benchmarks", "docs")
"""Folders beside the product that have tests too; a document is named with ``_`` for ``-``."""


def problems() -> Iterator[str]:
    """One line for each test file in the wrong place."""
    for path in sorted(TESTS.rglob("test_*.py")):
        kind, *packages = path.relative_to(TESTS).parts[:-1] or ("",)
        if kind in MIRRORED:
            yield from _mirrored(path, packages)
        elif kind not in SCENARIOS:
            yield f"{_name(path)}: a test lies in one of {', '.join(MIRRORED + SCENARIOS)}"


def _mirrored(path: Path, packages: list[str]) -> Iterator[str]:
    base = ROOT if packages and packages[0] in OUTER else ROOT / "searchapp"
    module = path.stem.removeprefix("test_").partition("__")[0]
    source = base.joinpath(*packages, module)
    document = source.with_name(f"{module.replace('_', '-')}.md")
    if not (source.with_suffix(".py").is_file() or source.is_dir() or document.is_file()):
        yield f"{_name(path)}: there is no {_name(source)}.py"


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main() -> int:
    """1 when a test file lies in the wrong place."""
    found = list(problems())
    for line in found:
        print(f"tests: {line}")
    print(f"tests: {len(found)} files in the wrong place")
    return int(bool(found))


if __name__ == "__main__":
    raise SystemExit(main())
