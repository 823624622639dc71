"""Forms in which several rows are the variants of one garment."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import RefusedRow, TakenRow
from searchapp.domain.product import FeedProduct, Money
from tests.support.feed_texts import products, rows, won

WOO = (
    "ID,Type,SKU,Name,Published,Visibility in catalog,In stock?,Stock,Sale price,Regular price,"
    "Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n"
)
WOO_ROWS = """44,variable,w,Tee,1,visible,1,,,,Clothing > Tshirts,"a.jpg, b.jpg",,Color,"Blue"
45,variation,w-b,Tee - Blue,1,visible,1,3,15,20,,,w,Color,Blue
46,simple,cap,Cap,1,visible,0,9,,18,Clothing > Hats,c.jpg,,,
47,simple,x,Hidden,0,visible,1,9,,18,,c.jpg,,,
"""


def test_woocommerce__variations_are_products_of_one_group(tmp_path: Path) -> None:
    blue, cap, hidden = rows(tmp_path, WOO + WOO_ROWS, currency="USD", shop_url="https://w.shop")
    assert isinstance(blue, TakenRow)
    assert blue.product == FeedProduct(
        id="w-b",
        title="Tee - Blue",
        link="https://w.shop/?p=45",
        images=("a.jpg", "b.jpg"),
        price=Money(Decimal("15.00"), "USD"),
        original_price=Money(Decimal("20.00"), "USD"),
        category="Clothing > Tshirts",
        colour="Blue",
        group="w",
    )
    assert isinstance(cap, TakenRow)
    assert (cap.product.group, cap.product.in_stock) == ("", False)
    assert isinstance(hidden, RefusedRow)
    assert hidden.off_sale


GERMAN = (
    "ID,Typ,Artikelnummer,Name,Veröffentlicht,Sichtbarkeit im Katalog,Vorrätig?,Angebotspreis,"
    "Regulärer Preis,Kategorien,Bilder,Übergeordnetes Produkt,Attribut 1 Name,Attribut 1 Wert(e)"
)
KOREAN = (
    "ID,유형,SKU,이름,게시됨,카탈로그,재고 있음?,할인 가격,정상 가격,카테고리,이미지,상위,"
    "속성 1 이름,속성 1 값"
)


@pytest.mark.parametrize("header", [GERMAN, KOREAN])
def test_woocommerce__columns_in_the_language_of_the_shop(tmp_path: Path, header: str) -> None:
    line = '7,simple,s,Hemd,1,visible,1,29000,39000,Kleidung > Hemden,"a.jpg, b.jpg",,Color,Blue'
    (product,) = products(tmp_path, f"{header}\n{line}\n", currency="KRW")
    assert (product.id, product.title, product.images) == ("s", "Hemd", ("a.jpg", "b.jpg"))
    assert (product.price, product.original_price) == (won(29000), won(39000))
    assert (product.category, product.colour) == ("Kleidung > Hemden", "Blue")


def test_woocommerce__without_a_currency_is_taken_without_a_price(tmp_path: Path) -> None:
    first, *_ = rows(tmp_path, WOO + WOO_ROWS)
    assert isinstance(first, TakenRow)
    assert first.product.price is None
    assert "--currency" in first.doubt


def test_shopify__options_in_other_languages(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Vendor,Variant Price,Image Src,Option1 Name,Option1 Value,Option2 Name,"
        "Option2 Value\nh,Hemd,N,49.00,https://s.de/1.jpg,Farbe,Dunkelblau,Größe,M\n"
    )
    (product,) = products(tmp_path, text, currency="EUR", shop_url="https://s.de")
    assert (product.colour, product.size) == ("Dunkelblau", "M")
