"""Values as feeds write them: prices, availability, dates of sales, Google's categories."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path

from searchapp.domain.product import Money

_CODES = """
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP
    BYN BZD CAD CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
    GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR
    KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
    MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR
    SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH
    UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG
"""
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"

CURRENCIES = frozenset(_CODES.split())
"""Active codes of ISO 4217 that goods are priced in."""

WHOLE = frozenset(_WHOLE.split())
"""Currencies whose minor unit is not used (exponent 0 in ISO 4217)."""

THOUSANDTHS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})
"""Currencies with three decimals (exponent 3 in ISO 4217)."""

SIGNS = {
    # Korean keyboards and fonts show the backslash as the won sign.
    **dict.fromkeys(("₩", "\\", "원", "원부터", "WON", "Won", "won"), "KRW"),
    **dict.fromkeys(("$", "US$"), "USD"),
    **dict.fromkeys(("A$", "AU$"), "AUD"),
    **dict.fromkeys(("C$", "CA$"), "CAD"),
    **dict.fromkeys(("€", "EURO", "Euro", "euro"), "EUR"),
    **dict.fromkeys(("¥", "円"), "JPY"),
    **dict.fromkeys(("CN¥", "RMB"), "CNY"),
    **dict.fromkeys(("₽", "RUR", "руб", "руб.", "р."), "RUB"),
    **dict.fromkeys(("₴", "грн", "грн."), "UAH"),
    **dict.fromkeys(("S/", "S/."), "PEN"),
    **dict.fromkeys(("Fr", "Fr.", "SFr."), "CHF"),
    **dict.fromkeys(("NT$", "NT"), "TWD"),
    **dict.fromkeys(("₹", "₨", "Rs", "Rs."), "INR"),
    **dict.fromkeys(("₫", "đ"), "VND"),
    **dict.fromkeys(("฿", "บาท"), "THB"),
    **dict.fromkeys(("₺", "TL"), "TRY"),
    "£": "GBP",
    "₪": "ILS",
    "₱": "PHP",
    "₦": "NGN",
    "₸": "KZT",
    "Ft": "HUF",
    "lei": "RON",
    "MX$": "MXN",
    "CLP$": "CLP",
    "COP$": "COP",
    "HK$": "HKD",
    "S$": "SGD",
    "NZ$": "NZD",
    "R$": "BRL",
    "RM": "MYR",
    "Rp": "IDR",
    "zł": "PLN",
    "Kč": "CZK",
}
"""Signs and words that name one currency; those of several countries (``kr``, ``元``) do not."""

_SHARED_SIGNS = {
    **dict.fromkeys(("kr", "kr."), frozenset({"DKK", "ISK", "NOK", "SEK"})),
    "元": frozenset({"CNY", "HKD", "TWD"}),
    "$": frozenset(
        "ARS AUD BND CAD CLP COP FJD HKD JMD MXN NAD NZD SGD TTD TWD UYU USD".split()  # noqa: SIM905
    ),
    "¥": frozenset({"CNY", "JPY"}),
    "£": frozenset({"EGP", "GBP"}),
}
"""Signs of several currencies: a code beside one tells which, or what the shop's currency is."""
_PARTS = re.compile(r"([^\d.,+-]*\.?)\s*([+-]?\d[\d.,]*)\s*([^\d.,]*\.?)")
_FROM = re.compile(
    r"(?:from|ab|desde|dès|à partir de|최저가?|税込|税抜)\s*(?=\W*\d)", re.IGNORECASE
)
_REMARK = re.compile(r"(?<=\S)\s*[(（][^()（）]*[)）]$")
"""What may stand before a price (``from``, ``税込``) and behind it: ``(税込)``."""
_PIECE = re.compile(r"(?<=\D)\s*(?:~|/\s?(?:장|개|벌|ea|pc))$|(?<=\d)/-", re.IGNORECASE)
"""What one piece costs (``/장``), what prices begin at (``₩~``), India's ``5999/-``."""
_DASH = re.compile(r"(?<=\d)([.,])(?:-|–|—)(?!\d)")
"""For no decimals: ``1 299.-``."""
_GROUPED = re.compile(r"(?<=\d)[ \u00a0\u202f\u2009'’](?=\d{3}(?!\d))")
"""Blanks and apostrophes between thousands: ``1 299,00``, ``1'299.00``."""
_PLAIN = re.compile(r"\d+(\.\d+)?|\d{1,3}(,\d{2,3})*,\d{3}(\.\d+)?")
"""Thousands, and India's lakhs (``1,29,900``)."""
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_POINT_THOUSANDS = frozenset({"ARS", "CLP", "COP", "HUF", "IDR", "PYG", "VND"})
"""Currencies of countries that write thousands with points, and whose unit is too small for three
decimals: ``Rp 150.000``."""
_CONTINENTAL = re.compile(r"\d+,\d{1,2}|\d{1,3}(\.\d{3})+,\d{1,2}|\d{1,3}(\.\d{3}){2,}")
_LIMIT = Decimal(10) ** 12


