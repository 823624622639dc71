"""Feeds in JSON."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from searchapp.catalogue.feeds import FeedOptions, TakenRow, read_feed

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
