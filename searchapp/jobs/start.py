"""Takes a search: when :func:`start` returns, it is stored, whatever breaks next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from searchapp.domain.phone import Phone
from searchapp.domain.search import SearchJob, WantedItem
from searchapp.jobs.services import Services
from searchapp.vision.picture import PictureHeader


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


async def start(services: Services, new: NewSearch) -> SearchJob:
    """Stores job, photo and queue entry in one transaction.

    The same idempotency key with the same request returns the first job.

    :raises errors.Conflict: the key was used with another request.
    :raises errors.ConsentRequired: a number came without consent.
    :raises errors.BadItems: a wanted box lies outside the picture.
    :raises errors.NotStored: the database could not take it; nothing is kept.
    """
    raise NotImplementedError