class BadPrice(ValueError):
    """A price that cannot be read; the message says why."""


def read_price(text: str, default_currency: str = "") -> Money:
    """The price that ``text`` means.

    :param default_currency: ISO 4217, for amounts without a currency or with the sign of several;
        empty if there must be one.
    :raises BadPrice: no amount, not above zero, an unknown currency, a fraction of a currency that
        has none, or three digits after a point that may be decimals or thousands (``15.000 KRW``,
        ``1.299 EUR``).
    """
    plain = _REMARK.sub("", unicodedata.normalize("NFKC", text).strip())
    plain = _PIECE.sub("", plain)
    plain = _GROUPED.sub("", _DASH.sub(r"\g<1>00", _FROM.sub("", plain)))
    parts = _PARTS.fullmatch(plain)
    if parts is None:
        raise BadPrice(f"price {_quoted(text)} is not an amount and a currency like 15000 KRW")
    before, digits, after = (part.strip() for part in parts.groups())
    named = [name for words in (before, after) for name in _names(words)] or [default_currency]
    if len(named) == 1 and default_currency in _SHARED_SIGNS.get(named[0], ()):
        named.append(default_currency)
    currency = _agreed(named, text) if len(named) > 1 else _currency(named[0], text)
    return Money(_amount(digits, currency, text), currency)


def _names(words: str) -> list[str]:
    """The signs and codes in ``words``; ``US $`` is one of them."""
    whole = words.replace(" ", "")
    return [whole] if whole in SIGNS else words.split()


def _agreed(names: Sequence[str], text: str) -> str:
    """The currency that all of ``names`` may mean, as in ``$12.99 CAD``.

    :raises BadPrice: there is none.
    """
    meant = [_SHARED_SIGNS.get(name) or {_currency(name, text)} for name in names]
    shared = frozenset.intersection(*map(frozenset, meant))
    if len(shared) != 1:
        raise BadPrice(f"price {_quoted(text)} has two currencies")
    return next(iter(shared))


def _currency(code: str, text: str) -> str:
    if not code:
        raise BadPrice(
            f"price {_quoted(text)} has no currency: write it like 15000 KRW, or give --currency"
        )
    if code not in SIGNS and (several := _SHARED_SIGNS.get(code)):
        codes = ", ".join(sorted(several))
        raise BadPrice(f"price {_quoted(text)}: {_quoted(code)} may be {codes}: write the code")
    currency = SIGNS.get(code, code.upper())
    if currency not in CURRENCIES:
        raise BadPrice(f"price {_quoted(text)}: {_quoted(code)} is not a currency of ISO 4217")
    return currency


