"""The page: the results alone, with nothing to do but to look."""

from __future__ import annotations

import reflex as rx

from searchapp.web.browser.intl import day
from searchapp.web.components.arranging import arrange_button, arrange_sheet
from searchapp.web.components.cards import item_section
from searchapp.web.components.fields import outside_line
from searchapp.web.components.shell import icon, link_button, page, panel
from searchapp.web.pages.results.page import skeleton
from searchapp.web.pages.share.state import ShareState
from searchapp.web.words import LANG, tr


def share() -> rx.Component:
    """The whole page."""
    return page(
        rx.match(
            ShareState.phase,
            ("found", _found()),
            ("gone", _nothing("link-2-off", "share.gone")),
            ("unavailable", _nothing("wifi-off", "edge.away")),
            skeleton(),
        ),
        title=tr("share.page_title"),
        kind="results shared",
        on_wake=ShareState.refresh,
    )


def _nothing(icon_name: str, words: str) -> rx.Component:
    return panel(icon_name, tr(words), tr(f"{words}_hint"), _own_search())


def _own_search() -> rx.Component:
    return link_button(icon("camera"), tr("nav.new"), href="/", kind="primary large")


def _found() -> rx.Component:
    facets = ShareState.facets
    until = tr("results.until", date=day(LANG.value, ShareState.expires))
    return rx.el.div(
        rx.el.h1(tr("share.page_title")),
        rx.el.div(arrange_button(), class_name="actions"),
        outside_line(ShareState.outside),
        rx.el.div(
            rx.foreach(ShareState.pieces, lambda item: item_section(item, facets)),
            class_name="items",
        ),
        rx.el.div(
            rx.el.p(icon("clock"), until, class_name="soft note"),
            rx.el.p(tr("share.page_lead")),
            _own_search(),
            class_name="end",
        ),
        arrange_sheet(facets),
        class_name="main-side",
    )
