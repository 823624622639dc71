"""A worker process: takes jobs from the queue, sweeps, sends messages, and cleans up."""

from __future__ import annotations

import asyncio

from searchapp.jobs.services import Services


async def run_worker(services: Services, stop: asyncio.Event) -> None:
    """Works until ``stop`` is set, then hands its jobs back and returns within 15 s."""
    raise NotImplementedError
