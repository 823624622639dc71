"""Searches: start one, read it, act on it.  Knowing the id is the right to all of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from searchapp.api.context import (
    Acting,
    Context,
    Ctx,
    JobId,
    Language,
    OwnOrigin,
    ShareId,
    Who,
    idempotency_key,
)
from searchapp.api.errors import ACT_ERRORS, JPEG, PICTURE_ERRORS, documented, reading
from searchapp.api.forms import NEW_SEARCH_FORM, read_new_search
from searchapp.domain.product import NO_FILTERS
from searchapp.domain.search import SearchJob
from searchapp.errors import (
    AppError,
    BadFeedback,
    BadFilter,
    BadItems,
    BadPhone,
    Conflict,
    ConsentRequired,
    ImageMissing,
    NotAllowedNow,
    NotStored,
    TooManyRequests,
)
from searchapp.http.clients import RESENDS, admit_upload, base_of
from searchapp.http.http_errors import Busy
from searchapp.http.requests import (
    AgainSchema,
    ChoiceSchema,
    FeedbackSchema,
    NotifySchema,
    filters_of,
    phone_of,
    wanted_items,
)
from searchapp.http.response_headers import tagged_json
from searchapp.jobs import access, actions
from searchapp.jobs.actions import record_feedback
from searchapp.jobs.submit import RepeatedSearch, search_again, start, was_stored
from searchapp.schemas import CreatedSchema, SearchSchema, SharedSchema, ShareUrlSchema

router = APIRouter(prefix="/api", tags=["search"])

_UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "The client has this version."}}
_ONE = "/search-job/{job_id}"
_IDEMPOTENT: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "required": False,
            "description": "The same key with the same request counts once.",
            "schema": {
                "type": "string",
                "minLength": 1,
                "maxLength": 255,
                "pattern": "^[!-~]([ -~]*[!-~])?$",
            },
        }
    ]
}


def acting(*errors: type[AppError]) -> dict[str, Any]:
    """What the routes have in common that change a search; ``errors`` are their own."""
    return {
        "dependencies": [Acting, OwnOrigin],
        "responses": documented(*ACT_ERRORS, *errors),
    }


@router.post(
    "/search-job",
    status_code=202,
    summary="Start a search with a photo",
    response_model=CreatedSchema,
    dependencies=[OwnOrigin],
    openapi_extra={**_IDEMPOTENT, "requestBody": NEW_SEARCH_FORM},
    responses=documented(
        *PICTURE_ERRORS,
        ImageMissing,
        BadPhone,
        ConsentRequired,
        BadItems,
        BadFilter,
        Conflict,
        NotStored,
    ),
)
async def create(request: Request, context: Ctx, client: Who) -> Response:
    """Stores a photo and what to do with it.  202 means stored: the client may disconnect."""
    key = idempotency_key(request)
    try:
        await admit_upload(context.services, context.rates, client.ip)
    except TooManyRequests:
        # A client that asks again for a search that is stored gets it, a few times.
        if key is None or not await was_stored(context.services, key):
            raise
        await context.rates.hit(RESENDS, client.ip)
    new = await read_new_search(request, client, key)
    async with context.storing:
        job = await start(context.services, new)
    return _created(request, context, job)


@router.get(
    _ONE,
    summary="Read a search",
    response_model=SearchSchema,
    **reading(_UNCHANGED),
)
async def read(request: Request, job_id: JobId, context: Ctx, lang: Language) -> Response:
    """The search at its newest version, with an ETag."""
    job = await context.cache.get(job_id)
    return tagged_json(request, await context.search_document(job, lang))


@router.delete(
    _ONE,
    status_code=204,
    summary="Erase a search",
    **acting(),
)
async def erase(job_id: JobId, context: Ctx) -> Response:
    """Removes everything of a search, photo and number included."""
    await actions.erase(context.services, job_id)
    return Response(status_code=204)


@router.get(
    f"{_ONE}/photo",
    summary="The upright photo without metadata",
    response_class=Response,
    **reading(JPEG),
)
async def read_photo(
    job_id: JobId, context: Ctx, size: Annotated[Literal["full", "screen"], Query()] = "full"
) -> Response:
    """404 until a worker has made it; the bytes that came in are never served.

    ``size=screen`` gives a copy of 800 pixels at most, which is what pages show.
    """
    read = access.screen_photo if size == "screen" else access.photo
    jpeg = await read(context.services, job_id)
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})


@router.post(
    f"{_ONE}/items",
    status_code=202,
    summary="Choose what to search",
    response_model=CreatedSchema,
    **acting(BadItems, BadFilter, BadPhone, ConsentRequired, NotAllowedNow),
)
async def choose(
    request: Request, job_id: JobId, body: ChoiceSchema, context: Ctx, client: Who, lang: Language
) -> Response:
    """For a search that was started with ``select=true`` and waits at ``choosing``."""
    request.state.lang = body.lang or lang
    job = await context.cache.get(job_id)
    wanted = wanted_items(body.items, job.photo_width, job.photo_height)
    phone = phone_of(body)
    choice = actions.Choice(
        wanted=wanted,
        client=client,
        phone=phone,
        consented=phone is not None,
        lang=body.lang or job.lang,
        filters=filters_of(body),
        outside_consent=bool(body.outside_consent),
    )
    job = await actions.choose(context.services, job_id, choice)
    return _created(request, context, job)


@router.post(
    f"{_ONE}/again",
    status_code=202,
    summary="Search the same photo with other boxes or filters",
    response_model=CreatedSchema,
    openapi_extra=_IDEMPOTENT,
    **acting(BadItems, BadFilter, NotAllowedNow, Conflict, Busy),
)
async def again(
    request: Request, job_id: JobId, body: AgainSchema, context: Ctx, client: Who
) -> Response:
    """A new search with an id of its own; without the first one's number."""
    key = idempotency_key(request)
    job = await context.cache.get(job_id)
    await admit_upload(context.services, context.rates, client.ip)
    repeated = RepeatedSearch(
        wanted=wanted_items(body.items, job.photo_width, job.photo_height),
        client=client,
        idempotency_key=key,
        filters=filters_of(body) or NO_FILTERS,
        outside_consent=bool(body.outside_consent),
    )
    async with context.storing:
        new = await search_again(context.services, job_id, repeated)
    return _created(request, context, new)


