"""``/admin``: what the operator sees and turns.

A tab's state is no proof of anything: every event asks anew whether the cookie of *this*
connection belongs to a living session, and what the state holds is handed only to the connection
that it was read for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import reflex as rx
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.catalogue.matching.feedback import as_csv, demand_csv
from searchapp.domain.ids import short
from searchapp.errors import AppError, BadPhone, NotFound
from searchapp.http.operator_access import is_operator, token_of
from searchapp.jobs import operations
from searchapp.jobs.operations import send_again, set_sms_switch
from searchapp.jobs.services import Services
from searchapp.notify.policy import day_of
from searchapp.web import app_context
from searchapp.web.admin.lines import JobDetail, JobLine, found_line, job_detail, ref_of
from searchapp.web.admin.overview import DEMAND_DAYS, FailedPage, find, read_overview
from searchapp.web.admin.views import AdminView, admin_view, names_of
from searchapp.web.reflex_compat import event

ACTOR = "/admin"
"""What the audit calls the operator's page."""

Action = Callable[[Services, str, str], Awaitable[object]]
"""What is done to a search or an error, by an actor."""

PAUSE = 2.0
"""Seconds between two looks at the system."""


class AdminState(rx.State):
    """The page of one tab."""

    phase: str = "loading"  # loading | closed | login | open | unavailable
    note: str = ""  # The slug of what the last action led to.
    _view: AdminView = AdminView()
    _found: list[JobLine] = []  # noqa: RUF012 - Reflex gives each tab a copy.
    _names: dict[str, str] = {}  # noqa: RUF012
    _found_names: dict[str, str] = {}  # noqa: RUF012
    _failed: FailedPage = FailedPage()
    _opened: JobDetail = JobDetail()
    _granted: str = ""
    _following: int = 0

    @rx.var(deps=["_view", "_granted", "rx_router_headers"], auto_deps=False)
    def view(self) -> AdminView:
        """What was read, for the connection that it was read for."""
        return self._view if self._is_same_connection() else AdminView()

    @rx.var(deps=["_found", "_granted", "rx_router_headers"], auto_deps=False)
    def found(self) -> list[JobLine]:
        """The searches that were asked for, likewise."""
        return self._found if self._is_same_connection() else []

    @rx.var(deps=["_opened", "_granted", "rx_router_headers"], auto_deps=False)
    def opened(self) -> JobDetail:
        """The search whose attempts are shown, likewise."""
        return self._opened if self._is_same_connection() else JobDetail()

    @rx.var(deps=["_failed"], auto_deps=False)
    def failed_code(self) -> str:
        """The error whose failed searches are listed; empty for all."""
        return self._failed.code

    @rx.var(deps=["_failed"], auto_deps=False)
    def failed_from(self) -> int:
        """How many failed searches come before those listed."""
        return self._failed.offset

    @event
    async def load(self) -> object:
        """Begins to show the system to an operator; runs at each visit and new connection."""
        self._following += 1
        if app_context.services().settings.admin_password is None:
            self.phase = "closed"
            return None
        return AdminState.follow if await self._is_operator() else None

    @event(background=True)
    async def follow(self) -> None:
        """Shows the system every two seconds, for as long as tab and session last."""
        async with self:
            turn = self._following
        while True:
            async with self:
                if self._following != turn or not await self._is_operator():
                    return
                await self._look()
            await asyncio.sleep(PAUSE)

    @event
    async def search(self, form: dict[str, str]) -> None:
        """Looks for the searches of an id or a number."""
        if not await self._is_operator():
            return
        self._found, self._found_names, self.note = [], {}, ""
        try:
            found = await find(app_context.services(), str(form.get("asked", ""))[:200])
        except BadPhone:
            self.note = "bad_question"
        except AppError:
            self.note = "away"
        else:
            self._found = [found_line(job) for job in found]
            self._found_names = {ref_of(job.job_id): job.job_id for job in found}
            self.note = "" if found else "nothing_found"

    @event
    async def show_job(self, ref: str) -> None:
        """Shows the attempts and the error of one search; of none if it is shown already."""
        shown = self._opened.ref
        self._opened = JobDetail()
        if not await self._is_operator() or ref == shown or (name := self._name(ref)) is None:
            return
        try:
            self._opened = job_detail(await operations.report_on(app_context.services(), name))
        except AppError:
            self.note = "not_now"

    @event
    async def show_failed(self, code: str, offset: int) -> None:
        """Lists the failed searches of one error (of all if empty) after the first ``offset``."""
        if await self._is_operator():
            self._failed = FailedPage(str(code)[:100], max(0, int(offset)))
            await self._look()

    @event
    async def retry(self, ref: str) -> None:
        """Puts a failed search back into the queue."""
        await self._do_to_job(ref, "retry", operations.retry_one)

    @event
    async def discard(self, ref: str) -> None:
        """Erases a failed search."""
        await self._do_to_job(ref, "discard", operations.discard_one)

    @event
    async def retry_all(self) -> None:
        """Puts back all failed searches of the error that is listed."""
        await self._do_to_all("retry", operations.retry_failed)

    @event
    async def discard_all(self) -> None:
        """Erases all failed searches of the error that is listed."""
        await self._do_to_all("discard", operations.discard_failed)

    @event
    async def pause(self, paused: bool) -> None:
        """Lets workers take no more searches, or take them again."""
        if await self._is_operator():
            note = "pause" if paused is True else "resume"
            await self._act(note, lambda s: operations.set_paused(s, ACTOR, paused=paused is True))

    @event
    async def send_again(self, ref: str) -> None:
        """Sends a message in trouble once more."""
        if not await self._is_operator() or (name := self._name(ref)) is None:
            return

        async def work(session: AsyncSession) -> None:
            if not await send_again(session, name, app_context.services().clock()):
                raise NotFound(name)
            await operations.note(
                session, actor=ACTOR, action="send_again", target=short(name), outcome="done"
            )

        await self._act("send_again", lambda services: services.transact(work))

    @event
    async def switch_sms(self, on: bool) -> None:
        """Stops all messages of all processes, or lets them go again."""
        if not await self._is_operator():
            return
        done = "sms_on" if on is True else "sms_off"

        async def work(session: AsyncSession) -> None:
            await set_sms_switch(session, on=on is True)
            await operations.note(session, actor=ACTOR, action=done, target="sms", outcome="done")

        await self._act(done, lambda services: services.transact(work))

    @event
    async def export(self, name: str) -> object:
        """Downloads ``demand`` (kinds and colours) or ``feedback`` (products) as a CSV."""
        if not await self._is_operator():
            return None
        services = app_context.services()
        since = day_of(services.clock() - timedelta(days=DEMAND_DAYS))

        async def work(session: AsyncSession) -> str:
            lines = as_csv(session) if name == "feedback" else demand_csv(session, since)
            return "".join([line async for line in lines])

        try:
            text = await services.transact(work, deadline=operations.BATCH_SECONDS)
        except AppError:
            self.note = "away"
            return None
        return rx.download(data="\ufeff" + text, filename=f"{name}.csv", mime_type="text/csv")

    async def _do_to_job(self, ref: str, note: str, action: Action) -> None:
        if await self._is_operator() and (name := self._name(ref)) is not None:
            self._found = [line for line in self._found if line.ref != ref]
            self._opened = JobDetail()
            await self._act(note, lambda services: action(services, name, ACTOR))

    async def _do_to_all(self, note: str, action: Action) -> None:
        code = self._failed.code
        if await self._is_operator() and code:
            self._failed = FailedPage()
            await self._act(note, lambda services: action(services, code, ACTOR))

    async def _act(self, note: str, work: Callable[[Services], Awaitable[object]]) -> None:
        """Does ``work``, says how it went, and shows what became of it."""
        try:
            await work(app_context.services())
        except AppError:
            note = "not_now"
        self.note = note
        await self._look()

    async def _look(self) -> None:
        try:
            seen = await read_overview(app_context.services(), self._failed)
        except AppError:
            self.phase = "unavailable"
            return
        self._view, self._names = admin_view(seen), names_of(seen)
        self.phase = "open"

    async def _is_operator(self) -> bool:
        """Whether this event's connection may; if not, everything that was read goes."""
        services = app_context.services()
        token = token_of(services.settings, self.router.headers.cookie)
        try:
            allowed = await is_operator(services, token)
        except AppError:
            self.phase = "unavailable"
            return False
        if allowed:
            self._granted = token
            return True
        self._view, self._found, self._opened = AdminView(), [], JobDetail()
        self._names, self._found_names, self._granted = {}, {}, ""
        self.note, self.phase = "", "login"
        return False

    def _is_same_connection(self) -> bool:
        settings = app_context.services().settings if self._granted else None
        if settings is None:
            return False
        return token_of(settings, self.router.headers.cookie) == self._granted

    def _name(self, ref: str) -> str | None:
        return self._names.get(ref) or self._found_names.get(ref)
