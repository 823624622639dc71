"""``/s/{shareId}``: shared results, to look at."""

from __future__ import annotations

import reflex as rx

from searchapp.web.components.arranging import arrange_button, arrange_sheet
from searchapp.web.components.bits import icon, link_button
from searchapp.web.components.cards import item_section
from searchapp.web.components.outside import outside_line
from searchapp.web.components.shell import page, panel
from searchapp.web.components.vars import WORDS, call, tr
from searchapp.web.pages.results import skeleton
from searchapp.web.states.share import ShareState
from searchapp.web.states.views import ItemView


def share() -> rx.Component:
    """The whole page."""
    return page(
        rx.match(
            ShareState.phase,
            ("found", _found()),
            ("gone", _nothing("link-2-off", "share.gone")),
            ("away", _nothing("wifi-off", "edge.away")),
            skeleton(),
        ),
        kind="results shared",
    )


def _nothing(icon_name: str, words: str) -> rx.Component:
    return panel(icon_name, tr(words), tr(f"{words}_hint"), _own_search())


def _own_search() -> rx.Component:
    return link_button(icon("camera"), tr("nav.new"), href="/", kind="primary large")


def _item(item: rx.Var[ItemView]) -> rx.Component:
    return item_section(item, currency=call("mainCurrency", ShareState.items))


def _found() -> rx.Component:
    return rx.el.div(
        rx.el.h1(tr("share.page_title")),
        rx.el.div(
            arrange_button(),
            class_name="actions",
        ),
        outside_line(ShareState.elsewhere),
        rx.el.div(rx.foreach(ShareState.items, _item), class_name="items"),
        rx.el.div(
            rx.el.p(
                icon("clock"),
                call("fill", tr("results.until"), {"date": call("day", WORDS, ShareState.expires)}),
                class_name="soft note",
            ),
            rx.el.p(tr("share.page_lead")),
            _own_search(),
            class_name="end",
        ),
        arrange_sheet(ShareState.items),
        class_name="main-side",
    )
