"""Feeds in JSON, and exports that are read as those of Shopify."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import FeedOptions, RefusedRow, TakenRow, read_feed
from searchapp.domain.product import FeedProduct, Money
from tests.support.feed_texts import products, rows, won

VARIANTS = [
    {"id": 11, "option1": "M", "price": "19000.00", "available": True},
    {"id": 12, "option1": "L", "price": "19000.00", "available": False},
]
PRODUCT = {
    "id": 1,
    "handle": "tee",
    "title": "Tee",
    "vendor": "Narae",
    "product_type": "Tops",
    "options": [{"name": "Size"}],
    "images": [{"src": f"https://cdn.shopify.com/{n}.jpg"} for n in (1, 2)],
    "variants": VARIANTS,
}


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A shop's ``products.json``."""
    path = tmp_path / "products.json"
    path.write_text(json.dumps({"products": [PRODUCT]}))
    return path


def test_shopify__variants_of_products_json_are_one_garment(feed: Path) -> None:
    options = FeedOptions(currency="KRW", shop_url="https://narae.kr/")
    medium, large = [row.product for row in read_feed(feed, options) if isinstance(row, TakenRow)]
    assert (medium.id, large.id) == ("tee", "tee.L")
    assert (medium.group, large.group) == ("tee", "tee")
    assert (medium.in_stock, large.in_stock) == (True, False)
    assert medium.images == ("https://cdn.shopify.com/1.jpg", "https://cdn.shopify.com/2.jpg")
    assert (medium.brand, medium.category) == ("Narae", "Tops")
    assert medium.link == "https://narae.kr/products/tee?variant=11"
    assert large.link == "https://narae.kr/products/tee?variant=12"


@pytest.mark.parametrize("encoding", ["cp949", "utf-16", "utf-8-sig"])
@pytest.mark.parametrize("form", ["[{}]", "{}\n"])
def test_json__encodings(tmp_path: Path, encoding: str, form: str) -> None:
    document = {"id": 1, "title": "린넨 셔츠", "link": "https://s.kr/1", "image_link": "i.jpg"}
    path = tmp_path / "feed.json"
    text = form.replace("{}", json.dumps(document, ensure_ascii=False))
    path.write_text(text, encoding=encoding)
    (row,) = read_feed(path)
    assert isinstance(row, TakenRow)
    assert row.product.title == "린넨 셔츠"


def test_json__offers_of_schema_org(tmp_path: Path) -> None:
    offer = {"price": "49.00", "priceCurrency": "USD", "availability": "https://schema.org/SoldOut"}
    document = {"sku": "1", "name": "T", "url": "https://s.kr/1", "image": "i.jpg"}
    for offers in (offer, [offer]):
        (tmp_path / "feed.json").write_text(json.dumps([document | {"offers": offers}]))
        (row,) = read_feed(tmp_path / "feed.json")
        assert isinstance(row, TakenRow)
        assert row.product.price == Money(Decimal("49.00"), "USD")
        assert not row.product.in_stock


def test_json__objects_are_what_they_name(tmp_path: Path) -> None:
    document = {
        "id": 1,
        "title": "T",
        "link": "https://s.de",
        "images": [{"src": "https://s.de/1.jpg"}, {"url": "https://s.de/2.jpg"}, "i.jpg", 7],
        "price": {"amount": "49.00", "currency": "EUR"},
        "brand": {"name": "N"},
        "category": {"id": 3, "name": "Shirts"},
        "in_stock": False,
        "dimensions": {"width": 3},
    }
    path = tmp_path / "feed.json"
    path.write_text(json.dumps([document]))
    (row,) = read_feed(path)
    assert isinstance(row, TakenRow)
    product = row.product
    assert product.images[:3] == ("https://s.de/1.jpg", "https://s.de/2.jpg", "i.jpg")
    assert str(product.price) == str(Money(Decimal("49.00"), "EUR"))
    assert (product.brand, product.category, product.in_stock) == ("N", "Shirts", False)


