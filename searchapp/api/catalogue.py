"""The catalogue API: a shop puts, changes and removes its products with a key.

Products have the Google Merchant names.  Every operation may be repeated: the same again changes
nothing.  Pictures are fetched by the workers; until then a product is ``pending``.

Everyone may read products that look like one, and their pictures, which come from this server
alone so that a page asks no shop for anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import JSONResponse, Response

from searchapp.api.context import Context, Ctx, Reading, Who
from searchapp.api.errors import JPEG, documented, reading
from searchapp.catalogue.feeds.validation import ID_LIMIT
from searchapp.catalogue.ingest import products_api
from searchapp.catalogue.ingest.products_api import (
    MAX_OPERATIONS,
    Action,
    Answer,
    AnswerStatus,
    FeedNameError,
    Operation,
    is_product_id,
)
from searchapp.catalogue.matching.candidates import similar_products
from searchapp.db.repositories.admin import use_key
from searchapp.db.repositories.products import read_image
from searchapp.db.transact import outage_is_not_stored
from searchapp.domain.ids import KeyScope, api_key_hash
from searchapp.errors import (
    NotFound,
    NotStored,
    RequestError,
    TooLarge,
    TooManyOperations,
    TooManyRequests,
)
from searchapp.http.clients import ACTIONS, CATALOGUE
from searchapp.http.http_errors import (
    BadProduct,
    Busy,
    NoSuchProduct,
    TooSlow,
    Unauthorized,
    Unavailable,
    WrongScope,
)
from searchapp.http.response_headers import FOREVER
from searchapp.jobs.external import signed_crop
from searchapp.schemas import Schema, SimilarSchema, timestamp

router = APIRouter(prefix="/api/catalogue", tags=["catalogue"])

KEY_LIMIT = 200

_KEY = Depends(HTTPBearer(auto_error=False, description="A key made by `searchapp keys add NAME`."))
_PRODUCT = "/{feed}/products/{product_id:path}"
_REFUSED = (RequestError, Unauthorized, WrongScope, NotFound, TooLarge, TooManyRequests)
_WRITE = (*_REFUSED, TooSlow, NotStored)

Value = str | int | float | bool | list[Any] | dict[str, Any] | None


class ProductChanges(BaseModel):
    """What a PATCH may change, by its Google Merchant name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Value] = Field(init=False)

    title: Value = None
    link: Value = None
    price: Value = Field(default=None, examples=["15000 KRW"])
    sale_price: Value = None
    availability: Value = Field(default=None, examples=["in_stock", "out_of_stock"])

    def document(self) -> dict[str, Any]:
        """The fields that were given."""
        return self.model_dump(exclude_unset=True)


class ProductDocument(ProductChanges):
    """A product by its Google Merchant names; other names are kept or ignored as in a feed."""

    id: Value = None
    image_link: Value = None
    additional_image_link: Value = None
    brand: Value = None
    product_type: Value = None
    color: Value = None
    item_group_id: Value = None


class StoredProduct(ProductDocument):
    """A product as it is stored; ``error`` says why it failed."""

    status: str = Field(description="`ready`, `pending` or `failed`.")
    error: str | None = None


class WrittenSchema(Schema):
    """A product was written: `created`, `updated` or `unchanged`."""

    id: str
    status: AnswerStatus


class BatchAnswer(Schema):
    """The outcome of one line."""

    id: str
    ok: bool
    error: str | None = None


class BatchSchema(Schema):
    """The outcomes, in the order of the lines."""

    results: list[BatchAnswer]


_LINES: dict[str, Any] = {
    "schema": {
        "type": "string",
        "description": 'JSON Lines: {"op": "put" | "patch" | "delete", "product": {...}}, '
        f"up to {MAX_OPERATIONS}.",
    }
}

_BATCH_BODY: dict[str, Any] = {
    "required": True,
    "content": dict.fromkeys(("application/x-ndjson", "text/plain"), _LINES),
}


