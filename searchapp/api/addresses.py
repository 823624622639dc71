"""The photo at an address that a person pastes, drops or shares: fetched for their page, which
sends it on as any other photo.  Nothing of it is stored, and the address is not logged.
"""

from __future__ import annotations

import re
from html import unescape
from typing import Annotated
from urllib.parse import urljoin

from fastapi import APIRouter
from pydantic import Field, StrictStr
from starlette.responses import Response

from searchapp.api.context import Acting, Context, Ctx, OwnOrigin, Who
from searchapp.api.errors import PICTURE_ERRORS, documented
from searchapp.catalogue.ingest.fetching import (
    FILE_LIMIT,
    PictureSource,
    PictureTooLarge,
    PictureUnavailable,
    SafeClient,
)
from searchapp.errors import (
    TooLarge,
    UnsupportedPicture,
)
from searchapp.http.clients import ADDRESSES
from searchapp.http.http_errors import Busy, NoPictureThere, NotFetched
from searchapp.imaging.picture import inspect
from searchapp.schemas import Schema

router = APIRouter(prefix="/api", tags=["search"])

SECONDS = 6.0
"""For one answer of the other server."""

_META = re.compile(rb"<meta\b[^>]{1,3000}>", re.IGNORECASE)
_NAMED = re.compile(
    rb"""\b(?:property|name)\s*=\s*["']?(?:og|twitter):image["'\s/>]""", re.IGNORECASE
)
_CONTENT = re.compile(rb"""\bcontent\s*=\s*(?:"([^"]+)"|'([^']+)')""", re.IGNORECASE)


class AddressSchema(Schema):
    """A picture's address, or that of a page that names one."""

    address: Annotated[StrictStr, Field(max_length=4000, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://\S+$")]


@router.post(
    "/picture",
    summary="The photo at an address",
    response_class=Response,
    dependencies=[Acting, OwnOrigin],
    responses={
        200: {
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            }
        },
        **documented(*PICTURE_ERRORS, NotFetched),
    },
)
async def fetch_picture(body: AddressSchema, context: Ctx, client: Who) -> Response:
    """The bytes of the picture there, or of the one that the page there names as its own
    (``og:image``), up to 15 MiB, from the public internet alone."""
    if not client.local:
        await context.rates.hit(ADDRESSES, client.ip)
    if context.fetching.locked():
        raise Busy
    async with context.fetching:
        data = await _picture_at(context, body.address)
    return Response(
        data, media_type="application/octet-stream", headers={"cache-control": "no-store"}
    )


async def _picture_at(context: Context, address: str) -> bytes:
    """:raises AppError: there is no picture that we take, or it cannot be had."""
    trusted = context.services.settings.picture_hosts
    client = SafeClient(trusted=trusted, connections=1)
    async with PictureSource([], client, seconds=SECONDS, limit=FILE_LIMIT) as source:
        data = await _fetched(source, address)
        named = named_picture(data, address)
        if named is not None:
            data = await _fetched(source, named)
    try:
        inspect(data)
    except UnsupportedPicture:
        raise NoPictureThere from None
    return data


async def _fetched(source: PictureSource, address: str) -> bytes:
    try:
        fetched = await source.fetch(address)
    except PictureTooLarge:
        raise TooLarge from None
    except PictureUnavailable as reason:
        raise NotFetched(str(reason)) from None
    if fetched is None:
        raise NotFetched
    return fetched.data


def named_picture(page: bytes, address: str) -> str | None:
    """The address of the picture that a page shows of itself elsewhere (https://ogp.me); None if
    ``page`` is no page, or names none.

    :param address: of the page.
    """
    if b"<" not in page[:1000]:
        return None
    for tag in _META.findall(page):
        content = _CONTENT.search(tag)
        if content and _NAMED.search(tag):
            found = urljoin(address, unescape((content[1] or content[2]).decode(errors="replace")))
            return found if found.lower().startswith(("http:", "https:")) else None
    return None
