"""Feeds that are broken, or written by an unusual hand."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import RefusedRow, TakenRow
from searchapp.catalogue.feeds.rows import RawRow
from searchapp.catalogue.feeds.tables import Table
from searchapp.errors import OperatorError
from tests.support.feed_texts import GOOD, GOOGLE, NAVER, RSS, products, rows, won

HEADER = "id,title,link,image_link,price\n"


def row(number: int, title: str = "T", end: str = "\n") -> str:
    return f"{number},{title},https://s.kr/{number},{number}.jpg,1000 KRW{end}"


def ids(found: list[object]) -> list[str]:
    return [entry.product.id for entry in found if isinstance(entry, TakenRow)]


def lost(found: list[object]) -> list[RefusedRow]:
    return [entry for entry in found if isinstance(entry, RefusedRow) and entry.broken_off]


# --- tables that lose rows -------------------------------------------------------------------


def test_table__last_row_cut_off(tmp_path: Path) -> None:
    found = rows(tmp_path, HEADER + row(1) + row(2) + "3,T,https://s.kr/3,3.jp")
    assert ids(found) == ["1", "2"]
    (cut,) = lost(found)
    assert (cut.number, cut.id) == (4, "3")
    assert "ends in the middle" in cut.reason


def test_table__complete_without_a_last_line_end(tmp_path: Path) -> None:
    found = rows(tmp_path, HEADER + row(1) + row(2, end=""))
    assert ids(found) == ["1", "2"]
    assert not lost(found)


def test_table__short_rows_are_no_break(tmp_path: Path) -> None:
    assert len(products(tmp_path, GOOGLE + GOOD + "a2,T,https://s.kr,i.jpg,,1 KRW\n")) == 2


def test_table__naver_cut_off(tmp_path: Path) -> None:
    text = NAVER + 'n1\t"T\t1000\thttps://s.kr\ti.jpg\t\t\t\t\t\nn2\tT\t1000\thttps://s.kr'
    found = rows(tmp_path, text)
    assert ids(found) == ["n1"]
    assert [entry.id for entry in lost(found)] == ["n2"]


def test_table__the_id_is_where_the_header_says(tmp_path: Path) -> None:
    head = "title,link,image_link,price,id\n"
    taken, cut = rows(tmp_path, head + "T,https://s.kr,i.jpg,1 KRW,a1\nT,https://s.kr,i.jpg,1 KR")
    assert isinstance(taken, TakenRow)
    assert (taken.product.id, lost([cut])[0].id) == ("a1", "")


@pytest.mark.parametrize(
    ("head", "row", "id_", "sure"),
    [
        ("id,title,link,image_link,price", "a1,Shirt, red,https://s.kr,i.jpg,1 KRW", "a1", True),
        ("title,id,link,image_link,price", "Shirt, red,a1,https://s.kr,i.jpg,1 KRW", "red", False),
        ("title,id,link,image_link,price", "Shirt,a1,https://s.kr,i,jpg,1 KRW", "a1", False),
        ("Handle,Title,Image Src,Variant Price", "tee,Tee, red,i.jpg,19000", "tee", True),
        ("Title,URL handle,Image Src,Price", "Tee,tee,i.jpg,19,000", "tee", False),
    ],
)
def test_table__too_many_columns(tmp_path: Path, head: str, row: str, id_: str, sure: bool) -> None:
    """Where the id may have moved, no product may count as gone: it could be the row's."""
    (refused,) = rows(tmp_path, f"{head}\n{row}\n")
    assert isinstance(refused, RefusedRow)
    assert "columns where the header has" in refused.reason
    assert (refused.id, refused.broken_off) == (id_, not sure)


@pytest.mark.parametrize("end", ["\n", ""])
def test_table__open_quote_until_the_end(tmp_path: Path, end: str) -> None:
    found = rows(tmp_path, HEADER + row(1) + row(2, '"T') + row(3) + row(4, end=end))
    assert ids(found) == ["1"]
    (open_one,) = lost(found)
    assert (open_one.number, open_one.id) == (3, "2")
    assert "inside quotation marks" in open_one.reason


def test_table__open_quote_in_the_last_row(tmp_path: Path) -> None:
    found = rows(tmp_path, HEADER + row(1) + '2,T,https://s.kr/2,2.jpg,"1000 KRW')
    assert ids(found) == ["1"]
    assert lost(found)


