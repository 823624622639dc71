"""What every form of feed is turned into before it is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from searchapp.domain.product import FeedProduct


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row as it stands in the file.

    :param number: as a spreadsheet counts, the header being 1; for XML the item's own number.
    :param fields: by normalised name (see :func:`normalised`); values untouched.
    """

    number: int
    fields: Mapping[str, str]

    def get(self, *names: str) -> str:
        """The first of ``names`` that has a value, stripped; empty if none has."""
        for name in names:
            value = self.fields.get(name, "").strip()
            if value:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """One product in the common words, nothing checked yet; ``price`` as written.

    ``currency`` is what an amount without one is taken to be, unless the operator says otherwise.
    """

    number: int
    id: str
    title: str
    link: str
    images: tuple[str, ...]
    price: str = ""
    sale_price: str = ""
    currency: str = ""
    price_required: bool = False
    link_required: bool = True
    brand: str = ""
    category: str = ""
    colour: str = ""
    availability: str = ""


@dataclass(frozen=True, slots=True)
class TakenRow:
    """A row that is a product; ``doubt`` is what the operator should know of how it was read."""

    number: int
    product: FeedProduct
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is not taken, and why; ``id`` is empty if the row has none.

    ``broken_off`` marks a place where other rows of the feed went lost, or a row of which nobody
    knows whose it is.  ``off_sale`` says that the row itself takes the product out of the shop.
    """

    number: int
    id: str
    reason: str
    broken_off: bool = False
    off_sale: bool = False


FeedRow = TakenRow | RefusedRow


@dataclass(frozen=True, slots=True)
class FeedOptions:
    """What some forms of feed leave out.

    :param currency: ISO 4217, for amounts without one (Shopify's are taken as won otherwise,
        Naver's are always won, Google's need one).
    :param shop_url: the shop's address, for Shopify's CSV, which carries no links.
    """

    currency: str = ""
    shop_url: str = ""


def normalised(name: str) -> str:
    """A column's name in the form that is compared: ``g:Image Link`` -> ``image_link``."""
    return name.strip().lower().removeprefix("g:").replace(" ", "_").replace("-", "_")
