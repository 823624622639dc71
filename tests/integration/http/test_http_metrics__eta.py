"""The time left, learned from searches in the database."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from searchapp.domain.search import Stage, Status
from searchapp.errors import NotStored
from searchapp.http import http_metrics
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.support.jobs import job_of, new_search, sql, worker_context


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> http_metrics._Memory:
    fresh = http_metrics._Memory()
    monkeypatch.setattr(http_metrics, "_memory", fresh)
    return fresh


async def test_learn__what_earlier_searches_took(
    services: Services, memory: http_metrics._Memory
) -> None:
    for _ in range(http_metrics.FEWEST):
        job = await start(services, new_search())
        await worker_context(services).run(job.id)
    await sql(
        services,
        "UPDATE search_jobs SET finished_at = claimed_at + interval '90 seconds',"
        """ stage_times = '{"reading": 0, "regions": 10, "matching": 30, "finishing": 90}'""",
    )
    running = replace(await job_of(services, job.id), status=Status.PROCESSING, stage=Stage.REGIONS)
    guess = http_metrics.left(running)
    await http_metrics.learn(services)
    assert len(memory.searches) == http_metrics.FEWEST
    assert {search.items for search in memory.searches} == {3}
    assert http_metrics.left(running) == (80, 81) != guess


async def test_learn__not_again_at_once(services: Services, memory: http_metrics._Memory) -> None:
    await http_metrics.learn(services)
    job = await start(services, new_search())
    await worker_context(services).run(job.id)
    await http_metrics.learn(services)
    assert len(memory.searches) == 0
    later = replace(
        services, given_clock=lambda: services.clock() + http_metrics.FRESH + timedelta(seconds=1)
    )
    await http_metrics.learn(later)
    assert len(memory.searches) == 1


async def test_learn__an_outage_takes_nothing_away(
    services: Services, memory: http_metrics._Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> None:
        raise NotStored

    known = memory.searches = [http_metrics.StageTimes({}, 1.0, 1.0)]
    monkeypatch.setattr(Services, "transact", away)
    await http_metrics.learn(services)
    assert memory.searches is known
    assert memory.read_at is None
