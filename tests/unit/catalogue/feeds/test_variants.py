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
    line = '7,simple,s,Hemd,1,visible,1,29000,39000,Kleidung > Hemden,"a.jpg, b.jpg",,pa_color,Blue'
    (product,) = products(tmp_path, f"{header}\n{line}\n", currency="KRW")
    assert (product.id, product.title, product.images) == ("s", "Hemd", ("a.jpg", "b.jpg"))
    assert (product.price, product.original_price) == (won(29000), won(39000))
    assert (product.category, product.colour) == ("Kleidung > Hemden", "Blue")


def test_woocommerce__without_a_currency_is_taken_without_a_price(tmp_path: Path) -> None:
    first, *_ = rows(tmp_path, WOO + WOO_ROWS)
    assert isinstance(first, TakenRow)
    assert first.product.price is None
    assert "--currency" in first.doubt


@pytest.mark.parametrize("title", ["リネンシャツ", "कुर्ता", "Áo sơ mi", "Рубашка", "เสื้อ"])
def test_shopify__amounts_of_other_countries_are_never_won(tmp_path: Path, title: str) -> None:
    text = f"Handle,Title,Variant Price,Image Src\nh,{title},3900,https://s.jp/1.jpg\n"
    (refused,) = rows(tmp_path, text, shop_url="https://s.jp")
    assert isinstance(refused, RefusedRow)
    assert "give the shop's --currency" in refused.reason


def test_shopify__options_in_other_languages(tmp_path: Path) -> None:
    text = (
        "Handle,Title,Vendor,Variant Price,Image Src,Option1 Name,Option1 Value,Option2 Name,"
        "Option2 Value\nh,Hemd,N,49.00,https://s.de/1.jpg,Farbe,Dunkelblau,Größe,M\n"
    )
    (product,) = products(tmp_path, text, currency="EUR", shop_url="https://s.de")
    assert (product.colour, product.size) == ("Dunkelblau", "M")


@pytest.mark.parametrize(("tracker", "stock"), [("shopify", False), ("", True)])
def test_shopify__stock_that_is_not_counted(tmp_path: Path, tracker: str, stock: bool) -> None:
    text = (
        "Handle,Title,Vendor,Variant Inventory Tracker,Variant Inventory Qty,"
        "Variant Inventory Policy,Variant Price,Image Src\n"
        f"h,Hat,N,{tracker},0,deny,49000,https://s.kr/1.jpg\n"
    )
    (product,) = products(tmp_path, text, shop_url="https://s.kr")
    assert product.in_stock is stock


MAGENTO = (
    "sku,store_view_code,product_type,categories,name,price,special_price,special_price_to_date,"
    "url_key,base_image,visibility,product_online,qty,is_in_stock,additional_attributes,"
    "configurable_variations\n"
)
PARENT = (
    'M,,configurable,"Default Category/Women,Default Category/Women/Tops",Tee,,,,tee,/t/e/tee.jpg,'
    '"Catalog, Search",1,0,1,manufacturer=Narae,'
    '"sku=M-S,size=S,color=Blue | sku=M-L, size=L, color=Red"\n'
)
SMALL = (
    "M-S,,simple,,Tee-S,22.000000,18.000000,,tee-s,no_selection,Not Visible Individually,1,0,0,"
    '"color=Blue,size=S",\n'
)
LARGE = (
    "M-L,,simple,,Tee-L,24.000000,20.000000,1/31/26,tee-l,/t/e/red.jpg,Not Visible Individually,1,"
    "5,1,,\n"
)
OTHER_VIEW = "M,german,configurable,,T-Shirt,,,,,,,,,,,\n"


@pytest.mark.parametrize(
    "body", [PARENT + SMALL + LARGE, SMALL + LARGE + OTHER_VIEW + PARENT, SMALL + PARENT + LARGE]
)
def test_magento__children_are_variants_of_their_product(tmp_path: Path, body: str) -> None:
    taken = products(tmp_path, MAGENTO + body, currency="USD", shop_url="https://m.shop")
    small, large = sorted(taken, key=lambda product: product.size, reverse=True)
    pictures = "https://m.shop/media/catalog/product/t/e"
    assert small == FeedProduct(
        id="M-S",
        title="Tee-S",
        link="https://m.shop/tee.html",
        images=(f"{pictures}/tee.jpg",),
        price=Money(Decimal("18.00"), "USD"),
        original_price=Money(Decimal("22.00"), "USD"),
        brand="Narae",
        category="Default Category/Women/Tops",
        colour="Blue",
        size="S",
        in_stock=False,
        group="M",
    )
    assert (large.id, large.link, large.images) == (
        "M-L",
        small.link,
        (f"{pictures}/red.jpg",),
    )
    assert (large.colour, large.size, large.in_stock, large.group) == ("Red", "L", True, "M")
    assert (large.price, large.original_price) == (Money(Decimal("24.00"), "USD"), None)


def test_magento__a_child_whose_product_is_not_there_is_refused(tmp_path: Path) -> None:
    (child,) = rows(tmp_path, MAGENTO + SMALL, currency="USD", shop_url="https://m.shop")
    assert isinstance(child, RefusedRow)
    assert (child.id, child.off_sale) == ("M-S", True)


def test_magento__without_its_children_the_product_is_one(tmp_path: Path) -> None:
    priced = PARENT.replace(",Tee,,", ",Tee,22.00,")
    (tee,) = products(tmp_path, MAGENTO + priced, currency="USD", shop_url="https://m.shop")
    assert (tee.id, tee.brand, tee.group) == ("M", "Narae", "")


def test_magento__a_product_that_is_off_takes_its_variants_along(tmp_path: Path) -> None:
    off = PARENT.replace('Search",1,', 'Search",2,')
    found = rows(tmp_path, MAGENTO + SMALL + off, currency="USD", shop_url="https://m.shop")
    reason = "not on sale: product_online is '2'"
    assert found == [RefusedRow(2, "M-S", reason, off_sale=True)]


def test_magento__a_product_that_is_sold_out_has_no_variant_in_stock(tmp_path: Path) -> None:
    sold_out = PARENT.replace('Search",1,0,1', 'Search",1,0,0')
    (large,) = products(
        tmp_path, MAGENTO + LARGE + sold_out, currency="USD", shop_url="https://m.shop"
    )
    assert not large.in_stock


def test_magento__attributes_by_names_of_the_shop(tmp_path: Path) -> None:
    cap = (
        'C,,simple,Hats,"Cap, red",9.00,,,cap,c.jpg,"Catalog, Search",1,5,1,'
        '"""fashion_color=Red"",""fabric=Cotton, Wool"",""published=No"",""hat_size=One, free""",\n'
    )
    (product,) = products(tmp_path, MAGENTO + cap, currency="USD", shop_url="https://m.shop")
    assert (product.colour, product.size) == ("Red", "One, free")
