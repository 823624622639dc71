"""From a candidate to a product, or to the reason why it is refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import quote, urlsplit

from searchapp.catalogue.feeds.rows import (
    UNKNOWN_CURRENCY,
    FeedOptions,
    FeedRow,
    ParsedRow,
    RefusedRow,
    TakenRow,
)
from searchapp.catalogue.feeds.values import BadPrice, in_stock, is_running, read_price
from searchapp.domain.product import FeedProduct, Money

ID_LIMIT = 200
TITLE_LIMIT = 300
LINK_LIMIT = 2000
BRAND_LIMIT = 100
CATEGORY_LIMIT = 200
COLOUR_LIMIT = 60
SIZE_LIMIT = 40
IMAGES_LIMIT = 8
"""Pictures kept of one product; more cost time and add little."""

HARDLY_WON, HARDLY_WON_WITH_ZEROS = 1000, 5000
"""Below this an amount without a currency is taken for one in another currency; the second where
it is written like ``139.00``, as shops export won, too, but mostly other currencies."""

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+"
)
_ESCAPED_AMPERSAND = re.compile(r"&(?:(?:amp|#38|#x26);)+|\\u0026", re.IGNORECASE)
_DRIVE = re.compile(r"[A-Za-z]:\\")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_FRACTION = re.compile(r"[\d.,]*\d[.,](\d{1,2})")
_NAMED = re.compile(r"[^\d\s.,+-]")
"""What an amount alone has not: a sign, a code."""
_ENTITY = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")

_TAG = re.compile(r"</?(?:b|i|u|em|strong|span|font|mark)(?:\s[^<>]*)?>")
_BREAK = re.compile(r"</?(?:br|p)(?:\s[^<>]*)?/?>")
"""Only what shops put into titles: ``<NEW>`` and ``<S>`` are words."""


class Refused(ValueError):
    """A row that is not taken; the message is the reason."""


class DoubtfulCurrency(Refused):
    """An amount without a currency that may be in another one than won."""

    def __init__(self, price: str) -> None:
        shown = clean(price)[:40]
        super().__init__(f"price '{shown}' may not be in won: give the shop's --currency")


def check_all(
    candidates: Iterable[ParsedRow | RefusedRow], options: FeedOptions
) -> Iterator[FeedRow]:
    """Every candidate as a product or a refusal; the second row of one id is refused."""
    seen: set[str] = set()
    for candidate in candidates:
        row = candidate if isinstance(candidate, RefusedRow) else checked(candidate, options)
        if isinstance(row, TakenRow):
            if row.product.id in seen:
                row = RefusedRow(row.number, row.product.id, "this id was in the feed before")
            else:
                seen.add(row.product.id)
        yield row


def checked(candidate: ParsedRow, options: FeedOptions) -> FeedRow:
    """``candidate`` as a product, or why it is none."""
    try:
        prices = _prices(candidate, options)
        product = _product(candidate, options, prices)
    except (Refused, BadPrice) as error:
        shown = clean(candidate.id)[:ID_LIMIT]
        return RefusedRow(candidate.number, shown, str(error))
    doubts = [_stock_doubt(candidate.availability), prices.doubt]
    if not product.link:
        doubts.append(f"no link: {candidate.link_hint}" if candidate.link_hint else "no link")
    return TakenRow(candidate.number, product, "; ".join(filter(None, doubts)))


@dataclass(frozen=True, slots=True)
class _Prices:
    """What is asked now, what was asked before a reduction, and what the operator should know."""

    price: Money | None
    original: Money | None = None
    doubt: str = ""


def _product(candidate: ParsedRow, options: FeedOptions, prices: _Prices) -> FeedProduct:
    """:raises Refused: a field is missing, cannot be read, or may not be shown."""
    return FeedProduct(
        id=_id(candidate.id),
        title=_title(candidate.title),
        link=_link(candidate, options.shop_url),
        images=_images(candidate.images, options.shop_url),
        price=prices.price,
        original_price=prices.original,
        brand=words_of(candidate.brand)[:BRAND_LIMIT],
        category=words_of(candidate.category or candidate.google_category)[:CATEGORY_LIMIT],
        colour=words_of(candidate.colour)[:COLOUR_LIMIT],
        size=words_of(candidate.size)[:SIZE_LIMIT],
        in_stock=in_stock(candidate.availability) is not False,
        group=clean(candidate.group)[:ID_LIMIT],
        kind=_kind(candidate, options),
        colour_family=_colour_family(candidate, options),
    )


def _kind(candidate: ParsedRow, options: FeedOptions) -> str:
    """The kind that the operator's mapping, or Google's taxonomy, gives; empty if neither does."""
    categories = (words_of(candidate.category), words_of(candidate.google_category))
    for category in categories:
        if mapped := options.mapping.categories.get(category.strip().lower()):
            return mapped
    for category in reversed(categories):
        if kind := kind_of_google(category):
            return kind
    return ""


def _colour_family(candidate: ParsedRow, options: FeedOptions) -> str:
    return options.mapping.colours.get(candidate.colour.strip().lower(), "")


def _stock_doubt(availability: str) -> str:
    if in_stock(availability) is not None:
        return ""
    return f"availability '{clean(availability)[:40]}' is not known: taken as in stock"


def words_of(text: str) -> str:
    """``text`` for people: what was escaped for a page (``A &amp; B``) is written out, once, what
    marks words there (``<b>``) is left out, and letters that macOS writes in parts are whole."""
    text = unicodedata.normalize("NFC", _read_right(text))
    written = _ENTITY.sub(lambda found: unescape(found[0]), text)
    return clean(_TAG.sub("", _BREAK.sub(" ", written)))


def _read_right(text: str) -> str:
    """``text``, or what it was before someone read its UTF-8 as Latin-1 and saved that."""
    for encoding in () if text.isascii() else ("latin-1", "cp1252"):
        with suppress(UnicodeError):
            return text.encode(encoding).decode()
    return text


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


def _link(candidate: ParsedRow, shop_url: str) -> str:
    link = _completed(decoded(candidate.link), shop_url)
    if link:
        return web_address(link.replace("\\", "/").replace(" ", "%20"), "link")
    if candidate.link_required:
        hint = candidate.link_hint
        raise Refused(f"link is missing: {hint}" if hint else "link is missing")
    return ""


def decoded(address: str) -> str:
    """``address`` as a browser reads it in a page: ``&amp;`` and JSON's escapes written out."""
    return _ESCAPED_AMPERSAND.sub("&", address.strip()).replace("\\/", "/")


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
    if not host or "%" in host:
        raise Refused(f"{name} is not an address of a shop")
    if parts.username is not None:
        raise Refused(f"{name} has a user name in it")
    return text


