"""Child processes whose own clock is wrong, by libfaketime."""

from __future__ import annotations

from pathlib import Path

import pytest

_LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


def clock_apart(minutes: float) -> dict[str, str]:
    """Variables of the environment with which a process's clock is ``minutes`` ahead.

    Durations stay right.  Skips the test where the library is absent: tools/checks/browser.sh
    installs it.
    """
    if not minutes:
        return {}
    if not _LIBRARIES:
        pytest.skip("libfaketime is not installed")
    return {
        "LD_PRELOAD": str(_LIBRARIES[0]),
        "FAKETIME": f"{minutes * 60:+.0f}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_NO_CACHE": "1",  # A child that was forked sets FAKETIME anew.
    }
