"""Values as feeds write them: prices, availability, dates of sales."""

from __future__ import annotations

import re
import unicodedata
from calendar import day_abbr, month_abbr
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

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

_SOLE_SIGNS = (
    "£=GBP ₪=ILS ₱=PHP ₦=NGN ₸=KZT Ft=HUF lei=RON MX$=MXN HK$=HKD S$=SGD NZ$=NZD R$=BRL RM=MYR "
    "Rp=IDR zł=PLN Kč=CZK S/=PEN S/.=PEN ₫=VND đ=VND ฿=THB บาท=THB ₺=TRY TL=TRY $=USD US$=USD"
)
SIGNS = {
    # Korean keyboards and fonts show the backslash as the won sign.
    **dict.fromkeys(("₩", "\\", "원", "원부터", "WON", "Won", "won"), "KRW"),
    **dict.fromkeys(("A$", "AU$"), "AUD"),
    **dict.fromkeys(("C$", "CA$", "CDN$"), "CAD"),
    **dict.fromkeys(("€", "EURO", "Euro", "euro"), "EUR"),
    **dict.fromkeys(("¥", "円"), "JPY"),
    **dict.fromkeys(("CN¥", "RMB", "人民币"), "CNY"),
    **dict.fromkeys(("₽", "RUR", "руб", "руб.", "р", "р."), "RUB"),
    **dict.fromkeys(("₴", "грн", "грн."), "UAH"),
    **dict.fromkeys(("Fr", "Fr.", "SFr."), "CHF"),
    **dict.fromkeys(("NT$", "NT", "NTD"), "TWD"),
    **dict.fromkeys(("₹", "₨", "Rs", "Rs.", "RS"), "INR"),
    **dict(pair.split("=") for pair in _SOLE_SIGNS.split()),
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
_HUNDREDS = {"천": 1_000, "千": 1_000, "백": 100, "": 1}
_BELOW_MYRIAD = r"(\d[\d,]*(?:\.\d+)?(?:\s?[천千백](?:\s?\d[\d,]*)?)*)"
_MYRIADS = re.compile(
    rf"(?<![\d.,])(?=\d[\d.,\s]*[억億만万천千백])(?:{_BELOW_MYRIAD}\s?[억億])?"
    rf"(?:\s?{_BELOW_MYRIAD}\s?[만万])?(?:\s?{_BELOW_MYRIAD})?(?:\s?원)?"
)
"""Won and yen as people write them: ``1만 5천 원``, ``2만9900``, ``3백만원``, ``1万円``."""
_PARTS = re.compile(r"([^\d.,+-]*\.?)\s*([+-]?\d[\d.,]*)\s*([^\d.,]*\.?)")
_FROM = re.compile(
    r"(?:from|only|now|ab|da|desde|dès|à partir de|vanaf|약|최저가?|판매가|할인가|税込|税抜)"
    r"\s*:?\s*(?=\W*\d)",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"(?<=\S)\s*(?:[(（][^()（）]*[)）]|\*+|\+?税|税込|税抜|inkl\.? MwSt\.?|each)$", re.IGNORECASE
)
"""What may stand before a price (``from``, ``税込``) and behind it: ``(税込)``."""
_MARKED = re.compile(r"""^["']|"(?=\s|$)|'$""")
"""Quotation marks around an amount, as spreadsheets keep texts."""
_PIECE = re.compile(r"(?<=\S)\s*(?:~|/\s?(?:장|개|벌|ea|pc))$|(?<=\d)/-", re.IGNORECASE)
"""What one piece costs (``/장``), what prices begin at (``₩~``), India's ``5999/-``."""
_DASH = re.compile(r"(?<=\d)([.,])(?:-|–|—)(?!\d)")
"""For no decimals: ``1 299.-``."""
_POINT_FIRST = re.compile(r"(?<![\w.,])\.(?=\d)")
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
OR_CURRENCY = ", or give --currency"


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
    plain = _MARKED.sub("", unicodedata.normalize("NFKC", text).strip())
    plain = _POINT_FIRST.sub("0.", _PIECE.sub("", _REMARK.sub("", plain)))
    plain = _DASH.sub(r"\g<1>00", _FROM.sub("", _MYRIADS.sub(_in_digits, plain)))
    parts = _PARTS.fullmatch(_GROUPED.sub("", plain))
    if parts is None:
        raise BadPrice(f"price {_quoted(text)} is not an amount and a currency like 15000 KRW")
    before, digits, after = (part.strip() for part in parts.groups())
    named = [name for words in (before, after) for name in _names(words)] or [default_currency]
    if len(named) == 1 and default_currency in _SHARED_SIGNS.get(named[0], ()):
        named.append(default_currency)
    currency = _agreed(named, text) if len(named) > 1 else _currency(named[0], text)
    return Money(_amount(digits, currency, text), currency)


def _in_digits(found: re.Match[str]) -> str:
    parts = zip(found.groups(""), (10**8, 10**4, 1), strict=True)
    amount = sum(_below_myriad(part) * unit for part, unit in parts)
    return f"{int(amount)}{'원' if set('억만천백') & set(found[0]) else ''}"


def _below_myriad(text: str) -> Decimal:
    counted = re.findall(r"(\d[\d,]*(?:\.\d+)?)\s?([천千백]?)", text)
    return sum((Decimal(n.replace(",", "")) * _HUNDREDS[of] for n, of in counted), Decimal(0))


def _names(words: str) -> list[str]:
    """The signs and codes in ``words``; ``US $`` is one of them, ``MXN$`` is two."""
    whole = words.replace(" ", "")
    if whole.endswith("$") and whole[:-1].upper() in CURRENCIES:
        return [whole[:-1], "$"]
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
        advice = f"write it like 15000 KRW{OR_CURRENCY}"
        raise BadPrice(f"price {_quoted(text)} has no currency: {advice}")
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
        what = "not above zero" if amount <= 0 else "absurdly high"
        raise BadPrice(f"price {_quoted(text)} is {what}")
    return amount.quantize(Decimal(1)) if currency in WHOLE else amount.quantize(Decimal("0.01"))


def _quoted(text: str) -> str:
    return f"'{text.strip()[:40]}'"


_BLANKS = re.compile(r"[\s_\-·./!:]+")
_ASIDE = re.compile(r"(?<=\S)\s*[(（\[].*")
"""What a shop adds to a word: ``품절(재입고예정)``."""
_LEFT = re.compile(
    r"(?:only|재고|잔여|남은\s?수량|残り|在庫数?|nur noch|stock|qty|>)?[\s:：]*"
    r"([+-]?\d+)(?:,\d{3})*(?:\.0+)?\+?"
    r"\s?(?:개|점|장|벌|点|件|ea|pcs|pieces|units|stück|available)?\s?(?:이상|남음|left)?"
    r"(?: ?in stock)?",
    re.IGNORECASE,
)
_SCHEMA = re.compile(r"(https?://(www\.)?schema\.org/|schema:)", re.IGNORECASE)

_YES = frozenset(
    {"y", "yes", "t", "true", "o", "on", "in", "○", "◎", "△", "ja", "oui", "sí", "да", "active"}
    | {"정상", "있음", "판매", "진열", "sale", "unlimited", "limited", "low", "high", "재입고"}
    | {"あり", "有", "有り", "✓", "✔", "v"}
)
_NO = frozenset(
    {"n", "no", "f", "false", "x", "off", "out", "×", "none", "nein", "non", "нет", "없음", "oos"}
    | {"なし", "無", "無し"}
    | {"brak", "inactive", "archived", "deleted", "delisted", "hidden", "draft", "disabled", "대기"}
    | {"sold", "wait", "close", "suspension", "prohibition", "rejection", "unadmission", "delete"}
)
"""Whole words; the last ones of both, such as ``SALE`` and ``WAIT``, are Naver's states."""
_SOLD_OUT = re.compile(
    "outofstock|nostock|noninstock|notinstock|sinstock|sinexistencias|soldout|discontinued"
    "|unavailable|notavailable|nolongeravailable|notforsale|reserved|backinstock|comingsoon|waitlist"
    "|notifyme|품절(?!임박|예정|아님)|매진|단종|절판|소진|완판|미판매|출시예정|미입고|입고(?:예정|대기)|재입고알림"
    "|(?:공급|일시)중[지단]|판매(?:중지|중단|종료|완료|대기|금지|안함|예정|불가)|재고(?:없음|부족)|(?:구매|주문)불가|승인대기"
    "|마감(?!임박)|nicht(?:verfügbar|auflager|lieferbar|vorrätig)|ausverkauft|vergriffen|bald|rupture"
    "|épuisé|indisponible|agotad|nodisponible|nondisponibile|esaurit|esgotad|uitverkocht"
    "|nietopvoorraad|niedostępny|slutsåld|hếthàng|нетв?на|распродан|在庫(?:なし|無|切)|売り?切|完売"
    "|品切|欠品|入荷(?:待|予定)|未入荷|販売(?:終了|休止)|廃番|缺货|缺貨|售罄|售完|无货|無貨|補貨|下架"
)
_ORDERABLE = re.compile(
    "instock|preorder|backorder|presale|madetoorder|limited(?:availability|stock)|onlineonly"
    "|instoreonly|available|lowstock|readytoship|shipsin|shipstoday|fewleft|lastone|plenty"
    "|무제한|무한|제한없음|마감임박|품절(?:임박|예정|아님)|판매(?:중|가능)|정상판매|재고있음"
    "|(?:구매|주문)가능|예약|주문제작|전시중|입고완료|당일발송|auflager|lieferbar|verfügbar|vorbestell"
    "|vorrätig|enstock|disponib|surcommande|précommande|enexistencia|inmagazzino|opvoorraad"
    "|dostępny|ilager|emestoque|cònhàng|вналичии|наскладе|подзаказ|在庫(?:あり|有|僅少|わずか)|予約|残りわずか"
    "|[販発]売中|取り?寄せ|nurnochwenig|受注|有货|现货|有貨|有库存|有庫存|現貨|預購"
)
"""Parts of what Google Merchant, schema.org (ItemAvailability) and shops write, without blanks.
What may be ordered before it is there counts as in stock: the filter asks whether it can be
bought."""


@lru_cache(1024)
def in_stock(text: str) -> bool | None:
    """Whether ``text`` says that the product can be ordered; None if the word is not known.

    A feed that says nothing means that it can.  A number is how many there are.
    """
    said = _ASIDE.sub("", unicodedata.normalize("NFC", text).strip())
    word = _BLANKS.sub("", _SCHEMA.sub("", said)).lower()
    if word in _NO or _SOLD_OUT.search(word):
        return False
    if not word or word in _YES or _ORDERABLE.search(word):
        return True
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
    text = _SLASHED.sub(_slashed_order(dates), dates).strip()
    for written, meant in _REWRITTEN:
        text = written.sub(meant, text).strip()
    between, found = _MOMENT.sub("", text).strip(), [*_MOMENT.finditer(text)]
    if not found and between in ("", *_BETWEEN):
        return True
    if not found or between not in (_BETWEEN if len(found) == 1 else ("", *_BETWEEN)):
        return None
    start = None if len(found) == 1 and text.startswith(between) else found.pop(0)
    end = found.pop() if found else None
    try:
        begun = start is None or _moment(start) <= now
        return begun and (end is None or now <= _moment(end, days=1))
    except (ValueError, KeyError):
        return None


_MONTHS = {name.lower(): number for number, name in enumerate(month_abbr) if name}
_MONTH = rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*"
_WEEKDAY = rf"(?i)(?:\b(?:{'|'.join(day_abbr)})[a-z]*,? )?\b"
_DAY, _YEAR = r"(?P<day>\d\d?)(?:[a-z]{2})?", r"(?P<year>\d{4})\b"
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")


def _slashed_order(dates: str) -> str:
    """How dates like ``12/31/2026`` are written in ISO 8601, if one of them tells by a number above
    12 whether the day is the first or the second; else as they are."""
    found = _SLASHED.findall(dates)
    first, second = (any(int(date[n]) > 12 for date in found) for n in (0, 1))
    return r"\g<0>" if first == second else r"\3-\2-\1" if first else r"\3-\1-\2"


def _iso_day(found: re.Match[str]) -> str:
    return f"{found['year']}-{_MONTHS[found['month'].lower()]}-{found['day']}"


def _of_day(found: re.Match[str]) -> str:
    """``9:00 PM`` as 21:00; an hour above 12 says it already."""
    hour, after_noon = int(found[1]), found[3] in "pP"
    return f"{hour % 12 + 12 * after_noon if hour <= 12 else hour}{found[2] or ':00'}"


_REWRITTEN: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = tuple(
    (re.compile(written), meant)
    for written, meant in (
        (rf"{_WEEKDAY}{_MONTH}\.? {_DAY},? {_YEAR}", _iso_day),
        (rf"{_WEEKDAY}{_DAY}[ -]{_MONTH}\.?,?[ -]{_YEAR}", _iso_day),
        (r"오전\s?(\d{1,2}(?::\d\d){1,2})", r"\1am"),
        (r"오후\s?(\d{1,2}(?::\d\d){1,2})", r"\1pm"),
        (r"(?i)(?<![\d:])(\d{1,2})((?::\d\d){0,2})\s?([ap])\.?m\b\.?", _of_day),
        (r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)", r"\3-\2-\1"),
        (r"(?<!\d)(\d{8})[T ]?(\d\d)(\d\d)(?:\d\d)?(?!\d)", r"\1T\2:\3"),
        (r"0000-00-00[ T0:]*|\bnull\b", ""),  # As databases write that there is none.
        (r"^([^~/부]*)까지$", r"~\1"),
        (r"부터", "~"),
        (r"까지", ""),
    )
)
"""Months in English, halves of a day, the day first, times without colons, no date, from and until
in Korean."""
_BETWEEN = frozenset({"/", ";", "~", "～", "〜", "-", "–", "—", "to", "until", "bis", ",", "|"})
_MOMENT = re.compile(
    r"(\d{4})(?:\s?[-./년年]\s?(\d{1,2})\s?[-./월月]\s?(\d{1,2})(?!\d)(?:\.|일|日)?"
    r"|(\d\d)(\d\d)(?!\d))"
    r"(?:(?:T|,?\s+)(\d{1,2}):(\d\d)(?::(\d\d)(?:\.\d+)?)?"
    r"(?:\s?([+-]\d{1,2})(?::?(\d\d))?(?!\d)|\s?([A-Z][A-Za-z]*(?:/[A-Z][A-Za-z_]+)?)\b)?)?"
)
"""Year, month, day, the two without separators, hour, minute, second, offset, name of the zone."""
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "KST": 9, "JST": 9, "CET": 1, "CEST": 2}
_ZONES |= {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}
"""Hours ahead of UTC."""


def _moment(found: re.Match[str], *, days: int = 0) -> datetime:
    """:param days: what is added to a day without a time."""
    year, month, day = found[1], found[2] or found[4], found[3] or found[5]
    start = datetime(int(year), int(month), int(day), tzinfo=_zone(found))
    if found[6] is None:
        return start + timedelta(days=days)
    return start + timedelta(hours=int(found[6]), minutes=int(found[7]), seconds=int(found[8] or 0))


def _zone(found: re.Match[str]) -> tzinfo:
    """:raises KeyError: the zone is not known."""
    name = found[11] or "KST"
    if found[9] is None:
        return ZoneInfo(name) if "/" in name else timezone(timedelta(hours=_ZONES[name]))
    minutes = int(f"{found[9][0]}{found[10] or 0}")
    return timezone(timedelta(hours=int(found[9]), minutes=minutes))
