"""The pages of few words: privacy, the local phone inbox, where there is no page, and
``/s/{shareId}``, shared results to look at: no photo, no number, no action.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import reflex as rx

from searchapp.db.transact import transact
from searchapp.domain.search import SearchJob
from searchapp.errors import AppError, NotFound
from searchapp.http.clients import is_local
from searchapp.jobs.access import job_of_share
from searchapp.notify.policy import inbox_open
from searchapp.notify.providers.inbox import InboxMessage, inbox
from searchapp.web import app_context
from searchapp.web.browser.intl import day, day_and_time
from searchapp.web.components.arranging import arrange_button, arrange_sheet
from searchapp.web.components.cards import item_sections
from searchapp.web.components.fields import outside_line
from searchapp.web.components.shell import hooks, icon, link_button, page, panel
from searchapp.web.pages.results.page import skeleton
from searchapp.web.pages.results.state import FollowedState, Watch
from searchapp.web.pages.results.view import (
    FacetsView,
    ItemView,
    elsewhere,
    facets_view,
    item_view,
    ordered,
)
from searchapp.web.reflex_compat import event, var_of
from searchapp.web.reflex_compat.frames import connection_scope
from searchapp.web.words import LANG, tr, tr_dated

# --- nothing here --------------------------------------------------------------------------------


def missing() -> rx.Component:
    """What is shown where there is no page.

    It is not told how the server is set, so that its links load the other pages anew.
    """
    way_on = link_button(icon("camera"), tr("nav.new"), href="/", kind="primary large", plain=True)
    return page(
        panel("search-x", tr("edge.missing"), tr("edge.missing_hint"), way_on),
        title=tr("edge.missing"),
        told=False,
    )


# --- privacy -------------------------------------------------------------------------------------


def privacy() -> rx.Component:
    """What is kept, where, for how long.  What is true on some servers only shows where it is."""
    return page(
        rx.el.h1(tr("privacy.title")),
        rx.el.p(tr("privacy.lead"), class_name="lead"),
        _section("photo", rx.el.p(tr_dated("privacy.photo_text"), class_name="dated")),
        _section("phone", _text("phone")),
        _section("abroad", _text("abroad"), class_name="where-abroad"),
        _section("domestic", _text("domestic"), class_name="where-domestic"),
        _section("device", _text("device")),
        _section("outside", _text("outside"), class_name="where-elsewhere"),
        _section(
            "scripts",
            rx.el.p(tr("privacy.scripts_none"), class_name="where-no-kakao"),
            rx.el.p(tr("privacy.scripts_kakao"), class_name="where-kakao"),
        ),
        _section("rights", _text("rights")),
        title=tr("privacy.title"),
        kind="words",
    )


def _section(part: str, *texts: rx.Component, class_name: str = "") -> rx.Component:
    return rx.el.section(rx.el.h2(tr(f"privacy.{part}")), *texts, class_name=class_name)


def _text(part: str) -> rx.Component:
    return rx.el.p(tr(f"privacy.{part}_text"))


# --- the local phone inbox -----------------------------------------------------------------------

INBOX_SECONDS = 2.0
"""Between two looks at the inbox."""


class InboxState(rx.State):
    """``/dev/phone``: only in development, only without a provider, only on this machine."""

    phase: str = "loading"  # loading | closed | open
    messages: list[dict[str, str]] = []  # noqa: RUF012 - Reflex copies it for each tab.
    _visits: int = 0

    @event
    def load(self) -> Any:
        """Begins to show the messages; runs at each visit and each new connection."""
        self._visits += 1
        return InboxState.follow

    @event(background=True)
    async def follow(self) -> None:
        """Shows the messages as they come, for as long as the tab is open."""
        services = app_context.services()
        async with self:
            visit, scope = self._visits, connection_scope(self)
            token = self.router.session.client_token
            self.phase = (
                "loading" if inbox_open(services.settings) and is_local(scope) else "closed"
            )
            if self.phase == "closed":
                self.messages = []
                return
        while app_context.current().is_open(token):
            try:
                found = [_message(message) for message in await transact(services.engine, inbox)]
            except AppError:
                found = None
            async with self:
                if self._visits != visit:
                    return
                if found is not None:
                    self.messages, self.phase = found, "open"
            await asyncio.sleep(INBOX_SECONDS)


def _message(message: InboxMessage) -> dict[str, str]:
    text = message.body.replace(message.link, "").strip() if message.link else message.body
    return {"to": message.to, "text": text, "link": message.link, "at": message.at.isoformat()}


def phone_inbox() -> rx.Component:
    """The messages that would have gone out, while no provider is connected."""
    head = rx.el.div(rx.el.h1(tr("inbox.title")), rx.el.p(tr("inbox.lead"), class_name="soft"))
    messages = rx.el.ol(rx.foreach(InboxState.messages, _bubble), class_name="messages")
    empty = panel("inbox", tr("inbox.empty"), tr("inbox.empty_hint"))
    return page(
        rx.match(
            InboxState.phase,
            ("closed", panel("inbox", tr("inbox.closed"), tr("inbox.closed_hint"))),
            (
                "open",
                rx.cond(
                    var_of(InboxState.messages).length() > 0, rx.fragment(head, messages), empty
                ),
            ),
            head,
        ),
        title=tr("inbox.title"),
        kind="words inbox",
    )


def _bubble(message: rx.vars.ObjectVar[dict[str, str]]) -> rx.Component:
    link = message["link"].to(str)
    at = day_and_time(LANG.value, message["at"])
    return rx.el.li(
        rx.el.p(message["to"], " · ", at, class_name="soft small"),
        rx.el.p(
            icon("message-square"),
            rx.el.span(message["text"]),
            rx.cond(link != "", rx.el.a(link, href=link)),
            class_name="bubble",
        ),
        custom_attrs=hooks(testid="sms"),
    )


class ShareState(FollowedState, rx.State):
    """The shared results.  The id of the search behind them never reaches the browser.

    ``phase``: loading, found, gone or unavailable.
    """

    pieces: list[ItemView] = []  # noqa: RUF012 - Reflex copies it for each tab.
    facets: FacetsView = FacetsView()
    expires: str = ""
    outside: str = ""
    _job: str = ""
    """The id of the search, once that of the share has led to it."""

    _version: int = -1

    @event
    async def load(self) -> Any:
        """Shows the results; runs at each visit, each new connection, and when the page wakes."""
        name, context = self._arrive(), app_context.current()
        try:
            self._job = await job_of_share(context.services, name)
            self._show(await context.cache.get(self._job))
        except NotFound as error:
            self._show_gone(error)
            return None
        except AppError:
            # A page that has shown something goes on showing it.
            self.phase = "found" if self._version >= 0 else "unavailable"
        return ShareState.follow

    def _watch(self) -> Watch:
        return partial(_shared, self._address(), self._job, self._version)

    async def _take(self, job: SearchJob | None) -> None:
        if job is not None:
            self._show(job)

    def _show(self, job: SearchJob) -> None:
        """Takes ``job`` in unless something as new is shown already."""
        if job.version <= self._version:
            return
        self.facets = facets_view(job.items)
        self.pieces = [item_view(item, 0, 0, self.facets.currency) for item in ordered(job.items)]
        self.outside = elsewhere(job)
        self.expires = job.expires_at.isoformat()
        self.phase, self._version = "found", job.version

    def _show_gone(self, _error: NotFound) -> None:
        self.reset()  # type: ignore[no-untyped-call]
        self.phase = "gone"


async def _shared(name: str, job_id: str, seen: int) -> AsyncIterator[SearchJob]:
    """The versions of the search behind a share, for as long as it is shared.

    :param job_id: the search, if the share has led to it.
    :param seen: the version that was shown then; that a share ends is a version, too.
    :raises errors.NotFound: it is not, or no longer.
    :raises errors.NotStored: the database is unavailable.
    """
    context = app_context.current()
    job_id = job_id or await job_of_share(context.services, name)
    async for job in context.cache.watch(job_id, follow=True):
        if job.version > seen:
            await job_of_share(context.services, name)
        yield job


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
        on_wake=ShareState.load,
    )


def _nothing(icon_name: str, words: str) -> rx.Component:
    return panel(icon_name, tr(words), tr(f"{words}_hint"), _own_search())


def _own_search() -> rx.Component:
    return link_button(icon("camera"), tr("nav.new"), href="/", kind="primary large")


def _found() -> rx.Component:
    facets = var_of(ShareState.facets)
    until = tr("results.until", date=day(LANG.value, ShareState.expires))
    return rx.el.div(
        rx.el.h1(tr("share.page_title")),
        rx.el.div(arrange_button(), class_name="actions"),
        outside_line(var_of(ShareState.outside)),
        rx.el.div(
            item_sections(var_of(ShareState.pieces), facets),
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
