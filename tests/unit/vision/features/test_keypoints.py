"""Keypoints of pictures, and of their mirror images."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.vision.features.item_arrays import KEYPOINT_DIM, Keypoints
from searchapp.vision.features.keypoints import MOST, KeypointFinder

FINDER = KeypointFinder()


def print_of(seed: int, height: int = 240, width: int = 180) -> np.ndarray:
    """A picture with many corners: random patches of random colours."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), 200, np.uint8)
    for _ in range(60):
        y, x = int(rng.integers(height - 20)), int(rng.integers(width - 20))
        picture[y : y + int(rng.integers(6, 20)), x : x + int(rng.integers(6, 20))] = rng.integers(
            0, 255, 3
        )
    return picture


def test_keypoints__shapes_and_units() -> None:
    found = FINDER.keypoints(print_of(1))
    assert 20 < len(found) <= MOST
    assert found.places.shape == (len(found), 4)
    assert found.descriptors.shape == (len(found), KEYPOINT_DIM)
    assert np.linalg.norm(found.descriptors, axis=1) == pytest.approx(1, abs=1e-4)
    assert found.places[:, :3].min() >= 0
    assert found.places[:, :2].max() <= 1


@pytest.mark.parametrize("picture", [np.full((50, 80, 3), 7, np.uint8), np.zeros((1, 1, 3), "u1")])
def test_keypoints__nothing_stands_out(picture: np.ndarray) -> None:
    assert len(FINDER.keypoints(picture)) == 0
    assert [len(way) for way in FINDER.both_ways(picture)] == [0, 0]


def test_both_ways__the_second_is_that_of_the_mirror_image() -> None:
    picture = print_of(2)
    plain, mirrored = FINDER.both_ways(picture)
    expected = FINDER.keypoints(np.ascontiguousarray(picture[:, ::-1]))
    assert np.array_equal(plain.descriptors, FINDER.keypoints(picture).descriptors)
    assert _share_found(mirrored, expected) > 0.8
    assert _share_found(plain, expected) < 0.2


def _share_found(some: Keypoints, others: Keypoints) -> float:
    """The share of ``some`` that stand, with place and looks, among ``others``."""
    apart = np.linalg.norm(some.places[:, None, :2] - others.places[None, :, :2], axis=2)
    alike = some.descriptors @ others.descriptors.T
    return float(((apart < 0.015) & (alike > 0.9)).any(axis=1).mean())
