"""Keypoints that look alike and lie alike."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchapp.catalogue.matching.feature_codec import (
    KEYPOINT_BYTES,
    packed_keypoints,
    unpacked_keypoints,
)
from searchapp.catalogue.matching.geometric_verification import (
    COMPARED,
    LEAST,
    compare,
    inlier_counts,
)
from searchapp.catalogue.matching.scores import Scored
from searchapp.vision.features.item_arrays import (
    KEYPOINT_DIM,
    ItemFeatures,
    Keypoints,
    no_keypoints,
)


def scattered(seed: int, count: int = 40) -> Keypoints:
    rng = np.random.default_rng(seed)
    places = np.stack(
        [
            rng.uniform(0.2, 0.8, count),
            rng.uniform(0.2, 0.8, count),
            rng.uniform(0.01, 0.05, count),
            rng.uniform(0, 2 * np.pi, count),
        ],
        axis=1,
    )
    looks = rng.normal(size=(count, KEYPOINT_DIM))
    looks /= np.linalg.norm(looks, axis=1, keepdims=True)
    return Keypoints(places.astype(np.float32), looks.astype(np.float32))


def moved(keypoints: Keypoints, angle: float, scale: float, shift: complex) -> Keypoints:
    """The same places turned (radians), scaled and shifted; their looks stay."""
    places = keypoints.places.copy()
    at = (places[:, 0] + 1j * places[:, 1]) * scale * np.exp(1j * angle) + shift
    places[:, 0], places[:, 1] = at.real, at.imag
    places[:, 2] *= scale
    places[:, 3] += angle
    return Keypoints(places, keypoints.descriptors)


def item(*ways: Keypoints) -> ItemFeatures:
    nothing = np.zeros((1, 8), np.float32)
    return ItemFeatures(nothing, nothing, nothing[0], nothing[0], 0.9, keypoints=ways)


@settings(deadline=None)
@given(
    st.floats(-3.1, 3.1),
    st.floats(0.4, 2.5),
    st.complex_numbers(max_magnitude=0.5, allow_nan=False, allow_infinity=False),
)
def test_agreements__the_same_thing_turned_scaled_and_moved(
    angle: float, scale: float, shift: complex
) -> None:
    here = scattered(1)
    assert inlier_counts([here], [moved(here, angle, scale, shift)])[0] > 30


def test_agreements__other_looks_or_other_places_do_not_agree() -> None:
    here = scattered(1)
    elsewhere = Keypoints(scattered(3).places, here.descriptors)
    assert list(inlier_counts([here], [scattered(2), elsewhere])) == [0, 0]


def test_agreements__a_mirror_image_needs_the_mirrored_keypoints() -> None:
    here = scattered(1)
    places = here.places * [-1, 1, 1, 1] + [1, 0, 0, 0]
    places[:, 3] = np.pi - here.places[:, 3]
    mirrored = Keypoints(places.astype(np.float32), here.descriptors)
    assert inlier_counts([here], [mirrored])[0] == 0
    assert inlier_counts([here, mirrored], [mirrored])[0] > 30


def test_agreements__few_or_no_keypoints_prove_nothing() -> None:
    few = scattered(1, LEAST - 1)
    assert list(inlier_counts([few], [few, no_keypoints()])) == [0, 0]
    assert list(inlier_counts([no_keypoints()], [scattered(1)])) == [0]
    assert list(inlier_counts([], [scattered(1)])) == [0]


def test_agreements__one_place_found_many_times_counts_once() -> None:
    one = Keypoints(np.repeat(scattered(1, 1).places, 20, axis=0), scattered(2, 20).descriptors)
    assert inlier_counts([one], [one])[0] == 0


def test_compared__what_agrees_moves_up() -> None:
    here = scattered(1)
    scored = [Scored("other", 0.4, 0.8), Scored("right", 0.3, 0.7)]
    photos = {"other": [scattered(2)], "right": [scattered(3), moved(here, 0.3, 0.8, 0.1)]}
    ranked = compare(item(here), scored, photos)
    assert [entry.product_id for entry in ranked] == ["right", "other"]
    assert ranked[0].likeness == pytest.approx(1.0)
    assert ranked[0].score > ranked[1].score


def test_compared__only_the_best_candidates_are_looked_at() -> None:
    here = scattered(1)
    scored = [Scored(f"{n:02}", 0.5, 1.0 - n / 100) for n in range(COMPARED + 1)]
    ranked = compare(item(here), scored, {f"{COMPARED:02}": [here]})
    assert [entry.product_id for entry in ranked] == [entry.product_id for entry in scored]


def test_packed_keypoints__come_back_nearly_as_they_were() -> None:
    before = moved(scattered(4), -0.1, 0.9, 0.1j)
    stored = packed_keypoints(before)
    after = unpacked_keypoints(stored)
    assert len(stored) == len(before) * KEYPOINT_BYTES
    assert (before.descriptors * after.descriptors).sum(axis=1).min() > 0.995
    assert inlier_counts([before], [after])[0] > 30
    assert len(unpacked_keypoints(packed_keypoints(no_keypoints()))) == 0
