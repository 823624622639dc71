"""Looks for secrets in everything that git tracks."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]

PATTERNS: dict[str, re.Pattern[str]] = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----"),
    "AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "Twilio account": re.compile(r"\bAC[0-9a-f]{32}\b"),
    "Twilio API key": re.compile(r"\bSK[0-9a-f]{32}\b"),
    "GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}\b"),
    "Google API key": re.compile(r"\bAIza[0-9A-Za-z_-]{35}\b"),
    "Slack token": re.compile(r"\bxox[abprs]-[0-9A-Za-z-]{10,}\b"),
    "Sentry address": re.compile(r"https://[0-9a-f]{32}@[\w.-]+/\d+"),
    "password in an address": re.compile(r"postgres(?:ql)?://[^:\s/\"'{<$]+:[^@\s\"'{<$]{6,}@"),
    "secret in a setting": re.compile(
        r"^(?:[A-Z_]*(?:SECRET_KEY|AUTH_TOKEN|ADMIN_PASSWORD|SERPAPI_KEY))=[^\s#<$\"']{8,}",
        re.MULTILINE,
    ),
    "JSON web token": re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
}

ALLOWED = re.compile(r"example|password@|secret@|0{16}|(.)\1{15}", re.IGNORECASE)
"""What stands for a secret in documents and tests."""

LARGEST = 2_000_000


def main() -> int:
    """1 when anything looks like a secret."""
    names = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    found = [hit for name in filter(None, names) for hit in scan(ROOT / name)]
    for hit in found:
        print(f"secrets: {hit}")
    print(f"secrets: {len(names) - 1} files, {len(found)} findings")
    return 1 if found else 0


def scan(path: Path) -> list[str]:
    """The findings in one file, without the secrets themselves."""
    if not path.is_file() or path.stat().st_size > LARGEST:
        return []
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return []
    return [
        f"{path.relative_to(ROOT)}:{text.count(chr(10), 0, match.start()) + 1}: {kind}"
        for kind, pattern in PATTERNS.items()
        for match in pattern.finditer(text)
        if not ALLOWED.search(match.group())
    ]


if __name__ == "__main__":
    raise SystemExit(main())
