"""``/s/{shareId}``: results that somebody shared; no photo, no number, nothing to do."""

from __future__ import annotations

import reflex as rx

from searchapp.domain.ids import is_id
from searchapp.errors import AppError, NotFound
from searchapp.jobs.access import job_of_share
from searchapp.web import app_context
from searchapp.web.states.results import job_id_of
from searchapp.web.states.views import ItemView, elsewhere, item_view


class ShareState(rx.State):
    """The shared results.  The id of the search behind them never reaches the browser."""

    phase: str = "loading"  # loading | found | gone | away
    items: list[ItemView] = []  # noqa: RUF012 - Reflex copies it for each tab.
    expires: str = ""
    elsewhere: str = ""

    @rx.event
    async def load(self) -> None:
        """Reads the results once; whoever shares them does so when the search has ended."""
        name = job_id_of(self.router.url.path)
        self.reset()  # type: ignore[no-untyped-call]
        if not is_id(name):
            self.phase = "gone"
            return
        try:
            job = await app_context.board().get(await job_of_share(app_context.services(), name))
        except NotFound:
            self.phase = "gone"
        except AppError:
            self.phase = "away"
        else:
            self.items = [item_view(item, 0, 0) for item in job.items]
            self.elsewhere = elsewhere(job)
            self.expires = job.expires_at.isoformat()
            self.phase = "found"
