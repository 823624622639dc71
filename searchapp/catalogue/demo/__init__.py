"""The demo catalogue: an ordinary feed with pictures, for a first search without a shop.

``tools/demo`` draws it; here lies what it drew: ``products.csv`` (Google Merchant columns),
``pictures/*.webp`` and ``descriptions.npz``, what the built-in model sees in them: it makes the
first start short.  Where another model is in use, the pictures are described as any others.
"""

from pathlib import Path

FEED_NAME = "demo"
"""The name under which an operator finds and removes it."""

FEED = Path(__file__).with_name("products.csv")
DESCRIPTIONS = FEED.with_name("descriptions.npz")
