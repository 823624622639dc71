"""Takes a search and what it asks for: when :func:`start` returns, it is stored, whatever breaks
next.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import photos, searches
from searchapp.db.repositories.idempotency import KeyedRequest, key_hashes
from searchapp.db.repositories.searches import IP_PURPOSE
from searchapp.db.tables.searches import SearchJobRow, filters_json, items_json
from searchapp.db.transact import RETRY_AFTER
from searchapp.domain.hosts import Client
from searchapp.domain.ids import new_id
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.search import Box, Item, ItemStatus, SearchJob, Stage, Status, WantedItem
from searchapp.domain.taxonomy import LABELS
from searchapp.errors import BadItems, NotAllowedNow, NotStored
from searchapp.imaging.decoding import PictureHeader
from searchapp.imaging.headers import PictureKind
from searchapp.jobs.access import locked_job
from searchapp.jobs.queue import enqueue_new
from searchapp.jobs.services import Services, in_transaction
from searchapp.jobs.sms_contact import ContactRequest, contact_columns

MAX_ITEMS = 12
"""Items of one search at the most: no photo that can be searched shows more."""

SMALLEST_SIDE = 4
"""Pixels: a box of less shows nothing."""

UNNAMED = "whole"
"""The label of a box that the person gave no label."""


def new_items(wanted: Sequence[WantedItem], *, width: int, height: int) -> tuple[Item, ...]:
    """Items for boxes of the person's own, on a picture of ``width`` x ``height`` pixels.

    :raises BadItems: none, too many, one without a box, outside the picture, unknown label.
    """
    _check_count(wanted)
    return tuple(_drawn(f"i{n}", choice, width, height) for n, choice in enumerate(wanted, 1))


def chosen_items(
    suggested: Sequence[Item], wanted: Sequence[WantedItem], *, width: int, height: int
) -> tuple[Item, ...]:
    """What the person chose of ``suggested``, and what they drew besides, in their order.

    :raises BadItems: as :func:`new_items`, and for an id that was not suggested or named twice.
    """
    _check_count(wanted)
    known = {item.id: item for item in suggested}
    chosen = [
        _taken(known, choice) if choice.id is not None else _drawn(f"d{n}", choice, width, height)
        for n, choice in enumerate(wanted, 1)
    ]
    if len({item.id for item in chosen}) < len(chosen):
        raise BadItems("named twice")
    return tuple(chosen)


def _check_count(wanted: Sequence[WantedItem]) -> None:
    if not 1 <= len(wanted) <= MAX_ITEMS:
        raise BadItems(f"{len(wanted)} items")


def _taken(known: dict[str, Item], choice: WantedItem) -> Item:
    item = known.get(choice.id or "")
    if item is None:
        raise BadItems("unknown id")
    return replace(item, status=ItemStatus.PENDING)


def _drawn(item_id: str, choice: WantedItem, width: int, height: int) -> Item:
    if choice.box is None:
        raise BadItems("no box")
    if choice.label is not None and choice.label not in LABELS:
        raise BadItems("unknown label")
    return Item(
        id=item_id,
        label=choice.label or UNNAMED,
        box=_inside(choice.box, width, height),
        status=ItemStatus.PENDING,
    )


def _inside(box: Box, width: int, height: int) -> Box:
    clipped = box.clipped(width, height)
    if clipped is None or min(clipped.width, clipped.height) < SMALLEST_SIDE:
        raise BadItems("outside the picture")
    return clipped


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSearch(ContactRequest):
    """A checked request for a search.

    ``wanted`` None means every suggested region; ``choosing`` stops at the regions so that the
    person picks.
    """

    photo: bytes
    header: PictureHeader
    lang: str
    wanted: Sequence[WantedItem] | None = None
    choosing: bool = False
    outside_consent: bool = False
    idempotency_key: str | None = None
    filters: Filters = NO_FILTERS


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatedSearch:
    """A request to search a job's photo again, with boxes and filters of the person's own.

    ``outside_consent`` is one that was given anew: the first search's does not count.
    """

    wanted: Sequence[WantedItem]
    client: Client
    idempotency_key: str | None = None
    filters: Filters = NO_FILTERS
    outside_consent: bool = False


_PURPOSE = "start"
"""The kind of request, for the keyed hashes of idempotency keys."""


async def start(services: Services, new: NewSearch) -> SearchJob:
    """Stores job, photo and queue entry in one transaction.

    The same idempotency key with the same request returns the first job.

    :raises errors.Conflict: the key was used with another request.
    :raises errors.ConsentRequired: a number came without consent.
    :raises errors.BadItems: a wanted box lies outside the picture.
    :raises errors.NotStored: the database could not take it; nothing is kept.
    """
    new.check_consent()
    items, keyed = _items(new), _keyed(services, new)
    return await services.transact(lambda session: _store(session, services, new, items, keyed))


async def store(session: AsyncSession, services: Services, new: NewSearch) -> SearchJob:
    """As :func:`start`, within the caller's transaction: nothing is stored before it commits."""
    new.check_consent()
    return await _store(session, services, new, _items(new), _keyed(services, new))


