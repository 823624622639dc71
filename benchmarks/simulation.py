"""A discrete-event simulation of the system, to check the arithmetic of docs/scaling.md.

``python benchmarks/simulation.py`` prints, for 1 thousand, 100 thousand and 10 million searches a
day: the workers that the model asks for, and what people wait in a simulated hour at the day's
peak with that many, with one crash in it.  Pure Python, no clock: the same numbers each time.

Searches arrive at random (Poisson), each has 1 to 5 items, and a worker computes one search at a
time: the second one that it takes only reads and writes meanwhile.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

DAY = 86_400.0
PEAK = 3.0
"""The busiest hour of a shop's day, over the day's average."""

FULL = 0.7
"""How busy workers may be at the peak."""


@dataclass(frozen=True)
class Cost:
    """Seconds of one core, as measured (docs/scaling.md)."""

    reading: float = 0.08
    item: float = 0.15
    items: Sequence[int] = (1, 1, 2, 2, 3, 3, 4, 5)

    def mean(self) -> float:
        """Of one search."""
        return self.reading + self.item * sum(self.items) / len(self.items)

    def one(self, chance: random.Random) -> float:
        """Of a random search: some photos are harder than others."""
        work = self.reading + self.item * chance.choice(self.items)
        return work * chance.lognormvariate(-0.02, 0.2)


def workers_for(a_day: float, cost: Cost) -> int:
    """The model: the peak's work, on workers that are ``FULL`` at most, and two for a crash.

    For few workers waiting is what counts: never fewer than two.
    """
    load = a_day / DAY * PEAK * cost.mean()
    return max(2, math.ceil(load / FULL)) + (0 if load < 1 else 1)


@dataclass(frozen=True)
class Waited:
    """What people waited, in seconds from being stored to being finished."""

    searches: int
    median: float
    p95: float
    worst: float
    busy: float
    """Part of the time in which a worker computed."""


def simulate(
    a_day: float,
    workers: int,
    cost: Cost,
    *,
    seconds: float = 3600,
    crash: bool = True,
    seed: int = 1,
) -> Waited:
    """A stretch of time at the peak; in its middle one worker dies with its search, which starts
    again on another one five seconds later, and the worker comes back after ten.
    """
    hour = _Hour(workers, cost, seconds / 2 if crash else math.inf, random.Random(seed + 1))
    hour.run(arrivals(a_day / DAY * PEAK, seconds, random.Random(seed)))
    waits = sorted(hour.waits)
    busy = hour.computed / (workers * seconds)
    worst = waits[-1] if waits else 0.0
    return Waited(len(waits), _at(waits, 0.5), _at(waits, 0.95), worst, busy)


def arrivals(rate: float, seconds: float, chance: random.Random) -> Iterator[float]:
    """When searches come in, ``rate`` a second on average."""
    now = chance.expovariate(rate)
    while now < seconds:
        yield now
        now += chance.expovariate(rate)


class _Hour:
    """The events of one run, in the order of their times."""

    def __init__(self, workers: int, cost: Cost, crash_at: float, chance: random.Random) -> None:
        self._cost = cost
        self._crash_at = crash_at
        self._chance = chance
        self._idle = list(range(workers))
        self._queue: deque[float] = deque()
        self._running: list[tuple[float, int, float]] = []  # Ends, worker, stored at.
        self._back: list[tuple[float, int, float | None]] = []  # When, worker, or its search.
        self.waits: list[float] = []
        self.computed = 0.0

    def run(self, coming: Iterator[float]) -> None:
        """Runs until everything that came in is finished."""
        upcoming = next(coming, math.inf)
        while upcoming < math.inf or self._running or self._queue or self._back:
            ends = self._running[0][0] if self._running else math.inf
            back = self._back[0][0] if self._back else math.inf
            now = min(upcoming, ends, back)
            if now > self._crash_at and self._running:
                self._crash(now)
            self._finish(now)
            self._come_back(now)
            if upcoming <= now:
                self._queue.append(upcoming)
                upcoming = next(coming, math.inf)
            self._begin(now)

    def _begin(self, now: float) -> None:
        while self._queue and self._idle:
            work = self._cost.one(self._chance)
            self.computed += work
            heapq.heappush(self._running, (now + work, self._idle.pop(), self._queue.popleft()))

    def _finish(self, now: float) -> None:
        while self._running and self._running[0][0] <= now:
            ended, worker, stored = heapq.heappop(self._running)
            self.waits.append(ended - stored)
            self._idle.append(worker)

    def _crash(self, now: float) -> None:
        self._crash_at = math.inf
        _, worker, stored = self._running.pop(self._chance.randrange(len(self._running)))
        heapq.heapify(self._running)
        heapq.heappush(self._back, (now + 5, worker, stored))
        heapq.heappush(self._back, (now + 10, worker, None))

    def _come_back(self, now: float) -> None:
        while self._back and self._back[0][0] <= now:
            _, worker, stored = heapq.heappop(self._back)
            if stored is None:
                self._idle.append(worker)
            else:
                self._queue.appendleft(stored)


def _at(values: Sequence[float], part: float) -> float:
    return values[min(len(values) - 1, int(len(values) * part))] if values else 0.0


def main() -> None:
    """Prints the table."""
    cost = Cost()
    print(f"one search: {cost.mean():.2f} core seconds")
    print("searches/day  workers  busy   median    p95   worst  (seconds, stored to finished)")
    for a_day, seconds in ((1e3, 36_000), (1e5, 3600), (1e6, 1800), (1e7, 300)):
        workers = workers_for(a_day, cost)
        for number in (workers, max(1, math.floor(workers * 0.6))):
            seen = simulate(a_day, number, cost, seconds=seconds)
            print(
                f"{a_day:>12,.0f}  {number:>7}  {seen.busy:4.0%}  {seen.median:7.2f}  "
                f"{seen.p95:5.2f}  {seen.worst:6.2f}{'' if number == workers else '   too few'}"
            )


if __name__ == "__main__":
    main()
