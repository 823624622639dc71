"""Product feeds as shops write them, read row by row whatever their size.

:func:`read_feed` finds out by itself which form a file has: Google Merchant (CSV, TSV, RSS, Atom),
Naver shopping EP, Shopify, WooCommerce, Cafe24, Daum, Yandex YML, ``styles.csv``, JSON, JSON Lines
or XLSX; packed or not; UTF-8, UTF-16, EUC-KR/CP949, Shift-JIS or Windows-1252.
"""

from searchapp.catalogue.feeds.reader import count_rows, read_feed
from searchapp.catalogue.feeds.rows import FeedOptions, FeedRow, RefusedRow, TakenRow

__all__ = ["FeedOptions", "FeedRow", "RefusedRow", "TakenRow", "count_rows", "read_feed"]
