"""When a sweeper may call a worker dead."""

from __future__ import annotations

from searchapp.jobs.sweeper import GAP_SECONDS, STALE_SECONDS, ObservationWindow


class Clocks:
    """Two clocks: one that stands still while the machine sleeps, one on the wall."""

    def __init__(self) -> None:
        self.steady, self.wall = 100.0, 1_000_000.0

    def watch(self) -> ObservationWindow:
        return ObservationWindow((lambda: self.steady, lambda: self.wall))

    def pass_(self, seconds: float) -> None:
        self.steady += seconds
        self.wall += seconds

    def look_for(self, watch: ObservationWindow, seconds: float) -> bool:
        """Looks each half second; what the last look said."""
        seen = False
        for _ in range(int(seconds * 2)):
            self.pass_(0.5)
            seen = watch.look()
        return seen


def test_look__not_before_one_stale_time() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    assert not watch.look()
    assert not clocks.look_for(watch, STALE_SECONDS - 0.5)
    assert clocks.look_for(watch, 0.5)


def test_look__a_gap_restarts_the_count() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    watch.look()
    assert clocks.look_for(watch, STALE_SECONDS)
    clocks.pass_(GAP_SECONDS + 0.1)
    assert not watch.look()
    assert not clocks.look_for(watch, STALE_SECONDS - 0.5)
    assert clocks.look_for(watch, 0.5)


def test_look__a_short_pause_is_no_gap() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    watch.look()
    assert clocks.look_for(watch, STALE_SECONDS)
    clocks.pass_(GAP_SECONDS - 0.1)
    assert watch.look()


def test_look__the_machine_slept() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    watch.look()
    assert clocks.look_for(watch, STALE_SECONDS)
    clocks.wall += 3600
    clocks.steady += 0.5
    assert not watch.look()


def test_look__the_wall_clock_was_put_back() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    watch.look()
    assert clocks.look_for(watch, STALE_SECONDS)
    clocks.wall -= 3600
    clocks.steady += 0.5
    assert not watch.look()


def test_look__without_own_heartbeat_no_worker_is_dead() -> None:
    clocks = Clocks()
    watch = clocks.watch()
    watch.look()
    assert clocks.look_for(watch, STALE_SECONDS)
    for _ in range(20):
        clocks.pass_(0.5)
        assert not watch.look(beats_arrive=False)
    clocks.pass_(0.5)
    assert not watch.look()
    assert not clocks.look_for(watch, STALE_SECONDS - 0.5)
    assert clocks.look_for(watch, 0.5)
