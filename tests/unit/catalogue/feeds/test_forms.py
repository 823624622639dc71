"""Forms of shop systems and search engines, each in its own columns; one small feed a form."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest

from searchapp.catalogue.feeds import FeedOptions, RefusedRow, TakenRow, read_feed
from searchapp.catalogue.feeds.rows import load_mapping, reason_key, split_addresses
from searchapp.domain.product import FeedProduct, Money
from searchapp.errors import OperatorError
from tests.support.feed_texts import FEED, products, rows, won

CAFE24 = """상품코드,진열상태,판매상태,상품분류 번호,상품명,판매가,이미지등록(상세),상품번호
P1,Y,Y,29,나래 티셔츠,15000.00,a.jpg,17
P2,Y,N,29,나래 바지,15000.00,a.jpg,18
"""
DAUM = """<<<begin>>>
<<<mapid>>>1001
<<<pname>>>나래 티셔츠
<<<price>>>15000
<<<pgurl>>>https://s.kr/1001
<<<igurl>>>https://s.kr/1001.jpg
<<<cate1>>>의류
<<<cate2>>>티셔츠
<<<ftend>>>
<<<begin>>>
<<<mapid>>>1002
<<<pname>>>반
"""
YML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog><shop><categories><category id="1">Одежда</category>
<category id="2" parentId="1">Shirts</category></categories>
<offers><offer id="y1" available="false" group_id="g"><url>https://s.ru/1?a=1&b=2</url>
<price>1990</price><oldprice>2990</oldprice><currencyId>RUR</currencyId><categoryId>2</categoryId>
<picture>https://s.ru/w_1,h_2/1.jpg</picture><picture>https://s.ru/2.jpg</picture>
<name>Shirt</name><vendor>V</vendor><param name="Цвет">Navy</param></offer></offers></shop>
</yml_catalog>"""
NAVER_XML = """<products><product><id>n1</id><title>셔츠</title><price_pc>15000</price_pc>
<link>https://s.kr/1</link><image_link>a.jpg</image_link><category_name1>의류</category_name1>
<group_id>g1</group_id></product></products>"""


SMARTSTORE = (
    "상품번호(스마트스토어),판매자상품코드,상품명,판매상태,전시상태,재고수량,판매가,할인가(PC),대분류,중분류,"
    "소분류,세분류,대표이미지 URL,브랜드명\n"
)


def test_smartstore__by_its_own_columns(tmp_path: Path) -> None:
    feed = SMARTSTORE + "".join(
        f"{number},s{number},셔츠,{state},{shown},{stock},39000,29000,패션의류,여성의류,셔츠,,a.jpg,나래\n"
        for number, state, shown, stock in [
            (1, "판매중", "전시중", 5),
            (2, "품절", "전시중", 0),
            (3, "판매중지", "전시중", 5),
            (4, "판매중", "전시중지", 5),
        ]
    )
    first, sold_out, *hidden = rows(tmp_path, feed, shop_url="https://smartstore.naver.com/narae")
    assert isinstance(first, TakenRow)
    assert isinstance(sold_out, TakenRow)
    product = first.product
    assert product.link == "https://smartstore.naver.com/narae/products/1"
    assert (product.price, product.original_price) == (won(29000), won(39000))
    assert (product.category, product.brand) == ("패션의류 > 여성의류 > 셔츠", "나래")
    assert (product.in_stock, sold_out.product.in_stock) == (True, False)
    assert [isinstance(row, RefusedRow) and row.off_sale for row in hidden] == [True, True]


def test_cafe24__won_and_links_by_product_number(tmp_path: Path) -> None:
    taken, off = rows(tmp_path, CAFE24.encode("cp949"), shop_url="https://narae.kr")
    assert isinstance(taken, TakenRow)
    assert (taken.product.price, taken.product.images) == (won(15000), ("a.jpg",))
    assert taken.product.link == "https://narae.kr/product/detail.html?product_no=17"
    assert isinstance(off, RefusedRow)
    assert off.off_sale


def test_daum__tagged_text(tmp_path: Path) -> None:
    taken, cut = rows(tmp_path, DAUM.encode("cp949"), "ep.txt")
    assert isinstance(taken, TakenRow)
    assert (taken.product.id, taken.product.price) == ("1001", won(15000))
    assert taken.product.category == "의류 > 티셔츠"
    assert isinstance(cut, RefusedRow)
    assert (cut.id, cut.broken_off) == ("1002", True)


