"""Server-sent events: the search now, then at each change, until it ends."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

from fastapi import APIRouter
from sse_starlette import EventSourceResponse, ServerSentEvent

from searchapp.api.context import Context, Ctx, JobId, Language, Who
from searchapp.api.errors import reading
from searchapp.domain.search import SearchJob
from searchapp.errors import NotFound, TooManyRequests
from searchapp.schemas import Document

router = APIRouter(prefix="/api", tags=["search"])

PING_SECONDS = 15
SEND_SECONDS = 30
"""A client that takes no bytes for so long is disconnected."""

MAX_STREAMS = 2000
"""Streams of one process."""

MAX_PER_ADDRESS = 200
"""Of one address that is not this machine, so that one cannot take them all."""

RECONNECT_MS = 2000
ENDED_MS = 3_600_000
"""Browsers connect again after every end; after the last event there is nothing left to read."""

_EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "id": {"type": "string", "description": "The version."},
        "data": {"type": "string", "description": "The document of the search, as JSON."},
        "retry": {"type": "integer"},
    },
}


@router.get(
    "/search-job/{job_id}/events",
    summary="Follow a search",
    response_class=EventSourceResponse,
    **reading(
        {
            200: {
                "description": "Each event's data is the document of the search, its id the "
                "version.",
                "content": {"text/event-stream": {"schema": _EVENT}},
            }
        }
    ),
)
async def events(job_id: JobId, context: Ctx, client: Who, lang: Language) -> EventSourceResponse:
    """The stream ends after a final status.  Last-Event-ID is welcome and not needed: the newest
    version comes first whatever the client has seen.
    """
    crowded = not client.local and context.streams[client.ip] >= MAX_PER_ADDRESS
    if crowded or context.streams.total() >= MAX_STREAMS:
        raise TooManyRequests("streams", retry_after=30)
    first = await context.cache.get(job_id)
    return EventSourceResponse(
        _stream(context, client.ip, first, lang),
        ping=PING_SECONDS,
        send_timeout=SEND_SECONDS,
        sep="\n",
    )


async def _stream(
    context: Context, ip: str, first: SearchJob, lang: str
) -> AsyncIterator[ServerSentEvent]:
    context.streams[ip] += 1
    seen = 0
    try:
        async for job in context.cache.watch(first.id):
            if job.version > seen:
                seen = job.version
                yield _event(job, await context.search_document(job, lang))
            if job.status.final:
                return
    except NotFound:
        return  # It was erased meanwhile: a client that connects again is told so.
    finally:
        context.streams[ip] -= 1
        if not context.streams[ip]:
            del context.streams[ip]


def _event(job: SearchJob, document: Document) -> ServerSentEvent:
    return ServerSentEvent(
        json.dumps(document, ensure_ascii=False, separators=(",", ":")),
        id=str(job.version),
        sep="\n",
        retry=ENDED_MS if job.status.final else RECONNECT_MS,
    )