@pytest.mark.parametrize("closing", ['"T"', '"Denim, blue"', 'Jeans 32"'])
def test_table__open_quote_that_another_row_closes(tmp_path: Path, closing: str) -> None:
    text = HEADER + row(1) + row(2, '"T') + row(3) + row(4, closing) + row(5)
    found = rows(tmp_path, text)
    assert ids(found) == ["1", "5"]
    (swallowed,) = lost(found)
    assert "3 lines were read as one row" in swallowed.reason


def test_table__open_quote_beyond_all_measure(tmp_path: Path) -> None:
    long = "".join(row(n) for n in range(3, 40_000))
    assert lost(rows(tmp_path, HEADER + row(1) + row(2, '"T') + long))


def test_table__lines_and_quotes_in_a_well_quoted_cell(tmp_path: Path) -> None:
    title = '"two\nlines, ""quoted"""'
    (product,) = products(tmp_path, HEADER + row(1, title))
    assert product.title == 'two lines, "quoted"'


def test_table__lines_with_commas_in_a_well_quoted_cell(tmp_path: Path) -> None:
    text = HEADER.replace("price", "price,description") + row(1, end=',"a, b, c, d, e\n')
    (product,) = products(tmp_path, text + 'f, g, h, i, j, k, l"\n')
    assert product.id == "1"


def test_table__quote_inside_a_line_is_no_break(tmp_path: Path) -> None:
    assert len(products(tmp_path, HEADER + row(1, 'T 12"') + row(2, '"T" 2'))) == 2


# --- tables from Excel -----------------------------------------------------------------------


@pytest.mark.parametrize("first", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_table__excels_separator_line(tmp_path: Path, first: str) -> None:
    text = "id;title;link;image_link;price\n1;A, B, C, D, E;https://s.kr;i.jpg;x\n"
    (refused,) = rows(tmp_path, first + text)
    assert isinstance(refused, RefusedRow)
    assert (refused.number, refused.id) == (2, "1")


@pytest.mark.parametrize(
    "above",
    [
        "상품 목록,,,,\n만든 날,2026-11-30,,,\n",
        '"# Required | An id,\nof yours","# Required"\n',
        *("상품 목록 2026-11-30\n\n", "// products\n", "# a | b,c\n"),
    ],
)
def test_table__lines_above_the_header(tmp_path: Path, above: str) -> None:
    taken, refused = rows(tmp_path, above + HEADER + "# a comment,,,,\n" + row(1, "T") + "2,,,,\n")
    assert isinstance(taken, TakenRow)
    assert (taken.number, refused.number) == (above.count("\n") + 3, above.count("\n") + 4)


def test_table__columns_that_stand_there_twice(tmp_path: Path) -> None:
    head = "id,title,link,image_link,additional_image_link,additional_image_link,image_link\n"
    (product,) = products(tmp_path, head + '="007", "T",https://s.kr,i.jpg,a.jpg,b.jpg,\n')
    assert (product.id, product.title) == ("007", "T")
    assert product.images == ("i.jpg", "a.jpg", "b.jpg")


@pytest.mark.parametrize("text", ["{}", '="{}"'])
def test_table__cells_are_cut(text: str) -> None:
    (one,) = Table(StringIO("id,title,price\n1," + text.format("x" * 70_000) + ",1\n")).rows("id")
    assert isinstance(one, RawRow)
    assert len(one.get("title")) == 65_536


def test_table__blank_lines_before_the_header(tmp_path: Path) -> None:
    taken, refused = rows(tmp_path, "\n\r\n" + HEADER + row(1) + row(2, ""))
    assert isinstance(taken, TakenRow)
    assert refused == RefusedRow(5, "2", "title is missing")


# --- entities --------------------------------------------------------------------------------


def test_table__entities_are_written_out_once(tmp_path: Path) -> None:
    title = "&lt;브랜드&gt; A &amp; B &amp;lt; &#39;x&#x27;&nbsp;&copy AT&T &none;"
    text = HEADER.replace("price", "brand") + f"1,{title},https://s.kr,i.jpg,H&amp;M\n"
    (product,) = products(tmp_path, text)
    assert product.title == "<브랜드> A & B &lt; 'x' &copy AT&T &none;"
    assert product.brand == "H&M"


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("원<b>피스</b> <font color=red>특가</font>", "원피스 특가"),
        ("&lt;b&gt;Jerry&lt;/b&gt;", "Jerry"),
        ("니트<br/>두 벌<br>", "니트 두 벌"),
        ("<NEW> 코트 <S> 1 < 2 <한정>", "<NEW> 코트 <S> 1 < 2 <한정>"),
    ],
)
def test_table__tags_that_mark_words_are_left_out(tmp_path: Path, title: str, shown: str) -> None:
    (product,) = products(tmp_path, HEADER + f"1,{title},https://s.kr,i.jpg,1000 KRW\n")
    assert product.title == shown


