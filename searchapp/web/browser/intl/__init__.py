"""Texts, money and moments in the reader's language and time zone.

Why Python cannot do it: the server knows neither the time zone of a browser nor, before the page is
live, its language; the browser carries the data of every locale (``Intl``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex.vars.function import FunctionVar

from searchapp.web.browser import module
from searchapp.web.browser.client_var import function

MODULE = module("intl/intl.js")


DAY = {"month": "long", "day": "numeric"}
TIME = {"hour": "numeric", "minute": "2-digit"}


TEXTS_FILE = Path("utils/browser/intl/texts.json")
"""Where the build has the texts of the page: by their keys, in both languages."""


def text(key: str | rx.Var[str], values: dict[str, Any] | None = None) -> rx.vars.StringVar:
    """The text of ``key`` in the reader's language, its ``{name}`` places filled."""
    data = VarData(
        imports={MODULE: [ImportVar(tag="useTexts")]}, hooks={"const texts = useTexts()": None}
    )
    texts = rx.Var("texts", _var_data=data).to(FunctionVar)
    arguments = (key,) if values is None else (key, values)
    found: rx.vars.StringVar = texts.call(*(rx.Var.create(value) for value in arguments)).to(str)
    return found


def _intl(name: str, *arguments: Any) -> rx.vars.StringVar:
    formatted: rx.vars.StringVar = function(name, *arguments, library=MODULE)
    return formatted


def day(lang: Any, moment: Any) -> rx.vars.StringVar:
    """``12월 3일`` or ``3 December``; ``moment`` is RFC 3339 or milliseconds."""
    return _intl("moment", lang, moment, DAY)


def day_and_time(lang: Any, moment: Any) -> rx.vars.StringVar:
    """``12월 3일 오후 4:05``; empty without a moment."""
    shown: rx.vars.StringVar = rx.cond(moment, _intl("moment", lang, moment, DAY | TIME), "").to(
        str
    )
    return shown


def ago(lang: Any, moment: Any) -> rx.vars.StringVar:
    """The time of a moment of today, the day of any other."""
    date, today = day(lang, moment), day(lang, days_ago(0))
    shown: rx.vars.StringVar = rx.cond(date == today, _intl("moment", lang, moment, TIME), date)
    return shown


def day_count(lang: Any, days: Any) -> rx.vars.StringVar:
    """``7일``, ``7 days`` or ``1 day``."""
    return _intl("number", lang, days, {"style": "unit", "unit": "day", "unitDisplay": "long"})


def money(lang: Any, amount: Any, currency: Any) -> rx.vars.StringVar:
    """``₩39,000``; without a currency the number alone, empty without an amount (none or ``""``).

    :param currency: three letters, which is all that browsers ask of one, or ``""``.
    """
    style = {"style": "currency", "currency": currency, "currencyDisplay": "narrowSymbol"}
    written = rx.cond(
        currency == "",
        _intl("number", lang, amount, {}),
        _intl("number", lang, amount, style),
    )
    none = (amount == rx.Var.create(None)) | (amount == "")
    shown: rx.vars.StringVar = rx.cond(none, "", written).to(str)
    return shown


def days_ago(days: Any) -> rx.vars.StringVar:
    """The moment so many days ago (RFC 3339, UTC); such texts are in the order of their times."""
    return _intl("daysAgo", days)
