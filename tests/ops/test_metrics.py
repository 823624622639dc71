"""Every metric is documented, and says what happened."""

from __future__ import annotations

import re
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.api.health import exposition
from searchapp.db.secrets import Secrets
from searchapp.http.http_metrics import HttpMetrics
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.support.fakes import UNREADABLE
from tests.support.jobs import ended, new_search, services_on, worker_context, working

DOCUMENT = Path(__file__).parents[2] / "docs" / "operators" / "metrics.md"

Sample = tuple[str, frozenset[tuple[str, str]]]


async def _read(services: Services) -> dict[Sample, float]:
    text = (await exposition(services, HttpMetrics())).decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def _one(name: str, **labels: str) -> Sample:
    return name, frozenset(labels.items())


async def test_metrics__tell_what_happened(
    database: str, engine: AsyncEngine, secrets_: Secrets
) -> None:
    services = services_on(database, engine, secrets_)
    jobs = [await start(services, new_search(photo=photo)) for photo in (b"ok", UNREADABLE)]
    before = await _read(services)
    assert before[_one("searchapp_jobs", state="waiting")] == 2
    assert before[_one("searchapp_workers_alive")] == 0
    async with working(worker_context(services)):
        for job in jobs:
            await ended(services, job.id)
    after = await _read(services)
    assert after[_one("searchapp_jobs", state="waiting")] == 0
    assert after[_one("searchapp_searches", status="completed")] == 1
    assert after[_one("searchapp_finished_15m", status="failed")] == 1
    assert after[_one("searchapp_stage_seconds", stage="total", quantile="0.95")] > 0
    assert after[_one("searchapp_sms_stopped")] == 0
    assert after[_one("searchapp_database_up")] == 1


async def test_metrics__are_all_documented(
    database: str, engine: AsyncEngine, secrets_: Secrets
) -> None:
    services = services_on(database, engine, secrets_)
    text = (await exposition(services, HttpMetrics())).decode()
    document = DOCUMENT.read_text()
    for name in re.findall(r"^# TYPE (\w+)", text, re.MULTILINE):
        if not name.endswith("_created"):  # The client library's own.
            assert f"`{name}`" in document, name


async def test_alerts__name_metrics_that_there_are(
    database: str, engine: AsyncEngine, secrets_: Secrets
) -> None:
    services = services_on(database, engine, secrets_)
    text = (await exposition(services, HttpMetrics())).decode()
    there = set(re.findall(r"^# TYPE (\w+)", text, re.MULTILINE))
    named = set(re.findall(r"searchapp_\w+", DOCUMENT.with_name("alerts.md").read_text()))
    assert named
    assert {name.removesuffix("_bucket") for name in named} <= there
