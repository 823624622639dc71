"""Every search is completed in bad weather, and attempts are counted only where a process died."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from searchapp.jobs.services import Services
from tests.crash.weather import Weather

pytestmark = pytest.mark.crash


async def test_weather__short(services: Services, tmp_path: Path) -> None:
    weather = Weather(
        services,
        tmp_path,
        jobs=40,
        seed=3,
        pause=(0.1, 0.5),
        stall=(0.5, 1.0),
        statement_timeout=0.5,
        lock_seconds=1.5,
        decoder_seconds=6.0,
    )
    await weather.run(240)
    print(f"\nweather: {await weather.check()}")  # noqa: T201


@pytest.mark.long
async def test_weather__long(services: Services, tmp_path: Path) -> None:
    """SEARCHAPP_CHAOS_JOBS and SEARCHAPP_CHAOS_SEED choose another run."""
    jobs = int(os.environ.get("SEARCHAPP_CHAOS_JOBS", "1000"))
    seed = int(os.environ.get("SEARCHAPP_CHAOS_SEED", "1"))
    weather = Weather(services, tmp_path, jobs, seed)
    await weather.run(3600)
    print(f"\nweather: {await weather.check()}")  # noqa: T201
