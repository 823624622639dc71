"""A new search as it comes in: a form with a photo.

The checks happen in this order, each cheaper than the next one, and the first that fails answers:
address's share (429); Content-Length (413); while streaming: size (413), pace (408), form (400);
photo present (400), its kind (415), header and pixels (422); language, phone, consent, items,
filters (400); then the store itself (409, 503).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from math import ceil
from typing import cast

from fastapi import Request
from starlette.requests import ClientDisconnect

from searchapp.api.choices import wanted_boxes
from searchapp.api.context import Context
from searchapp.api.filters import form_filters
from searchapp.api.multipart import Form, read_form
from searchapp.api.phones import consented_phone, country_of
from searchapp.db.repositories.searches import IP_PURPOSE, nth_latest_start
from searchapp.db.transact import transact
from searchapp.errors import BadItems, ConsentRequired, ImageMissing, RequestError, TooManyRequests
from searchapp.http import rates
from searchapp.http.clients import Client
from searchapp.http.language import Lang, preferred
from searchapp.imaging.picture import PictureHeader, inspect
from searchapp.jobs.submit import NewSearch

HOUR = timedelta(hours=1)


async def admit_upload(context: Context, client: Client) -> None:
    """Lets an address upload, or not: counted here and, over all processes, in the database.

    What the database's absence refuses is not counted: a page that goes on trying every few
    seconds for as long as that lasts must still get through afterwards.

    :raises TooManyRequests: it had its share of the last hour.
    :raises NotStored: the database is away, so there is no use in sending the photo.
    """
    services = context.services
    limit = services.settings.uploads_per_ip_hour
    if not limit:
        return
    share = rates.uploads(limit)
    await context.rates.look(share, client.ip)
    now = services.clock()
    hashes = services.secrets.hashes(IP_PURPOSE, client.ip)
    full_since = await transact(
        services.engine, lambda session: nth_latest_start(session, hashes, now - HOUR, limit)
    )
    if full_since is not None:
        wait = ceil((full_since + HOUR - now).total_seconds())
        raise TooManyRequests("uploads", retry_after=max(1, wait))
    await context.rates.hit(share, client.ip)


async def read_new_search(request: Request, client: Client, key: str | None) -> NewSearch:
    """The checked search in a request's form.

    :raises AppError: as this module's head tells.
    """
    form = await read_form(
        request.headers.get("content-type", ""), _chunks(request), file_name="image"
    )
    request.state.lang = _lang(form, request)
    if form.file is None:
        raise ImageMissing
    header = await asyncio.to_thread(inspect, form.file)
    return _checked(form, form.file, header, request.state.lang, client, key)


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


def _checked(
    form: Form, photo: bytes, header: PictureHeader, lang: Lang, client: Client, key: str | None
) -> NewSearch:
    fields = form.fields
    if fields.get("lang", "") not in {"", "ko", "en"}:
        raise RequestError("lang")
    consented = _consent(fields)
    phone = consented_phone(
        fields.get("phoneNumber"), country_of(fields.get("countryCode", "")), consented=consented
    )
    items, choosing = fields.get("items", "").strip(), _flag(fields, "select")
    if items and choosing:
        raise BadItems("items and select exclude one another")
    return NewSearch(
        photo=photo,
        header=header,
        lang=lang,
        wanted=wanted_boxes(items, header.width, header.height) if items else None,
        choosing=choosing,
        phone=phone,
        consented=phone is not None and consented,
        outside_consent=_flag(fields, "outsideConsent"),
        ip=client.ip,
        local=client.local,
        idempotency_key=key,
        filters=form_filters(fields),
    )


async def _chunks(request: Request) -> AsyncIterator[bytes]:
    """The body; a client that leaves in the middle gets an error that nobody will read."""
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise RequestError("the client left") from None


def _lang(form: Form, request: Request) -> Lang:
    asked = form.fields.get("lang", "")
    if asked in {"ko", "en"}:
        return cast("Lang", asked)
    return preferred(request.headers.get("accept-language"))


def _flag(fields: dict[str, str], name: str) -> bool:
    value = fields.get(name, "").strip().lower()
    if value not in {"", "true", "false"}:
        raise RequestError(name)
    return value == "true"


def _consent(fields: dict[str, str]) -> bool:
    """Consent is the word ``true`` and nothing else."""
    try:
        return _flag(fields, "smsConsent")
    except RequestError:
        raise ConsentRequired from None