def _needs(scope: KeyScope) -> Callable[..., Awaitable[None]]:
    async def check(
        context: Ctx,
        client: Who,
        given: Annotated[HTTPAuthorizationCredentials | None, _KEY],
    ) -> None:
        """Lets a key of the scope pass, within its rate; wrong keys count for the address."""
        token = given.credentials if given is not None else ""
        key = None
        if 0 < len(token) <= KEY_LIMIT:
            await context.rates.look(ACTIONS, client.ip)
            hashed = api_key_hash(token)
            key = await context.services.transact(lambda session: use_key(session, hashed))
        if key is None:
            await context.rates.hit(ACTIONS, client.ip)
            raise Unauthorized
        await context.rates.hit(CATALOGUE, key.name)
        if scope is KeyScope.WRITE and key.scope is not KeyScope.WRITE:
            raise WrongScope

    return check


_Reads, _Writes = Depends(_needs(KeyScope.READ)), Depends(_needs(KeyScope.WRITE))


@dataclass(frozen=True, slots=True)
class Place:
    """The product that a path names."""

    feed: str
    id: str


def _feed(feed: str) -> str:
    if not feed.isprintable():
        raise RequestError("feed")
    return feed


Feed = Annotated[str, Depends(_feed)]


def _place(feed: Feed, product_id: str) -> Place:
    if not is_product_id(product_id):
        raise RequestError("id")
    return Place(feed, product_id)


Named = Annotated[Place, Depends(_place)]


@router.get(
    _PRODUCT,
    summary="Read a product",
    response_model=StoredProduct,
    dependencies=[_Reads],
    responses=documented(*_REFUSED, Unavailable),
)
async def read(place: Named, context: Ctx) -> Response:
    """With its status: `pending` until its pictures are fetched, `failed` if they cannot be."""
    async with outage_is_not_stored():
        found = await products_api.read_product(context.services.engine, place.feed, place.id)
    if found is None:
        raise NoSuchProduct
    updated = found.pop("updatedAt", None)
    return JSONResponse(found | ({"updatedAt": timestamp(updated)} if updated else {}))


@router.put(
    _PRODUCT,
    summary="Add or replace a product",
    response_model=WrittenSchema,
    dependencies=[_Writes],
    responses={
        201: {"model": WrittenSchema, "description": "It is new."},
        **documented(*_WRITE, BadProduct),
    },
)
async def put(place: Named, body: ProductDocument, context: Ctx) -> Response:
    """The whole product: what is absent is removed.  The same again is `unchanged`."""
    return _written(await _one(context, place, Action.PUT, body.document()))


@router.patch(
    _PRODUCT,
    summary="Change price, availability, link or title",
    response_model=WrittenSchema,
    dependencies=[_Writes],
    responses=documented(*_WRITE, BadProduct),
)
async def patch(place: Named, body: ProductChanges, context: Ctx) -> Response:
    """What is absent stays."""
    return _written(await _one(context, place, Action.PATCH, body.document()))


@router.delete(
    _PRODUCT,
    status_code=204,
    summary="Remove a product",
    dependencies=[_Writes],
    responses=documented(*_WRITE),
)
async def delete(place: Named, context: Ctx) -> Response:
    """Removing it again is not an error."""
    await _one(context, place, Action.DELETE, {})
    return Response(status_code=204)


@router.post(
    "/{feed}/batch",
    summary="Up to 1,000 operations",
    response_model=BatchSchema,
    dependencies=[_Writes],
    openapi_extra={"requestBody": _BATCH_BODY},
    responses=documented(*_WRITE, Busy),
)
async def batch(feed: Feed, request: Request, context: Ctx) -> Response:
    """In one transaction, in order; a line that is refused stops no other."""
    lines = [line for line in (await request.body()).split(b"\n") if line.strip()]
    if len(lines) > MAX_OPERATIONS:
        raise TooManyOperations(f"{len(lines)} lines")
    read = [_operation(line) for line in lines]
    good = [operation for operation in read if isinstance(operation, Operation)]
    answers = iter(await _apply(context, feed, good))
    results = [
        entry if isinstance(entry, BatchAnswer) else _answered(next(answers)) for entry in read
    ]
    return JSONResponse(BatchSchema(results=results).document())


