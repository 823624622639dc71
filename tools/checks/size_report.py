"""Reports the size of the product: modules, lines, lengths of functions, large files.

    python tools/checks/size_report.py [--check]

``--check`` exits with 1 when a file is longer than ``MAX_FILE_LINES``.
"""

from __future__ import annotations

import ast
import sys
from collections import Counter
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "searchapp"
MAX_FILE_LINES = 400
SHOWN = 10
"""How many of the longest functions are listed."""


@dataclass(frozen=True, slots=True)
class Function:
    """One function or method and its length in lines, from ``def`` to its last line."""

    where: str
    lines: int


@dataclass(slots=True)
class Size:
    """What was counted below one folder."""

    modules: int = 0
    lines: int = 0
    packages: Counter[str] = field(default_factory=Counter)
    functions: list[Function] = field(default_factory=list)
    large_files: list[tuple[str, int]] = field(default_factory=list)

    def percentile(self, percent: int) -> int:
        """The length that ``percent`` of the functions do not exceed."""
        ordered = sorted(function.lines for function in self.functions)
        return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def measure(folder: Path) -> Size:
    """Counts every Python file below ``folder``."""
    size = Size()
    for path in sorted(folder.rglob("*.py")):
        name = str(path.relative_to(ROOT))
        text = path.read_text(encoding="utf-8")
        lines = text.count("\n")
        size.modules += 1
        size.lines += lines
        size.packages[path.relative_to(folder).parts[0]] += 1
        size.functions += functions_of(ast.parse(text), name)
        if lines > MAX_FILE_LINES:
            size.large_files.append((name, lines))
    return size


def functions_of(tree: ast.AST, name: str) -> list[Function]:
    """The functions and methods of one module."""
    found = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        Function(f"{name}:{node.lineno} {node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, found)
    ]


def large_test_files() -> list[tuple[str, int]]:
    """Files of tests, tools and benchmarks over the limit."""
    folders = chain.from_iterable(
        (ROOT / name).rglob("*.py") for name in ("tests", "tools", "benchmarks")
    )
    counted = ((str(p.relative_to(ROOT)), p.read_text("utf-8").count("\n")) for p in folders)
    return [(name, lines) for name, lines in counted if lines > MAX_FILE_LINES]


def report(size: Size) -> None:
    """Prints what was counted."""
    p50, p90 = size.percentile(50), size.percentile(90)
    print(f"modules    {size.modules}")
    print(f"lines      {size.lines}")
    print(f"functions  {len(size.functions)}: p50 {p50} lines, p90 {p90}")
    packages = (f"{name} {n}" for name, n in size.packages.most_common() if "." not in name)
    print(f"packages   {', '.join(packages)}")
    print("longest functions")
    longest = sorted(size.functions, key=lambda function: -function.lines)[:SHOWN]
    for function in longest:
        print(f"  {function.lines:4} {function.where}")
    for name, lines in size.large_files:
        print(f"over {MAX_FILE_LINES} lines: {name} ({lines})")


def main() -> int:
    """1 with ``--check`` when a file is longer than the limit."""
    size = measure(PRODUCT)
    size.large_files += large_test_files()
    report(size)
    return int("--check" in sys.argv and bool(size.large_files))


if __name__ == "__main__":
    raise SystemExit(main())
