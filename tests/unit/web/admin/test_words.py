"""The words of the operator's page."""

from __future__ import annotations

import re
from pathlib import Path

import searchapp
from searchapp.web.admin.words import WORDS

NOTED = re.compile(
    r'(?:\bdone = |\baction=|"action": |audited\(services, )(?:"([^"]+)" if \w+ else )?"([^"/]+)"'
)
"""An operator's action, where it is recorded."""


def test_words__each_action_of_an_operator_has_one() -> None:
    sources = [
        path.read_text(encoding="utf-8")
        for part in ("cli", "jobs", "web/admin")
        for path in (Path(searchapp.__file__).parent / part).glob("*.py")
    ]
    found = {name for text in sources for names in NOTED.findall(text) for name in names if name}
    assert {"pause", "retry", "schedule feed", "add key", "erase", "remove feed"} <= found
    assert {name for name in found if f"did.{name}" not in WORDS} == set()
