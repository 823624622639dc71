"""The language of an answer."""

from __future__ import annotations

import pytest

from searchapp.http.clients import preferred


@pytest.mark.parametrize(
    ("header", "lang"),
    [
        (None, "ko"),
        ("", "ko"),
        ("*", "ko"),
        ("fr", "en"),
        ("fr-FR,fr;q=0.9,en-US;q=0.8,en;q=0.7", "en"),
        ("ja,ko;q=0.5,en;q=0.4", "ko"),
        ("ko;q=0", "ko"),
        ("en", "en"),
        ("en-US,en;q=0.9", "en"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en;q=0.5, ko;q=0.4", "en"),
        ("EN-gb", "en"),
        ("en;q=nan", "ko"),
        ("en;q=9", "ko"),
        (";;;,,,q=", "ko"),
    ],
)
def test_preferred__by_weight(header: str | None, lang: str) -> None:
    assert preferred(header) == lang
