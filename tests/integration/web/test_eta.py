"""The time left, learned from searches in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.secrets import Secrets
from searchapp.domain.search import Stage, Status
from searchapp.errors import NotStored
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.web import eta
from tests.support.jobs import job_of, new_search, services_on, sql, worker_context


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> eta._Memory:
    fresh = eta._Memory()
    monkeypatch.setattr(eta, "_memory", fresh)
    return fresh


@pytest.fixture
def services(database: str, engine: AsyncEngine, secrets_: Secrets) -> Services:
    return services_on(database, engine, secrets_)


async def test_learn__what_earlier_searches_took(services: Services, memory: eta._Memory) -> None:
    for _ in range(eta.FEWEST):
        job = await start(services, new_search())
        await worker_context(services).run(job.id)
    await sql(
        services,
        "UPDATE search_jobs SET finished_at = claimed_at + interval '90 seconds',"
        """ stage_times = '{"reading": 0, "regions": 10, "matching": 30, "finishing": 90}'""",
    )
    running = replace(await job_of(services, job.id), status=Status.PROCESSING, stage=Stage.REGIONS)
    guess = eta.left(running)
    await eta.learn(services)
    assert len(memory.searches) == eta.FEWEST
    assert {search.items for search in memory.searches} == {3}
    assert eta.left(running) == (80, 81) != guess


async def test_learn__not_again_at_once(services: Services, memory: eta._Memory) -> None:
    await eta.learn(services)
    job = await start(services, new_search())
    await worker_context(services).run(job.id)
    await eta.learn(services)
    assert len(memory.searches) == 0
    later = replace(
        services, given_clock=lambda: services.clock() + eta.FRESH + timedelta(seconds=1)
    )
    await eta.learn(later)
    assert len(memory.searches) == 1


async def test_learn__an_outage_takes_nothing_away(
    services: Services, memory: eta._Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise NotStored

    known = memory.searches = [eta.StageTimes({}, 1.0, 1.0)]
    monkeypatch.setattr(eta, "transact", away)
    await eta.learn(services)
    assert memory.searches is known
    assert memory.read_at is None