def test_table__an_entity_brings_no_control_character(tmp_path: Path) -> None:
    (product,) = products(tmp_path, HEADER + row(1, "a&#8238;b&#7;c&#10;d"))
    assert product.title == "a bc d"


def test_xml__escaped_twice(tmp_path: Path) -> None:
    text = RSS.replace("Plain &amp; simple", "&amp;lt;브랜드&amp;gt; A &amp;amp; B")
    taken, _ = rows(tmp_path, text)
    assert isinstance(taken, TakenRow)
    assert taken.product.title == "<브랜드> A & B"


def test_xml__entities_of_html(tmp_path: Path) -> None:
    taken, refused = rows(
        tmp_path, RSS.replace("Plain &amp; simple", "A&nbsp;&eacute;&LT;x&GT;&AMP;&hearts;")
    )
    assert isinstance(taken, TakenRow)
    assert taken.product.title == "A é<x>&♥"
    assert isinstance(refused, RefusedRow)
    assert not refused.broken_off


def test_xml__entity_across_chunks(tmp_path: Path) -> None:
    for space in range(65_536 - 8, 65_536 + 1):
        text = "<rss><channel>" + " " * (space - 14)
        text += "&nbsp;&eacute;</channel></rss>"
        assert rows(tmp_path, text) == []


# --- tables in other encodings ---------------------------------------------------------------

JAPANESE, KOREAN = "白いシャツ 長袖 レディース", "오버핏 셔츠"


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("euc_jp", JAPANESE),
        ("cp932", JAPANESE),
        ("iso2022_jp", JAPANESE),
        ("cp949", KOREAN),
        ("johab", KOREAN),
        ("iso2022_kr", KOREAN),
        ("utf-32", KOREAN),
        ("utf-16", KOREAN),
        ("cp1252", "Chemise d’été à manches"),
        ("iso8859_15", "Größe für Mädchen 15 €"),
        ("big5", "白色棉質襯衫女裝"),
        ("gb18030", "白色棉质衬衫女装"),
        ("gbk", "白色衬衫 女装上衣 纯棉连衣裙"),
        ("cp1252", "Größe Überwurf für Mädchen créée à Paris"),
        ("cp1251", "Рубашка Белая"),
        ("cp1251", "Чёрная юбка и зимняя куртка"),
    ],
)
def test_table__encodings_told_by_the_bytes(tmp_path: Path, encoding: str, title: str) -> None:
    (taken,) = rows(tmp_path, (HEADER + row(1, title)).encode(encoding))
    assert isinstance(taken, TakenRow)
    assert taken.product.title == title


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("koi8_r", "Рубашка белая с длинным рукавом"),
        ("koi8_r", "Белая рубашка и зимняя куртка"),
        ("gb18030", "红色外套 女"),
        ("cp1250", "Koszula damska biała długa"),
        ("cp1254", "Kadın gömleği beyaz"),
        ("cp1256", "قميص أبيض طويل"),
        ("cp874", "เสื้อเชิ้ตสีขาว"),
    ],
)
def test_table__other_encodings_are_refused_row_by_row(
    tmp_path: Path, encoding: str, title: str
) -> None:
    (refused,) = rows(tmp_path, (HEADER + row(1, title)).encode(encoding))
    assert isinstance(refused, RefusedRow)
    assert (refused.id, "save the feed as UTF-8" in refused.reason) == ("1", True)


@pytest.mark.parametrize(
    ("link", "read"),
    [
        ("//s.kr/1", "https://s.kr/1"),
        ("https://s.kr/a b", "https://s.kr/a%20b"),
        ("https:\\\\s.kr\\1", "https://s.kr/1"),
    ],
)
def test_table__links_as_a_browser_reads_them(tmp_path: Path, link: str, read: str) -> None:
    (taken,) = rows(tmp_path, f"{HEADER}1,T,{link},https://한글.kr/a.jpg|//s.kr/b c.jpg,1000 KRW\n")
    assert isinstance(taken, TakenRow)
    assert taken.product.link == read
    assert taken.product.images == ("https://xn--bj0bj06e.kr/a.jpg", "https://s.kr/b%20c.jpg")