@pytest.mark.parametrize(
    "text",
    [
        '{"resources": [{"id": 1, "title": "T", "link": "https://s.kr/1", "imageLink": "i.jpg"}]}',
        '[{"id": 1, "name": "T", "permalink": "https://s.kr/1", "images": [{"src": "i.jpg"}]}]',
        '{"@graph": [{"sku": 1, "name": "T", "url": "https://s.kr/1", "image": "i.jpg"}]}',
        (
            '{"itemListElement": [{"@type": "ListItem", "item": '
            '{"sku": 1, "name": "T", "url": "https://s.kr/1", "image": "i.jpg"}}]}'
        ),
        (
            '{"data": {"products": {"edges": [{"node": '
            '{"id": 1, "title": "T", "url": "https://s.kr/1", "image": {"url": "i.jpg"}}}]}}}'
        ),
    ],
)
def test_json__answers_of_programs(tmp_path: Path, text: str) -> None:
    (row,) = rows(tmp_path, text, "feed.json")
    assert isinstance(row, TakenRow)
    assert (row.product.link, row.product.images) == ("https://s.kr/1", ("i.jpg",))


def test_json__lowest_price_of_several_offers(tmp_path: Path) -> None:
    offers = '{"lowPrice": "15000", "highPrice": 20000, "priceCurrency": "KRW"}'
    text = '[{"sku": 1, "name": "T", "url": "https://s.kr", "image": "i.jpg", "offers": %s}]'
    (row,) = rows(tmp_path, text % offers, "feed.json")
    assert isinstance(row, TakenRow)
    assert row.product.price == won(15000)


WIX = (
    "handleId,fieldType,name,productImageUrl,collection,sku,price,surcharge,visible,discountMode,"
    "discountValue,inventory,productOptionName1,productOptionType1,productOptionDescription1,"
    "productOptionName2,productOptionType2,productOptionDescription2\n"
    "p1,Product,Linen Tee,a~mv2.jpg;https://s.com/b.jpg,Tops;New,T,20.0,,true,PERCENT,10.0,InStock,"
    "Color,COLOR,#000000:Black;#ffffff:White,Size,DROP_DOWN,S;M\n"
    "p1,Variant,,,,T-S,,0.0,true,,,OutOfStock,,,#000000:Black,,,S\n"
    "p1,Variant,,,,T-M,,4.0,true,,,3,,,#ffffff:White,,,M\n"
    "p2,Product,Cap,c~mv2.jpg,Hats,C,9.0,,false,PERCENT,0.0,InStock,,,,,,\n"
)


def test_wix__variants_by_surcharge(tmp_path: Path) -> None:
    black, white, cap = rows(tmp_path, WIX, currency="USD", shop_url="https://w.shop")
    assert isinstance(black, TakenRow)
    assert isinstance(white, TakenRow)
    media = "https://static.wixstatic.com/media"
    assert black.product == FeedProduct(
        id="p1",
        title="Linen Tee",
        link="https://w.shop/product-page/linen-tee",
        images=(f"{media}/a~mv2.jpg", "https://s.com/b.jpg"),
        price=Money(Decimal("18.00"), "USD"),
        original_price=Money(Decimal("20.00"), "USD"),
        category="Tops;New",
        colour="Black",
        size="S",
        in_stock=False,
        group="p1",
    )
    assert (white.product.id, white.product.colour, white.product.in_stock) == (
        "p1.White-M",
        "White",
        True,
    )
    assert white.product.price == Money(Decimal("21.60"), "USD")
    assert cap == RefusedRow(5, "p2", "not on sale: it is not published", off_sale=True)


def test_wix__a_price_that_names_its_currency(tmp_path: Path) -> None:
    text = WIX.replace(",20.0,", ",$20.00,").replace("PERCENT,10.0", ",")
    black, *_ = rows(tmp_path, text, shop_url="https://w.shop")
    assert isinstance(black, TakenRow)
    assert black.product.price == Money(Decimal("20.00"), "USD")


