"""Loading a search and following it, without a browser: handlers are called, states are read."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from searchapp.errors import NotStored
from searchapp.jobs import services as job_services
from searchapp.jobs.actions import cancel, erase
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.web import app_context
from searchapp.web.pages.results.state import ResultsState
from tests.support.jobs import new_search, sql, worker_context
from tests.support.tabs import Tab


async def shown(tab: Tab, wanted: object, seconds: float = 10) -> None:
    """Waits until the page shows a search with that status, or is in that phase."""
    state = tab.state(ResultsState)
    async with asyncio.timeout(seconds):
        while wanted not in (state.job.status, state.phase):
            await asyncio.sleep(0.02)


async def test_load__shows_the_search_of_the_address(services: Services) -> None:
    job = await start(services, new_search())
    tab = Tab(f"/results/{job.id}")
    assert await tab.send(ResultsState.load) is ResultsState.follow
    state = tab.state(ResultsState)
    assert (state.phase, state.name, state.job.stage) == ("found", job.id, "queued")
    assert state.watched
    assert state.visit


async def test_load__at_each_connection_with_another_visit(services: Services) -> None:
    job = await start(services, new_search())
    tab = Tab(f"/results/{job.id}")
    await tab.send(ResultsState.load)
    first = tab.state(ResultsState).visit
    await tab.send(ResultsState.load)
    assert tab.state(ResultsState).visit not in ("", first)
    assert tab.state(ResultsState).job.id == job.id


async def test_load__another_address_shows_nothing_of_the_last(services: Services) -> None:
    first, second = [await start(services, new_search()) for _ in range(2)]
    tab = Tab(f"/results/{first.id}")
    await tab.send(ResultsState.load)
    tab.state(ResultsState).votes = {"i/p": "confirmed"}
    tab.open(f"/results/{second.id}")
    await tab.send(ResultsState.load)
    assert tab.state(ResultsState).job.id == second.id
    assert tab.state(ResultsState).votes == {}


async def test_load__what_is_not_there_says_why(services: Services) -> None:
    for path in ("/results/no-id", f"/results/{'A' * 26}"):
        tab = Tab(path)
        assert await tab.send(ResultsState.load) is None
        assert tab.state(ResultsState).phase == "not_found"
    job = await start(services, new_search())
    await erase(services, job.id)
    tab = Tab(f"/results/{job.id}")
    assert await tab.send(ResultsState.load) is None
    assert tab.state(ResultsState).phase == "erased"


async def test_load__the_database_is_unavailable(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await start(services, new_search())

    async def unavailable(_cache: JobCache, _name: str) -> None:
        raise NotStored

    tab = Tab(f"/results/{job.id}")
    with monkeypatch.context() as outage:
        outage.setattr(JobCache, "get", unavailable)
        assert await tab.send(ResultsState.load) is ResultsState.follow, "it goes on asking"
        assert tab.state(ResultsState).phase == "unavailable"
    await tab.send(ResultsState.load)
    with monkeypatch.context() as outage:
        outage.setattr(JobCache, "get", unavailable)
        await tab.send(ResultsState.refresh)
        assert tab.state(ResultsState).phase == "found", "what is shown stays"


async def test_follow__each_newer_version_until_the_end(services: Services) -> None:
    job = await start(services, new_search())
    tab = Tab(f"/results/{job.id}")
    await tab.send(ResultsState.load)
    following = asyncio.create_task(tab.send(ResultsState.follow))
    await worker_context(services).run(job.id)
    await shown(tab, "completed")
    state = tab.state(ResultsState)
    assert [piece.state for piece in state.job.pieces] == ["similar"] * 3
    assert state.job.progress == 100
    await erase(services, job.id)
    await shown(tab, "erased")
    await asyncio.wait_for(following, 10)
    assert state.job.id == ""


async def test_load__tabs_of_one_search_share_what_they_show(services: Services) -> None:
    job = await start(services, new_search())
    tabs = [Tab(f"/results/{job.id}") for _ in range(2)]
    for tab in tabs:
        await tab.send(ResultsState.load)
    first, second = (tab.state(ResultsState).__dict__["job"] for tab in tabs)
    assert first is second
    await cancel(services, job.id)
    await tabs[0].send(ResultsState.refresh)
    assert [tab.state(ResultsState).job.status for tab in tabs] == ["cancelled", "pending"]


async def test_follow__ends_for_a_tab_that_has_gone_on(services: Services) -> None:
    job = await start(services, new_search())
    tab = Tab(f"/results/{job.id}")
    await tab.send(ResultsState.load)
    following = asyncio.create_task(tab.send(ResultsState.follow))
    await asyncio.sleep(0)
    await tab.send(ResultsState.load)
    await cancel(services, job.id)
    await asyncio.wait_for(following, 10)
    assert tab.state(ResultsState).job.status == "pending", "the first visit shows nothing more"


async def test_follow__ends_for_a_tab_that_is_closed(services: Services) -> None:
    job = await start(services, new_search())
    cache = app_context.current().cache
    app_context.install(services, cache, is_open=lambda _token: False)
    tab = Tab(f"/results/{job.id}")
    await tab.send(ResultsState.load)
    await asyncio.wait_for(tab.send(ResultsState.follow), 10)
    assert tab.state(ResultsState).job.id == job.id


async def test_follow__a_forgotten_state_begins_anew(services: Services) -> None:
    job = await start(services, new_search())
    tab = Tab(f"/results/{job.id}")
    await tab.send(ResultsState.load)
    following = asyncio.create_task(tab.send(ResultsState.follow))
    await asyncio.sleep(0)
    tab.state(ResultsState).reset()  # type: ignore[no-untyped-call]
    await cancel(services, job.id)
    await shown(tab, "cancelled")
    assert tab.state(ResultsState).name == job.id
    following.cancel()
    with suppress(asyncio.CancelledError):
        await following


async def test_refresh__looks_again_or_loads_what_was_forgotten(services: Services) -> None:
    job = await start(services, new_search())
    tab = Tab(f"/results/{job.id}")
    assert await tab.send(ResultsState.refresh) is ResultsState.load
    await tab.send(ResultsState.load)
    await cancel(services, job.id)
    assert await tab.send(ResultsState.refresh) is None
    await shown(tab, "cancelled")


async def test_refresh__promises_no_time_without_a_worker(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_services, "LINE_SECONDS", 0.0)
    jobs = [await start(services, new_search()) for _ in range(2)]
    tab = Tab(f"/results/{jobs[1].id}")
    await tab.send(ResultsState.load)
    state = tab.state(ResultsState)
    assert (state.place, state.halted) == ({"ahead": 1, "minutes": 0}, True)
    await sql(services, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    await tab.send(ResultsState.refresh)
    assert (state.place, state.halted) == ({"ahead": 1, "minutes": 1}, False)
    await sql(
        services,
        "UPDATE search_jobs SET status = 'processing', stage = 'regions', version = version + 1",
    )
    await sql(services, "DELETE FROM procrastinate_workers")
    await tab.send(ResultsState.refresh)
    assert (state.job.stage, state.halted) == ("regions", True)
