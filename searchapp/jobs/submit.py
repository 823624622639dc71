"""Takes a search: when :func:`start` returns, it is stored, whatever breaks next."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import photos, searches
from searchapp.db.repositories.search_json import filters_json, items_json
from searchapp.db.repositories.searches import IP_PURPOSE
from searchapp.db.tables.searches import SearchJobRow
from searchapp.db.transact import RETRY_AFTER, transact
from searchapp.domain.ids import new_id
from searchapp.domain.phone import Phone
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.search import Item, SearchJob, Stage, Status, WantedItem
from searchapp.errors import Conflict, NotAllowedNow, NotStored
from searchapp.imaging.picture import PictureHeader, PictureKind
from searchapp.jobs.access import locked_job
from searchapp.jobs.item_selection import new_items
from searchapp.jobs.queue import enqueue_new
from searchapp.jobs.services import Services
from searchapp.jobs.sms_contact import check_consent, contact_columns


@dataclass(frozen=True)
class NewSearch:
    """A checked request for a search.

    ``wanted`` None means every suggested region; ``choosing`` stops at the regions so that the
    person picks.  ``local`` says that the request came to a localhost name without forwarded
    headers.  ``ip`` serves only the caps, as a keyed hash.
    """

    photo: bytes
    header: PictureHeader
    lang: str
    wanted: Sequence[WantedItem] | None
    choosing: bool
    phone: Phone | None
    consented: bool
    outside_consent: bool
    ip: str
    local: bool
    idempotency_key: str | None
    filters: Filters = NO_FILTERS


_KEYS, _REQUESTS = "start-key", "start-request"
"""What the keyed hashes of idempotency keys and of requests are for."""


async def start(services: Services, new: NewSearch) -> SearchJob:
    """Stores job, photo and queue entry in one transaction.

    The same idempotency key with the same request returns the first job.

    :raises errors.Conflict: the key was used with another request.
    :raises errors.ConsentRequired: a number came without consent.
    :raises errors.BadItems: a wanted box lies outside the picture.
    :raises errors.NotStored: the database could not take it; nothing is kept.
    """
    check_consent(new.phone, new.consented)
    items, digest = _items(new), _digest(new)
    return await transact(
        services.engine, lambda session: _store(session, services, new, items, digest)
    )


async def store(session: AsyncSession, services: Services, new: NewSearch) -> SearchJob:
    """As :func:`start`, within the caller's transaction: nothing is stored before it commits."""
    check_consent(new.phone, new.consented)
    return await _store(session, services, new, _items(new), _digest(new))


async def was_stored(services: Services, idempotency_key: str) -> bool:
    """Whether a search was stored with this key.

    :raises errors.NotStored: the database is away.
    """
    hashes = services.secrets.hashes(_KEYS, idempotency_key)
    return await transact(services.engine, lambda s: searches.earlier(s, hashes)) is not None


async def _store(
    session: AsyncSession,
    services: Services,
    new: NewSearch,
    items: Sequence[Item],
    digest: str,
) -> SearchJob:
    now = services.clock()
    job_id = new_id()
    job = None
    if not await _before_a_new_key(session, services, new):
        columns = _columns(services, new, items, digest, job_id, now)
        job = await searches.insert(session, columns)
    if job is None:
        return await _first(session, services, new, digest)
    if new.phone is not None:
        # Only now: a request that comes again is not counted again.
        contact = await contact_columns(
            session, services, new.phone, new.lang, new.ip, new.local, now
        )
        job = await searches.amend(session, job_id, **contact)
    await photos.store_original(session, job_id, new.photo)
    await enqueue_new(session, job_id)
    return job


async def _before_a_new_key(session: AsyncSession, services: Services, new: NewSearch) -> bool:
    """Whether the request was taken while another secret key was the newest: then the unique
    index does not see it."""
    older = services.secrets.hashes(_KEYS, new.idempotency_key or "")[1:]
    if not new.idempotency_key or not older:
        return False
    return await searches.earlier(session, older) is not None


