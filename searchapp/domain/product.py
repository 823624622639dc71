"""Products and money, as feeds give them and results show them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in the currency's main unit (won, dollars) and its ISO 4217 code."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class FeedProduct:
    """One product as a feed gives it; ``images`` are URLs or paths, the main one first.

    ``original_price`` is what was asked before a reduction.  Products of one ``group`` are the
    variants of one garment.  ``kind`` and ``colour_family`` are slugs that the feed's own taxonomy
    or the operator's mapping gives; empty leaves them to words and the picture.
    """

    id: str
    title: str
    link: str
    images: tuple[str, ...]
    price: Money | None = None
    brand: str = ""
    category: str = ""
    colour: str = ""
    in_stock: bool = True
    original_price: Money | None = None
    group: str = ""
    size: str = ""
    kind: str = ""
    colour_family: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What a person narrows results down to; what is empty or None narrows nothing.

    ``kind`` is a label's slug, ``colour`` a colour family's, ``brand`` compares without case,
    prices are in ``currency`` and inclusive.  ``other_kinds`` widens instead: products of
    other kinds of garments than the item's are shown, too.
    """

    kind: str = ""
    brand: str = ""
    colour: str = ""
    price_from: Decimal | None = None
    price_to: Decimal | None = None
    currency: str = "KRW"
    in_stock: bool = False
    other_kinds: bool = False

    @property
    def empty(self) -> bool:
        """Whether everything passes."""
        return self == Filters(currency=self.currency, other_kinds=self.other_kinds)


NO_FILTERS = Filters()
"""Everything passes."""


class FeedbackKind(StrEnum):
    """What a person may say of a result, and that they opened its shop."""

    CONFIRMED = "confirmed"
    REJECTED = "rejected"
    CLICKED = "clicked"


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """How many people said what of a product."""

    confirmed: int = 0
    rejected: int = 0
    clicked: int = 0
