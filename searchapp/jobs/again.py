"""Another search of a photo that is stored already, in other places of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.domain.search import SearchJob, WantedItem
from searchapp.errors import NotAllowedNow
from searchapp.jobs.gone import known_job
from searchapp.jobs.outage import promptly
from searchapp.jobs.services import Services
from searchapp.jobs.start import NewSearch, start
from searchapp.storage import photos
from searchapp.vision.picture import inspect


async def search_again(
    services: Services,
    job_id: str,
    wanted: Sequence[WantedItem],
    ip: str,
    local: bool,
    idempotency_key: str | None,
) -> SearchJob:
    """Starts a new search of the job's upright photo, with boxes of the person's own.

    The new job has a link and a life of its own, the language of the first one, and neither its
    number nor its consent to outside sources.

    :raises errors.NotFound: no such job (or Expired, Erased).
    :raises errors.NotAllowedNow: its upright photo is not made yet.
    :raises errors.BadItems: no box, too many, or one outside the picture.
    :raises errors.Conflict: the key was used with another request.
    :raises errors.NotStored: the database could not take it.
    """

    async def read(session: AsyncSession) -> tuple[str, bytes | None]:
        job = await known_job(session, services.secrets, job_id)
        return job.lang, await photos.read_upright(session, job_id)

    lang, jpeg = await promptly(services.engine, read)
    if jpeg is None:
        raise NotAllowedNow("no upright photo")
    new = NewSearch(
        photo=jpeg,
        header=await asyncio.to_thread(inspect, jpeg),
        lang=lang,
        wanted=wanted,
        choosing=False,
        phone=None,
        consented=False,
        outside_consent=False,
        ip=ip,
        local=local,
        idempotency_key=idempotency_key,
    )
    return await start(services, new)
