"""What a row's words say of its kind."""

from __future__ import annotations

import pytest

from searchapp.catalogue.ingest.row_work import kind_of_words


@pytest.mark.parametrize(
    ("category", "title", "kind"),
    [
        ("상의 > 셔츠", "데님 스커트", "top"),
        ("하의", "데님 스커트", "skirt"),
        ("Accessories", "Leather belt bag", "bag"),
        ("아우터/상의", "후드 점퍼", "outer"),
        ("아우터/상의", "신상", "top"),
        ("Apparel & Accessories > Sale", "Boots", "shoes"),
        ("BEST > 신상", "린넨 셔츠", "top"),
        ("Dresses > New", "Aria", "dress"),
        ("Sale", "Aria", "whole"),
    ],
)
def test_kind_of_words(category: str, title: str, kind: str) -> None:
    assert kind_of_words(category, title) == kind
