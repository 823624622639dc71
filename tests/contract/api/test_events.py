"""The event stream: the document at once, then at each change, until the end."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from searchapp.domain.search import Stage
from tests.contract.api.conftest import Start
from tests.support.web import ApiHarness, suggest


def url(job_id: str, tail: str = "") -> str:
    return f"/api/search-job/{job_id}{tail}"


def events_of(text: str) -> list[dict[str, str]]:
    """The events of a stream, comments left out."""
    found = []
    for block in text.strip().split("\n\n"):
        lines = [line for line in block.split("\n") if line and not line.startswith(":")]
        if lines:
            found.append(dict(line.split(": ", 1) for line in lines))
    return found


async def test_events__at_once_at_each_change_and_no_longer(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start(select="true"))["jobId"]
    following = asyncio.create_task(http.get(url(job_id, "/events")))
    await wait_for_watcher(harness, job_id)
    await suggest(harness, job_id)
    await wait_for_stage(harness, job_id, Stage.CHOOSING)
    await http.post(url(job_id, "/cancel"))
    async with asyncio.timeout(60):
        answer = await following
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["cache-control"] == "no-store"
    events = events_of(answer.text)
    documents = [json.loads(event["data"]) for event in events]
    versions = [document["version"] for document in documents]
    assert versions == sorted(set(versions))
    assert [event["id"] for event in events] == [str(version) for version in versions]
    assert [documents[0]["stage"], documents[-1]["status"]] == ["queued", "cancelled"]
    assert "choosing" in [document["stage"] for document in documents]
    assert documents[-1] == (await http.get(url(job_id))).json()


async def wait_for_stage(harness: ApiHarness, job_id: str, stage: Stage) -> None:
    """Until those who watch were handed the search at ``stage``."""
    async with asyncio.timeout(60):
        async for job in harness.board.watch(job_id):
            if job.stage is stage:
                break
    await asyncio.sleep(0)


async def wait_for_watcher(harness: ApiHarness, job_id: str) -> None:
    async with asyncio.timeout(60):
        while job_id not in harness.board._watched():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("last", ["1", "2", "99999", "nonsense", ""])
async def test_events__the_newest_comes_whatever_was_seen(
    http: httpx.AsyncClient, start: Start, last: str
) -> None:
    job_id = (await start())["jobId"]
    await http.post(url(job_id, "/cancel"))
    answer = await http.get(url(job_id, "/events"), headers={"last-event-id": last})
    events = events_of(answer.text)
    assert [event["id"] for event in events] == ["2"]
    assert int(events[0]["retry"]) > 60_000


async def test_events__end_when_it_is_erased(
    harness: ApiHarness, http: httpx.AsyncClient, start: Start
) -> None:
    job_id = (await start())["jobId"]
    following = asyncio.create_task(http.get(url(job_id, "/events")))
    await wait_for_watcher(harness, job_id)
    await http.delete(url(job_id))
    async with asyncio.timeout(60):
        assert len(events_of((await following).text)) == 1
