"""Small feeds of every form as text, and what is read of them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from searchapp.catalogue.feeds import FeedOptions, TakenRow, read_feed
from searchapp.domain.product import FeedProduct, Money

GOOGLE = (
    "id,title,link,image_link,additional_image_link,price,sale_price,"
    "brand,product_type,color,availability\n"
)
GOOD = (
    'a1,반팔 티셔츠,https://shop.kr/a1,a1.jpg,"b.jpg, c.jpg",15000 KRW,,'
    "나래,상의 > 티셔츠,흰색,in_stock\n"
)

RSS = """<?xml version="1.0"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0"><channel><title>Shop</title>
<item><g:id>r1</g:id><title>Plain &amp; simple</title><link>https://s.kr/r1</link>
<g:image_link>https://s.kr/r1.jpg</g:image_link><g:additional_image_link>https://s.kr/2.jpg</g:additional_image_link>
<g:additional_image_link>https://s.kr/3.jpg</g:additional_image_link><g:price>12000 KRW</g:price>
<g:brand>B</g:brand><g:product_type>Tops</g:product_type></item>
<item><g:id>r2</g:id><title>No price</title><link>https://s.kr/r2</link><g:image_link>x.jpg</g:image_link></item>
</channel></rss>"""

NAVER = (
    "id\ttitle\tprice_pc\tlink\timage_link\tadd_image_link\t"
    "category_name1\tcategory_name2\tbrand\tclass\n"
)

SHOPIFY = (
    "Handle,Title,Vendor,Type,Published,Option1 Name,Option1 Value,Variant Inventory Qty,"
    "Variant Inventory Policy,Variant Price,Image Src,Image Position,Status\n"
)
SHOPIFY_ROWS = """tee,Tee,Narae,Tops,true,Color,White,0,deny,19000,https://cdn.shopify.com/2.jpg,2,active
tee,,,,,,Black,3,deny,19000,https://cdn.shopify.com/1.jpg,1,
tee,,,,,,,,,,https://cdn.shopify.com/3.jpg,3,
cap,Cap,Narae,Hats,true,Title,Default,0,deny,9000,https://cdn.shopify.com/c.jpg,1,active
old,Old,Narae,Hats,true,Title,Default,1,deny,9000,https://cdn.shopify.com/o.jpg,1,draft
"""


def rows(tmp_path: Path, text: str | bytes, name: str = "feed.csv", **options: str) -> list[object]:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(read_feed(path, FeedOptions(**options)))


FEED = "id,title,link,image_link,price\n1,T,https://s.kr,i.jpg,15000 KRW\n"
"""One product and nothing but what must be there."""


def won(amount: int) -> Money:
    """A price."""
    return Money(Decimal(amount), "KRW")


def products(tmp_path: Path, text: str | bytes, **options: str) -> list[FeedProduct]:
    taken = rows(tmp_path, text, **options)
    assert all(isinstance(row, TakenRow) for row in taken), taken
    return [row.product for row in taken if isinstance(row, TakenRow)]
