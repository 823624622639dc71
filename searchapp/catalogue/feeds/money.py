"""Prices as feeds write them: ``15000 KRW``, ``19.99 USD``, ``₩15,000``, ``15,000원``."""

from __future__ import annotations

import re
from decimal import Decimal

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
    **dict.fromkeys(("₩", "￦", "\\", "원"), "KRW"),
    **dict.fromkeys(("$", "US$"), "USD"),
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
}

_PARTS = re.compile(r"([^\d\s.,+-]*)\s*([+-]?\d[\d.,]*)\s*([^\d\s.,]*)")
_PLAIN = re.compile(r"\d+(\.\d+)?|\d{1,3}(,\d{3})+(\.\d+)?")
_AMBIGUOUS = re.compile(r"[1-9]\d{0,2}\.\d{3}")
_CONTINENTAL = re.compile(r"\d+,\d{1,2}|\d{1,3}(\.\d{3})+,\d{1,2}")
_LIMIT = Decimal(10) ** 12


class BadPrice(ValueError):
    """A price that cannot be read; the message says why."""


def read_price(text: str, default_currency: str = "") -> Money:
    """The price that ``text`` means.

    :param default_currency: ISO 4217, for amounts without a currency; empty if there must be one.
    :raises BadPrice: no amount, not above zero, an unknown currency, a fraction of a currency that
        has none, or three digits after a point that may be decimals or thousands (``15.000 KRW``,
        ``1.299 EUR``).
    """
    parts = _PARTS.fullmatch(text.strip())
    if parts is None:
        raise BadPrice(f"price {_quoted(text)} is not an amount and a currency like 15000 KRW")
    before, digits, after = parts.groups()
    currency = _currency(before or after or default_currency, text)
    if before and after:
        raise BadPrice(f"price {_quoted(text)} has two currencies")
    return Money(_amount(digits, currency, text), currency)


def _currency(code: str, text: str) -> str:
    if not code:
        raise BadPrice(f"price {_quoted(text)} has no currency: write it like 15000 KRW")
    currency = SIGNS.get(code, code.upper())
    if currency not in CURRENCIES:
        raise BadPrice(f"price {_quoted(text)}: {_quoted(code)} is not a currency of ISO 4217")
    return currency


def _amount(digits: str, currency: str, text: str) -> Decimal:
    if digits.startswith("-"):
        raise BadPrice(f"price {_quoted(text)} is below zero")
    digits = digits.removeprefix("+")
    if _PLAIN.fullmatch(digits):
        amount = Decimal(digits.replace(",", ""))
    elif _CONTINENTAL.fullmatch(digits):
        amount = Decimal(digits.replace(".", "").replace(",", "."))
    else:
        raise BadPrice(f"price {_quoted(text)} is not a number")
    _, _, fraction = digits.partition(".")
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
