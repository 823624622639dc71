"""What surrounds every page: the bar above, the foot below, the notice that comes and goes."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.web.components.bits import button, hooks, icon, sized
from searchapp.web.components.vars import tr


def page(*children: Any, kind: str = "", **props: Any) -> rx.Component:
    """A whole page; ``kind`` names its layout in the stylesheet."""
    attrs = props.pop("custom_attrs", {})
    return rx.fragment(
        # Not ``el.a``: the router would make another page's address of it.
        rx.el.A.create(tr("app.skip"), href="#main", class_name="skip"),
        _bar(),
        rx.el.main(
            *children,
            id="main",
            class_name=f"page {kind}",
            custom_attrs={"tabindex": "-1", **attrs},
            **props,
        ),
        _foot(),
        _notices(),
    )


def _bar() -> rx.Component:
    return rx.el.header(
        rx.el.a(
            rx.el.img(src="/icon.svg", alt="", custom_attrs=sized(30, 30)),
            rx.el.span(tr("app.name"), class_name="name"),
            href="/",
            class_name="brand",
            custom_attrs={"aria-label": tr("nav.home")},
        ),
        button(
            tr("nav.language"),
            kind="quiet",
            act="language",
            attrs={"lang": tr("nav.language_code")},
        ),
        class_name="bar",
    )


def _foot() -> rx.Component:
    return rx.el.footer(rx.el.a(tr("nav.privacy"), href="/privacy"), class_name="foot")


def _notices() -> rx.Component:
    """Short words of the client script, shown and read out; and the word about being offline."""
    return rx.el.div(
        rx.el.p(custom_attrs=hooks(toast="") | {"role": "status"}, class_name="toast"),
        rx.el.p(
            icon("wifi-off"),
            tr("common.offline"),
            class_name="offline",
            custom_attrs=hooks(offline="") | {"role": "status"},
        ),
        class_name="notices",
    )


def panel(icon_name: str, title: Any, hint: Any, *actions: Any) -> rx.Component:
    """A state with nothing to show but a sentence and a way on."""
    return rx.el.section(
        rx.el.div(icon(icon_name), class_name="panel-icon"),
        rx.el.h1(title),
        rx.el.p(hint, class_name="soft"),
        rx.el.div(*actions, class_name="actions"),
        class_name="panel",
    )
