"""A search from its claim to its end."""

from __future__ import annotations

from decimal import Decimal
from uuid import uuid4

import pytest
from structlog.testing import capture_logs

from searchapp.db.engine import transaction
from searchapp.db.repositories import claims
from searchapp.domain.product import Filters
from searchapp.domain.search import Box, ItemStatus, Match, Stage, Status, WantedItem
from searchapp.domain.state_machine import MAX_ATTEMPTS
from searchapp.errors import DecoderUnavailable, LostClaim
from searchapp.imaging.picture import UprightImage, UprightPicture
from searchapp.jobs.actions import cancel, choose, erase
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services, utc_now
from searchapp.jobs.submit import start
from tests.support.fakes import UPRIGHT, FakeProductIndex, FakeVision
from tests.support.jobs import PHOTO, choice_of, count, job_of, new_search, sql, worker_context


async def test_run__completes_with_results(services: Services) -> None:
    job = await start(services, new_search())
    await worker_context(services).run(job.id)
    done = await job_of(services, job.id)
    assert (done.status, done.stage, done.progress) == (Status.COMPLETED, Stage.DONE, 100)
    assert [i.label for i in done.items] == ["top", "bottom", "shoes"]
    assert all(i.status is ItemStatus.DONE and len(i.results) == 12 for i in done.items)
    assert done.items[0].match is Match.SIMILAR
    assert (done.photo_width, done.photo_height) == (600, 800)
    assert done.attempt == 1


async def test_run__what_came_in_is_replaced(services: Services) -> None:
    job = await start(services, new_search())
    await worker_context(services).run(job.id)
    [row] = await sql(services, "SELECT original, upright FROM photos")
    assert tuple(row) == (None, UPRIGHT + PHOTO)


async def test_run__broken_picture_fails_and_says_so(services: Services) -> None:
    job = await start(services, new_search(photo=b"unreadable"))
    await worker_context(services).run(job.id)
    failed = await job_of(services, job.id)
    assert (failed.status, failed.error_code) == (Status.FAILED, "unreadable_picture")


class SightWithoutDecoder(FakeVision):
    """A machine on which no decoding process can start."""

    async def upright(self, data: bytes) -> UprightPicture:  # noqa: ARG002
        raise DecoderUnavailable("Cannot allocate memory")


async def test_run__decoder_that_can_not_start_fails_no_job(services: Services) -> None:
    job = await start(services, new_search())
    with pytest.raises(DecoderUnavailable), capture_logs() as logs:
        await WorkerContext(services, SightWithoutDecoder(), FakeProductIndex()).run(job.id)
    assert [line["event"] for line in logs][-1] == "attempt failed"
    assert not (await job_of(services, job.id)).status.final
    await worker_context(services).run(job.id)
    done = await job_of(services, job.id)
    assert (done.status, done.attempt) == (Status.COMPLETED, 2)


async def test_run__one_bad_item_harms_no_other(services: Services) -> None:
    job = await start(services, new_search())
    await worker_context(services, broken=frozenset({"bottom"})).run(job.id)
    done = await job_of(services, job.id)
    assert done.status is Status.COMPLETED
    assert [i.status.value for i in done.items] == ["done", "failed", "done"]


async def test_run__all_items_bad(services: Services) -> None:
    job = await start(services, new_search())
    await worker_context(services, broken=frozenset({"top", "bottom", "shoes"})).run(job.id)
    failed = await job_of(services, job.id)
    assert (failed.status, failed.error_code) == (Status.FAILED, "search_failed")


async def test_run__too_many_attempts(services: Services) -> None:
    job = await start(services, new_search())
    await sql(services, "UPDATE search_jobs SET attempt = :n", n=MAX_ATTEMPTS)
    await worker_context(services).run(job.id)
    failed = await job_of(services, job.id)
    assert (failed.status, failed.error_code) == (Status.FAILED, "too_many_attempts")
    assert failed.attempt == MAX_ATTEMPTS


async def test_run__only_the_wanted_boxes(services: Services) -> None:
    wanted = [WantedItem(box=Box(10, 10, 50, 50), label="bag")]
    job = await start(services, new_search(wanted=wanted))
    await worker_context(services).run(job.id)
    done = await job_of(services, job.id)
    assert [(i.label, i.box) for i in done.items] == [("bag", Box(10, 10, 50, 50))]


async def test_run__every_item_is_looked_up_with_the_filters(services: Services) -> None:
    filters = Filters(kind="top", price_to=Decimal("9900.50"))
    job = await start(services, new_search(filters=filters))
    assert job.filters == filters
    context = WorkerContext(services, FakeVision(), index := FakeProductIndex())
    await context.run(job.id)
    done = await job_of(services, job.id)
    assert (done.status, done.filters) == (Status.COMPLETED, filters)
    assert index.asked == [filters] * len(done.items)