def _images(candidates: tuple[str, ...], shop_url: str) -> tuple[str, ...]:
    """The main picture has to be good; a further one that is not is left out."""
    main, *others = [text.strip() for text in candidates] or [""]
    if not main:
        raise Refused("image_link is missing")
    good = [_image(main, shop_url)]
    for other in others:
        try:
            good.append(_image(other, shop_url))
        except Refused:
            continue
    return tuple(dict.fromkeys(good))[:IMAGES_LIMIT]


def _image(text: str, shop_url: str) -> str:
    text = _completed(decoded(text), shop_url)
    if _SCHEME.match(text) and not _DRIVE.match(text):
        return web_address(_without_blanks(text), "image_link")
    if not text or len(text) > LINK_LIMIT or _CONTROL.search(text):
        raise Refused("image_link is not an address or a path")
    return _readable("image_link", text.replace("\\", "/"))


def _completed(address: str, shop_url: str) -> str:
    """``address`` with the scheme and the host that a page of the shop would give it."""
    if address.lower().startswith("www."):
        return f"https://{address}"
    if address.startswith("//"):
        return f"https:{address}"
    return f"{shop_url.rstrip('/')}{address}" if address.startswith("/") and shop_url else address


def _without_blanks(address: str) -> str:
    """Blanks, backslashes and hosts of other alphabets as a browser sends them."""
    scheme, _, rest = address.replace("\\", "/").partition("//")
    host, slash, path = rest.partition("/")
    with suppress(UnicodeError):
        host = host if host.isascii() else host.encode("idna").decode()
    whole = f"{scheme}//{host}{slash}{path}"
    return quote(whole, safe="%/:=&?~#+!$,;'@()*[]").replace("%20%20", "%20")


def _prices(candidate: ParsedRow, options: FeedOptions) -> _Prices:
    """:raises BadPrice: the price cannot be read."""
    if not candidate.price:
        if candidate.price_required or candidate.sale_price:
            raise Refused("price is missing")
        return _Prices(None)
    _readable("price", candidate.price)
    try:
        price = _price(candidate, options)
    except DoubtfulCurrency as doubt:
        if candidate.currencyless:
            return _Prices(None, doubt=f"{doubt}; taken without a price")
        raise
    is_asked = bool(candidate.original_price) and candidate.sale_price == candidate.price
    if candidate.sale_price and not is_asked:
        return _sale(candidate, price, options)
    if candidate.original_price:
        before = _amount_above(candidate.original_price, price)
        return _Prices(price, before)
    return _Prices(price)


