"""The simulation behind docs/scaling.md agrees with what is known of queues."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

_PATH = Path(__file__).parents[3] / "benchmarks" / "simulation.py"
_SPEC = importlib.util.spec_from_file_location("simulation", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
simulation = importlib.util.module_from_spec(_SPEC)
sys.modules["simulation"] = simulation
_SPEC.loader.exec_module(simulation)

ONE_SECOND = simulation.Cost(reading=1.0, item=0.0, items=(1,))


class Exact(simulation.Cost):  # type: ignore[misc, name-defined]
    """Every search takes exactly one second."""

    def one(self, _chance: object) -> float:
        return 1.0


def test_simulate__one_server_waits_as_theory_says() -> None:
    # M/D/1 at half load: the mean wait is 0.5 s (Pollaczek-Khinchine), so 1.5 s in all.
    a_day = 0.5 * simulation.DAY / simulation.PEAK
    seen = simulation.simulate(a_day, 1, Exact(), seconds=200_000, crash=False)
    assert seen.busy == pytest.approx(0.5, rel=0.02)
    assert seen.median == pytest.approx(1.0, abs=0.35)
    assert 2.0 < seen.p95 < 4.0


def test_simulate__no_search_is_lost_in_a_crash() -> None:
    calm = simulation.simulate(1e5, 4, ONE_SECOND, seconds=600, crash=False)
    rough = simulation.simulate(1e5, 4, ONE_SECOND, seconds=600, crash=True)
    assert rough.searches == calm.searches
    assert rough.worst > calm.median


def test_simulate__too_few_workers_fall_behind() -> None:
    assert simulation.simulate(1e5, 3, ONE_SECOND, seconds=1800, crash=False).worst > 100


def test_model__grows_with_the_load() -> None:
    needed = [simulation.workers_for(a_day, ONE_SECOND) for a_day in (1, 1e3, 1e5, 1e7)]
    assert needed == [2, 2, 6, 498]
