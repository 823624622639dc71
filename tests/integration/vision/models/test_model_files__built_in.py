"""The model runtime reports nothing to its maker: no identifier, no queue of events."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[4]

LOADS = """
from searchapp.vision.models.model_files import checked, onnx_session
onnx_session(checked("garments.onnx"))
"""


def test_runtime__leaves_nothing_behind(tmp_path: Path) -> None:
    # A bare environment: ``CI`` and its like silence the runtime too.
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", LOADS], cwd=ROOT, env=env, check=True)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
