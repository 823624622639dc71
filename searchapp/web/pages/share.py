"""``/s/{shareId}``: shared results, to look at and nothing else: no photo, no number, no action."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.domain.ids import is_id
from searchapp.errors import AppError, NotFound
from searchapp.jobs.access import job_of_share
from searchapp.web import app_context
from searchapp.web.browser.intl import day
from searchapp.web.components.arranging import arrange_button, arrange_sheet
from searchapp.web.components.cards import item_section
from searchapp.web.components.fields import outside_line
from searchapp.web.components.shell import icon, link_button, page, panel
from searchapp.web.pages.results.page import skeleton
from searchapp.web.pages.results.state import job_id_of
from searchapp.web.pages.results.view import (
    FacetsView,
    ItemView,
    elsewhere,
    facets_view,
    item_view,
    ordered,
)
from searchapp.web.words import LANG, tr


class ShareState(rx.State):
    """The shared results.  The id of the search behind them never reaches the browser."""

    phase: str = "loading"  # loading | found | gone | unavailable
    pieces: list[ItemView] = []  # noqa: RUF012 - Reflex copies it for each tab.
    facets: FacetsView = FacetsView()
    expires: str = ""
    outside: str = ""

    @rx.event
    async def load(self) -> None:
        """Reads the results once; whoever shares them does so when the search has ended."""
        name = job_id_of(self.router.url.path)
        self.reset()  # type: ignore[no-untyped-call]
        if not is_id(name):
            self.phase = "gone"
            return
        context = app_context.current()
        try:
            job = await context.cache.get(await job_of_share(context.services, name))
        except NotFound:
            self.phase = "gone"
        except AppError:
            self.phase = "unavailable"
        else:
            self.facets = facets_view(job.items)
            self.pieces = [
                item_view(item, 0, 0, self.facets.currency) for item in ordered(job.items)
            ]
            self.outside = elsewhere(job)
            self.expires = job.expires_at.isoformat()
            self.phase = "found"

    @rx.event
    def refresh(self) -> Any:
        """Reads them again for a page that woke up with nothing to show."""
        return None if self.phase in ("found", "gone") else ShareState.load


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
    facets: Any = ShareState.facets
    outside: Any = ShareState.outside
    until = tr("results.until", date=day(LANG.value, ShareState.expires))
    return rx.el.div(
        rx.el.h1(tr("share.page_title")),
        rx.el.div(arrange_button(), class_name="actions"),
        outside_line(outside),
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
