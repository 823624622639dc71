"""The modules of the browser: tested by the bun installed next to this Python."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from searchapp.web.browser import FOLDER

BUN = Path(sys.executable).parent / "bun"
STUBS = Path(__file__).parent / "browser" / "stubs.js"


def test_modules__pass_their_own_tests() -> None:
    done = subprocess.run(
        [str(BUN), "test", "--preload", str(STUBS)],
        cwd=FOLDER,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.search(r"\b0 fail\b", done.stderr)


def test_modules__each_folder_says_why() -> None:
    for folder in (path for path in FOLDER.iterdir() if (path / "__init__.py").is_file()):
        assert "Why Python cannot do it:" in (folder / "__init__.py").read_text(), folder.name


def test_modules__use_no_eval() -> None:
    for path in FOLDER.glob("*/*.js*"):
        assert not re.search(r"\beval\(|new Function\(", path.read_text()), path.name
