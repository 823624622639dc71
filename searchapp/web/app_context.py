"""What the states of the page need from the process that serves them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import reflex as rx
from starlette.requests import Request

from searchapp.domain.hosts import Client
from searchapp.http.clients import (
    ACTIONS,
    READS,
    Network,
    Rates,
    admit_upload,
    base_of,
    client_of,
    trusted_networks,
)
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import QueuePlaces, Services
from searchapp.web.reflex_compat.frames import connection_scope


@dataclass(frozen=True)
class AppContext:
    """The services of this process.

    ``rates`` and ``storing`` are those of the API: what a person may do is counted once, whichever
    way it comes.  ``is_open`` tells whether a tab, by its token, is connected to this process.
    """

    services: Services
    cache: JobCache
    is_open: Callable[[str], bool] = lambda _token: True
    rates: Rates = field(default_factory=Rates)
    storing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))

    @cached_property
    def places(self) -> QueuePlaces:
        """Where waiting searches stand."""
        return QueuePlaces(self.services)

    @property
    def trusted(self) -> Sequence[Network]:
        """The proxies whose word counts."""
        return trusted_networks(self.services.settings.trusted_proxies)

    def client(self, state: rx.State) -> Client:
        """Who is connected to the tab of ``state``."""
        return client_of(connection_scope(state), self.trusted)

    def base_url(self, state: rx.State) -> str:
        """What links for the person at the tab of ``state`` begin with."""
        return base_of(Request(connection_scope(state)), self.services.settings)

    async def admit_reading(self, client: Client) -> None:
        """Counts a question.

        :raises errors.TooManyRequests: the address has had its share.
        """
        if not client.local:
            await self.rates.hit(READS, client.ip)

    async def admit_action(self, client: Client) -> None:
        """Counts an action.

        :raises errors.TooManyRequests: the address has had its share.
        """
        if not client.local:
            await self.rates.hit(ACTIONS, client.ip)

    async def admit_search(self, client: Client) -> None:
        """Counts a new search.

        :raises errors.TooManyRequests: the address has had its share.
        """
        await admit_upload(self.services, self.rates, client.ip)


_current: list[AppContext] = []


def install(services: Services, cache: JobCache, **more: Any) -> None:
    """Says which services this process uses; called once, before the first request.

    :param more: the other fields of :class:`AppContext`.
    """
    _current[:] = [AppContext(services, cache, **more)]


def current() -> AppContext:
    """What :func:`install` was told."""
    return _current[0]


def services() -> Services:
    """The services of this process."""
    return current().services
