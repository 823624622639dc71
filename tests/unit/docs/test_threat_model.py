"""docs/threat-model.md names tests that exist, for every threat."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[2]
MODEL = TESTS.parent / "docs" / "threat-model.md"
_ROW = re.compile(r"^\| (?!threat |---|right )(.+) \| (.+) \| (.+) \|$", re.MULTILINE)
_NAME = re.compile(r"`([\w/.]+)`")

ROWS = [
    (threat, _NAME.findall(tests))
    for threat, _, tests in _ROW.findall(MODEL.read_text().partition("## Uploads")[2])
]


def _file(name: str) -> Path:
    """The test file of a path, or of the end of one."""
    found = [path for path in TESTS.rglob("*.py") if str(path).endswith(f"/{name}")]
    assert found, f"{name} is not there"
    return found[0]


def test_rows__are_found() -> None:
    assert len(ROWS) > 40


@pytest.mark.parametrize(("threat", "names"), ROWS, ids=[threat for threat, _ in ROWS])
def test_threat__has_tests_that_exist(threat: str, names: list[str]) -> None:
    assert names or threat == "styles"
    files: list[Path] = []
    for name in names:
        if name.endswith(".py") and not name.startswith("benchmarks/"):
            files.append(_file(name))
        elif name.startswith("test_"):
            assert any(f"def {name}" in file.read_text() for file in files), name
        else:
            assert (TESTS / name).exists() or (TESTS.parent / name).exists(), name
