"""Charts of the page: numbers as parts of a height or a width, in percent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from searchapp.http.http_metrics import Duration


@dataclass
class BarView:
    """One bar of a chart: the good part stands on the bad one."""

    x: float = 0
    good_y: float = 0
    good: float = 0
    bad: float = 0
    bad_y: float = 0


@dataclass
class ChartView:
    """A bar chart and what it adds up to."""

    bars: list[BarView] = field(default_factory=list)
    good: int = 0
    bad: int = 0
    most: int = 0


@dataclass
class DurationView:
    """One stage: seconds as text, and their parts of the slowest."""

    stage: str = ""
    median: str = ""
    p95: str = ""
    median_part: float = 0
    p95_part: float = 0


def chart_view(slices: Sequence[tuple[int, int]]) -> ChartView:
    """Bars of good and bad, the oldest first, as high as the highest of them, which is 1 at
    least."""
    most = max([1, *(good + bad for good, bad in slices)])
    width = 100 / max(1, len(slices))
    bars = [
        _bar(place * width, 100 * good / most, 100 * bad / most)
        for place, (good, bad) in enumerate(slices)
    ]
    return ChartView(bars, sum(good for good, _ in slices), sum(bad for _, bad in slices), most)


def _bar(x: float, good: float, bad: float) -> BarView:
    return BarView(
        x=round(x, 3),
        good=round(good, 2),
        good_y=round(100 - good - bad, 2),
        bad=round(bad, 2),
        bad_y=round(100 - bad, 2),
    )


def duration_views(durations: Iterable[Duration]) -> list[DurationView]:
    """Durations beside the slowest of them."""
    listed = list(durations)
    slowest = max([0.001, *(duration.p95 for duration in listed)])
    return [
        DurationView(
            stage=duration.stage,
            median=f"{duration.median:.2f}",
            p95=f"{duration.p95:.2f}",
            median_part=round(100 * duration.median / slowest, 1),
            p95_part=round(100 * duration.p95 / slowest, 1),
        )
        for duration in listed
    ]
