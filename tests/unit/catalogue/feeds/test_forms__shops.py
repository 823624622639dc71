"""Exports of shop systems that are read by Google's names and by their own."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import FeedOptions, RefusedRow, TakenRow, read_feed
from searchapp.catalogue.feeds.rows import load_mapping, mapping_of
from searchapp.domain.product import Money
from searchapp.errors import OperatorError
from tests.support.feed_texts import FEED, products, rows, won

SHOPS = {
    "imweb": (
        (
            "상품번호,상품명,판매상태,판매가,정가,현재 재고수량,상품이미지,상품 URL\n"
            "12,T,판매중,15000,19000,0,i.jpg,/shop_view/?idx=12\n13,T,판매중지,15000,,1,i.jpg,/13\n"
        ),
        ("/shop_view/?idx=12", won(15000), won(19000), False),
    ),
    "godomall": (
        (
            "상품번호,상품명_기본,노출상태PC,정가,판매가,품절여부,이미지명_확대,상품URL\n"
            "12,T,y,,15000,n,i.jpg,\n13,T,n,,15000,n,i.jpg,\n"
        ),
        ("/goods/goods_view.php?goodsNo=12", won(15000), None, True),
    ),
    "magento": (
        (
            "sku,product_type,categories,name,price,url_key,base_image,visibility,qty,is_in_stock\n"
            'M,configurable,Women/Tops,T,22.00,t-1,i.jpg,"Catalog, Search",0,1\n'
            "M-S,simple,Women/Tops,T,22.00,t-s,i.jpg,Not Visible Individually,5,1\n"
        ),
        ("/t-1.html", Money(Decimal("22.00"), "USD"), None, True),
    ),
    "opencart": (
        (
            "product_id,name(en-gb),name(ko-kr),quantity,model,image_name,price,status\n"
            "7,T,,0,m,catalog/i.jpg,28.68,true\n8,T,,3,m,i.jpg,28.68,false\n"
        ),
        (
            "/index.php?route=product/product&product_id=7",
            Money(Decimal("28.68"), "USD"),
            None,
            False,
        ),
    ),
    "prestashop": (
        (
            "Product ID;Image;Name;Price (tax incl.);Quantity;Status;Position\n"
            "7;i.jpg;T;28.68;0;1;1\n8;i.jpg;T;28.68;3;0;2\n"
        ),
        ("/index.php?controller=product&id_product=7", Money(Decimal("28.68"), "USD"), None, False),
    ),
    "makeshop": (
        (
            "상품고유번호,상품명,판매가격,시중가격,수량,진열여부,대표이미지\n"
            "12,T,15000,19000,0,Y,i.jpg\n13,T,15000,,3,N,i.jpg\n"
        ),
        ("/shop/shopdetail.html?branduid=12", won(15000), won(19000), False),
    ),
    "sixshop": (
        (
            "상품 ID,상품명,가격,할인 가격,재고,공개 여부,대표 이미지,URL\n"
            "12,T,19000,15000,3,공개,i.jpg,/p/12\n13,T,19000,,3,비공개,i.jpg,/p/13\n"
        ),
        ("/p/12", won(15000), won(19000), True),
    ),
    "talkstore": (
        (
            "상품번호,상품명,판매상태,전시여부,판매가격,할인가격,대표이미지,상품URL\n"
            "12,T,품절,Y,19000,15000,i.jpg,/s/12\n13,T,판매중,N,19000,,i.jpg,/s/13\n"
        ),
        ("/s/12", won(15000), won(19000), False),
    ),
}
"""Exports of shop systems, a row that is sold and one that is not; link, prices and stock of the
first."""


@pytest.mark.parametrize("system", SHOPS)
def test_shop__by_its_own_columns(tmp_path: Path, system: str) -> None:
    text, (path, price, original, stock) = SHOPS[system]
    taken, refused = rows(tmp_path, text, shop_url="https://s.kr/", currency="USD")
    assert isinstance(taken, TakenRow)
    assert taken.product.link == f"https://s.kr{path}"
    assert (taken.product.price, taken.product.original_price) == (price, original)
    assert taken.product.in_stock is stock
    pictures = {"magento": "media/catalog/product/i.jpg", "opencart": "image/catalog/i.jpg"}
    picture = f"https://s.kr/{pictures[system]}" if system in pictures else "i.jpg"
    assert taken.product.images == (picture,)
    assert taken.product.category == ("Women/Tops" if system == "magento" else "")
    assert isinstance(refused, RefusedRow)
    assert refused.off_sale


def test_cafe24__colours_of_an_option(tmp_path: Path) -> None:
    head = "상품코드,상품명,판매가,이미지등록(상세),옵션입력,브랜드\n"
    options = "색상{화이트|블랙}//사이즈{S|M}"
    (product,) = products(tmp_path, f"{head}P1,T,15000,i.jpg,{options},B0000000\n")
    assert (product.colour, product.brand) == ("화이트|블랙", "")


@pytest.mark.parametrize(("counted", "in_stock"), [("Y", False), ("N", True), ("", False)])
def test_imweb__stock_that_is_not_counted(tmp_path: Path, counted: str, in_stock: bool) -> None:
    head = "상품번호,상품명,판매가,재고사용,현재 재고수량,상품이미지,상품 URL\n"
    text = f"{head}12,T,15000,{counted},0,i.jpg,/shop_view/?idx=12\n"
    (product,) = products(tmp_path, text, shop_url="https://s.kr")
    assert product.in_stock is in_stock


def test_status__a_number_may_mean_anything(tmp_path: Path) -> None:
    head = "id,title,link,image_link,price,status\n"
    for status in ("0", "1", "2"):
        (product,) = products(tmp_path, f"{head}1,T,https://s.kr/1,i.jpg,15000 KRW,{status}\n")
        assert product.in_stock
    (hidden,) = rows(tmp_path, f"{head}1,T,https://s.kr/1,i.jpg,15000 KRW,Draft\n")
    assert hidden == RefusedRow(2, "1", "not on sale: status is 'Draft'", off_sale=True)


@pytest.mark.parametrize("sale", ["", "15000 KRW"])
def test_google__the_price_before_in_a_column_of_its_own(tmp_path: Path, sale: str) -> None:
    text = (
        "id,title,link,image_link,price,sale_price,regular_price\n"
        f"1,T,https://s.kr,i.jpg,15000 KRW,{sale},20000\n"
    )
    (row,) = rows(tmp_path, text)
    assert isinstance(row, TakenRow)
    assert (row.product.price, row.product.original_price) == (won(15000), won(20000))
    assert not row.doubt


def test_sabangnet__states_pictures_and_names(tmp_path: Path) -> None:
    head = "상품코드,상품명,브랜드명,판매가,TAG가,상품상태,대표이미지,부가이미지1,표준카테고리\n"
    row = "1,T,나래,29000,39000,{},a.jpg,b.jpg,의류>바지\n"
    on, off = products(
        tmp_path, head + row.format("공급중") + row.format("일시중지").replace("1", "2", 1)
    )
    assert (on.in_stock, off.in_stock) == (True, False)
    assert (on.brand, on.category, on.images) == ("나래", "의류>바지", ("a.jpg", "b.jpg"))
    assert on.original_price == won(39000)


def test_naver__class_d_alone_takes_the_product_off(tmp_path: Path) -> None:
    text = "id\ttitle\tprice_pc\tlink\timage_link\tclass\nn1\t\t\t\t\tD\n"
    assert rows(tmp_path, text) == [RefusedRow(2, "n1", "not on sale: class D", off_sale=True)]


def test_meta__pictures_by_number(tmp_path: Path) -> None:
    text = "id,title,link,image_link,image[0].url,image[1].url\n1,T,https://s.kr,,a.jpg,b.jpg\n"
    (product,) = products(tmp_path, text)
    assert product.images == ("a.jpg", "b.jpg")


@pytest.mark.parametrize(
    ("title", "encoding"), [("Hemd weiß", "latin-1"), ("Chemise d’été – œuvre", "cp1252")]
)
def test_words__utf_8_that_was_saved_as_another(tmp_path: Path, title: str, encoding: str) -> None:
    text = FEED.replace(",T,", f",{title.encode().decode(encoding)},")
    assert [product.title for product in products(tmp_path, text)] == [title]


def test_words__letters_of_latin_1_stay(tmp_path: Path) -> None:
    (product,) = products(tmp_path, FEED.replace(",T,", ",Été à Paris,"))
    assert product.title == "Été à Paris"


@pytest.mark.parametrize("nothing", ["N/A", "null", "#N/A", "-", "NaN"])
def test_table__words_for_no_value(tmp_path: Path, nothing: str) -> None:
    head = "id,title,link,image_link,color,brand\n"
    (refused,) = rows(tmp_path, f"{head}1,T,https://s.kr,{nothing},Navy,N\n")
    assert isinstance(refused, RefusedRow)
    assert refused.reason == "image_link is missing"
    (product,) = products(tmp_path, f"{head}1,T,https://s.kr,i.jpg,{nothing},{nothing}\n")
    assert (product.colour, product.brand) == ("", "")


def test_sales__in_another_currency_are_told_so(tmp_path: Path) -> None:
    head = "id,title,link,image_link,price,sale_price\n"
    (row,) = rows(tmp_path, f"{head}1,T,https://s.kr,i.jpg,20000 KRW,15 USD\n")
    assert isinstance(row, TakenRow)
    assert "in another currency than the price" in row.doubt


def test_mapping__a_column_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "feed.csv"
    path.write_text("번호,이름,주소,사진\n1,T,https://s.kr,i.jpg\n")
    columns = {"id": "번", "title": "이름", "link": "주소", "image_link": "사진"}
    options = FeedOptions(mapping=mapping_of({"columns": columns}, "map.yaml"))
    with pytest.raises(
        OperatorError, match=r"has no column '번', which --map names\. It has: 번호"
    ):
        list(read_feed(path, options))


def test_mapping__words_that_yaml_takes_for_others(tmp_path: Path) -> None:
    (tmp_path / "map.yaml").write_text("columns: {id: No, title: 2026, color: on}\ncolours:\n")
    mapping = load_mapping(tmp_path / "map.yaml")
    assert mapping.columns == {"no": "id", "2026": "title", "on": "color"}


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({"id": "No", "title": "no"}, "'no' stands for two fields"),
        ({"image_link": ["a", "b"]}, "image_link takes one name"),
    ],
)
def test_mapping__columns_that_mean_two_things(columns: dict[str, object], reason: str) -> None:
    with pytest.raises(OperatorError, match=reason):
        mapping_of({"columns": columns}, "map.yaml")
