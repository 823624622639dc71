"""Pictures of products, from this server alone: a page asks no shop for anything."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.responses import Response

from searchapp.errors import NotFound, RequestError, TooLarge, TooManyRequests
from searchapp.jobs.outage import promptly
from searchapp.storage.products import read_image
from searchapp.web.api.context import Ctx, Reading
from searchapp.web.api.errors import documented
from searchapp.web.asgi.protection import FOREVER
from searchapp.web.refusals import Unavailable

router = APIRouter(prefix="/api/products", tags=["catalogue"])

_KEY = re.compile(r"[A-Za-z0-9_-]{1,64}")


@router.get(
    "/{image_key}/image",
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
    jpeg = await promptly(context.services.engine, lambda s: read_image(s, image_key))
    if jpeg is None:
        raise NotFound
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": FOREVER})
