"""What the operator's page draws: durations, bars, names that open nothing."""

from __future__ import annotations

from searchapp.db.repositories.admin import StageTimes
from searchapp.http.http_metrics import stage_durations
from searchapp.web.admin.drawing import chart_view, duration_views
from searchapp.web.admin.lines import ref_of
from searchapp.web.admin.words import WORDS

FULL = {"reading": 0.0, "regions": 0.25, "matching": 0.5, "finishing": 1.5}


def test_durations__from_when_stages_began() -> None:
    found = {d.stage: d for d in stage_durations([StageTimes(FULL, finished=1.75, total=2.0)])}
    assert {name: d.median for name, d in found.items()} == {
        "waiting": 0.25,
        "reading": 0.25,
        "regions": 0.25,
        "matching": 1.0,
        "finishing": 0.25,
        "total": 2.0,
    }


def test_durations__of_searches_that_began_later() -> None:
    chosen = StageTimes({"matching": 0.0, "finishing": 1.0}, finished=1.5, total=600.0)
    names = [duration.stage for duration in stage_durations([chosen])]
    assert names == ["waiting", "matching", "finishing", "total"]
    assert [d.count for d in stage_durations([chosen, StageTimes({}, 0.0, 0.0)])] == [2, 1, 1, 2]
    assert stage_durations([]) == []


def test_durations__quantiles() -> None:
    searches = [StageTimes({"reading": 0.0}, float(n), float(n)) for n in range(1, 101)]
    reading = stage_durations(searches)[1]
    assert (reading.stage, reading.median, reading.p95) == ("reading", 50.0, 95.0)
    drawn = duration_views([reading])[0]
    assert (drawn.median, drawn.median_part, drawn.p95_part) == ("50.00", 52.6, 100.0)


def test_chart__bars_stand_on_the_failed_part() -> None:
    chart = chart_view([(0, 0), (3, 1), (1, 0)])
    assert (chart.good, chart.bad, chart.most) == (4, 1, 4)
    bar = chart.bars[1]
    assert (bar.good, bar.good_y, bar.bad, bar.bad_y) == (75.0, 0.0, 25.0, 75.0)
    assert [b.x for b in chart.bars] == [0.0, 33.333, 66.667]


def test_chart__nothing_happened() -> None:
    chart = chart_view([(0, 0)])
    assert (chart.most, chart.bars[0].good) == (1, 0.0)


def test_ref__does_not_hold_the_id() -> None:
    assert ref_of("abc") == ref_of("abc") != ref_of("abd")
    assert "abcdefghijkl" not in ref_of("abcdefghijkl")


def test_words__in_both_languages() -> None:
    assert all(korean and english for korean, english in WORDS.values())