def test_table__an_unreadable_price_is_named_so(tmp_path: Path) -> None:
    text = HEADER + '1,T,https://s.pl,1.jpg,"15,00 zł"\n2,żółta,https://s.pl,1.jpg,1 PLN\n'
    first, _ = rows(tmp_path, text.encode("cp1250"))
    assert isinstance(first, RefusedRow)
    assert first.reason == "price has characters that cannot be read: save the feed as UTF-8"


# --- XML in other encodings ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("EUC-KR", "cp949"),
        ("euc-kr", "euc-kr"),
        ("CP949", "cp949"),
        ("ks_c_5601-1987", "euc-kr"),
        ("utf-8", "utf-8-sig"),
        ("UTF-16", "utf-16"),
        ("UTF-16", "utf-16-le"),
        ("windows-1252", "cp1252"),
    ],
)
def test_xml__encodings(tmp_path: Path, declared: str, written: str) -> None:
    title = "Café" if written == "cp1252" else "똠방각하 티셔츠" if written == "cp949" else "티셔츠"
    text = RSS.replace("Plain &amp; simple", title)
    text = text.replace('version="1.0"', f"version='1.0' encoding='{declared}'", 1)
    taken, _ = rows(tmp_path, text.encode(written))
    assert isinstance(taken, TakenRow)
    assert taken.product.title == title


@pytest.mark.parametrize(
    ("declared", "written", "title"),
    [
        ("utf-8", "cp949", "린넨 셔츠"),
        ("euc-kr", "utf-8", "린넨 셔츠"),
        ("utf-8", "cp1252", "Chemise été"),
    ],
)
def test_xml__another_encoding_than_declared(
    tmp_path: Path, declared: str, written: str, title: str
) -> None:
    text = RSS.replace("Plain &amp; simple", title)
    text = text.replace('version="1.0"', f'version="1.0" encoding="{declared}"', 1)
    taken, _ = rows(tmp_path, text.encode(written))
    assert isinstance(taken, TakenRow)
    assert taken.product.title == title


def test_xml__elements_in_elements(tmp_path: Path) -> None:
    images = "<images><image>1.jpg</image><image>https://s.kr/2</image></images>"
    fields = (
        '<id>1</id><name>T<br/>U</name><url>https://s.kr</url><price currency="KRW">9000</price>'
    )
    (product,) = products(tmp_path, f"<catalog><product>{fields}{images}</product></catalog>")
    assert product.images == ("1.jpg", "https://s.kr/2")
    assert (product.title, product.price) == ("T U", won(9000))


def test_xml__undeclared_cp949(tmp_path: Path) -> None:
    taken, _ = rows(tmp_path, RSS.replace("Plain &amp; simple", "티셔츠").encode("cp949"))
    assert isinstance(taken, TakenRow)
    assert taken.product.title == "티셔츠"


def test_xml__one_broken_byte_costs_one_item(tmp_path: Path) -> None:
    text = RSS.replace('version="1.0"', 'version="1.0" encoding="utf-8"', 1).encode()
    first, second = rows(tmp_path, text.replace(b"Plain", b"Pl\xffin"))
    assert isinstance(first, RefusedRow)
    assert "cannot be read" in first.reason
    assert isinstance(second, RefusedRow)
    assert second.id == "r2"


@pytest.mark.parametrize("name", ["klingon", "base64", "utf-16", "zip"])
def test_xml__unknown_encoding_is_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(OperatorError, match=f"encoding {name}"):
        rows(tmp_path, f'<?xml version="1.0" encoding="{name}"?><rss></rss>')


@pytest.mark.parametrize("encoding", ["euc-kr", "utf-16"])
def test_xml__entities_are_refused_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE r [<!ENTITY a "aaaa">]>'
    with pytest.raises(OperatorError, match="DTD or entities"):
        rows(tmp_path, f"{bomb}<rss><channel><item>&a;</item></channel></rss>".encode(encoding))


@pytest.mark.parametrize(
    "text",
    [
        "<!DOCTYPE html><html><body>Log in</body></html>",
        "\n<!-- x -->\n<HTML lang='ko'><head></head></HTML>",
        '<?xml version="1.0"?>\n<!doctype html PUBLIC "-//W3C//DTD XHTML 1.0"><html></html>',
    ],
)
def test_web_page__is_called_one(tmp_path: Path, text: str) -> None:
    with pytest.raises(OperatorError, match="is a web page, not a feed"):
        rows(tmp_path, text)
