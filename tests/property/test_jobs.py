"""Random lives of searches, with crashes between any two statements, against a simple model."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import event

from searchapp.db.engine import make_engine, transaction
from searchapp.db.repositories import searches
from searchapp.db.secrets import Secrets
from searchapp.domain.search import ItemStatus, SearchJob, Stage, Status, WantedItem
from searchapp.errors import AppError
from searchapp.imaging.picture import UprightImage
from searchapp.jobs.actions import cancel, choose, erase, retry
from searchapp.jobs.run import WorkerContext
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.jobs.sweeper import reconcile
from tests.support.fakes import FakeProductIndex, FakeVision
from tests.support.jobs import choice_of, new_search, services_on, sql

MOST_STATEMENTS = 30
STEPS = ("upright", "regions", "top", "bottom")
CRASH = st.one_of(st.none(), st.integers(1, MOST_STATEMENTS))
"""Before which statement the process dies; None when it lives."""

CLEAN = """
TRUNCATE search_jobs, photos, tombstones, procrastinate_jobs RESTART IDENTITY CASCADE
"""
TAKE = """
UPDATE procrastinate_jobs SET status = 'doing' WHERE id = (
    SELECT id FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id OFFSET :skip LIMIT 1
) RETURNING id, queueing_lock
"""


class Crash(BaseException):
    """The process is gone, as after kill -9: no handler runs."""


class SlowSight(FakeVision):
    """Waits at one step until it is told to go on, as a frozen process does."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self._step = step
        self.execute = asyncio.Event()
        self.waits = asyncio.Event()

    async def _pass(self, step: str) -> None:
        if step == self._step:
            self.waits.set()
            await self.execute.wait()

    async def upright(self, data: bytes) -> Any:
        await self._pass("upright")
        return await super().upright(data)

    async def regions(self, image: UprightImage) -> Any:
        await self._pass("regions")
        return await super().regions(image)

    async def describe(self, image: UprightImage, box: Any, label: str | None) -> Any:
        await self._pass(label or "")
        return await super().describe(image, box, label)


class World:
    """One database and one event loop, used by one machine after another."""

    def __init__(self, dsn: str, secrets: Secrets) -> None:
        self.runner = asyncio.Runner()
        self.engine = make_engine(dsn)
        self.services = services_on(dsn, self.engine, secrets)
        self.countdown: int | None = None
        event.listen(self.engine.sync_engine, "before_cursor_execute", self._count)

    def _count(self, *_: object) -> None:
        if self.countdown is not None:
            self.countdown -= 1
            if self.countdown <= 0:
                self.countdown = None
                raise Crash

    def do(self, work: Coroutine[Any, Any, Any], crash: int | None = None) -> Any:
        """Runs ``work``; raises Crash before the ``crash``-th statement."""
        self.countdown = crash
        try:
            return self.runner.run(work)
        finally:
            self.countdown = None

    def close(self) -> None:
        self.runner.run(self.engine.dispose())
        self.runner.close()