def _operation(line: bytes) -> Operation | BatchAnswer:
    """What one line wants, or why it cannot be read."""
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        return BatchAnswer(id="", ok=False, error="the line is not JSON")
    product = told.get("product") if isinstance(told, dict) else None
    if not isinstance(product, dict):
        return BatchAnswer(id="", ok=False, error="the line has no product")
    name = product.get("id")
    is_name = isinstance(name, str | int) and not isinstance(name, bool)
    if not is_name or not is_product_id(str(name)):
        error = f"id takes 1 to {ID_LIMIT} characters, no blanks around them and no control codes"
        return BatchAnswer(id="", ok=False, error=error)
    action = next((action for action in Action if told.get("op") == action), None)
    if action is None:
        return BatchAnswer(id=str(name), ok=False, error="op takes put, patch or delete")
    return Operation(action, str(name), product)


def _answered(answer: Answer) -> BatchAnswer:
    if answer.ok:
        return BatchAnswer(id=answer.id, ok=True)
    return BatchAnswer(id=answer.id, ok=False, error=answer.error)


async def _one(
    context: Context, place: Place, action: Action, document: Mapping[str, Any]
) -> Answer:
    """The outcome of one operation.

    :raises BadProduct: it is refused.
    :raises NotFound: a change of a product that is not there.
    """
    answer = (await _apply(context, place.feed, [Operation(action, place.id, document)]))[0]
    if answer.status is AnswerStatus.REFUSED:
        raise BadProduct(answer.error)
    if answer.status is AnswerStatus.MISSING and action is not Action.DELETE:
        raise NoSuchProduct
    return answer


async def _apply(context: Context, feed: str, operations: list[Operation]) -> list[Answer]:
    services = context.services
    try:
        async with outage_is_not_stored():
            return list(
                await products_api.apply(services.engine, feed, operations, now=services.clock())
            )
    except FeedNameError as error:
        raise BadProduct(str(error)) from None


def _written(answer: Answer) -> Response:
    document = WrittenSchema(id=answer.id, status=answer.status).document()
    created = answer.status is AnswerStatus.CREATED
    return JSONResponse(document, status_code=201 if created else 200)


products_router = APIRouter(tags=["catalogue"])

PRODUCT_ID_LIMIT = 400
"""Characters of a product's id, its feed's name included."""

TOKEN_LIMIT = 1000
"""Characters of a token for a crop."""

_IMAGE_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@products_router.get(
    "/api/products/{image_key}/image",
    summary="A product's picture",
    response_class=Response,
    **reading(JPEG, [NotFound]),
)
async def image(image_key: str, context: Ctx) -> Response:
    """The key changes with the picture, so a copy may be kept for good."""
    if _IMAGE_KEY.fullmatch(image_key) is None:
        raise NotFound
    jpeg = await context.services.transact(lambda s: read_image(s, image_key))
    if jpeg is None:
        raise NotFound
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": FOREVER})


@products_router.get(
    "/api/products/{product_id:path}/similar",
    summary="More like this",
    response_model=SimilarSchema,
    **reading({}, [NotFound]),
)
async def similar(product_id: str, context: Ctx) -> Response:
    """Products of the catalogue that look like one of it, best first; from what is stored of
    them, without a photo."""
    if len(product_id) > PRODUCT_ID_LIMIT or not product_id.isprintable():
        raise NotFound
    found = await context.services.transact(lambda s: similar_products(s, product_id))
    if found is None:
        raise NotFound
    return JSONResponse(SimilarSchema.document_of_results(found))


@products_router.get("/api/outside/{token}", dependencies=[Reading], include_in_schema=False)
async def crop(token: str, context: Ctx) -> Response:
    """The crop that a token is for; external sources get one for a few minutes."""
    if len(token) > TOKEN_LIMIT:
        raise NotFound
    jpeg = await signed_crop(context.services, token)
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})
