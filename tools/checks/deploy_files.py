"""Lets the tools of the field read the files of ``deploy/``: systemd, Kubernetes, Prometheus, YAML.

Exit 1 when one of them refuses a file.  A tool that is not installed is named and skipped:
systemd-analyze (Debian: systemd), kubectl, kubernetes-validate (PyPI), yamllint, promtool
(Debian: prometheus).
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
YAML_RULES = "{extends: relaxed, rules: {line-length: disable}}"
SECONDS = 60


def commands(deploy: Path, scratch: Path) -> Iterator[Sequence[str]]:
    """What is run: a tool and its arguments."""
    yield "systemd-analyze", "verify", "--man=no", *_units(deploy / "systemd", scratch)
    kubernetes = deploy / "kubernetes"
    manifests = sorted(set(kubernetes.glob("*.yaml")) - {kubernetes / "kustomization.yaml"})
    yield "kubectl", "kustomize", str(kubernetes)
    yield "kubernetes-validate", "--strict", "--quiet", *map(str, manifests)
    yield "yamllint", "-d", YAML_RULES, *map(str, sorted(deploy.rglob("*.yaml")))
    yield "promtool", "check", "rules", str(deploy / "monitoring" / "rules.yaml")
    yield "promtool", "test", "rules", str(deploy / "monitoring" / "rules_test.yaml")


def _units(folder: Path, scratch: Path) -> list[str]:
    """Copies of the units: the product is not installed where its files are checked."""
    names = []
    for unit in sorted(folder.glob("*.service")):
        text = unit.read_text().replace("/opt/searchapp/.venv/bin/python", "/bin/true")
        (scratch / unit.name).write_text(text)
        names.append(str(scratch / unit.name.replace("@.", "@1.")))
    return names


def main(deploy: Path = DEPLOY) -> int:
    """0 when no tool that is there refuses a file."""
    failed = False
    with tempfile.TemporaryDirectory() as scratch:
        for command in commands(deploy, Path(scratch)):
            refusal = _refusal(command)
            failed |= refusal is not None
            if refusal:
                print(f"deploy files: {command[0]} {command[1]}: {refusal}")
    print("deploy files: refused" if failed else "deploy files: ok")
    return int(failed)


def _refusal(command: Sequence[str]) -> str | None:
    """What the tool says against the files; None if nothing, or if it is not installed."""
    if shutil.which(command[0]) is None:
        print(f"deploy files: skipped {command[0]} {command[1]}: it is not installed")
        return None
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    told = (done.stdout + done.stderr).strip() if done.returncode else ""
    if command[0] == "systemd-analyze":  # It also complains of the host's own units.
        told = "\n".join(line for line in done.stderr.splitlines() if "searchapp" in line)
    return told or (f"exit status {done.returncode}" if done.returncode else None)


if __name__ == "__main__":
    sys.exit(main())
