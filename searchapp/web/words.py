"""The words of the page as vars: the build carries both languages once, the reader's one shows.

The language is the browser's own matter: it changes at once, without the server.
"""

from __future__ import annotations

import json
from typing import Any

import reflex as rx

from searchapp.i18n import DEFAULT_LANGUAGE, TEXTS
from searchapp.web.browser.client_var import ClientVar
from searchapp.web.browser.intl import day_count, text

LANG = ClientVar("lang", DEFAULT_LANGUAGE, "browser")
DAYS = ClientVar("days", 7)
"""For how many days this server keeps a search; the first answer tells."""

PREFIXES = {"ko": "", "en": "/en"}
"""Under which a page is built that is prerendered in each language.  All are served without."""

ENGLISH = LANG.value == "en"

ON_ONE_PAGE = ("privacy.", "inbox.", "home.", "ready.", "send.")
"""Texts that stand in the page that shows them, unless something is filled in."""


def texts_json() -> str:
    """The texts of several pages, each in Korean and English, for the build."""
    korean, english = TEXTS["ko"], TEXTS["en"]
    shared = {key: [korean[key], english[key]] for key in korean if not _is_inline(key)}
    return json.dumps(shared, ensure_ascii=False)


def tr(key: str, **values: Any) -> rx.vars.StringVar:
    """The text of ``key`` in the reader's language, its ``{name}`` places filled.

    :raises KeyError: when a language has no such text; the build stops there.
    """
    both = TEXTS["ko"][key], TEXTS["en"][key]
    return in_both(*both) if _is_inline(key) else text(key, values or None)


def _is_inline(key: str) -> bool:
    return key.startswith(ON_ONE_PAGE) and "{" not in TEXTS[DEFAULT_LANGUAGE][key]


def in_both(korean: Any, english: Any) -> rx.vars.StringVar:
    """The one of two texts that the reader can read."""
    shown: rx.vars.StringVar = rx.cond(ENGLISH, english, korean).to(str)
    return shown


def tr_by(prefix: str, slug: rx.Var[str], default: Any = "") -> rx.vars.StringVar:
    """The text of ``prefix.slug`` where the slug is known only in the browser."""
    found: rx.vars.StringVar = (text(f"{prefix}." + slug.to(str)) | default).to(str)
    return found


def tr_dated(key: str) -> rx.vars.StringVar:
    """The text of ``key`` with its ``{days}``: how long this server keeps a search.

    Show it in an element of the class ``dated``, which is invisible while it may be another.
    """
    return tr(key, days=day_count(LANG.value, DAYS.value))


def label_name(label: rx.Var[str]) -> rx.vars.StringVar:
    """The name of a kind of clothing; a kind not known here is shown as it came."""
    return tr_by("label", label, label)
