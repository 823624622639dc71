"""From a candidate to a product, or to the reason why it is refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from html import unescape
from urllib.parse import urlsplit

from searchapp.catalogue.feeds.availability import in_stock
from searchapp.catalogue.feeds.money import BadPrice, read_price
from searchapp.catalogue.feeds.rows import FeedOptions, FeedRow, ParsedRow, RefusedRow, TakenRow
from searchapp.domain.product import FeedProduct, Money

ID_LIMIT = 200
TITLE_LIMIT = 300
LINK_LIMIT = 2000
BRAND_LIMIT = 100
CATEGORY_LIMIT = 200
COLOUR_LIMIT = 60
IMAGES_LIMIT = 8
"""Pictures kept of one product; more cost time and add little."""

HARDLY_WON, HARDLY_WON_WITH_ZEROS = 1000, 5000
"""Below this an amount without a currency is taken for one in another currency; the second where
it is written like ``139.00``, as shops export won, too, but mostly other currencies."""

WORDS_LIMIT = 1000
"""Unknown words for availability that are remembered, so that each is reported once."""

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FRACTION = re.compile(r"[\d.,]*\d[.,](\d{1,2})")
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|font|mark)(?:\s[^<>]*)?>")
_BREAK = re.compile(r"</?(?:br|p)(?:\s[^<>]*)?/?>")
"""Only what shops put into titles: ``<NEW>`` and ``<S>`` are words."""


class Refused(ValueError):
    """A row that is not taken; the message is the reason."""


def check_all(
    candidates: Iterable[ParsedRow | RefusedRow], options: FeedOptions
) -> Iterator[FeedRow]:
    """Every candidate as a product or a refusal; the second row of one id is refused."""
    seen: set[str] = set()
    words: set[str] = set()
    for candidate in candidates:
        row = candidate if isinstance(candidate, RefusedRow) else _checked(candidate, options)
        if isinstance(row, TakenRow):
            if row.product.id in seen:
                row = RefusedRow(row.number, row.product.id, "this id was in the feed before")
            else:
                seen.add(row.product.id)
        if isinstance(row, TakenRow) and row.doubt:
            known = row.doubt in words or len(words) >= WORDS_LIMIT
            words.add(row.doubt)
            row = replace(row, doubt="") if known else row
        yield row


def _checked(candidate: ParsedRow, options: FeedOptions) -> FeedRow:
    try:
        return TakenRow(
            candidate.number, product_of(candidate, options), _doubt(candidate.availability)
        )
    except (Refused, BadPrice) as error:
        shown = clean(candidate.id)[:ID_LIMIT]
        return RefusedRow(candidate.number, shown, str(error))


def product_of(candidate: ParsedRow, options: FeedOptions) -> FeedProduct:
    """The product of one candidate.

    :raises Refused: a field is missing, cannot be read, or may not be shown.
    :raises BadPrice: the price cannot be read.
    """
    return FeedProduct(
        id=_id(candidate.id),
        title=_title(candidate.title),
        link=_link(candidate),
        images=_images(candidate.images),
        price=_price(candidate, options),
        brand=words_of(candidate.brand)[:BRAND_LIMIT],
        category=words_of(candidate.category)[:CATEGORY_LIMIT],
        colour=words_of(candidate.colour)[:COLOUR_LIMIT],
        in_stock=in_stock(candidate.availability) is not False,
    )


def _doubt(availability: str) -> str:
    if in_stock(availability) is not None:
        return ""
    return f"availability '{clean(availability)[:40]}' is not known: taken as in stock"


def words_of(text: str) -> str:
    """``text`` for people: what was escaped for a page (``A &amp; B``) is written out, once, and
    what marks words there (``<b>``) is left out."""
    written = _ENTITY.sub(lambda found: unescape(found[0]), text)
    return clean(_TAG.sub("", _BREAK.sub(" ", written)))


def clean(text: str) -> str:
    """``text`` without control and direction characters and halves of surrogate pairs, each run of
    blanks made one."""
    return " ".join(_CONTROL.sub(" ", text).split())


def _readable(name: str, text: str) -> str:
    """U+FFFD stands where a byte could not be decoded: such a text would be shown broken."""
    if "\ufffd" in text:
        raise Refused(f"{name} has characters that cannot be read: save the feed as UTF-8")
    return text


def _id(text: str) -> str:
    value = _readable("id", clean(text))
    if not value:
        raise Refused("id is missing")
    if len(value) > ID_LIMIT:
        raise Refused(f"id is longer than {ID_LIMIT} characters")
    return value


def _title(text: str) -> str:
    value = _readable("title", words_of(text))
    if not value:
        raise Refused("title is missing")
    return value[:TITLE_LIMIT]


def _link(candidate: ParsedRow) -> str:
    link = candidate.link.strip()
    if not link and not candidate.link_required:
        return ""
    if not link:
        raise Refused("link is missing")
    return web_address(link, "link")


def web_address(text: str, name: str) -> str:
    """``text`` if it is an http(s) address that may stand on a page.

    :raises Refused: another scheme (``javascript:``), no host, a password in it, too long.
    """
    if len(text) > LINK_LIMIT:
        raise Refused(f"{name} is longer than {LINK_LIMIT} characters")
    if _CONTROL.search(text) or "\\" in text or " " in text:
        raise Refused(f"{name} has characters that an address may not have")
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refused(f"{name} is not an address") from None
    if parts.scheme not in ("http", "https"):
        raise Refused(f"{name} must start with https:// or http://")
    if not host or parts.username is not None:
        raise Refused(
            f"{name} is not an address of a shop" if not host else f"{name} has a user name in it"
        )
    return text


def _images(candidates: tuple[str, ...]) -> tuple[str, ...]:
    """The main picture has to be good; a further one that is not is left out."""
    main, *others = [text.strip() for text in candidates] or [""]
    if not main:
        raise Refused("image_link is missing")
    good = [_image(main)]
    for other in others:
        try:
            good.append(_image(other))
        except Refused:
            continue
    return tuple(dict.fromkeys(good))[:IMAGES_LIMIT]


def _image(text: str) -> str:
    if text.startswith("//"):
        text = f"https:{text}"
    if _SCHEME.match(text):
        return web_address(text, "image_link")
    if not text or len(text) > LINK_LIMIT or _CONTROL.search(text):
        raise Refused("image_link is not an address or a path")
    return _readable("image_link", text)


def _price(candidate: ParsedRow, options: FeedOptions) -> Money | None:
    if not candidate.price:
        if candidate.price_required:
            raise Refused("price is missing")
        return None
    assumed = bool(candidate.currency) and not options.currency
    fraction = _FRACTION.fullmatch(candidate.price) if assumed else None
    if fraction and fraction[1].strip("0"):
        raise _hardly_won(candidate.price)
    price = read_price(candidate.price, options.currency or candidate.currency)
    least = HARDLY_WON_WITH_ZEROS if fraction else HARDLY_WON
    if assumed and price.currency == candidate.currency and price.amount < least:
        raise _hardly_won(candidate.price)
    if not candidate.sale_price:
        return price
    try:
        sale = read_price(candidate.sale_price, price.currency)
    except BadPrice:
        return price
    return sale if sale.currency == price.currency and sale.amount < price.amount else price


def _hardly_won(price: str) -> Refused:
    return Refused(f"price '{clean(price)[:40]}' may not be in won: give the shop's --currency")