def test_daum__its_names_in_xml_and_tables(tmp_path: Path) -> None:
    cells = {
        "pid": "1",
        "pname": "셔츠",
        "price": "15000",
        "pgurl": "https://s.kr/1",
        "igurl": "i.jpg",
    }
    item = "".join(f"<{name}>{text}</{name}>" for name, text in cells.items())
    for text in (
        f"<ep><item>{item}</item></ep>",
        f"{','.join(cells)}\n{','.join(cells.values())}\n",
    ):
        (product,) = products(tmp_path, text)
        assert (product.id, product.title, product.price) == ("1", "셔츠", won(15000))


def test_yandex__offers(tmp_path: Path) -> None:
    (product,) = products(tmp_path, YML)
    assert product == FeedProduct(
        id="y1",
        title="Shirt",
        link="https://s.ru/1?a=1&b=2",
        images=("https://s.ru/w_1,h_2/1.jpg", "https://s.ru/2.jpg"),
        price=Money(Decimal("1990.00"), "RUB"),
        original_price=Money(Decimal("2990.00"), "RUB"),
        brand="V",
        category="Одежда > Shirts",
        colour="Navy",
        in_stock=False,
        group="g",
    )


def test_naver__xml(tmp_path: Path) -> None:
    (product,) = products(tmp_path, NAVER_XML)
    assert (product.price, product.category, product.group) == (won(15000), "의류", "g1")


def test_styles__pictures_by_id_and_commas_in_the_name(tmp_path: Path) -> None:
    head = "id,masterCategory,subCategory,articleType,baseColour,productDisplayName\n"
    (product,) = products(tmp_path, head + "7,Apparel,Topwear,Shirts,Navy Blue,A shirt, navy\n")
    assert (product.title, product.images) == ("A shirt, navy", ("images/7.jpg",))
    assert product.category == "Apparel > Topwear > Shirts"


def test_meta__comments_above_the_header(tmp_path: Path) -> None:
    text = '# Required | An id,"# Required | a, title"\nid,title,link,image_link\n'
    taken, *_ = rows(tmp_path, text + "m1,T,https://s.kr,i.jpg\n")
    assert isinstance(taken, TakenRow)
    assert taken.number == 3


def test_xml__prefix_that_is_not_declared(tmp_path: Path) -> None:
    text = """<rss><channel><item><g:id>u1</g:id><g:title>H&M & Co</g:title>
<g:link>https://s.kr/1</g:link><g:image_link>a.jpg</g:image_link></item></channel></rss>"""
    (product,) = products(tmp_path, text)
    assert (product.id, product.title) == ("u1", "H&M & Co")


DOCUMENT = {
    "id": "j1",
    "title": "T",
    "link": "https://s.kr/1",
    "image_link": "a.jpg",
    "additional_image_link": ["w_1,h_2/b", "c.jpg"],
    "price": {"value": "15000", "currency": "KRW"},
    "item_group_id": 7,
}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([DOCUMENT]),
        json.dumps({"products": [DOCUMENT]}, indent=1),
        json.dumps(DOCUMENT) + "\n\n",
    ],
)
def test_json__arrays_and_lines(tmp_path: Path, text: str) -> None:
    (product,) = products(tmp_path, text)
    assert (product.group, product.price) == ("7", won(15000))
    assert product.images == ("a.jpg", "w_1,h_2/b", "c.jpg")


def test_json__broken_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="not JSON at line"):
        rows(tmp_path, '[\n{"id"')


def test_json__what_came_before_a_break_is_kept(tmp_path: Path) -> None:
    one = '{"id": 1, "title": "T", "link": "https://s.kr", "image_link": ["i.jpg", "j.jpg"]}'
    taken, cut = rows(tmp_path, f'{{"data": {{"products": [{one},\n{{"id')
    assert isinstance(taken, TakenRow)
    assert taken.product.images == ("i.jpg", "j.jpg")
    assert isinstance(cut, RefusedRow)
    assert (cut.cut, cut.reason) == (True, "the file is not JSON from here on (line 2)")
    (whole,) = rows(tmp_path, f'{{"data": {{"products": [{one}]}}}}')
    assert isinstance(whole, TakenRow)


@pytest.mark.parametrize(
    "header",
    [
        "sku_id,title,product_url,imageUrls,price",
        "상품번호,상품명,상품URL,대표이미지,판매가",
        "product_id*,Name *,URL,Image,Price",
    ],
)
def test_table__other_names_of_the_fields(tmp_path: Path, header: str) -> None:
    price = "15000" if "판매가" in header else "15000 KRW"
    (row,) = rows(tmp_path, f"{header}\n1,T,https://s.kr/1,i.jpg,{price}\n")
    assert isinstance(row, TakenRow)
    assert (row.product.id, row.product.link) == ("1", "https://s.kr/1")
    assert row.product.price == Money(Decimal(15000), "KRW")


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("白いシャツ トップス", "cp932"),
        ("나래 티셔츠 흰색", "cp949"),
        ("Chemise été", "cp1252"),
        ("똠방 셔츠 펲시", "cp949"),
    ],
)
def test_encodings__told_by_their_letters(tmp_path: Path, text: str, encoding: str) -> None:
    feed = FEED.replace(",T,", f",{text},").encode(encoding)
    (product,) = products(tmp_path, feed)
    assert product.title == text


