"""The live jobs of this process: memory first, the database behind it, never back in time."""

from __future__ import annotations

from collections.abc import AsyncIterator

from searchapp.domain.search import SearchJob
from searchapp.jobs.services import Services


class Board:
    """Hands out jobs at their newest version and wakes those who watch them."""

    def __init__(self, services: Services, listen_dsn: str | None = None) -> None:
        self._services = services
        self._listen_dsn = listen_dsn or services.direct_dsn

    async def run(self) -> None:
        """Listens and polls until cancelled; start one in the web process's lifespan."""
        raise NotImplementedError

    async def get(self, job_id: str) -> SearchJob:
        """The job, at least as new as anything this process has shown of it.

        :raises errors.NotFound: there is no such job (Expired, Erased when it is known why).
        :raises errors.NotStored: the database is away and memory has no copy.
        """
        raise NotImplementedError

    async def watch(self, job_id: str) -> AsyncIterator[SearchJob]:
        """The job now, then each newer version; ends after a final one.

        :raises errors.NotFound: as :meth:`get`, also later when it is erased meanwhile.
        """
        raise NotImplementedError
        yield
