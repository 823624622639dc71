"""Shared results, without a browser."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from searchapp.errors import NotStored
from searchapp.jobs.access import job_of_share, share, unshare
from searchapp.jobs.actions import cancel, erase
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from searchapp.web import app_context
from searchapp.web.pages import small
from searchapp.web.pages.small import ShareState
from tests.support.jobs import new_search, worker_context
from tests.support.tabs import Tab


async def shared(services: Services) -> tuple[str, Tab]:
    """A search without results yet, and a tab that shows its share."""
    job = await start(services, new_search())
    tab = Tab(f"/s/{await share(services, job.id)}")
    assert await tab.send(ShareState.load) is ShareState.follow
    return job.id, tab


async def shown(tab: Tab, looks_so: Callable[[ShareState], bool]) -> None:
    async with asyncio.timeout(10):
        while not looks_so(tab.state(ShareState)):
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("end", [erase, unshare])
async def test_share__shows_what_comes_until_it_ends(
    services: Services, end: Callable[[Services, str], Awaitable[None]]
) -> None:
    job_id, tab = await shared(services)
    following = asyncio.create_task(tab.send(ShareState.follow))
    await worker_context(services).run(job_id)
    await shown(tab, lambda state: [piece.state for piece in state.pieces] == ["similar"] * 3)
    assert job_id not in repr(tab.root.dict())
    await end(services, job_id)
    await shown(tab, lambda state: state.phase == "gone")
    await asyncio.wait_for(following, 10)
    state = tab.state(ShareState)
    assert (state.pieces, state.expires, state.outside) == ([], "", "")


async def test_share__is_asked_for_once_until_something_changes(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    async def noted(services: Services, share_id: str) -> str:
        asked.append(share_id)
        return await job_of_share(services, share_id)

    monkeypatch.setattr(small, "job_of_share", noted)
    job_id, tab = await shared(services)
    following = asyncio.create_task(tab.send(ShareState.follow))
    await shown(tab, lambda state: state.phase == "found")
    await asyncio.sleep(0.1)
    assert len(asked) == 1
    await cancel(services, job_id)
    async with asyncio.timeout(10):
        while len(asked) == 1:
            await asyncio.sleep(0.02)
    following.cancel()


@pytest.mark.parametrize("name", ["", "no-id", "a\x00b", "A" * 26])
async def test_share__what_is_not_there_is_gone(services: Services, name: str) -> None:
    tab = Tab(f"/s/{name}")
    assert await tab.send(ShareState.load) is None
    assert tab.state(ShareState).phase == "gone"
    await tab.send(ShareState.follow)
    assert tab.state(ShareState).phase == "gone"


async def test_share__a_page_that_wakes_learns_that_it_ended(services: Services) -> None:
    job_id, tab = await shared(services)
    await unshare(services, job_id)
    assert await tab.send(ShareState.load) is None
    assert tab.state(ShareState).phase == "gone"


async def test_share__what_is_shown_stays_while_the_database_is_unavailable(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unavailable(_cache: JobCache, _name: str) -> None:
        raise NotStored

    job_id, tab = await shared(services)
    await worker_context(services).run(job_id)
    fresh = Tab(tab.root.router.url.path)
    await tab.send(ShareState.load)
    with monkeypatch.context() as outage:
        outage.setattr(JobCache, "get", unavailable)
        for one, phase in ((tab, "found"), (fresh, "unavailable")):
            assert await one.send(ShareState.load) is ShareState.follow
            assert one.state(ShareState).phase == phase
    assert len(tab.state(ShareState).pieces) == 3


async def test_follow__ends_for_a_tab_that_is_closed_or_has_gone_on(services: Services) -> None:
    job_id, tab = await shared(services)
    following = asyncio.create_task(tab.send(ShareState.follow))
    await asyncio.sleep(0)
    await tab.send(ShareState.load)
    await worker_context(services).run(job_id)
    await asyncio.wait_for(following, 10)
    app_context.install(services, app_context.current().cache, is_open=lambda _token: False)
    await asyncio.wait_for(tab.send(ShareState.follow), 10)
    assert tab.state(ShareState).phase == "found"
