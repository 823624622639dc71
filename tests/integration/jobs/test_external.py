"""A search with an outside source: our own results first, then what it adds, or why it does not."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from searchapp.domain.product import Filters
from searchapp.domain.search import ItemStatus, Match, Result, SourceState, SourceStatus, Status
from searchapp.jobs import external
from searchapp.jobs.ports import ExternalQuery, MergedResults, RankedResults
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.vision.features.item_arrays import ItemFeatures
from tests.support.fakes import FakeProductIndex, FakeVision
from tests.support.jobs import job_of, new_search, sql

THEIRS = Result("lens:1", "t", "b", 1.0, "KRW", "https://o.test", "/i", 0.5, "lens")


@dataclass
class FakeElsewhere:
    """Answers with one reason after the other, then well; notes how often it was asked."""

    reasons: Sequence[str | None] = ()
    seconds: float = 0.0
    lasting: frozenset[str] = frozenset({"quota"})
    name: str = "lens"
    progress: list[int] = field(default_factory=list)
    own: list[int] = field(default_factory=list)
    services: Services | None = None

    async def add(
        self,
        wanted: ExternalQuery,
        item: ItemFeatures,  # noqa: ARG002
        own: RankedResults,
    ) -> MergedResults:
        if self.services is not None:
            job = await job_of(self.services, wanted.job_id)
            assert job.sources == (SourceState("lens", SourceStatus.PENDING),)
            assert not job.status.final
            self.own.append(sum(i.status is ItemStatus.DONE for i in job.items))
            self.progress.append(job.progress)
        nth = len(self.progress) - 1
        await asyncio.sleep(self.seconds)
        reason = self.reasons[nth] if nth < len(self.reasons) else None
        if reason is not None:
            return MergedResults(own, reason, reason in self.lasting)
        return MergedResults(RankedResults(Match.SIMILAR, [*own.results, THEIRS]))


async def searched(services: Services, elsewhere: FakeElsewhere) -> str:
    elsewhere.services = services
    job = await start(services, new_search(outside_consent=True))
    await WorkerContext(services, FakeVision(), FakeProductIndex(), elsewhere).run(job.id)
    return job.id


async def test_asking__our_own_are_stored_first(services: Services) -> None:
    elsewhere = FakeElsewhere()
    job = await job_of(services, await searched(services, elsewhere))
    assert job.status is Status.COMPLETED
    assert elsewhere.own == [3, 3, 3]
    assert elsewhere.progress == sorted(elsewhere.progress)
    assert all(THEIRS in item.results and len(item.results) > 1 for item in job.items)
    assert job.sources == (SourceState("lens", SourceStatus.OK),)


@pytest.mark.parametrize(
    ("reasons", "asked", "status"),
    [
        (("quota",), 1, SourceStatus.FAILED),
        ((None, "quota"), 2, SourceStatus.PARTIAL),
        (("away", "away", "away"), 3, SourceStatus.FAILED),
        (("away",), 3, SourceStatus.PARTIAL),
    ],
)
async def test_asking__trouble_is_told_and_a_lasting_one_ends_it(
    services: Services, reasons: Sequence[str | None], asked: int, status: SourceStatus
) -> None:
    elsewhere = FakeElsewhere(reasons)
    job = await job_of(services, await searched(services, elsewhere))
    assert job.status is Status.COMPLETED
    assert len(elsewhere.progress) == asked
    reported = next(reason for reason in reasons if reason)
    assert job.sources == (SourceState("lens", status, reported),)


async def test_asking__bounded_in_time(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(external, "SECONDS", 0.2)
    job = await job_of(services, await searched(services, FakeElsewhere(seconds=60)))
    assert job.status is Status.COMPLETED
    assert all(item.results for item in job.items)
    assert job.sources == (SourceState("lens", SourceStatus.FAILED, "slow"),)


async def test_asking__nothing_twice_after_a_worker_died(services: Services) -> None:
    class Dying(FakeElsewhere):
        async def add(
            self, wanted: ExternalQuery, item: ItemFeatures, own: RankedResults
        ) -> MergedResults:
            await super().add(wanted, item, own)
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError):
        await searched(services, Dying())
    [(job_id,)] = await sql(services, "SELECT job_id FROM search_jobs")
    elsewhere = FakeElsewhere()
    await WorkerContext(services, FakeVision(), FakeProductIndex(), elsewhere).run(job_id)
    job = await job_of(services, job_id)
    assert (job.status, elsewhere.progress) == (Status.COMPLETED, [])
    assert job.sources == (SourceState("lens", SourceStatus.FAILED, "away"),)


async def test_asking__not_without_consent_nor_where_it_is_off(services: Services) -> None:
    elsewhere = FakeElsewhere()
    for consent, source in ((False, elsewhere), (True, None)):
        job = await start(services, new_search(outside_consent=consent))
        await WorkerContext(services, FakeVision(), FakeProductIndex(), source).run(job.id)
        assert (await job_of(services, job.id)).sources == ()
    assert elsewhere.progress == []


async def test_ask__not_for_a_search_with_filters(services: Services) -> None:
    elsewhere = FakeElsewhere()
    filters = Filters(in_stock=True)
    job = await start(services, new_search(filters=filters, outside_consent=True))
    await WorkerContext(services, FakeVision(), FakeProductIndex(), elsewhere).run(job.id)
    done = await job_of(services, job.id)
    assert (done.status, done.sources, elsewhere.progress) == (Status.COMPLETED, (), [])
