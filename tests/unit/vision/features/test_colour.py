"""Colour histograms."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.vision.features.colour import histogram, lab_of
from searchapp.vision.features.item_arrays import COLOUR_DIM


def flat(red: int, green: int, blue: int) -> np.ndarray:
    return np.full((20, 20, 3), (red, green, blue), np.uint8)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [((255, 255, 255), (100, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((255, 0, 0), (53.2, 80.1, 67.2))],
)
def test_lab_of__known_colours(rgb: tuple[int, ...], lab: tuple[float, ...]) -> None:
    assert lab_of(np.array([rgb], np.uint8))[0] == pytest.approx(lab, abs=0.3)


def test_histogram__unit_length_and_size() -> None:
    vector = histogram(flat(10, 200, 60))
    assert vector.shape == (COLOUR_DIM,)
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


def test_histogram__like_colours_are_nearer() -> None:
    red, wine, blue = (
        histogram(flat(200, 20, 20)),
        histogram(flat(170, 25, 30)),
        histogram(flat(20, 20, 200)),
    )
    assert red @ wine > red @ blue + 0.3


def test_histogram__tells_greys_from_muted_colours() -> None:
    grey, navy = histogram(flat(60, 62, 66)), histogram(flat(45, 55, 85))
    assert grey @ navy < 0.7


def test_histogram__mask_chooses_what_counts() -> None:
    picture = flat(200, 20, 20)
    picture[:, 10:] = (20, 20, 200)
    mask = np.zeros((4, 4), np.float32)
    mask[:, :2] = 1
    assert histogram(picture, mask) @ histogram(flat(200, 20, 20)) > 0.9
