"""Which browser tests, benchmarks and tools look at pages with."""

from __future__ import annotations

import shutil

BROWSERS = (
    "chromium-headless-shell",  # Draws no window of its own: two thirds of the processor time.
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)


def chromium() -> str | None:
    """The path of the first on PATH; None leaves it to Playwright, which may have brought one."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)
