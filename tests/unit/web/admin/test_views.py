"""What the operator's page draws: durations, charts, demand, names that open nothing."""

from __future__ import annotations

from searchapp.db.repositories.admin import StageTimes
from searchapp.db.repositories.products import Demand
from searchapp.http.http_metrics import stage_durations
from searchapp.web.admin.lines import DemandLine, ref_of
from searchapp.web.admin.views import chart_view, demand_rows, not_found
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


def test_chart__rows_and_sums() -> None:
    chart = chart_view([("-2", 0, 0), ("-1", 3, 1), ("0", 1, 0)])
    assert (chart.good, chart.bad) == (4, 1)
    assert chart.rows[1] == {"ko": "-1", "en": "-1", "good": 3, "bad": 1}
    assert (chart_view([]).rows, chart_view([]).good) == ([], 0)


DEMAND = [
    Demand("skirt", "red", searched=4, same=0, similar=0, none=4),
    Demand("top", "", searched=1, same=0, similar=0, none=1),
    Demand("top", "blue", searched=7, same=3, similar=3, none=1),
]


def test_demand__by_kind_with_shares() -> None:
    top, skirt = demand_rows(DEMAND)
    assert (top["kind"], top["searched"], top["same"], top["similar"]) == ("top", 8, 3, 3)
    assert (top["similar_share"], top["none_share"]) == ("38 %", "25 %")
    assert (skirt["en"], skirt["ko"], skirt["none_share"]) == ("Skirt", "스커트", "100 %")


def test_demand__asked_for_and_never_found() -> None:
    assert not_found(DEMAND) == [
        DemandLine("skirt", "red", 4, 0, 0, 4),
        DemandLine("top", "", 1, 0, 0, 1),
    ]


def test_ref__does_not_hold_the_id() -> None:
    assert ref_of("abc") == ref_of("abc") != ref_of("abd")
    assert "abcdefghijkl" not in ref_of("abcdefghijkl")


def test_words__in_both_languages() -> None:
    assert all(korean and english for korean, english in WORDS.values())