def test_wix__newer_form_with_rows_of_pictures(tmp_path: Path) -> None:
    head = (
        "handle,fieldType,name,visible,media,brand,price,strikethroughPrice,inventory,"
        "productOptionName1,productOptionChoices1\n"
    )
    text = (
        f"{head}tee,PRODUCT,Tee,TRUE,https://s.com/1.jpg,Narae,,,,Color,Red;Blue\n"
        "tee,MEDIA,,,https://s.com/2.jpg,,,,,,\n"
        "tee,VARIANT,,,,,25000,30000,IN_STOCK,,Red\ntee,VARIANT,,,,,25000,,OUT_OF_STOCK,,Blue\n"
    )
    red, blue = products(tmp_path, text, shop_url="https://w.shop")
    assert red.images == ("https://s.com/1.jpg", "https://s.com/2.jpg")
    assert (red.price, red.original_price, red.brand) == (won(25000), won(30000), "Narae")
    assert (red.colour, red.in_stock, blue.colour, blue.in_stock) == ("Red", True, "Blue", False)


def test_squarespace__the_first_variant_in_the_row_of_the_product(tmp_path: Path) -> None:
    text = (
        "Product ID [Non Editable],Variant ID [Non Editable],Product Type [Non Editable],"
        "Product Page,Product URL,Title,SKU,Option Name 1,Option Value 1,Price,Sale Price,On Sale,"
        "Stock,Categories,Visible,Hosted Image URLs\n"
        "5f,v1,PHYSICAL,shop,v-neck,V-Neck,A,Size,S,20.00,15.00,Yes,0,/tops,Yes,"
        '"https://s.com/1.jpg\nhttps://s.com/2.jpg"\n'
        ",v2,,,,,B,,M,22.00,0.00,No,Unlimited,,,\n"
        "6f,v3,PHYSICAL,shop,cap,Cap,C,,,9.00,0.00,No,3,/hats,No,https://s.com/c.jpg\n"
    )
    small, medium, cap = rows(tmp_path, text, currency="USD", shop_url="https://q.shop")
    assert isinstance(small, TakenRow)
    assert isinstance(medium, TakenRow)
    assert (small.product.id, small.product.link) == ("5f", "https://q.shop/shop/p/v-neck")
    assert small.product.images == ("https://s.com/1.jpg", "https://s.com/2.jpg")
    assert small.product.price == Money(Decimal("15.00"), "USD")
    assert small.product.original_price == Money(Decimal("20.00"), "USD")
    assert (small.product.size, small.product.in_stock) == ("S", False)
    assert (medium.product.size, medium.product.in_stock, medium.product.group) == ("M", True, "5f")
    assert (medium.product.price, medium.product.title) == (
        Money(Decimal("22.00"), "USD"),
        "V-Neck",
    )
    assert cap == RefusedRow(4, "6f", "not on sale: it is not published", off_sale=True)


def test_bigcommerce__rows_of_variants_and_pictures(tmp_path: Path) -> None:
    text = (
        "Item,ID,Name,Type,SKU,Options,Inventory Tracking,Current Stock,Price,Sale Price,"
        "Categories,Product URL,Is Visible,Variant Image URL,Internal Image URL (Export),"
        "Image URL (Import)\n"
        "Product,7,Tee,physical,TEE,,variant,0,20.00,0.00,Tops,/tee/,TRUE,,,\n"
        "Variant,8,,,TEE-S,Type=Swatch|Name=Color|Value=Red[#FF0000]Type=Rectangle|Name=Size|"
        "Value=S,,0,,,,,,,,\n"
        "Variant,9,,,TEE-M,Type=Swatch|Name=Color|Value=Blue|Type=Rectangle|Name=Size|Value=M,,4,"
        "24.00,19.00,,,,https://s.com/blue.jpg,,\n"
        "Image,10,,,,,,,,,,,,,https://s.com/tee.jpg,\n"
    )
    red, blue = products(tmp_path, text, currency="USD", shop_url="https://b.shop")
    assert (red.id, red.link, red.title) == ("TEE", "https://b.shop/tee/", "Tee")
    assert red.images[0] == "https://s.com/tee.jpg"
    assert (red.colour, red.size, red.in_stock) == ("Red", "S", False)
    assert red.price == Money(Decimal("20.00"), "USD")
    assert (blue.colour, blue.size, blue.in_stock) == ("Blue", "M", True)
    assert blue.images == ("https://s.com/blue.jpg",)
    assert (blue.price, blue.original_price) == (
        Money(Decimal("19.00"), "USD"),
        Money(Decimal("24.00"), "USD"),
    )
