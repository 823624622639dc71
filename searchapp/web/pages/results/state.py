"""One search, as this tab shows it: loading and following it.

A state is a cache: the truth is in the database, its name in the address.  The handlers that change
something are in :mod:`searchapp.web.pages.results.actions`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any
from weakref import WeakValueDictionary

import reflex as rx

from searchapp.domain.ids import is_id, new_id
from searchapp.domain.search import SearchJob, Stage
from searchapp.errors import AppError, Erased, Expired, NotFound
from searchapp.http.http_metrics import learn
from searchapp.jobs.actions import feedback_of
from searchapp.web import app_context
from searchapp.web.pages.results.view import JobView, job_view
from searchapp.web.reflex_compat import event, var_of
from searchapp.web.reflex_compat.frames import TOUCH_SECONDS, with_keepalive

PAUSE = 0.4
"""Seconds between two changes of one page: the first is shown at once, a burst as its last."""

PLACE_SECONDS = 5.0
"""Between two looks at the place in the queue, and for a worker, of a search that was not at its
end when its page was opened."""

RETRY_SECONDS = 2.0
"""Seconds until a page that lost the cache, or the database, asks again."""

Watch = Callable[[], AsyncIterator[SearchJob]]
"""Begins to watch a search, as :meth:`JobCache.watch` does."""


class FollowedState(rx.State, mixin=True):
    """A search that the address of the page leads to, and that is followed while it is open."""

    phase: str = "loading"
    name: str = ""
    """The id in the address."""

    visit: str = ""
    """Names the visit that is followed; empty in a state that Reflex had forgotten."""

    @event(background=True)
    async def follow(self) -> None:
        """Shows each newer version until there is none, the tab has gone on, or is closed."""
        async with self:
            if not is_id(self._address()):
                return
            visit, watch, seconds = self.visit, self._watch(), self._seconds()
            token = self.router.session.client_token
        try:
            async for job in with_keepalive(versions_of(watch), seconds):
                if not app_context.current().is_open(token):
                    return
                async with self:
                    if not self._goes_on(visit):
                        return
                    await self._take(job)
        except NotFound as error:
            async with self:
                if self._goes_on(visit):
                    self._show_gone(error)

    def _address(self) -> str:
        """The id in the address of the page that sent the event: the right to this search."""
        return job_id_of(self.router.url.path)

    def _arrive(self) -> str:
        """Begins a visit; the id in the address."""
        name = self._address()
        if name != self.name:
            self.reset()  # type: ignore[no-untyped-call]
        self.name, self.visit = name, new_id()
        return name

    def _goes_on(self, visit: str) -> bool:
        """Whether ``visit`` is what the tab looks at.

        A state that lay untouched for too long is forgotten, and begins anew with nothing in it:
        the visit then goes on there.
        """
        self.visit = self.visit or visit
        self.name = self.name or self._address()
        return self.visit == visit

    def _watch(self) -> Watch:
        """What begins to watch the search."""
        raise NotImplementedError

    def _seconds(self) -> float:
        """How long nothing may come until the page is touched all the same."""
        return TOUCH_SECONDS

    async def _take(self, job: SearchJob | None) -> None:
        """Takes a version in, or that none came for so long."""
        raise NotImplementedError

    def _show_gone(self, error: NotFound) -> None:
        """Shows why there is nothing."""
        raise NotImplementedError


class ResultsState(FollowedState, rx.State):
    """The search of the address.

    ``phase``: loading, found, unavailable, not_found, expired or erased.
    """

    job: JobView = JobView()
    votes: dict[str, str] = {}  # noqa: RUF012 - Reflex gives each tab a copy.
    """``item/product`` -> what the owner said of it."""

    place: dict[str, int] = {"ahead": 0, "minutes": 0}  # noqa: RUF012
    """While it waits for a worker: how many are ahead of it, and about how long it waits; 0 minutes
    when that is unknown."""

    halted: bool = False
    """Whether it runs, or waits, while no worker is alive: how long that lasts is unknown."""

    watched: bool = False
    """Whether it was seen running: its page then keeps room for what was awaited."""

    @event
    async def load(self) -> Any:
        """Shows the search of the address; runs at each visit and each new connection."""
        if not is_id(self._arrive()):
            self.phase = "not_found"
            return None
        await learn(app_context.services())
        return ResultsState.follow if await self._look() else None

    @event
    async def refresh(self) -> Any:
        """Shows the truth to a page that woke up; the event itself finds a dead connection out."""
        if not self.visit or self.name != self._address():
            return ResultsState.load
        await self._look()
        return None

    def _watch(self) -> Watch:
        return partial(app_context.current().cache.watch, self._address(), follow=True)

    def _seconds(self) -> float:
        return PLACE_SECONDS if self.job.running else TOUCH_SECONDS

    async def _take(self, job: SearchJob | None) -> None:
        if job is not None:
            self._show(job)
        await self._show_place()

    async def _look(self) -> bool:
        """Reads the search and what was said of it; whether there is one to follow."""
        try:
            job = await app_context.current().cache.get(self.name)
            self._show(job)
            self.votes = await votes_of(job)
            await self._show_place()
        except NotFound as error:
            self._show_gone(error)
            return False
        except AppError:
            # A page that has shown something goes on showing it.
            self.phase = "found" if self.job.id == self.name else "unavailable"
        return True

    def _show(self, job: SearchJob) -> None:
        """Takes ``job`` in unless something as new is shown already."""
        if job.id == self.job.id and job.version <= self.job.version and self.phase == "found":
            return
        self.job = _view_of(job)
        self.watched = self.watched or self.job.running
        self.phase = "found"

    async def _show_place(self) -> None:
        """Takes in where a search stands that waits for a worker, and whether there is one."""
        if not self.job.running:
            return
        context = app_context.current()
        self.halted = not await context.places.any_worker()
        if self.job.stage != Stage.QUEUED:
            return
        place = await context.places.of(await context.cache.get(self.name))
        if place is not None:
            seconds = place.eta_seconds
            minutes = 0 if seconds is None else max(1, round(seconds / 60))
            self.place = {"ahead": place.ahead, "minutes": minutes}

    def _show_gone(self, error: NotFound) -> None:
        self.job, self.phase = JobView(), gone(error)


_views: WeakValueDictionary[tuple[str, int], JobView] = WeakValueDictionary()
"""What tabs show at present: those that follow one search show one view, which no tab changes."""


def _view_of(job: SearchJob) -> JobView:
    """The view of a version, made once for all tabs."""
    key = (job.id, job.version)
    view = _views.get(key)
    if view is None:
        view = _views[key] = job_view(job)
    return view


JOB, VOTES = var_of(ResultsState.job), var_of(ResultsState.votes)
"""What the page shows of the search, and what its owner said of the results."""


async def votes_of(job: SearchJob) -> dict[str, str]:
    """What the owner said before, by item and product.

    :raises errors.NotStored: the database is unavailable.
    """
    found = await feedback_of(app_context.services(), job)
    return {f"{item}/{product}": said.value for (item, product), said in found.items()}


def job_id_of(path: str) -> str:
    """The last part of the page's path."""
    return path.rstrip("/").rsplit("/", 1)[-1]


