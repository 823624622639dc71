"""``/privacy``: what is kept, where, for how long."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.shell import page
from searchapp.web.components.vars import tr, tr_dated

_PARTS = ("phone", "abroad", "device")


def privacy() -> rx.Component:
    """The whole page.  What is true on some servers only shows where it is."""
    return page(
        rx.el.h1(tr("privacy.title")),
        rx.el.p(tr("privacy.lead"), class_name="lead"),
        _section("photo", _text(tr_dated("privacy.photo_text"), "dated")),
        *(_section(part, _text(tr(f"privacy.{part}_text"))) for part in _PARTS),
        _section("outside", _text(tr("privacy.outside_text")), class_name="where-elsewhere"),
        _section(
            "scripts",
            _text(tr("privacy.scripts_none"), "where-no-kakao"),
            _text(tr("privacy.scripts_kakao"), "where-kakao"),
        ),
        _section("rights", _text(tr("privacy.rights_text"))),
        kind="words",
    )


def _section(part: str, *texts: rx.Component, class_name: str = "") -> rx.Component:
    return rx.el.section(rx.el.h2(tr(f"privacy.{part}")), *texts, class_name=class_name)


def _text(words: rx.Var, class_name: str = "") -> rx.Component:
    return rx.el.p(words, class_name=class_name)
