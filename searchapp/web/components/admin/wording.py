"""Words of the operator's page, in the reader's language; they travel with this page alone."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.admin.words import WORDS as ALL_WORDS
from searchapp.web.components.vars import WORDS, call

_ENGLISH = WORDS["nav.language_code"] == "ko"
"""The switch offers the other language."""


def word(key: str) -> rx.Var:
    """The word of ``key``.

    :raises KeyError: there is none; the build stops there.
    """
    korean, english = ALL_WORDS[key]
    return rx.cond(_ENGLISH, english, korean)


def word_by(prefix: str, slug: Any) -> rx.Var:
    """The word of ``prefix.slug`` where the slug comes from the server; unknown ones stay."""
    names = [key.partition(".")[2] for key in ALL_WORDS if key.startswith(f"{prefix}.")]
    return rx.match(slug, *((name, word(f"{prefix}.{name}")) for name in names), slug)


def when(moment: Any) -> rx.Var:
    """A moment in the reader's own time zone."""
    return call("when", WORDS, moment)


def sentence(key: str, **attrs: str) -> rx.Component:
    """A quiet line."""
    return rx.el.p(word(key), class_name="soft", custom_attrs=attrs)