def _amount(digits: str, currency: str, text: str) -> Decimal:
    if digits.startswith("-"):
        raise BadPrice(f"price {_quoted(text)} is below zero")
    digits = digits.removeprefix("+")
    if currency in _POINT_THOUSANDS and _AMBIGUOUS.fullmatch(digits):
        digits = digits.replace(".", "")
    if _PLAIN.fullmatch(digits):
        amount = Decimal(digits.replace(",", ""))
    elif _CONTINENTAL.fullmatch(digits):
        amount = Decimal(digits.replace(".", "").replace(",", "."))
    else:
        raise BadPrice(f"price {_quoted(text)} is not a number")
    fraction = "" if _CONTINENTAL.fullmatch(digits) else digits.partition(".")[2]
    if currency in WHOLE and (amount % 1 or len(fraction) == 3):
        raise BadPrice(f"price {_quoted(text)}: {currency} has no fractions")
    if _AMBIGUOUS.fullmatch(digits) and currency not in THOUSANDTHS:
        raise BadPrice(
            f"price {_quoted(text)} may be {amount:.2f} or {digits.replace('.', '')}: "
            "write it with two decimals or none"
        )
    if not 0 < amount < _LIMIT:
        raise BadPrice(
            f"price {_quoted(text)} is not above zero"
            if amount <= 0
            else f"price {_quoted(text)} is absurdly high"
        )
    return amount.quantize(Decimal(1)) if currency in WHOLE else amount.quantize(Decimal("0.01"))


def _quoted(text: str) -> str:
    return f"'{text.strip()[:40]}'"


_BLANKS = re.compile(r"[\s_\-·./!]+")
_ASIDE = re.compile(r"(?<=\S)\s*[(（\[].*")
"""What a shop adds to a word: ``품절(재입고예정)``."""
_LEFT = re.compile(
    r"(?:only |>\s?)?([+-]?\d+)(?:,\d{3})*(?:\.0+)?\+?"
    r"(?: left(?: in stock)?| in stock|개(?: 이상)?| pcs)?",
    re.IGNORECASE,
)
_SCHEMA = re.compile(r"(https?://(www\.)?schema\.org/|schema:)", re.IGNORECASE)

_ORDERABLE = frozenset(
    # Google Merchant's and schema.org's ItemAvailability.  What may be ordered before it is there
    # counts as in stock: the filter asks whether it can be bought.
    {"instock", "preorder", "backorder", "presale", "madetoorder", "limitedavailability"}
    | {"onlineonly", "instoreonly", "available", "availablefororder", "availableforpreorder"}
    | {"onbackorder", "lowstock", "limitedstock", "unlimited", "무제한", "마감임박"}
    | {"y", "yes", "true", "on", "active"}
    | {"판매중", "판매", "정상", "정상판매", "재고있음", "있음", "구매가능", "주문가능"}
    | {"예약판매", "예약구매", "예약주문", "주문제작", "품절임박"}
    | {"auflager", "lieferbar", "verfügbar", "enstock", "disponible", "disponibile", "在庫あり"}
    | {"予約受付中", "予約", "残りわずか", "在庫僅少", "販売中", "有货", "现货", "有貨"}
    | {"現貨", "預購"}
    | {"вналичии", "естьвналичии", "подзаказ", "да", "ja", "oui", "sí", "sofortlieferbar"}
    | {"opvoorraad", "dostępny", "ilager", "emestoque", "cònhàng", "○", "◎", "△"}
)
_SOLD_OUT = frozenset(
    {"outofstock", "soldout", "discontinued", "unavailable", "notavailable", "reserved", "oos"}
    | {"temporarilyunavailable", "temporarilyoutofstock", "comingsoon", "nostock", "notinstock"}
    | {"n", "no", "false", "off", "none", "inactive", "archived", "deleted", "hidden"}
    | {"품절", "일시품절", "일시적품절", "영구품절", "완전품절", "매진", "단종", "절판"}
    | {"판매중지", "판매중단", "판매종료", "판매완료", "판매대기", "판매금지", "판매안함", "미판매"}
    | {"판매예정", "판매불가", "출시예정", "sold", "품절됨", "재입고알림"}
    | {"재고없음", "재고부족", "없음", "구매불가", "주문불가", "입고예정", "재입고예정"}
    | {"ausverkauft", "nichtverfügbar", "nichtauflager", "nichtlieferbar", "nein", "non"}
    | {"rupturedestock", "enrupturedestock", "épuisé", "indisponible", "agotado", "sinexistencias"}
    | {"nodisponible", "nondisponibile", "esaurito", "enrupture", "esgotado", "uitverkocht"}
    | {"在庫なし", "在庫切れ", "売り切れ", "売切れ", "売切", "完売", "品切れ", "品切"}
    | {"入荷待ち", "未入荷", "×"}
    | {"缺货", "售罄", "无货", "售完", "缺貨", "無貨", "補貨中", "нетвналичии", "нет", "распродано"}
    | {"brak", "niedostępny", "slutsåld", "hếthàng"}
)