async def test_run__a_filter_that_leaves_nothing_is_no_failure(services: Services) -> None:
    job = await start(services, new_search(filters=Filters(brand="없는 브랜드")))
    await worker_context(services).run(job.id)
    done = await job_of(services, job.id)
    assert done.status is Status.COMPLETED
    assert [(i.status, i.match, i.results) for i in done.items] == [
        (ItemStatus.DONE, Match.NONE, ())
    ] * 3


async def test_run__waits_for_a_choice_and_goes_on(services: Services) -> None:
    job = await start(services, new_search(choosing=True))
    await worker_context(services).run(job.id)
    waiting = await job_of(services, job.id)
    assert (waiting.status, waiting.stage) == (Status.PENDING, Stage.CHOOSING)
    assert {i.status for i in waiting.items} == {ItemStatus.SUGGESTED}
    await worker_context(services).run(job.id)
    assert await job_of(services, job.id) == waiting

    wanted = [WantedItem(id="i3"), WantedItem(box=Box(0, 0, 99, 99))]
    await choose(services, job.id, choice_of(wanted, lang="en"))
    await worker_context(services).run(job.id)
    done = await job_of(services, job.id)
    assert done.status is Status.COMPLETED
    assert [(i.id, i.label) for i in done.items] == [("i3", "shoes"), ("d2", "whole")]
    assert done.lang == "en"


class Dying(FakeVision):
    """Stops being there at the ``last``-th description, as a killed worker does."""

    last = 2

    async def describe(self, image: UprightImage, box: Box, label: str | None):  # type: ignore[no-untyped-def]
        if len(self.described) + 1 == self.last:
            raise SystemExit
        return await super().describe(image, box, label)


async def test_claim__again_after_a_lost_answer_is_no_attempt(services: Services) -> None:
    job = await start(services, new_search())
    token, now = uuid4(), utc_now()
    for _ in range(2):
        async with transaction(services.engine) as session:
            claimed = await claims.claim(session, job.id, token, now)
        assert claimed is not None
        assert (claimed.attempt, claimed.token) == (1, token)


async def test_run__goes_on_from_the_last_finished_item(services: Services) -> None:
    job = await start(services, new_search())
    first = worker_context(services)
    dying = Dying()
    with pytest.raises(SystemExit):
        await WorkerContext(services, dying, first.index).run(job.id)
    left = await job_of(services, job.id)
    assert [i.status.value for i in left.items] == ["done", "processing", "pending"]

    await first.run(job.id)
    done = await job_of(services, job.id)
    assert done.status is Status.COMPLETED
    assert isinstance(first.vision, FakeVision)
    assert first.vision.described == ["bottom", "shoes"]
    assert done.attempt == 2
    assert done.progress == 100


class Meanwhile(FakeVision):
    """Lets something happen to the job in the middle of its second item."""

    def __init__(self, act) -> None:  # type: ignore[no-untyped-def]
        super().__init__()
        self._act = act

    async def describe(self, image: UprightImage, box: Box, label: str | None):  # type: ignore[no-untyped-def]
        if label == "bottom":
            await self._act()
        return await super().describe(image, box, label)


async def test_run__another_claim_fences_the_first(services: Services) -> None:
    job = await start(services, new_search())
    second = worker_context(services)
    sleeper = WorkerContext(services, Meanwhile(lambda: second.run(job.id)), second.index)
    await sleeper.run(job.id)
    done = await job_of(services, job.id)
    assert done.status is Status.COMPLETED
    assert done.attempt == 2
    events = await sql(services, "SELECT version FROM search_jobs")
    await sleeper.run(job.id)
    assert await sql(services, "SELECT version FROM search_jobs") == events


async def test_run__cancelled_in_the_middle(services: Services) -> None:
    job = await start(services, new_search())
    index = worker_context(services).index

    async def act() -> None:
        await cancel(services, job.id)

    await WorkerContext(services, Meanwhile(act), index).run(job.id)
    cancelled = await job_of(services, job.id)
    assert cancelled.status is Status.CANCELLED
    assert [i.status.value for i in cancelled.items] == ["done", "processing", "pending"]


async def test_run__erased_in_the_middle(services: Services) -> None:
    job = await start(services, new_search())
    index = worker_context(services).index
    await WorkerContext(services, Meanwhile(lambda: erase(services, job.id)), index).run(job.id)
    for table in ("search_jobs", "photos", "procrastinate_jobs", "procrastinate_events"):
        assert await count(services, table) == 0, table


async def test_run__progress_never_goes_down(services: Services) -> None:
    job = await start(services, new_search())
    seen: list[int] = []

    class Looking(FakeVision):
        async def describe(self, image: UprightImage, box: Box, label: str | None):  # type: ignore[no-untyped-def]
            seen.append((await job_of(services, job.id)).progress)
            return await super().describe(image, box, label)

    await WorkerContext(services, Looking(), worker_context(services).index).run(job.id)
    assert seen == [30, 51, 73]


def test_lost_claim__is_no_application_error() -> None:
    assert not issubclass(LostClaim, ValueError)
