"""Formats, lints, type-checks and counts the JavaScript of the page.

    python tools/checks/javascript.py [--fix]

Prettier, oxlint and TypeScript come from ``tools/checks/javascript/bun.lock`` by the bun that lies
beside this Python.  Lines are counted as Prettier writes them (100 columns), without empty ones and
comments; tests and the service worker are counted apart.  ``make size`` reports the same number.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TOOLS = Path(__file__).parent / "javascript"
BUN = Path(sys.executable).parent / "bun"
PAGE = ROOT / "searchapp" / "web"
WORKER = ROOT / "assets" / "worker.js"
MOST_LINES = 450
MOST_WORKER_LINES = 150
_BLOCK = re.compile(r"/\*.*?\*/", re.DOTALL)
_LINE = re.compile(r"^\s*//.*$", re.MULTILINE)


def modules() -> list[Path]:
    """What browsers run of the page, without tests."""
    return sorted(path for path in PAGE.rglob("*.js*") if ".test." not in path.name)


def lines_of(text: str) -> int:
    """The lines of a module but for empty ones and comments."""
    code = _LINE.sub("", _BLOCK.sub("", text))
    return sum(bool(line.strip()) for line in code.splitlines())


def counted() -> tuple[int, int]:
    """The lines of the page, and of the service worker."""
    page = sum(lines_of(path.read_text("utf-8")) for path in modules())
    return page, lines_of(WORKER.read_text("utf-8"))


def run(package: str, *arguments: str) -> bool:
    """Whether a tool found nothing; what it found is printed."""
    main = {"typescript": "bin/tsc", "oxlint": "bin/oxlint", "prettier": "bin/prettier.cjs"}
    program = TOOLS / "node_modules" / package / main[package]
    return subprocess.run([BUN, program, *arguments], cwd=ROOT, check=False).returncode == 0


def main() -> int:
    """1 when something was found."""
    installing = [BUN, "install", "--frozen-lockfile", "--silent"]
    subprocess.run(installing, cwd=TOOLS, check=True)
    files = [str(path.relative_to(ROOT)) for path in (PAGE, WORKER, TOOLS / "modules.d.ts")]
    style = ["--print-width=100", "--log-level=warn", "--no-config"]
    passed = [
        run("prettier", *style, "--write" if "--fix" in sys.argv else "--check", *files),
        run("oxlint", "--deny-warnings", "--quiet", *files[:2]),
        run("typescript", "-p", str(TOOLS / "tsconfig.json")),
    ]
    page, worker = counted()
    print(f"JavaScript {page} lines (at most {MOST_LINES}), service worker {worker}")
    return int(not all(passed) or page > MOST_LINES or worker > MOST_WORKER_LINES)


if __name__ == "__main__":
    raise SystemExit(main())
