"""How certain it is that a crop shows something to wear."""

from __future__ import annotations

import math

import pytest

from searchapp.vision.describing import garmentness


def unasked() -> float:
    raise AssertionError("people are looked for only in doubt")


def nobody() -> float:
    return 0.0


def test_garmentness__both_looks_are_sure() -> None:
    assert garmentness(0.9, 3.0, unasked) == 0.9
    assert garmentness(1.0, 1.0, unasked) == pytest.approx(0.731, abs=1e-3)


@pytest.mark.parametrize(("first_look", "odds"), [(0.9, -3.0), (0.1, 4.0), (0.0, math.inf)])
def test_garmentness__one_look_alone_is_not_enough(first_look: float, odds: float) -> None:
    assert garmentness(first_look, odds, nobody) < 0.2


def test_garmentness__worn_by_somebody() -> None:
    assert garmentness(0.3, -3.0, lambda: 0.8) > 0.9
    assert garmentness(0.9, -3.0, lambda: 0.8) > 0.9
    assert garmentness(0.3, -9.0, lambda: 0.3) < 0.1


def test_garmentness__a_kind_of_which_nothing_was_learned() -> None:
    assert garmentness(0.8, math.inf, unasked) == 0.8
