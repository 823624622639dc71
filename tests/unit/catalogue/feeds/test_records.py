"""Feeds in JSON."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import FeedOptions, TakenRow, read_feed
from searchapp.domain.product import Money

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
    assert medium.link == "https://narae.kr/products/tee"


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