class Life(RuleBasedStateMachine):
    """What may happen to searches.  The model is what was shown of each of them last."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.services: Services = self.world.services
        self.world.do(sql(self.services, CLEAN))
        self.shown: dict[str, SearchJob | None] = {}
        self.keys: dict[str, str] = {}
        self.frozen: list[tuple[str, asyncio.Task[None], SlowSight]] = []

    # --- what people do -----------------------------------------------------------------------

    @rule(key=st.sampled_from("abc"), choosing=st.booleans(), crash=CRASH)
    def start(self, key: str, choosing: bool, crash: int | None) -> None:
        new = new_search(idempotency_key=f"{key}{choosing}", choosing=choosing)
        try:
            job = self.world.do(start(self.services, new), crash)
        except Crash:
            return
        known = self.keys.get(f"{key}{choosing}")
        if known is not None and self.shown[known] is not None:
            assert job.id == known
        else:
            self.keys[f"{key}{choosing}"] = job.id
            self.shown[job.id] = job

    @precondition(lambda self: self.shown)
    @rule(data=st.data(), crash=CRASH)
    def choose(self, data: st.DataObject, crash: int | None) -> None:
        wanted = [WantedItem(id="i2"), WantedItem(id="i1")]
        self._act(
            data,
            crash,
            lambda job_id: choose(self.services, job_id, choice_of(wanted)),
        )

    @precondition(lambda self: self.shown)
    @rule(data=st.data(), crash=CRASH)
    def cancel(self, data: st.DataObject, crash: int | None) -> None:
        self._act(data, crash, lambda job_id: cancel(self.services, job_id))

    @precondition(lambda self: self.shown)
    @rule(data=st.data(), crash=CRASH)
    def retry(self, data: st.DataObject, crash: int | None) -> None:
        job_id = self._act(data, crash, lambda job_id: retry(self.services, job_id))
        before, after = self.shown[job_id], self._now(job_id)
        if before and after and before.status is Status.FAILED and before.version < after.version:
            assert after.status is Status.PENDING
            self.shown[job_id] = after

    @precondition(lambda self: self.shown)
    @rule(data=st.data(), crash=CRASH)
    def erase(self, data: st.DataObject, crash: int | None) -> None:
        job_id = data.draw(st.sampled_from(list(self.shown)))
        try:
            self.world.do(erase(self.services, job_id), crash)
        except Crash:
            assert self._now(job_id) is not None or self.shown[job_id] is None
            return
        self.shown[job_id] = None

    def _act(self, data: st.DataObject, crash: int | None, action: Any) -> str:
        """Does it, or dies in the middle: then nothing has happened."""
        job_id: str = data.draw(st.sampled_from(list(self.shown)))
        before = self._now(job_id)
        try:
            self.world.do(action(job_id), crash)
        except (Crash, AppError):
            assert self._now(job_id) == before
        return job_id

    # --- what workers do ----------------------------------------------------------------------

    @rule(skip=st.integers(0, 1), crash=CRASH)
    def work(self, skip: int, crash: int | None) -> None:
        entry, job_id = self._take(skip)
        context = WorkerContext(self.services, FakeVision(), FakeProductIndex())
        try:
            self.world.do(context.run(job_id), crash)
        except Crash:
            return
        self.world.do(sql(self.services, "DELETE FROM procrastinate_jobs WHERE id = :id", id=entry))

    @rule(skip=st.integers(0, 1), step=st.sampled_from(STEPS))
    def freeze(self, skip: int, step: str) -> None:
        _, job_id = self._take(skip)
        sight = SlowSight(step)
        context = WorkerContext(self.services, sight, FakeProductIndex())

        async def begin() -> asyncio.Task[None]:
            task = asyncio.create_task(context.run(job_id))
            waits = asyncio.create_task(sight.waits.wait())
            await asyncio.wait({task, waits}, return_when=asyncio.FIRST_COMPLETED)
            waits.cancel()
            return task

        self.frozen.append((job_id, self.world.do(begin()), sight))

    def _take(self, skip: int) -> tuple[int, str]:
        """An entry of the queue, as a worker takes it; there is always work."""
        taken = self.world.do(sql(self.services, TAKE, skip=skip))
        if not taken:
            job = self.world.do(start(self.services, new_search()))
            self.shown[job.id] = job
            taken = self.world.do(sql(self.services, TAKE, skip=0))
        [(entry, job_id)] = taken
        return entry, job_id

    @precondition(lambda self: self.frozen)
    @rule(stopped=st.booleans(), taken_over=st.booleans())
    def thaw(self, stopped: bool, taken_over: bool) -> None:
        """It wakes; perhaps others thought it dead and have done its work."""
        job_id, task, sight = self.frozen.pop(0)
        if taken_over:
            self.recover()
            while self._work_one():
                pass
        before = self._now(job_id)

        async def end() -> None:
            sight.execute.set()
            if stopped:
                task.cancel()
            await asyncio.wait({task})
            if not task.cancelled():
                task.result()

        self.world.do(end())
        if taken_over:
            assert self._now(job_id) == before

    @rule()
    def recover(self) -> None:
        """Dead workers' entries go back, and jobs without an entry get one."""
        stale = (
            "UPDATE procrastinate_jobs AS stale SET status = 'todo' WHERE status = 'doing' AND "
            "NOT EXISTS (SELECT FROM procrastinate_jobs AS other WHERE other.status = 'todo' "
            "AND other.queueing_lock = stale.queueing_lock) AND id IN ("
            "SELECT max(id) FROM procrastinate_jobs GROUP BY queueing_lock)"
        )
        self.world.do(sql(self.services, stale))
        self.world.do(reconcile(self.services))
        lost = (
            "SELECT FROM search_jobs WHERE finished_at IS NULL AND stage <> 'choosing' AND "
            "job_id NOT IN (SELECT queueing_lock FROM procrastinate_jobs)"
        )
        assert not self.world.do(sql(self.services, lost))

    # --- what must hold -----------------------------------------------------------------------

    def _now(self, job_id: str) -> SearchJob | None:
        async def read() -> SearchJob | None:
            async with transaction(self.services.engine) as session:
                return await searches.read_job(session, job_id)

        found: SearchJob | None = self.world.do(read())
        return found

    @invariant()
    def nothing_goes_back(self) -> None:
        for job_id, before in self.shown.items():
            now = self._now(job_id)
            assert (now is None) == (before is None)
            if now is None or before is None:
                continue
            assert now.version >= before.version
            assert now.progress >= before.progress
            if before.status.final:
                assert now.status is before.status
                assert now.items == before.items
            done = {item.id: item for item in before.items if item.status is ItemStatus.DONE}
            kept = {item.id: item for item in now.items if item.id in done}
            assert kept == done
            if now.status is Status.COMPLETED:
                assert all(len(item.results) == 12 for item in now.items)
                assert now.items
            self.shown[job_id] = now

    @invariant()
    def nothing_is_left_over(self) -> None:
        ids = {job_id for job_id, job in self.shown.items() if job is not None}
        stored = self.world.do(sql(self.services, "SELECT job_id FROM search_jobs"))
        assert {row.job_id for row in stored} == ids
        photos = self.world.do(
            sql(self.services, "SELECT job_id, num_nonnulls(original, upright) AS n FROM photos")
        )
        cancelled = {
            job_id
            for job_id, job in self.shown.items()
            if job is not None and job.status is Status.CANCELLED
        }
        assert ids - cancelled <= {row.job_id for row in photos} <= ids
        assert all(row.n == 1 for row in photos)

    def teardown(self) -> None:
        """Left alone, every search comes to its end."""
        while self.frozen:
            self.thaw(stopped=False, taken_over=False)
        for _ in range(3):
            self.recover()
            while self._work_one():
                pass
        for job_id in self.shown:
            job = self._now(job_id)
            assert job is None or job.status.final or job.stage is Stage.CHOOSING
        assert not self.world.do(sql(self.services, "SELECT FROM procrastinate_jobs"))

    def _work_one(self) -> bool:
        taken = self.world.do(sql(self.services, TAKE, skip=0))
        for entry, job_id in taken:
            context = WorkerContext(self.services, FakeVision(), FakeProductIndex())
            self.world.do(context.run(job_id))
            self.world.do(
                sql(self.services, "DELETE FROM procrastinate_jobs WHERE id = :id", id=entry)
            )
        return bool(taken)


@pytest.fixture
def world(database: str, secrets_: Secrets) -> Iterator[World]:
    """A database and a loop for all lives of one test."""
    made = World(database, secrets_)
    yield made
    made.close()


def test_lives(world: World) -> None:
    machine = type("OneLife", (Life,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            # Shrinking a life on a real database takes minutes; the steps are printed anyway.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
