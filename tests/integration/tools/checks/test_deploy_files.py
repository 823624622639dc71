"""The check of ``deploy/``: what a tool refuses fails it, a tool that is absent is named."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parents[4] / "tools" / "checks" / "deploy_files.py"
TOOLS = {"systemd-analyze", "kubectl", "kubernetes-validate", "yamllint", "promtool"}


def _run(path: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(CHECK)],
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )


def test_check__passes_and_names_what_it_skips() -> None:
    done = _run(os.environ["PATH"])
    assert done.returncode == 0, done.stdout
    skipped = {line.split()[3] for line in done.stdout.splitlines() if "skipped" in line}
    assert skipped == {tool for tool in TOOLS if shutil.which(tool) is None}


def test_check__without_any_tool(tmp_path: Path) -> None:
    done = _run(str(tmp_path))
    assert done.returncode == 0
    assert {line.split()[3] for line in done.stdout.splitlines() if "skipped" in line} == TOOLS


@pytest.mark.parametrize("tool", sorted(TOOLS))
def test_check__fails_with_what_a_tool_says(tmp_path: Path, tool: str) -> None:
    fake = tmp_path / tool
    fake.write_text("#!/bin/sh\necho searchapp: broken >&2\nexit 1\n")
    fake.chmod(0o755)
    done = _run(str(tmp_path))
    assert done.returncode == 1
    assert f"deploy files: {tool}" in done.stdout
    assert "broken" in done.stdout
