"""Products: their pictures, from this server alone so that a page asks no shop for anything, and
products that look like them.
"""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from searchapp.api.context import Ctx, Reading
from searchapp.api.errors import documented
from searchapp.catalogue.matching.candidates import similar_products
from searchapp.db.repositories.products import read_image
from searchapp.db.transact import transact
from searchapp.errors import NotFound, RequestError, TooLarge, TooManyRequests
from searchapp.http.http_errors import Unavailable
from searchapp.http.response_headers import FOREVER
from searchapp.jobs.external import lent_crop
from searchapp.schemas import SimilarSchema

router = APIRouter(tags=["catalogue"])

ID_LIMIT = 400
"""Characters of a product's id, its feed's name included."""

PASS_LIMIT = 1000
"""Characters of a pass for a crop."""

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@router.get(
    "/api/products/{image_key}/image",
    summary="A product's picture",
    response_class=Response,
    dependencies=[Reading],
    responses={
        200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}},
        **documented(RequestError, NotFound, TooLarge, TooManyRequests, Unavailable),
    },
)
async def image(image_key: str, context: Ctx) -> Response:
    """The key changes with the picture, so a copy may be kept for good."""
    if _KEY.fullmatch(image_key) is None:
        raise NotFound
    jpeg = await transact(context.services.engine, lambda s: read_image(s, image_key))
    if jpeg is None:
        raise NotFound
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": FOREVER})


@router.get(
    "/api/products/{product_id:path}/similar",
    summary="More like this",
    response_model=SimilarSchema,
    dependencies=[Reading],
    responses=documented(RequestError, NotFound, TooLarge, TooManyRequests, Unavailable),
)
async def similar(product_id: str, context: Ctx) -> Response:
    """Products of the catalogue that look like one of it, best first; from what is stored of
    them, without a photo."""
    if len(product_id) > ID_LIMIT or not product_id.isprintable():
        raise NotFound
    found = await transact(context.services.engine, lambda s: similar_products(s, product_id))
    if found is None:
        raise NotFound
    return JSONResponse(SimilarSchema.document_of_results(found))


@router.get("/api/outside/{lent}", dependencies=[Reading], include_in_schema=False)
async def crop(lent: str, context: Ctx) -> Response:
    """The crop that a pass is for; external sources get one for a few minutes."""
    if len(lent) > PASS_LIMIT:
        raise NotFound
    jpeg = await lent_crop(context.services, lent)
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})
