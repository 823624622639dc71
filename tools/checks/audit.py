"""Asks the OSV database whether a pinned dependency has a known vulnerability.

Exit 1 for a vulnerability, for a package that could not be looked up, and when the audit itself is
broken.  A service that cannot be reached is reported and is no failure, so that tests run
without a network; ``AUDIT_REQUIRED=1`` makes it one, for whoever releases.  ``OSV_URL`` names
another OSV service.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
SECONDS = 90

ACCEPTED: dict[str, str] = {}
"""Vulnerability id -> why it does not touch us, and until when that is believed."""

_AWAY = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|SSLError|ProxyError|5\d\d Server Error"
    r"|Connection to .* (?:failed|timed out)",
)
"""The last line of pip-audit when its service does not answer."""


def main(requirements: Path = ROOT / "requirements.txt") -> int:
    """0 when nothing is known or no service could be asked, else 1."""
    command = [
        *(sys.executable, "-m", "pip_audit", "--requirement", str(requirements)),
        *("--no-deps", "--disable-pip", "--vulnerability-service", "osv"),
        *("--format", "json", "--progress-spinner", "off", "--timeout", "10"),
        *(("--osv-url", os.environ["OSV_URL"]) if os.environ.get("OSV_URL") else ()),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return _not_asked(f"no answer within {SECONDS} s")
    try:
        dependencies = json.loads(done.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        reason = (done.stderr.strip().splitlines() or ["no output"])[-1][:160]
        if _AWAY.search(done.stderr):
            return _not_asked(reason)
        print(f"audit: BROKEN, it said: {reason}")
        return 1
    return _report(dependencies)


def _not_asked(reason: str) -> int:
    required = os.environ.get("AUDIT_REQUIRED") == "1"
    print(f"audit: {'FAILED' if required else 'SKIPPED'}, nothing was checked ({reason})")
    return 1 if required else 0


def _report(dependencies: list[dict[str, Any]]) -> int:
    found = [
        (dependency["name"], dependency["version"], vulnerability["id"])
        for dependency in dependencies
        for vulnerability in dependency.get("vulns", [])
        if not {vulnerability["id"], *vulnerability.get("aliases", [])} & ACCEPTED.keys()
    ]
    unknown = [dependency for dependency in dependencies if "skip_reason" in dependency]
    for name, version, vulnerability in found:
        print(f"audit: {name} {version} has {vulnerability}")
    for dependency in unknown:
        print(f"audit: {dependency['name']} was not checked: {dependency['skip_reason']}")
    checked = len(dependencies) - len(unknown)
    print(f"audit: {checked} packages checked, {len(found)} vulnerabilities")
    return 1 if found or unknown or not checked else 0


if __name__ == "__main__":
    raise SystemExit(main())
