"""Shared results, read-only: no photo, no number, no action."""

from __future__ import annotations

from typing import Any

import reflex as rx

from searchapp.domain.ids import is_id
from searchapp.errors import AppError, NotFound
from searchapp.jobs.access import job_of_share
from searchapp.web import app_context
from searchapp.web.pages.results.state import job_id_of
from searchapp.web.pages.results.view import (
    FacetsView,
    ItemView,
    elsewhere,
    facets_view,
    item_view,
)


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
            self.pieces = [item_view(item, 0, 0, self.facets.currency) for item in job.items]
            self.outside = elsewhere(job)
            self.expires = job.expires_at.isoformat()
            self.phase = "found"

    @rx.event
    def refresh(self) -> Any:
        """Reads them again for a page that woke up with nothing to show."""
        return None if self.phase in ("found", "gone") else ShareState.load
