"""What every route needs, and who asks."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, Request

from searchapp.domain.ids import is_id
from searchapp.errors import NotFound
from searchapp.http.clients import Client, Network, client_of
from searchapp.http.http_metrics import HttpMetrics
from searchapp.http.language import Lang, preferred
from searchapp.http.links import base_of
from searchapp.http.rates import ACTIONS, READS, Rates
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services

STORING = 4
"""Photos on their way into the database at once: each is copied by the driver on the way."""


@dataclass
class Context:
    """The services behind the routes of one app."""

    services: Services
    board: JobCache
    trusted: Sequence[Network]
    metrics: HttpMetrics
    rates: Rates = field(default_factory=Rates)
    streams: Counter[str] = field(default_factory=Counter)
    """Open event streams by address."""
    storing: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(STORING))


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


def base_url(request: Request, context: Context) -> str:
    """The address to put into links."""
    return base_of(request, context.services.settings)
