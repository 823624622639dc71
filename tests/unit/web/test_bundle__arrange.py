"""How results are narrowed down and sorted in the browser, run by the bundler's own engine."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from searchapp.web import bundle
from searchapp.web.bundle import _BUN

ARRANGE = Path(bundle.__file__).parent / "client" / "view" / "arrange.js"
NOTHING = {
    "sort": "match",
    "category": "",
    "from": 0,
    "max": 0,
    "brand": "",
    "colour": "",
    "stock": False,
}


def result(name: str, price: float | None = None, currency: str = "KRW", **more: Any) -> Any:
    plain = {"brand": "", "kind": "", "colour": "", "sold_out": False}
    return {"id": name, "price": price, "currency": currency, **plain, **more}


MIXED = [
    result("usd", 1299, "USD", brand="Maru"),
    result("won2", 20000, kind="top", colour="blue"),
    result("none", kind="top"),
    result("won1", 10000, brand="나래", sold_out=True),
    result("eur", 5, "EUR", colour="blue"),
]
ITEMS = [{"results": MIXED}, {"results": []}, {}]


def run(function: str, *arguments: Any) -> Any:
    """What one of the functions returns."""
    values = ", ".join(json.dumps(argument) for argument in arguments)
    script = f"import * as all from {json.dumps(str(ARRANGE))};"
    script += f"console.log(JSON.stringify(all.{function}({values})));"
    done = subprocess.run([str(_BUN), "-e", script], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def shown(**arrange: Any) -> list[str]:
    return [entry["id"] for entry in run("arranged", MIXED, {**NOTHING, **arrange}, "KRW", 99)]


def test_main_currency__that_of_most_results() -> None:
    assert run("mainCurrency", ITEMS) == "KRW"
    assert run("mainCurrency", [{"results": MIXED[:1]}]) == "USD"
    assert run("mainCurrency", []) == "KRW"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("match", ["usd", "won2", "none", "won1", "eur"]),
        ("price", ["won1", "won2", "usd", "none", "eur"]),
        ("price_down", ["won2", "won1", "usd", "none", "eur"]),
    ],
)
def test_arranged__prices_are_compared_in_one_currency(sort: str, expected: list[str]) -> None:
    assert shown(sort=sort) == expected


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        ({"max": 15000}, ["won1"]),
        ({"from": 15000}, ["won2"]),
        ({"from": 10000, "max": 20000}, ["won2", "won1"]),
        ({"category": "top"}, ["won2", "none"]),
        ({"colour": "blue"}, ["won2", "eur"]),
        ({"brand": " maru"}, ["usd"]),
        ({"stock": True}, ["usd", "won2", "none", "eur"]),
    ],
)
def test_arranged__filters(arrange: dict[str, Any], expected: list[str]) -> None:
    assert shown(**arrange) == expected


def test_price_steps__of_the_main_currency() -> None:
    won = [result(str(n), 10000.0 * n) for n in range(1, 6)]
    assert run("priceSteps", [{"results": [*MIXED[:1], *won]}]) == [20000, 30000, 40000]


def test_mixed__whether_a_price_leaves_something_out() -> None:
    assert run("mixed", ITEMS)
    assert not run("mixed", [{"results": [MIXED[1], MIXED[3]]}])


def test_some__what_a_shared_page_offers() -> None:
    assert run("some", ITEMS, "colour", "blue")
    assert not run("some", ITEMS, "colour", "red")


def test_narrowed__both_ends_of_a_price_are_one() -> None:
    assert run("narrowed", {**NOTHING, "from": 1, "max": 2, "stock": True}) == 2