@lru_cache(1024)
def in_stock(text: str) -> bool | None:
    """Whether ``text`` says that the product can be ordered; None if the word is not known.

    A feed that says nothing means that it can.  A number is how many there are.
    """
    said = _ASIDE.sub("", unicodedata.normalize("NFC", text).strip())
    word = _BLANKS.sub("", _SCHEMA.sub("", said)).lower()
    if not word or word in _ORDERABLE:
        return True
    if word in _SOLD_OUT:
        return False
    count = _LEFT.fullmatch(said)
    return int(count[1]) > 0 if count else None


def whole_number(text: str) -> int | None:
    """``text`` as a whole number, below zero too (a shop may have sold more than it has)."""
    found = re.fullmatch(r"[+-]?[0-9]{1,9}", text.strip())
    return int(found[0]) if found else None


@lru_cache(1024)
def is_running(dates: str, now: datetime) -> bool | None:
    """Whether ``now`` lies in ``dates``, ``START/END`` in ISO 8601; None if they cannot be read.

    A time without an offset is Korean time; a day ends at midnight, and a sale without a start or
    an end has been on, or goes on.  Without dates a sale is always running.
    """
    if not (text := _DAY_FIRST.sub(r"\3-\2-\1", dates.strip())):
        return True
    between, found = _MOMENT.sub("", text).strip(), [*_MOMENT.finditer(text)]
    if between not in _BETWEEN or not found:
        return None
    start = None if len(found) == 1 and text.startswith(between) else found.pop(0)
    end = found.pop() if found else None
    try:
        begun = start is None or _moment(start) <= now
        return begun and (end is None or now <= _moment(end, days=1))
    except (ValueError, KeyError):
        return None


_DAY_FIRST = re.compile(r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)")
_BETWEEN = frozenset({"/", ";", "~", "～", "〜", "-", "–", "—", "to", ","})
_MOMENT = re.compile(
    r"(\d{4})(?:\s?[-./년]\s?(\d{1,2})\s?[-./월]\s?(\d{1,2})(?!\d)(?:\.|일)?|(\d\d)(\d\d)(?!\d))"
    r"(?:(?:T|,?\s+)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?"
    r"(?:\s?([+-]\d{1,2})(?::?(\d\d))?(?!\d)|\s?([A-Z][A-Za-z]*(?:/[A-Z][a-z]+)?)\b)?)?"
)
"""Year, month, day, the two without separators, hour, minute, second, offset, name of the zone."""
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "KST": 9, "JST": 9, "Asia/Seoul": 9, "Asia/Tokyo": 9}


def _moment(found: re.Match[str], *, days: int = 0) -> datetime:
    """:param days: what is added to a day without a time."""
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    start = datetime(int(year), int(month), int(day), tzinfo=_zone(found))
    if found[6] is None:
        return start + timedelta(days=days)
    return start + timedelta(hours=int(found[6]), minutes=int(found[7]), seconds=int(found[8] or 0))


def _zone(found: re.Match[str]) -> timezone:
    """:raises KeyError: the zone is not known."""
    if found[9] is None:
        return timezone(timedelta(hours=_ZONES[found[11] or "KST"]))
    minutes = int(f"{found[9][0]}{found[10] or 0}")
    return timezone(timedelta(hours=int(found[9]), minutes=minutes))


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
