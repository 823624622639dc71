"""Whether two pictures show the very same thing: keypoints that look alike and lie alike.

Pure functions of arrays.  Matches that are clearly better than the next best one (Lowe 2004, 7.1)
each propose how one picture was turned, scaled and moved onto the other; the proposal that most
others agree with is refined to an affine map, and what fits that map is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from searchapp.catalogue.matching.scores import Scored, rerank_by_inliers
from searchapp.vision.features.item_arrays import ItemFeatures, Keypoints, Matrix

COMPARED = 30
"""The best so many candidates are compared keypoint by keypoint, in about 8 ms."""

CLEARLY = 0.85
"""A match is at most so far away as this part of the distance to the next best keypoint."""

LEAST = 4
"""Fewer keypoints fit some affine map by chance, so they count for nothing."""

LARGEST_SCALE = 5.0
TURN_APART, SCALE_APART = 0.5, 0.6
"""Matches that agree are turned alike (radians) and scaled alike (natural logarithm)."""

NEAR, NEARER = 0.036, 0.02
"""How far from its place a match may lie, in sides of the picture: at first, and refined."""

APART = 0.0075
"""Keypoints in one cell of this size are one: the detector finds some places twice."""

ROUNDS = 2
LEAST_AREA, MOST_AREA = 0.05, 20.0
"""By how much a believable map changes areas; one below zero would turn the picture over."""


def compare(
    item: ItemFeatures, scored: Sequence[Scored], photos: Mapping[str, Sequence[Keypoints]]
) -> list[Scored]:
    """``scored``, best first, the first COMPARED of them judged by their keypoints as well.

    :param photos: product id -> keypoints of its photos; the photo that agrees best counts.
    """
    counts = {}
    for entry in scored[:COMPARED]:
        of_photos = inlier_counts(item.keypoints, photos.get(entry.product_id, ()))
        counts[entry.product_id] = int(of_photos.max(initial=0))
    return rerank_by_inliers(scored, counts)


def inlier_counts(item: Sequence[Keypoints], photos: Sequence[Keypoints]) -> NDArray[np.int64]:
    """How many keypoints of each photo agree with the item, int64 (len(photos),).

    :param item: the item's keypoints, and those of its mirror image; the better one counts.
    """
    counts = np.zeros(len(photos), np.int64)
    for way in item:
        if len(way) < LEAST:
            continue
        for index, photo in enumerate(photos):
            counts[index] = max(counts[index], _agreeing(way, photo))
    return counts


def _agreeing(item: Keypoints, photo: Keypoints) -> int:
    """Keypoints that look alike and fit the best map, each place counted once."""
    if len(photo) < LEAST:
        return 0
    matches = _matched(item, photo)
    fits = _proposed(matches)
    for _ in range(ROUNDS):
        if fits.sum() < LEAST:
            return 0
        fits = _refined(matches, fits)
    there = matches.there[fits]
    places = np.unique(np.round(np.stack([there.real, there.imag]) / APART), axis=1).shape[1]
    return places if places >= LEAST else 0


@dataclass(frozen=True, slots=True)
class _Matches:
    """Places in both pictures as complex numbers; ``turns`` are scale x exp(i angle)."""

    here: NDArray[np.complex128]
    there: NDArray[np.complex128]
    turns: NDArray[np.complex128]


def _matched(item: Keypoints, photo: Keypoints) -> _Matches:
    """Keypoints whose best match in the photo is clearly better than the second best."""
    likeness = item.descriptors @ photo.descriptors.T
    rows = np.arange(len(likeness))
    best = likeness.argmax(axis=1)
    first = likeness[rows, best]
    likeness[rows, best] = -np.inf
    # Squared distances of unit vectors are 2 - 2 x likeness.
    clear = 1 - first < CLEARLY**2 * (1 - likeness.max(axis=1))
    here, there = item.places[clear], photo.places[best[clear]]
    scales = there[:, 2] / here[:, 2]
    kept = (scales < LARGEST_SCALE) & (scales > 1 / LARGEST_SCALE)
    here, there, scales = here[kept], there[kept], scales[kept]
    return _Matches(
        here[:, 0] + 1j * here[:, 1],
        there[:, 0] + 1j * there[:, 1],
        scales * np.exp(1j * (there[:, 3] - here[:, 3])),
    )


def _proposed(matches: _Matches) -> NDArray[np.bool_]:
    """Which matches agree with the single one that most agree with."""
    here, there, turns = matches.here, matches.there, matches.turns
    if len(here) < LEAST:
        return np.zeros(len(here), bool)
    moved = turns[:, None] * (here[None] - here[:, None]) + there[:, None]
    apart = turns[:, None] / turns[None]
    agree = (
        (np.abs(moved - there[None]) < NEAR)
        & (np.abs(np.angle(apart)) < TURN_APART)
        & (np.abs(np.log(np.abs(apart))) < SCALE_APART)
    )
    chosen: NDArray[np.bool_] = agree[agree.sum(axis=1).argmax()]
    return chosen


def _refined(matches: _Matches, fits: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which matches fit the affine map through those that fitted so far."""
    here: Matrix = np.stack([matches.here.real, matches.here.imag, np.ones(len(fits))], axis=1)
    there: Matrix = np.stack([matches.there.real, matches.there.imag], axis=1)
    affine = np.linalg.lstsq(here[fits], there[fits], rcond=None)[0]
    area = float(np.linalg.det(affine[:2]))
    if not LEAST_AREA < area < MOST_AREA:
        return np.zeros(len(fits), bool)
    near: NDArray[np.bool_] = np.linalg.norm(here @ affine - there, axis=1) < NEARER
    return near
