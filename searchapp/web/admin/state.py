"""``/admin``: what the operator sees and turns.

A tab's state is no proof of anything: every event asks anew whether the cookie of *this*
connection belongs to a living session, and what the state holds is handed only to the connection
that it was read for.
"""

from __future__ import annotations

import asyncio

import reflex as rx

from searchapp.db.transact import transact
from searchapp.errors import AppError, BadPhone
from searchapp.http.operator_access import is_operator, token_of
from searchapp.jobs import actions
from searchapp.notify.admin import send_again, set_sms_switch
from searchapp.web import app_context
from searchapp.web.admin.lines import JobLine, found_line, ref_of
from searchapp.web.admin.overview import find, read_overview
from searchapp.web.admin.views import AdminView, admin_view, names_of

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

    @rx.event
    async def load(self) -> object:
        """Begins to show the system to an operator; runs at each visit and new connection."""
        self._following += 1
        if app_context.services().settings.admin_password is None:
            self.phase = "closed"
            return None
        return AdminState.follow if await self._is_operator() else None

    @rx.event(background=True)
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

    @rx.event
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

    @rx.event
    async def retry(self, ref: str) -> None:
        """Puts a failed search back into the queue."""
        if not await self._is_operator() or (name := self._name(ref)) is None:
            return
        try:
            await actions.retry(app_context.services(), name)
        except AppError:
            self.note = "not_now"
        else:
            self.note = "retried"
            self._found = [line for line in self._found if line.ref != ref]
            await self._look()

    @rx.event
    async def send_again(self, ref: str) -> None:
        """Sends a message in trouble once more."""
        if not await self._is_operator() or (name := self._name(ref)) is None:
            return
        services = app_context.services()
        try:
            sent = await transact(
                services.engine, lambda session: send_again(session, name, services.clock())
            )
        except AppError:
            sent = False
        self.note = "sent_again" if sent else "not_now"
        await self._look()

    @rx.event
    async def switch_sms(self, on: bool) -> None:
        """Stops all messages of all processes, or lets them go again."""
        if not await self._is_operator():
            return
        try:
            await transact(
                app_context.services().engine,
                lambda session: set_sms_switch(session, on=on is True),
            )
        except AppError:
            self.note = "away"
        else:
            self.note = "sms_on" if on is True else "sms_off"
            await self._look()

    async def _look(self) -> None:
        try:
            seen = await read_overview(app_context.services())
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
        self._view, self._found = AdminView(), []
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