def test_encodings__another_one_is_refused_by_id(tmp_path: Path) -> None:
    feed = FEED.replace(",T,", ",πουκάμισο λευκό,").encode("cp1253")
    (refused,) = rows(tmp_path, feed)
    assert isinstance(refused, RefusedRow)
    assert (refused.id, "save the feed as UTF-8" in refused.reason) == ("1", True)


def test_mapping__columns_categories_and_colours(tmp_path: Path) -> None:
    path = tmp_path / "map.yaml"
    path.write_text(
        "columns: {id: 가, title: 나, link: 다, image_link: 라, product_type: 마,"
        " color: 바}\ncategories: {특가: hat}\ncolours: {밤하늘: blue}\n"
    )
    feed = tmp_path / "feed.csv"
    feed.write_text("가,나,다,라,마,바\n1,T,https://s.kr,i.jpg,특가,밤하늘\n")
    with pytest.raises(OperatorError, match=r"first columns: 가, 나, 다, 라, 마, 바\. .*--map"):
        list(read_feed(feed))
    (taken,) = read_feed(feed, FeedOptions(mapping=load_mapping(path)))
    assert isinstance(taken, TakenRow)
    assert (taken.product.kind, taken.product.colour_family) == ("hat", "blue")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[1]", "keys columns, categories and colours"),
        ("columns: {name: x}", "'name' is none of"),
        ("categories: {x: trousers}", "'trousers' is none of"),
        ("colours: 3", "has to be a list"),
        ("a: [", "not YAML"),
    ],
)
def test_mapping__mistakes_are_one_line(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "map.yaml").write_text(text)
    with pytest.raises(OperatorError, match=reason):
        load_mapping(tmp_path / "map.yaml")


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("a.jpg, b.png", ["a.jpg", "b.png"]),
        ("w_1,h_2/a.jpg", ["w_1,h_2/a.jpg"]),
        (
            "https://s.kr/w_1,h_2/a?x=1,https://s.kr/b",
            ["https://s.kr/w_1,h_2/a?x=1", "https://s.kr/b"],
        ),
        ("https://s.kr/1|//s.kr/2", ["https://s.kr/1", "//s.kr/2"]),
        (" , ", []),
        ("https://s.kr/1 https://s.kr/2\nhttps://s.kr/3", [f"https://s.kr/{n}" for n in (1, 2, 3)]),
        ("https://s.kr/1.jpg;https://s.kr/2.jpg", ["https://s.kr/1.jpg", "https://s.kr/2.jpg"]),
        ('["https://s.kr/1","https://s.kr/2"]', ["https://s.kr/1", "https://s.kr/2"]),
        (
            "https://s.kr/1.jpg?w=6,h=2&amp;q=1,//s.kr/2",
            ["https://s.kr/1.jpg?w=6,h=2&amp;q=1", "//s.kr/2"],
        ),
        ("a.jpg;b.jpg", ["a.jpg", "b.jpg"]),
        ("https://s.kr/?u=https://s.kr/1.jpg", ["https://s.kr/?u=https://s.kr/1.jpg"]),
    ],
)
def test_split_addresses(text: str, addresses: list[str]) -> None:
    assert split_addresses(text) == addresses


def test_reason_key__what_differs_is_left_out() -> None:
    first = reason_key("picture https://s.kr/1.jpg could not be fetched: 404")
    assert first == reason_key("picture https://s.kr/2.jpg could not be fetched: 404")
    assert reason_key("price '5 x' is not a number") == reason_key("price '7 y' is not a number")


SALE = "id,title,link,image_link,price,sale_price,sale_price_effective_date\n"


@pytest.mark.parametrize(
    ("sale", "dates", "price", "original"),
    [
        ("15000 KRW", "", 15000, 20000),
        ("15000 KRW", "2020-01-01T00:00+09:00/2099-12-31T23:59+09:00", 15000, 20000),
        ("15000 KRW", "2020-01-01/2020-12-31", 20000, None),
        ("15000 KRW", "2098-01-01T00:00Z/2099-01-01T00:00Z", 20000, None),
        ("half price", "", 20000, None),
        ("25000 KRW", "", 20000, None),
        ("0 KRW", "", 20000, None),
        ("15 USD", "", 20000, None),
        ("15000 KRW", "soon", 20000, None),
    ],
)
def test_sales__shown_while_they_run(
    tmp_path: Path, sale: str, dates: str, price: int, original: int | None
) -> None:
    (taken,) = rows(tmp_path, SALE + f"1,T,https://s.kr,i.jpg,20000 KRW,{sale},{dates}\n")
    assert isinstance(taken, TakenRow)
    assert taken.product.price == won(price)
    assert taken.product.original_price == (won(original) if original else None)
    expected = original is None and not dates.startswith("20")
    assert bool(taken.doubt) == expected


