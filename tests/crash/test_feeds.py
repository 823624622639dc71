"""A scheduled feed whose worker is killed in the middle."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.repositories import imports
from tests.crash.processes import Child
from tests.support.shop import FEED, Server, ok, serving

pytestmark = pytest.mark.crash

ROWS = 96


async def _counted(engine: AsyncEngine) -> int:
    async with transaction(engine) as session:
        return int(await session.scalar(text("SELECT count(*) FROM products")) or 0)


def _feed(shop: Server, price: int) -> bytes:
    lines = (
        f"{n},티셔츠 {n},https://s.kr/{n},{shop.at(f'/p{n}.png')},{price} KRW\n"
        for n in range(ROWS)
    )
    return ok((FEED + "".join(lines)).encode())


async def _due(engine: AsyncEngine, shop: Server) -> None:
    async with transaction(engine) as session:
        await imports.save_schedule(
            session,
            "shop",
            shop.at().encode(),
            shop.at(),
            every=timedelta(hours=6),
            options={"prune": True},
            now=datetime.now(UTC) - timedelta(seconds=1),
        )


async def test_killed_in_the_middle__the_next_worker_ends_it(
    database: str, engine: AsyncEngine, tmp_path: Path
) -> None:
    log = tmp_path / "feeds.log"
    async with serving() as shop:
        shop.answer, shop.picture_seconds = _feed(shop, 15000), 0.05
        await _due(engine, shop)
        dying = await Child.start("tests.crash.feed_main", database, log)
        async with asyncio.timeout(120):
            while await _counted(engine) < ROWS // 3:
                await asyncio.sleep(0.02)
        await dying.kill()
        done = await _counted(engine)
        assert 0 < done < ROWS
        async with transaction(engine) as session:
            (run,) = await imports.last_imports(session)
            assert run["state"] == "interrupted"
            assert [found.kind for found in await imports.problems(session, datetime.now(UTC))] == [
                "interrupted"
            ]
        asked = len(shop.requests)
        heir = await Child.start("tests.crash.feed_main", database, log)
        assert await heir.ended() == 0
        assert await _counted(engine) == ROWS
        # What was stored is not asked for again: the feed, and the pictures that were left.
        assert len(shop.requests) - asked == 1 + ROWS - done
        async with transaction(engine) as session:
            (schedule,) = await imports.all_schedules(session)
            assert schedule.last_success_at is not None
            assert await imports.problems(session, datetime.now(UTC)) == []
