"""Product feeds as shops write them, read row by row whatever their size.

:func:`read_feed` finds out by itself which form a file has: Google Merchant (CSV, TSV, RSS, Atom),
Naver shopping EP (TSV) or Shopify's product CSV; UTF-8, UTF-16 or EUC-KR/CP949.
"""

from searchapp.catalogue.feeds.reader import read_feed
from searchapp.catalogue.feeds.rows import FeedOptions, FeedRow, RefusedRow, TakenRow

__all__ = ["FeedOptions", "FeedRow", "RefusedRow", "TakenRow", "read_feed"]
