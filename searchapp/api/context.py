"""What every route needs: the services, who asks, and whether the request may come in."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from searchapp.domain.hosts import Client
from searchapp.domain.ids import is_id
from searchapp.domain.search import SearchJob
from searchapp.errors import NotFound, RequestError
from searchapp.http.clients import (
    ACTIONS,
    READS,
    Lang,
    Network,
    Rates,
    client_of,
    is_own,
    preferred,
)
from searchapp.http.http_errors import ForeignOrigin
from searchapp.http.http_metrics import HttpMetrics
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import QueuePlaces, Services
from searchapp.schemas import Document, SearchSchema

STORING = 4
"""Photos on their way into the database at once: each is copied by the driver on the way."""


FETCHING = 4
"""Photos fetched from other servers at once: each may take 15 MiB of memory and its seconds."""


@dataclass
class Context:
    """The services behind the routes of one app."""

    services: Services
    cache: JobCache
    trusted: Sequence[Network]
    metrics: HttpMetrics
    rates: Rates = field(default_factory=Rates)
    streams: Counter[str] = field(default_factory=Counter)
    """Open event streams by address."""
    storing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STORING))
    fetching: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(FETCHING))
    places: QueuePlaces = field(init=False)

    def __post_init__(self) -> None:
        self.places = QueuePlaces(self.services)

    async def search_document(self, job: SearchJob, lang: str) -> Document:
        """Everything that the owner of ``job`` may read, with its place in the queue."""
        return SearchSchema.document_of_job(job, lang, await self.places.of(job))


def context_of(request: Request) -> Context:
    """The context of the app that a request came to."""
    context: Context = request.app.state.context
    return context


Ctx = Annotated[Context, Depends(context_of)]


def _client(request: Request, context: Ctx) -> Client:
    return client_of(request.scope, context.trusted)


Who = Annotated[Client, Depends(_client)]


def request_lang(request: Request) -> Lang:
    """The language by Accept-Language."""
    return preferred(request.headers.get("accept-language"))


Language = Annotated[Lang, Depends(request_lang)]


async def _reading(context: Ctx, client: Who) -> None:
    if not client.local:
        await context.rates.hit(READS, client.ip)


async def _acting(context: Ctx, client: Who) -> None:
    if not client.local:
        await context.rates.hit(ACTIONS, client.ip)


Reading = Depends(_reading)
"""Counts a request that only reads."""

Acting = Depends(_acting)
"""Counts a request that changes something."""


def _own_origin(request: Request, context: Ctx) -> None:
    origin = request.headers.get("origin")
    if origin is None:
        return
    host = request.headers.get("host", "")
    if not is_own(origin, host, context.services.settings.base_url):
        raise ForeignOrigin


OwnOrigin = Depends(_own_origin)
"""Refuses a change that another site's page sent.

A browser names the page's origin on each such request.  There are no cookies to abuse, but a
foreign page could spend its visitors' share of uploads and messages.
"""


def _job_id(job_id: str) -> str:
    if not is_id(job_id):
        raise NotFound
    return job_id


JobId = Annotated[str, Depends(_job_id)]
"""The id in the path; knowing it is the right to the job."""


def _share_id(share_id: str) -> str:
    return _job_id(share_id)


ShareId = Annotated[str, Depends(_share_id)]
"""The id of a share link: the right to read results."""


def idempotency_key(request: Request) -> str | None:
    """The header Idempotency-Key.

    :raises RequestError: it is longer than 255 characters, or not printable ASCII.
    """
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255 or not key.isascii() or not key.isprintable():
        raise RequestError("idempotency key")
    return key