def gone(error: NotFound) -> str:
    """The phase that tells why there is nothing to show."""
    if isinstance(error, Expired):
        return "expired"
    return "erased" if isinstance(error, Erased) else "not_found"


async def versions_of(watch: Watch) -> AsyncIterator[SearchJob]:
    """The versions of a search for as long as a page shows it, at most one in ``PAUSE`` seconds.

    A search that has ended is followed on: its message still changes, and it may be erased.
    Outages are waited out; what is shown stays meanwhile.

    :raises errors.NotFound: when it is not, or no longer, there.
    """
    while True:
        try:
            async for job in newest(watch()):
                yield job
        except NotFound:
            raise
        except AppError:
            pass  # The database is unavailable.
        await asyncio.sleep(RETRY_SECONDS)


async def newest(versions: AsyncIterator[SearchJob]) -> AsyncIterator[SearchJob]:
    """``versions`` thinned out: whoever is slow gets the last one instead of all between."""
    latest: asyncio.Queue[SearchJob | BaseException | None] = asyncio.Queue(maxsize=1)

    async def pump() -> None:
        try:
            async for version in versions:
                if latest.full():
                    latest.get_nowait()
                latest.put_nowait(version)
        except Exception as error:  # noqa: BLE001  # The reader raises it again.
            await latest.put(error)
        else:
            await latest.put(None)

    pumping = asyncio.create_task(pump())
    try:
        while True:
            value = await latest.get()
            if value is None:
                return
            if isinstance(value, BaseException):
                raise value
            began = time.monotonic()
            yield value
            await asyncio.sleep(max(0.0, PAUSE - (time.monotonic() - began)))
    finally:
        pumping.cancel()
