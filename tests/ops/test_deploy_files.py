"""systemd units, Kubernetes manifests, Prometheus rules and the dashboard: read by their own tools
where those are there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
EXPRESSIONS = re.compile(r"searchapp_[a-z0-9_]+")


def _tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not there to check the files")
    return found


def _documents(file: Path) -> list[dict[str, object]]:
    return [found for found in yaml.safe_load_all(file.read_text()) if found]


def test_systemd__units_are_valid(tmp_path: Path) -> None:
    program = _tool("systemd-analyze")
    for unit in UNITS:
        # The product is not installed where its tests run.
        text = unit.read_text().replace("/opt/searchapp/.venv/bin/python", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    names = [str(tmp_path / unit.name.replace("@.", "@1.")) for unit in UNITS]
    done = subprocess.run(
        [program, "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    told = [line for line in done.stderr.splitlines() if "searchapp" in line]
    assert done.returncode == 0, told
    assert told == []


def test_kubernetes__kustomization_names_every_manifest() -> None:
    [listed] = _documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    others = {file.name for file in MANIFESTS} - {"kustomization.yaml"}
    assert set(listed["resources"]) == others  # type: ignore[call-overload]


def test_kubernetes__kustomize_builds_it() -> None:
    done = subprocess.run(
        [_tool("kubectl"), "kustomize", str(DEPLOY / "kubernetes")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    kinds = [found["kind"] for found in yaml.safe_load_all(done.stdout)]
    assert sorted(kinds) == [
        "ConfigMap", "Deployment", "Deployment", "Ingress", "Job", "Namespace",
        "PodDisruptionBudget", "Service",
    ]  # fmt: skip


@pytest.mark.parametrize("tool", ["kubernetes-validate", "yamllint"])
def test_kubernetes__is_accepted_by(tool: str) -> None:
    program = _tool(tool)
    files = [str(f) for f in MANIFESTS if f.name != "kustomization.yaml"]
    relaxed = "{extends: relaxed, rules: {line-length: disable}}"
    options = ["-d", relaxed] if tool == "yamllint" else []
    done = subprocess.run([program, *options, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_kubernetes__workers_are_probed_by_their_progress() -> None:
    [worker] = _documents(DEPLOY / "kubernetes" / "worker.yaml")
    text = json.dumps(worker)
    assert text.count('"--health"') == 2
    for file in MANIFESTS:
        for document in _documents(file):
            if "template" in json.dumps(document):
                assert '"readOnlyRootFilesystem": true' in json.dumps(document)


def test_prometheus__rules_are_valid() -> None:
    done = subprocess.run(
        [_tool("promtool"), "check", "rules", str(DEPLOY / "monitoring" / "rules.yaml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["rules.yaml", "dashboard.json"])
def test_monitoring__uses_metrics_that_are_documented(name: str) -> None:
    told = (ROOT / "docs" / "operators" / "metrics.md").read_text()
    used = set(EXPRESSIONS.findall((DEPLOY / "monitoring" / name).read_text()))
    used = {re.sub("_(bucket|total)$", "", metric) for metric in used}
    assert used
    assert [metric for metric in sorted(used) if metric not in told] == []


def test_dashboard__every_panel_has_its_place_and_question() -> None:
    board = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]}
    assert len(places) == len(board["panels"])
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])
