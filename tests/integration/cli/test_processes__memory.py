"""What a burst of photos took is given back."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.forked import ROOT

pytestmark = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads /proc")

BURST = """
import mmap
from searchapp.cli.processes import return_memory_early

def held():
    return int(open("/proc/self/statm").read().split()[1]) * mmap.PAGESIZE // 2**20

if {set}:
    return_memory_early()
before = held()
for _ in range(3):  # The first round moves glibc's threshold.
    small, photos = [], []
    for _ in range(100):
        photos.append(bytearray(b"x") * 1_000_000)
        small.append(bytearray(4000))  # What stays between the photos.
    kept = small
    del photos
print(held() - before)
"""


def _burst(*, with_settings: bool) -> int:
    """MiB that stay after 100 photos of a megabyte, three times."""
    code = BURST.format(set=with_settings)
    reported = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return int(reported.stdout)


def test_give_back_soon__photos_do_not_stay_in_the_heap() -> None:
    assert _burst(with_settings=True) < 10
