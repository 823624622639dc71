"""What Kubernetes manifests, Prometheus rules and the dashboard say; that they are well formed is
checked by tools/checks/deploy_files.py."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))
EXPRESSIONS = re.compile(r"searchapp_[a-z0-9_]+")


def _documents(file: Path) -> list[dict[str, object]]:
    return [found for found in yaml.safe_load_all(file.read_text()) if found]


def test_kubernetes__kustomization_names_every_manifest() -> None:
    [listed] = _documents(DEPLOY / "kubernetes" / "kustomization.yaml")
    others = {file.name for file in MANIFESTS} - {"kustomization.yaml"}
    assert set(listed["resources"]) == others  # type: ignore[call-overload]


def test_kubernetes__workers_are_probed_by_their_progress() -> None:
    [worker] = _documents(DEPLOY / "kubernetes" / "worker.yaml")
    text = json.dumps(worker)
    assert text.count('"--health"') == 2
    for file in MANIFESTS:
        for document in _documents(file):
            if "template" in json.dumps(document):
                assert '"readOnlyRootFilesystem": true' in json.dumps(document)


def test_alerts__are_those_of_the_document() -> None:
    text = (ROOT / "docs" / "operators" / "alerts.md").read_text()
    rules = yaml.safe_load((DEPLOY / "monitoring" / "rules.yaml").read_text())["groups"][0]["rules"]
    for rule in rules:
        for metric in EXPRESSIONS.findall(rule["expr"]):
            assert metric in text, rule["alert"]


@pytest.mark.parametrize("name", ["rules.yaml", "dashboard.json"])
def test_monitoring__uses_metrics_that_are_documented(name: str) -> None:
    text = (ROOT / "docs" / "operators" / "metrics.md").read_text()
    used = set(EXPRESSIONS.findall((DEPLOY / "monitoring" / name).read_text()))
    used = {re.sub("_(bucket|total)$", "", metric) for metric in used}
    assert used
    assert [metric for metric in sorted(used) if metric not in text] == []


def test_dashboard__every_panel_has_its_place_and_question() -> None:
    board = json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())
    places = {(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in board["panels"]}
    assert len(places) == len(board["panels"])
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])