def _price(candidate: ParsedRow, options: FeedOptions) -> Money:
    is_bare = not _NAMED.search(candidate.price)
    assumed = bool(candidate.currency) and not options.currency and is_bare
    fraction = _FRACTION.fullmatch(candidate.price) if assumed else None
    if fraction and fraction[1].strip("0"):
        raise DoubtfulCurrency(candidate.price)
    if assumed and candidate.currency == UNKNOWN_CURRENCY:
        raise DoubtfulCurrency(candidate.price)
    price = read_price(candidate.price, options.currency or candidate.currency)
    least = HARDLY_WON_WITH_ZEROS if fraction else HARDLY_WON
    if assumed and price.currency == candidate.currency and price.amount < least:
        raise DoubtfulCurrency(candidate.price)
    return price


def _sale(candidate: ParsedRow, price: Money, options: FeedOptions) -> _Prices:
    """The sale price where it is lower and its dates are running."""
    running = is_running(candidate.sale_dates, options.now)
    if running is None:
        dates = clean(candidate.sale_dates)[:60]
        return _Prices(price, doubt=f"dates of the sale '{dates}' cannot be read: it is not shown")
    shown = clean(candidate.sale_price)[:40]
    try:
        sale = read_price(candidate.sale_price, price.currency)
    except BadPrice:
        return _Prices(price, doubt=f"sale price '{shown}' cannot be read: the price is shown")
    if sale.currency != price.currency:
        doubt = f"sale price '{shown}' is in another currency than the price: it is not shown"
        return _Prices(price, doubt=doubt)
    if sale.amount >= price.amount:
        return _Prices(price, doubt=f"sale price '{shown}' is not below the price: it is not shown")
    return _Prices(sale, price) if running else _Prices(price)


def _amount_above(text: str, price: Money) -> Money | None:
    """What was asked before, if it can be read and is more than ``price``."""
    try:
        before = read_price(text, price.currency)
    except BadPrice:
        return None
    above = before.currency == price.currency and before.amount > price.amount
    return before if above else None


_FILE = Path(__file__).with_name("google_categories.txt")
_KINDS = {
    "188 167 6552 1933 213": "accessory",
    "203": "outer",
    "212 2745 5410 3455": "top",
    "204 207 5514 7003 5552 5408 3951 5378 5379 3188 3729 5674 7281 7236 5506 1807": "bottom",
    "1581 5344": "skirt",
    "2271 5182 5441 5424 5411 5343 5676 6031 8149 8248 5513 499979": "dress",
    "187 5387": "shoes",
    "173 2020 5625 5426 7237 1786": "hat",
    "6551 5181": "bag",
    "5425 6006 5461 5673 2396 2292 5907 2302": "outer",
    # Of these branches the title or the picture has to say more.
    "166 1604 5322 182 208 1594 211 5388 2306 7313 214 1772 2562 5834 5327 5621 1578 2963": "",
    "184 5193 5460 5517 5697 7235 3598 3066 5909": "",
}
"""Ids -> kind of the branch below them; a deeper branch counts more."""


@cache
def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Kind by id, and by path in lower case."""
    own = {id_: kind for ids, kind in _KINDS.items() for id_ in ids.split()}
    by_id: dict[str, str] = {}
    by_name: dict[str, str] = {}
    above: list[tuple[str, str]] = []
    for line in _FILE.read_text(encoding="utf-8").splitlines():
        found = re.fullmatch(r"( *)(\d+) (.+)", line)
        if found is None:
            continue
        depth, id_, name = len(found[1]) // 2, found[2], found[3].lower()
        above = above[:depth]
        kind = own.get(id_, above[-1][1] if above else "")
        above.append((name, kind))
        by_id[id_] = kind
        by_name[" > ".join(entry for entry, _ in above)] = kind
    return by_id, by_name


def kind_of_google(category: str) -> str | None:
    """The kind that ``category`` names, an id or a path such as ``... > Shirts & Tops``.

    :returns: empty where the category is known and of no one kind, None where it is not known.
    """
    by_id, by_name = _tables()
    text = " > ".join(part.strip() for part in category.lower().split(">"))
    found = re.match(r"(\d+)\b", text)
    if found:
        return by_id.get(found[1])
    while text:
        if text in by_name:
            return by_name[text]
        # A shop's own level below Google's: the level above it still counts.
        text = text.rpartition(" > ")[0]
    return None
