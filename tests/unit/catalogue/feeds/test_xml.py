"""What shops get wrong in the text of XML feeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from searchapp.catalogue.feeds import RefusedRow, TakenRow
from searchapp.errors import OperatorError
from tests.support.feed_texts import RSS, rows


def lost(found: list[object]) -> bool:
    """Whether the feed broke off."""
    return any(isinstance(row, RefusedRow) and row.broken_off for row in found)


def test_xml__a_bare_less_than_is_a_character(tmp_path: Path) -> None:
    found = rows(tmp_path, RSS.replace("Plain &amp; simple", "Size < M <3"))
    assert isinstance(found[0], TakenRow)
    assert found[0].product.title == "Size < M <3"
    assert not lost(found)


def test_xml__a_less_than_before_a_word(tmp_path: Path) -> None:
    found = rows(tmp_path, RSS.replace("Plain &amp; simple", "Sizes S<M<L"))
    assert isinstance(found[0], TakenRow)
    assert found[0].product.title == "Sizes S<M<L"
    assert not lost(found)


def test_xml__korean_elements(tmp_path: Path) -> None:
    item = (
        "<상품><상품번호>{}</상품번호><상품명><봄신상> 니트</상품명><판매가>19000</판매가>"
        "<상품주소>https://my.shop/{}</상품주소><이미지>https://my.shop/a.jpg</이미지></상품>"
    )
    text = f"<상품목록>{''.join(item.format(n, n) for n in range(1000))}</상품목록>"
    found = rows(tmp_path, text)
    assert len(found) == 1000
    assert all(isinstance(row, TakenRow) for row in found)
    assert {row.product.title for row in found if isinstance(row, TakenRow)} == {"<봄신상> 니트"}


def test_xml__a_korean_word_in_angles_is_no_element(tmp_path: Path) -> None:
    found = rows(tmp_path, RSS.replace("Plain &amp; simple", "<봄신상> 니트"))
    assert isinstance(found[0], TakenRow)
    assert found[0].product.title == "<봄신상> 니트"
    assert not lost(found)


def test_xml__a_notice_of_the_server_before_the_feed(tmp_path: Path) -> None:
    notice = "<br />\n<b>Warning</b>: Undefined index in feed.php on line 3<br />\n"
    assert rows(tmp_path, notice + RSS) == rows(tmp_path, RSS)


def test_document__without_products_tells_what_it_has(tmp_path: Path) -> None:
    text = "<stock><ware><nr>1</nr><label>T</label></ware></stock>"
    with pytest.raises(OperatorError, match="it has stock, ware, nr, label"):
        rows(tmp_path, text, "feed.xml")
    assert rows(tmp_path, "<rss><channel><title>S</title></channel></rss>", "feed.xml") == []