@pytest.mark.parametrize(
    ("category", "kind"),
    [
        ("Apparel & Accessories > Clothing", ""),
        ("Apparel & Accessories > Clothing > Shirts & Tops", "top"),
        ("Apparel & Accessories > Clothing > Shirts & Tops > Tees", "top"),
        ("212", "top"),
        ("Apparel &amp; Accessories &gt; Clothing &gt; Dresses", "dress"),
        ("187 - Shoes", "shoes"),
        ("Luggage & Bags > Backpacks", "bag"),
        ("apparel & accessories > clothing accessories > hats", "hat"),
        ("Apparel & Accessories > Clothing > Outerwear > Rain Pants", "bottom"),
        ("Home & Garden", ""),
        ("9999999", ""),
    ],
)
def test_google_category__the_leaf_decides(tmp_path: Path, category: str, kind: str) -> None:
    head = "id,title,link,image_link,google_product_category\n"
    (product,) = products(tmp_path, head + f"1,T,https://s.kr,i.jpg,{category}\n")
    assert product.kind == kind


def test_addresses__escaped_and_of_windows(tmp_path: Path) -> None:
    row = "1,T,https://s.kr/?a=1&amp;b=2,pics\\a&amp;b c.jpg,1 KRW\n"
    (product,) = products(tmp_path, "id,title,link,image_link,price\n" + row)
    assert (product.link, product.images) == ("https://s.kr/?a=1&b=2", ("pics/a&b c.jpg",))


def test_addresses__blanks_in_a_picture_address(tmp_path: Path) -> None:
    row = "1,T,https://s.kr/,https://s.kr/a b%20c.jpg,1 KRW\n"
    (product,) = products(tmp_path, "id,title,link,image_link,price\n" + row)
    assert product.images == ("https://s.kr/a%20b%20c.jpg",)


def test_description__a_picture_inside_is_no_reason(tmp_path: Path) -> None:
    text = FEED.replace("price", "price,description") + ""
    text = text.replace("15000 KRW", f'15000 KRW,"<img src=""data:{"A" * (1 << 21)}"">"')
    (product,) = products(tmp_path, text)
    assert product.id == "1"


def test_google__currency_in_a_column_of_its_own(tmp_path: Path) -> None:
    text = "id,title,link,image_link,price,currency\n"
    text += '1,T,https://s.de,i.jpg,"1.049,90",EUR\n2,T,https://s.de,i.jpg,15 USD,EUR\n'
    first, second = products(tmp_path, text)
    assert first.price == Money(Decimal("1049.90"), "EUR")
    assert second.price == Money(Decimal(15), "USD")


def test_google__links_within_the_shop(tmp_path: Path) -> None:
    head = "id,title,link,image_link\n"
    (own,) = products(tmp_path, head + "1,T,/p/1?a=1,i.jpg\n", shop_url="https://s.kr/")
    assert own.link == "https://s.kr/p/1?a=1"
    (own,) = products(tmp_path, head + "1,T,/p/1,/web/1.jpg\n", shop_url="https://s.kr/")
    assert own.images == ("https://s.kr/web/1.jpg",)
    (without,) = products(tmp_path, head + "1,T,www.s.kr/1,www.s.kr/1.jpg\n")
    assert (without.link, without.images) == ("https://www.s.kr/1", ("https://www.s.kr/1.jpg",))
    (refused,) = rows(tmp_path, head + "1,T,/p/1,i.jpg\n")
    assert isinstance(refused, RefusedRow)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_table__letters_in_parts(tmp_path: Path, form: Literal["NFC", "NFD"]) -> None:
    text = "상품코드,상품명,판매가,이미지등록(상세),색상\n1,린넨 셔츠,15000,i.jpg,네이비\n"
    (product,) = products(tmp_path, normalize(form, text))
    assert (product.title, product.colour) == ("린넨 셔츠", "네이비")


def test_table__names_as_programs_write_them(tmp_path: Path) -> None:
    text = "productId,title,productUrl,imageLink,salePrice,price\n"
    (product,) = products(tmp_path, text + "1,T,https://s.kr,i.jpg,9000 KRW,15000 KRW\n")
    assert (product.id, product.link, product.images) == ("1", "https://s.kr", ("i.jpg",))
    assert (product.price, product.original_price) == (won(9000), won(15000))
