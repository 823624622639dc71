"""Nothing acknowledged is lost, whichever process dies."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from searchapp.jobs.services import Services
from searchapp.postgres import EmbeddedPostgres
from tests.crash.chaos import Chaos

pytestmark = pytest.mark.crash


async def _run(chaos: Chaos, seconds: float) -> None:
    await chaos.run(seconds)
    ends = await chaos.check()
    print(f"\nchaos: seed {chaos.seed}, {dict(ends)}, killed {dict(chaos.kills)}")  # noqa: T201


async def test_chaos__short(server: EmbeddedPostgres, own: Services, tmp_path: Path) -> None:
    await _run(Chaos(server, own, tmp_path, jobs=40, seed=7), 300)


@pytest.mark.long
async def test_chaos__long(server: EmbeddedPostgres, own: Services, tmp_path: Path) -> None:
    """SEARCHAPP_CHAOS_JOBS and SEARCHAPP_CHAOS_SEED choose another run."""
    jobs = int(os.environ.get("SEARCHAPP_CHAOS_JOBS", "1000"))
    seed = int(os.environ.get("SEARCHAPP_CHAOS_SEED", "1"))
    chaos = Chaos(server, own, tmp_path, jobs, seed, (1.0, 6.0), most_kills=jobs // 10)
    await _run(chaos, 3600)
