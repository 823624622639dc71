"""Another search of a photo that is stored already, in other places of it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import photos, searches
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.search import SearchJob, WantedItem
from searchapp.errors import NotAllowedNow
from searchapp.imaging.picture import PictureHeader, PictureKind
from searchapp.jobs.availability import transact
from searchapp.jobs.services import Services
from searchapp.jobs.submit import NewSearch, store
from searchapp.jobs.tombstones import locked_job


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
