"""Asks the OSV database whether a pinned dependency has a known vulnerability.

Without a network that is said plainly and is no failure; a vulnerability is one.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
SECONDS = 90

ACCEPTED: dict[str, str] = {}
"""Vulnerability id -> why it does not touch us, and until when that is believed."""


def main() -> int:
    """0 when nothing is known or nothing could be asked, 1 when something is."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(ROOT / "requirements.txt")),
        *("--no-deps", "--disable-pip", "--vulnerability-service", "osv"),
        *("--format", "json", "--progress-spinner", "off", "--timeout", "10"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        print(f"audit: SKIPPED, no answer within {SECONDS} s")
        return 0
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1]
        print(f"audit: SKIPPED, the vulnerability service did not answer ({reason[:120]})")
        return 0
    return _report(dependencies)


def _report(dependencies: list[dict[str, object]]) -> int:
    found = [
        (dependency["name"], dependency["version"], vulnerability["id"])
        for dependency in dependencies
        for vulnerability in dependency.get("vulns", [])  # type: ignore[attr-defined]
        if vulnerability["id"] not in ACCEPTED
    ]
    for name, version, vulnerability in found:
        print(f"audit: {name} {version} has {vulnerability}")
    print(f"audit: {len(dependencies)} packages, {len(found)} vulnerabilities")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
