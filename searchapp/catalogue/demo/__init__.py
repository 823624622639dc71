"""The demo catalogue: an ordinary feed with pictures, for a first search without a shop.

``tools/demo`` draws it; here lies what it drew: ``products.csv`` (Google Merchant columns) and
``pictures/*.webp``.
"""

from pathlib import Path

FEED_NAME = "demo"
"""The name under which an operator finds and removes it."""

FEED = Path(__file__).with_name("products.csv")
