"""The words of shops for what can be ordered and what cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.feeds.values import in_stock
from tests.support.feed_texts import rows

HEADER = "id,title,link,image_link,availability\n"


YES = """
    in_stock|In Stock|in-stock|https://schema.org/InStock|schema:PreOrder|preorder|backorder
    판매중|판매 중|재고 있음|Y|true|12
"""
NO = """
    out of stock|out-of-stock|OUT_OF_STOCK|https://schema.org/OutOfStock|SoldOut|sold out
    http://schema.org/Discontinued|일시 품절|일시품절|판매종료|재고없음|재고 없음|N|false|0|-3
"""


def words_of(text: str) -> list[str]:
    return text.strip().replace("\n", "|").split("|")


@pytest.mark.parametrize("word", ["", *words_of(YES)])
def test_in_stock__can_be_ordered(word: str) -> None:
    assert in_stock(word) is True


@pytest.mark.parametrize("word", words_of(NO))
def test_in_stock__sold_out(word: str) -> None:
    assert in_stock(word) is False


@pytest.mark.parametrize("word", ["maybe", "문의", "3.5"])
def test_in_stock__unknown(word: str) -> None:
    assert in_stock(word) is None


def test_feed__an_unknown_word_is_in_doubt(tmp_path: Path) -> None:
    words = ("문의", "문의", "in_stock", "maybe")
    lines = [f"{n},T,https://s.kr,i.jpg,{word}\n" for n, word in enumerate(words)]
    found = rows(tmp_path, HEADER + "".join(lines))
    taken = [row for row in found if isinstance(row, TakenRow)]
    assert all(row.product.in_stock for row in taken)
    assert [row.number for row in taken if row.doubt] == [2, 3, 5]
    assert taken[0].doubt == "availability '문의' is not known: taken as in stock"
