"""``/privacy``: what is kept, where, for how long."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.shell import page
from searchapp.web.components.vars import OUTSIDE, tr, tr_dated
from searchapp.web.states.site import SiteState

_PARTS = ("phone", "abroad", "device")


def privacy() -> rx.Component:
    """The whole page."""
    return page(
        rx.el.h1(tr("privacy.title")),
        rx.el.p(tr("privacy.lead"), class_name="lead"),
        rx.el.section(
            rx.el.h2(tr("privacy.photo")),
            rx.el.p(tr_dated("privacy.photo_text"), class_name="dated"),
        ),
        *(_section(part) for part in _PARTS),
        rx.cond(OUTSIDE, _section("outside")),
        _section("scripts", _scripts()),
        _section("rights"),
        kind="words",
    )


def _section(part: str, text: rx.Var | None = None) -> rx.Component:
    words = tr(f"privacy.{part}_text") if text is None else text
    return rx.el.section(rx.el.h2(tr(f"privacy.{part}")), rx.el.p(words))


def _scripts() -> rx.Var:
    """Whose scripts a page may load; a dash until the server has said how it is set."""
    return rx.match(
        SiteState.scripts,
        ("kakao", tr("privacy.scripts_kakao")),
        ("none", tr("privacy.scripts_none")),
        "\u2026",
    )