def _columns(
    services: Services,
    new: NewSearch,
    items: Sequence[Item],
    digest: str,
    job_id: str,
    now: datetime,
) -> dict[str, Any]:
    key = new.idempotency_key
    return {
        "job_id": job_id,
        "version": 1,
        "status": Status.PENDING.value,
        "stage": Stage.QUEUED.value,
        "progress": 0,
        "results": items_json(items),
        "attempt": 0,
        "lang": new.lang,
        "choosing": new.choosing and new.wanted is None,
        "outside_consent": new.outside_consent,
        "filters": filters_json(new.filters),
        "sms_expected": False,
        "stage_times": {},
        "ip_hash": services.secrets.hash(IP_PURPOSE, new.ip),
        "idempotency_hash": services.secrets.hash(_KEYS, key) if key else None,
        "request_digest": services.secrets.hash(_REQUESTS, digest),
        "created_at": now,
        "updated_at": now,
        "expires_at": now + timedelta(days=services.settings.retention_days),
    }


async def _first(
    session: AsyncSession, services: Services, new: NewSearch, digest: str
) -> SearchJob:
    """The job that was made with this key before."""
    hashes = services.secrets.hashes(_KEYS, new.idempotency_key or "")
    found = await searches.earlier(session, hashes)
    if found is None:
        # It was erased between our two statements.
        raise NotStored("the first request is gone", retry_after=RETRY_AFTER)
    if found.digest not in services.secrets.hashes(_REQUESTS, digest):
        raise Conflict
    job = await searches.read_job(session, found.job_id)
    if job is None:
        raise NotStored("the first request is gone", retry_after=RETRY_AFTER)
    return job


def _items(new: NewSearch) -> tuple[Item, ...]:
    if new.wanted is None:
        return ()
    return new_items(new.wanted, new.header.width, new.header.height)


def _digest(new: NewSearch) -> str:
    """What makes two requests the same: picture and fields, not where they come from."""
    fields: list[Any] = [
        new.lang,
        None if new.wanted is None else [_wish(wish) for wish in new.wanted],
        new.choosing,
        new.phone.e164 if new.phone else None,
        new.consented,
        new.outside_consent,
    ]
    narrowed = filters_json(new.filters)
    if narrowed is not None:
        # Only then: without filters the digest is what an older version made of the request.
        fields.append(sorted(narrowed.items()))
    digest = hashlib.sha256(new.photo)
    digest.update(json.dumps(fields).encode())
    return digest.hexdigest()


def _wish(wish: WantedItem) -> list[Any]:
    return [wish.id, wish.box.as_list() if wish.box else None, wish.label]


async def search_again(
    services: Services,
    job_id: str,
    wanted: Sequence[WantedItem],
    ip: str,
    local: bool,
    idempotency_key: str | None,
    filters: Filters = NO_FILTERS,
    outside_consent: bool = False,
) -> SearchJob:
    """Starts a new search of the job's upright photo, with boxes and filters of the person's own.

    The new job has a link and a life of its own, the language of the first one, and neither its
    filters, its number nor its consent to outside sources: ``outside_consent`` is one that was
    given anew.  Only the keyed hash of the number goes with the photo, so that whoever erases all
    of a person's searches finds this one too.

    :raises errors.NotFound: no such job (or Expired, Erased).
    :raises errors.NotAllowedNow: its upright photo is not made yet.
    :raises errors.BadItems: no box, too many, or one outside the picture.
    :raises errors.Conflict: the key was used with another request.
    :raises errors.NotStored: the database could not take it.
    """

    async def work(session: AsyncSession) -> SearchJob:
        # Held until the copy is committed: what is erased meanwhile is erased after it or before.
        row = await locked_job(session, services, job_id, searches.hold_job)
        jpeg = await photos.read_upright(session, job_id)
        if jpeg is None:
            raise NotAllowedNow("no upright photo")
        new = _request(row, jpeg, wanted, ip, local, idempotency_key, filters, outside_consent)
        job = await store(session, services, new)
        await searches.belong(session, job.id, row.phone_hash, row.phone_key)
        return job

    return await transact(services.engine, work)


def _request(
    row: SearchJobRow,
    jpeg: bytes,
    wanted: Sequence[WantedItem],
    ip: str,
    local: bool,
    idempotency_key: str | None,
    filters: Filters,
    outside_consent: bool,
) -> NewSearch:
    return NewSearch(
        photo=jpeg,
        header=PictureHeader(PictureKind.JPEG, row.photo_width or 0, row.photo_height or 0),
        lang=row.lang,
        wanted=wanted,
        choosing=False,
        phone=None,
        consented=False,
        outside_consent=outside_consent,
        ip=ip,
        local=local,
        idempotency_key=idempotency_key,
        filters=filters,
    )
