"""Pictures of products, from this server alone: a page asks no shop for anything."""

from __future__ import annotations

import re

from fastapi import APIRouter
from starlette.responses import Response

from searchapp.api.context import Ctx, Reading
from searchapp.api.errors import documented
from searchapp.db.repositories.products import read_image
from searchapp.db.transact import transact
from searchapp.errors import NotFound, RequestError, TooLarge, TooManyRequests
from searchapp.http.http_errors import Unavailable
from searchapp.web.middleware.security_headers import FOREVER

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
    jpeg = await transact(context.services.engine, lambda s: read_image(s, image_key))
    if jpeg is None:
        raise NotFound
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": FOREVER})