async def was_stored(services: Services, idempotency_key: str) -> bool:
    """Whether a search was stored with this key.

    :raises errors.NotStored: the database is unavailable.
    """
    hashes = key_hashes(services.secrets, _PURPOSE, idempotency_key)
    return await services.transact(lambda s: searches.find_keyed(s, hashes)) is not None


async def _store(
    session: AsyncSession,
    services: Services,
    new: NewSearch,
    items: Sequence[Item],
    keyed: KeyedRequest,
) -> SearchJob:
    now = services.clock()
    job_id = new_id()
    job = None
    if not await _has_older_key(session, keyed):
        columns = {"job_id": job_id, **_columns(services, new, items, keyed, now)}
        job = await searches.insert(session, columns)
    if job is None:
        return await _first(session, keyed)
    if new.phone is not None:
        # Only now: a request that comes again is not counted again.
        contact = await contact_columns(session, services, new, lang=new.lang, now=now)
        job = await searches.amend(session, job_id, **contact)
    await photos.store_original(session, job_id, new.photo)
    await enqueue_new(session, job_id)
    return job


async def _has_older_key(session: AsyncSession, keyed: KeyedRequest) -> bool:
    """Whether the request was taken while another secret key was the newest: then the unique
    index does not see it."""
    older = keyed.keys[1:]
    return bool(older) and await searches.find_keyed(session, older) is not None


def _columns(
    services: Services,
    new: NewSearch,
    items: Sequence[Item],
    keyed: KeyedRequest,
    now: datetime,
) -> dict[str, Any]:
    return {
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
        "ip_hash": services.secrets.hash(IP_PURPOSE, new.client.ip),
        "idempotency_hash": keyed.keys[0] if keyed.keys else None,
        "request_digest": keyed.digests[0],
        "created_at": now,
        "updated_at": now,
        "expires_at": services.expiry(now),
    }


async def _first(session: AsyncSession, keyed: KeyedRequest) -> SearchJob:
    """The job that was made with this key before."""
    found = await searches.find_keyed(session, keyed.keys)
    job = None
    if found is not None:
        keyed.check(found.digest)
        job = await searches.read_job(session, found.job_id)
    if job is None:
        # It was erased between two of our statements.
        raise NotStored("the first request was erased", retry_after=RETRY_AFTER)
    return job


def _items(new: NewSearch) -> tuple[Item, ...]:
    if new.wanted is None:
        return ()
    return new_items(new.wanted, width=new.header.width, height=new.header.height)


def _keyed(services: Services, new: NewSearch) -> KeyedRequest:
    key, content = new.idempotency_key, _digest(new)
    return KeyedRequest.of(services.secrets, _PURPOSE, key=key, content=content)


def _digest(new: NewSearch) -> str:
    """What makes two requests the same: picture and fields, not where they come from."""
    fields: list[Any] = [
        new.lang,
        None if new.wanted is None else [_choice_json(choice) for choice in new.wanted],
        new.choosing,
        new.phone.e164 if new.phone else None,
        new.consented,
        new.outside_consent,
        filters_json(new.filters),
    ]
    digest = hashlib.sha256(new.photo)
    digest.update(json.dumps(fields, sort_keys=True).encode())
    return digest.hexdigest()


def _choice_json(choice: WantedItem) -> list[Any]:
    return [choice.id, choice.box.as_list() if choice.box else None, choice.label]


@in_transaction
async def search_again(
    session: AsyncSession, services: Services, job_id: str, request: RepeatedSearch
) -> SearchJob:
    """Starts a new search of the job's upright photo.

    The new job has a link and a life of its own, the language of the first one, and neither its
    filters, its number nor its consent to external sources.  Only the keyed hash of the number goes
    with the photo, so that whoever erases all of a person's searches finds this one too.

    :raises errors.NotFound: no such job (or Expired, Erased).
    :raises errors.NotAllowedNow: its upright photo is not made yet.
    :raises errors.BadItems: no box, too many, or one outside the picture.
    :raises errors.Conflict: the key was used with another request.
    :raises errors.NotStored: the database could not take it.
    """
    # Held until the copy is committed: what is erased meanwhile is erased after it or before.
    row = await locked_job(session, services, job_id, searches.hold_job)
    jpeg = await photos.read_upright(session, job_id)
    if jpeg is None:
        raise NotAllowedNow("no upright photo")
    job = await store(session, services, _of_stored_photo(row, jpeg, request))
    await searches.set_phone_hash(session, job.id, row.phone_hash, row.phone_key)
    return job


def _of_stored_photo(row: SearchJobRow, jpeg: bytes, request: RepeatedSearch) -> NewSearch:
    return NewSearch(
        photo=jpeg,
        header=PictureHeader(PictureKind.JPEG, row.photo_width or 0, row.photo_height or 0),
        lang=row.lang,
        wanted=request.wanted,
        outside_consent=request.outside_consent,
        client=request.client,
        idempotency_key=request.idempotency_key,
        filters=request.filters,
    )