@router.post(
    f"{_ONE}/cancel",
    summary="Cancel a search",
    response_model=SearchSchema,
    **acting(NotAllowedNow),
)
async def cancel(job_id: JobId, context: Ctx, lang: Language) -> Response:
    """A search that ended already stays as it is."""
    job = await actions.cancel(context.services, job_id)
    return JSONResponse(await context.search_document(job, lang))


@router.post(
    f"{_ONE}/notify",
    status_code=202,
    summary="Send the link to a phone",
    response_model=CreatedSchema,
    openapi_extra=_IDEMPOTENT,
    **acting(BadPhone, ConsentRequired, NotAllowedNow, Conflict),
)
async def notify(
    request: Request, job_id: JobId, context: Ctx, client: Who, body: NotifySchema | None = None
) -> Response:
    """Sends again, or to another number; before the automatic message it changes its number."""
    key = idempotency_key(request)
    phone = phone_of(body or NotifySchema())
    asked = actions.NotifyRequest(
        client=client, phone=phone, consented=phone is not None, idempotency_key=key
    )
    job = await actions.notify(context.services, job_id, asked)
    return _created(request, context, job)


@router.post(
    f"{_ONE}/feedback",
    status_code=204,
    summary="Say what you think of a result",
    **acting(BadFeedback),
)
async def feedback(job_id: JobId, body: FeedbackSchema, context: Ctx) -> Response:
    """One vote a result; a second one replaces the first."""
    await record_feedback(
        context.services, job_id, item_id=body.item_id, product_id=body.product_id, said=body.said
    )
    return Response(status_code=204)


@router.post(
    f"{_ONE}/share",
    summary="Make a read-only link",
    response_model=ShareUrlSchema,
    **acting(),
)
async def share(request: Request, job_id: JobId, context: Ctx) -> Response:
    """The same link each time, until it is taken back."""
    share_id = await access.share(context.services, job_id)
    return JSONResponse({"shareUrl": f"{base_of(request, context.services.settings)}/s/{share_id}"})


@router.delete(
    f"{_ONE}/share",
    status_code=204,
    summary="Take the read-only link back",
    **acting(),
)
async def unshare(job_id: JobId, context: Ctx) -> Response:
    """The link is dead at once; a later one is another."""
    await access.unshare(context.services, job_id)
    return Response(status_code=204)


@router.get(
    "/share/{share_id}",
    summary="Read results by a share link",
    response_model=SharedSchema,
    **reading(_UNCHANGED),
)
async def read_shared(
    request: Request, share_id: ShareId, context: Ctx, lang: Language
) -> Response:
    """Results only: no photo, no phone, no action."""
    job = await context.cache.get(await access.job_of_share(context.services, share_id))
    return tagged_json(request, SharedSchema.document_of_job(job, lang))


def _created(request: Request, context: Context, job: SearchJob) -> JSONResponse:
    url = f"{base_of(request, context.services.settings)}/results/{job.id}"
    return JSONResponse(CreatedSchema.of_job(job, url).document(), status_code=202)
