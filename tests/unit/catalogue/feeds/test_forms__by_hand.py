"""Sheets that people keep by hand, in their own words for the columns."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import RefusedRow
from searchapp.domain.product import Money
from searchapp.errors import OperatorError
from tests.support.feed_texts import products, rows, won

VALUES = {
    "id": "7",
    "title": "검정 니트",
    "link": "https://s.kr/7",
    "image": "https://s.kr/7.jpg",
    "price": "15,000원",
}
NAMES = {
    "id": "번호 코드 제품번호 품번 商品番号 品番 No. code",
    "title": "제목 제품명 품명 이름 상품 商品名 タイトル Item",
    "link": "링크 주소 구매링크 상품링크 リンク 商品URL 商品ページ",
    "image": "사진 이미지링크 상품사진 사진1 画像 商品画像URL 画像１ photo Image1 썸네일",
    "price": "금액 상품가격 정가 소비자가 regular_price",
}


@pytest.mark.parametrize(
    ("field", "name"), [(field, name) for field, names in NAMES.items() for name in names.split()]
)
def test_columns__in_plain_words(tmp_path: Path, field: str, name: str) -> None:
    header = [name if own == field else own for own in VALUES]
    (product,) = products(
        tmp_path,
        f"{','.join(header)}\n{','.join(VALUES.values())}\n".replace("15,000원", '"15,000원"'),
    )
    assert (product.id, product.title, product.link) == ("7", "검정 니트", "https://s.kr/7")
    assert (product.images, product.price) == (("https://s.kr/7.jpg",), won(15000))


def test_columns__a_whole_sheet_in_korean(tmp_path: Path) -> None:
    feed = (
        "번호,상품명,종류,사진1,사진2,정가,할인가,링크,재고량,색깔,치수,상표\n"
        "1,니트,상의,a.jpg,b.jpg,39000,29000,https://s.kr/1,0,검정,M,나래\n"
    )
    (product,) = products(tmp_path, feed)
    assert (product.price, product.original_price) == (won(29000), won(39000))
    assert (product.images, product.category) == (("a.jpg", "b.jpg"), "상의")
    assert (product.colour, product.size, product.brand) == ("검정", "M", "나래")
    assert not product.in_stock


def test_columns__a_whole_sheet_in_japanese(tmp_path: Path) -> None:
    feed = (
        "商品番号,商品名,価格（税込）,画像,リンク,在庫数,カラー,サイズ,ブランド,カテゴリー\n"
        '1,ニット,"3,900",a.jpg,https://s.jp/1,0,赤,M,N,トップス\n'
    )
    (product,) = products(tmp_path, feed)
    assert product.price == Money(Decimal(3900), "JPY")
    assert (product.colour, product.size, product.brand) == ("赤", "M", "N")
    assert (product.category, product.in_stock) == ("トップス", False)


@pytest.mark.parametrize(
    ("column", "currency"), [("Price (USD)", "USD"), ("price_eur", "EUR"), ("가격 (원)", "KRW")]
)
def test_columns__that_name_their_currency(tmp_path: Path, column: str, currency: str) -> None:
    feed = f"id,title,link,image,{column}\n1,T,https://s.kr/1,a.jpg,1900\n"
    (product,) = products(tmp_path, feed)
    assert product.price == Money(Decimal(1900), currency)


@pytest.mark.parametrize("said", ["Y", "o", "품절", "1"])
def test_columns__sold_out(tmp_path: Path, said: str) -> None:
    feed = "번호,상품명,사진,링크,품절\n1,니트,a.jpg,https://s.kr/1,{}\n"
    assert [product.in_stock for product in products(tmp_path, feed.format(said))] == [False]
    assert [product.in_stock for product in products(tmp_path, feed.format("N"))] == [True]


def test_link__no_shop_address_helps(tmp_path: Path) -> None:
    feed = (
        "TITLE,PRICE,CURRENCY_CODE,QUANTITY,IMAGE1,IMAGE2,SKU\nDress,35.00,USD,3,a.jpg,b.jpg,S1\n"
    )
    for shop in ("", "https://s.kr"):
        (refused,) = rows(tmp_path, feed, shop_url=shop)
        assert isinstance(refused, RefusedRow)
        assert refused.reason == "link is missing: add a link column"


def test_woocommerce__in_japanese(tmp_path: Path) -> None:
    feed = (
        "ID,タイプ,SKU,名前,公開済み,在庫あり?,セール価格,通常価格,カテゴリー,画像\n"
        "1,simple,S1,ニット,1,0,2900,3900,トップス,https://s.jp/1.jpg\n"
    )
    (product,) = products(tmp_path, feed, currency="JPY", shop_url="https://s.jp")
    assert (product.id, product.in_stock, product.link) == ("S1", False, "https://s.jp/?p=1")
    assert product.price == Money(Decimal(2900), "JPY")


def test_pictures__numbered_in_json(tmp_path: Path) -> None:
    feed = (
        '[{"id": 1, "title": "T", "link": "https://s.kr/1", "price": "9 USD",'
        ' "image1": "a.jpg", "image2": "b.jpg", "image3": "c.jpg"}]'
    )
    (product,) = products(tmp_path, feed, name="feed.json")
    assert product.images == ("a.jpg", "b.jpg", "c.jpg")


def test_columns__say_that_they_have_to_be_filled(tmp_path: Path) -> None:
    feed = "번호(필수),상품명 (필수),Link (required),사진[선택],가격\n1,니트,https://s.kr/1,a.jpg,9900\n"
    (product,) = products(tmp_path, feed)
    assert (product.id, product.images, product.price) == ("1", ("a.jpg",), won(9900))


def test_cells__formulas_that_show_an_address(tmp_path: Path) -> None:
    feed = (
        "id,title,link,image,price\n"
        '1,T,"=HYPERLINK(""https://s.kr/1"",""보기"")","=IMAGE(""https://s.kr/1.jpg"")",$9\n'
    )
    (product,) = products(tmp_path, feed)
    assert (product.link, product.images) == ("https://s.kr/1", ("https://s.kr/1.jpg",))


def test_cells__an_equals_sign_in_a_text_is_no_formula(tmp_path: Path) -> None:
    feed = 'id,title,link,image,price\n1,"Shirt, size=""L"" long",https://s.kr/1,a.jpg,$9\n'
    (product,) = products(tmp_path, feed)
    assert product.title == 'Shirt, size="L" long'


@pytest.mark.parametrize(("said", "in_stock"), [("あり", True), ("なし", False), ("無", False)])
def test_stock__in_japanese(tmp_path: Path, said: str, in_stock: bool) -> None:
    feed = f"商品番号,商品名,リンク,画像,在庫\n1,ニット,https://s.jp/1,a.jpg,{said}\n"
    assert [product.in_stock for product in products(tmp_path, feed)] == [in_stock]


def test_columns__which_one_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        OperatorError, match=r"no column for id that we know\. It has: 상품명, .*\{id: \.\.\.\}"
    ):
        rows(tmp_path, "상품명,링크,사진,가격\n니트,https://s.kr/1,a.jpg,9900\n")


def test_columns__levels_of_categories_and_reduced_won(tmp_path: Path) -> None:
    feed = (
        "번호,상품명,링크,사진,가격 (원),할인가(원),대분류,소분류\n"
        "1,겨울,https://s.kr/1,a.jpg,20000,15000,의류,니트\n"
    )
    (product,) = products(tmp_path, feed)
    assert (product.price, product.original_price) == (won(15000), won(20000))
    assert product.category == "니트"
