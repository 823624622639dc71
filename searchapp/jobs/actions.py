"""What people do to a search after it has started."""

from __future__ import annotations

from collections.abc import Sequence

from searchapp.domain.phone import Phone
from searchapp.domain.search import SearchJob, WantedItem
from searchapp.jobs.services import Services


async def choose(
    services: Services,
    job_id: str,
    wanted: Sequence[WantedItem],
    phone: Phone | None,
    consented: bool,
    lang: str,
    ip: str,
    local: bool,
) -> SearchJob:
    """Puts a job that waits at ``choosing`` into the queue, with the chosen items.

    :raises errors.NotFound: no such job (or Expired, Erased).
    :raises errors.NotAllowedNow: it does not wait for a choice.
    :raises errors.BadItems: an unknown id, or a box outside the picture.
    :raises errors.NotStored: the database could not take it.
    """
    raise NotImplementedError


async def cancel(services: Services, job_id: str) -> SearchJob:
    """Ends a job as cancelled; a job that ended already is returned as it is."""
    raise NotImplementedError


async def erase(services: Services, job_id: str) -> None:
    """Removes everything of a job but the keyed hash of its id.  Erasing twice is no error."""
    raise NotImplementedError


async def erase_phone(services: Services, phone: Phone) -> int:
    """Erases every job that carries ``phone``; says how many."""
    raise NotImplementedError


async def notify(
    services: Services,
    job_id: str,
    phone: Phone | None,
    consented: bool,
    ip: str,
    local: bool,
    idempotency_key: str | None,
) -> SearchJob:
    """Sets or changes the number before the automatic message is claimed; later, sends again."""
    raise NotImplementedError


async def retry(services: Services, job_id: str) -> SearchJob:
    """Puts a failed job back into the queue (for operators)."""
    raise NotImplementedError
