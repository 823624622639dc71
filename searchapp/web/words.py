"""The words of the page as vars: both languages stand where they are used, the reader's one shows.

The language is the browser's own matter: it changes at once, without the server.
"""

from __future__ import annotations

import re
from typing import Any

import reflex as rx

from searchapp.domain.taxonomy import LABELS
from searchapp.i18n import DEFAULT_LANGUAGE, TEXTS
from searchapp.web.browser.client_var import ClientVar
from searchapp.web.browser.intl import day_count

LANG = ClientVar("lang", DEFAULT_LANGUAGE, "browser")
DAYS = ClientVar("days", 7)
"""For how many days this server keeps a search; the first answer tells."""

ENGLISH = LANG.value == "en"


def tr(key: str, **values: Any) -> rx.Var[str]:
    """The text of ``key`` in the reader's language, its ``{name}`` places filled.

    :raises KeyError: when a language has no such text; the build stops there.
    """
    return in_both(TEXTS["ko"][key], TEXTS["en"][key], **values)


def in_both(korean: Any, english: Any, **values: Any) -> rx.Var[str]:
    """The one of two texts that the reader can read."""
    shown: rx.Var[str] = rx.cond(ENGLISH, _filled(english, values), _filled(korean, values)).to(str)
    return shown


def _filled(text: Any, values: dict[str, Any]) -> Any:
    if not values or not isinstance(text, str):
        return text
    parts = re.split(r"\{(\w+)\}", text)
    whole = rx.Var.create(parts[0]).to(str)
    for name, after in zip(parts[1::2], parts[2::2], strict=True):
        whole = whole + rx.Var.create(values[name]).to(str) + after
    return whole


def tr_by(prefix: str, slug: rx.Var[str], default: Any = "") -> rx.Var[str]:
    """The text of ``prefix.slug`` where the slug is known only in the browser."""
    start = f"{prefix}."
    slugs = [key.removeprefix(start) for key in TEXTS[DEFAULT_LANGUAGE] if key.startswith(start)]
    shown: rx.Var[str] = rx.match(slug, *((s, tr(start + s)) for s in slugs), default).to(str)
    return shown


def tr_dated(key: str) -> rx.Var[str]:
    """The text of ``key`` with its ``{days}``: how long this server keeps a search.

    Show it in an element of the class ``dated``, which is invisible while it may be another.
    """
    return tr(key, days=day_count(LANG.value, DAYS.value))


def label_name(label: rx.Var[str]) -> rx.Var[str]:
    """The name of a kind of clothing; a kind not known here is shown as it came."""
    named: rx.Var[str] = rx.match(
        label, *((name, tr(f"label.{name}")) for name in LABELS), label
    ).to(str)
    return named
