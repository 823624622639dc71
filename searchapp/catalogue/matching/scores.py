"""How like an item each candidate product is, and what we believe of the best one.

Pure functions of arrays.  The numbers were chosen on photos that nothing was learned from, see
``docs/search-quality.md``; ``make bench-search`` measures them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from searchapp.domain.search import Match
from searchapp.vision.features.item_arrays import ItemFeatures, Matrix, Vector, ViewFeatures
from searchapp.vision.models.embedding import unit

COLOUR_WEIGHT = 0.3
LABEL_WEIGHT = 0.15
"""What colour and kind add to the likeness of shapes and textures.  Of worn items the kind adds
nothing: without it R@1 of 345 was 54.8 instead of 51.3, and more in either half of them."""

WORN_COLOUR_WEIGHT = 0.4
"""Of worn items shape says less: R@1 was 48 with 0.3, 51 with 0.4 and 50.5 with 0.5."""

CENTRED_OFFSET = 0.2
"""Cosines of centred vectors are smaller than those of others by about so much."""

MEAN_LEAST = 20
"""Means of fewer views than this say little."""

SPATIAL_WEIGHT = 0.5
"""Of the likeness of a worn item and a flat view so much is that of spatial descriptors."""

UNKNOWN = -1.0
"""The likeness of views that cannot be compared across domains."""

WHOLE_HANDICAP = 0.2
"""A worn item as it is, with its surroundings, counts less against flat views: unless it is a copy
of the very picture, what is alike is the rest of the outfit."""

AGREEMENT_WEIGHT, AGREEMENT_ENOUGH = 0.3, 20
"""What keypoints that agree add; more than so many say nothing new."""

MIDDLE, SLOPE = 0.85, 6.0
"""Likeness that is scored 0.5, and how fast the score changes: the best product of 60 garments that
were not on sale was scored 0.12 to 0.76 (10 to 90 %), the right one of garments on sale 0.66 to
0.98."""

MARGIN_WEIGHT = 1.0
LIKENESS_WEIGHT = 0.05
SAME, SAME_WORN = 0.3, 0.26
"""``same`` from this sum on: by how much the best product leads the second, and its likeness.  A
worn garment and its flat photo are less alike, and so are the others: 1.8 % of 494 whose product
was not on sale reached 0.26, and 3.4 % 0.22."""

MIN_RUNNER_UP, SMALL_POOL = 0.75, 30
"""Among fewer than SMALL_POOL candidates the second best counts as at least so like the item: in a
large catalogue some product usually comes near that, and beating a few proves nothing."""

CERTAIN = 0.9
"""What is called ``same`` has at least this score: the lead says more than the likeness alone.  Of
70 items whose likeness gave less, 67 were right."""

GARMENT = 0.7
"""Below this there is no garment in the picture."""

FAINT, FAINT_LIKENESS = 0.78, 0.57
"""A garment less certain than FAINT needs something at least so like it on sale."""

ALIKE, ALIKE_WORN = 0.08, 0.3
"""Below this nothing on sale is even similar.  Among products of their own kind alone 3 of 314
lying garments and 2 of 419 worn ones that were not on sale were less alike, and none of 323 and 99
that were on sale; among those of one other kind 39 % of 620 and 10 % of 838."""

KNOWN = 0.9
"""What is so like one product, and only that one, is on sale, so it is a garment whatever it looks
like.  Of 546 items of pictures without a garment none reached 0.77."""


@dataclass(frozen=True, slots=True)
class FlatMeans:
    """Means over the catalogue's views of garments that no person wears: of embeddings, float32
    ``(dimension,)``, and of spatial descriptors, ``(SPATIAL_DIM,)`` or empty."""

    embedding: Vector
    spatial: Vector


@dataclass(frozen=True, slots=True)
class Projection:
    """What ``catalogue learn`` found: the means of worn and of flat garments of one catalogue,
    float32 ``(dimension,)``, and ``axes``, float32 ``(k, dimension)``, on which the two photos of
    a garment lie near each other."""

    worn_mean: Vector
    flat_mean: Vector
    axes: Matrix

    def likeness(self, worn: Matrix, flat: Matrix) -> Vector:
        """Cosine of each flat vector and the worn one that is most like it, float32 (n,)."""
        mine = unit(unit(worn - self.worn_mean) @ self.axes.T)
        theirs = unit(unit(flat - self.flat_mean) @ self.axes.T)
        best: Vector = (theirs @ mine.T).max(axis=1)
        return best


@dataclass(frozen=True, slots=True)
class VerdictNumbers:
    """Numbers that belong to a model; ``catalogue calibrate`` finds them for another one.

    ``factor`` and ``offset`` bring its likenesses to those of the built-in model; ``same`` and
    ``same_worn`` are the sums of lead and likeness from which a verdict is ``same``.
    """

    factor: float = 1.0
    offset: float = 0.0
    same: float = SAME
    same_worn: float = SAME_WORN


@dataclass(frozen=True, slots=True)
class Learned:
    """What an operator's own catalogue taught, for one model; nothing unless it was asked to."""

    projection: Projection | None = None
    numbers: VerdictNumbers = VerdictNumbers()


NOTHING_LEARNED = Learned()


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate product.

    ``score`` is 0..1, higher is better, and means the same for every item.  ``likeness`` is what
    it was made of: about 0 for anything, 1.6 for the very same picture.
    """

    product_id: str
    score: float
    likeness: float = 0.0


def flat_means(views: Iterable[ViewFeatures]) -> FlatMeans | None:
    """The means of some garment views; None where fewer than MEAN_LEAST are of flat garments."""
    flat = [view for view in views if not view.worn]
    if len(flat) < MEAN_LEAST:
        return None
    spatial = [view.spatial for view in flat if view.spatial.size]
    return FlatMeans(
        np.mean([view.embedding for view in flat], axis=0).astype(np.float32),
        np.mean(spatial, axis=0).astype(np.float32) if spatial else np.zeros(0, np.float32),
    )


def score(
    item: ItemFeatures,
    candidates: Mapping[str, Sequence[ViewFeatures]],
    flat: FlatMeans | None = None,
    learned: Learned = NOTHING_LEARNED,
) -> list[Scored]:
    """Candidates with their scores, best first.

    :param candidates: product id -> every stored view of it (all photos).
    :param flat: means of the catalogue's views of garments that no person wears.
    :param learned: what the operator's catalogue taught.
    """
    products = [product for product, views in candidates.items() if views]
    if not products:
        return []
    views = [view for product in products for view in candidates[product]]
    starts = np.cumsum([0, *(len(candidates[product]) for product in products[:-1])])
    every = _likeness(item, views, flat, learned.projection)
    best = np.maximum.reduceat(every, starts) * learned.numbers.factor + learned.numbers.offset
    return _ordered(_scored(*pair) for pair in zip(products, best.tolist(), strict=True))


def rerank_by_inliers(scored: Sequence[Scored], agreement: Mapping[str, int]) -> list[Scored]:
    """``scored`` again, best first, with what keypoints say.

    :param agreement: product id -> how many keypoints agree with the item
        (:mod:`searchapp.catalogue.matching.geometric_verification`).
    """
    most = AGREEMENT_ENOUGH
    return adjust_scores(
        scored, {k: AGREEMENT_WEIGHT * min(n, most) / most for k, n in agreement.items()}
    )


def adjust_scores(scored: Sequence[Scored], gains: Mapping[str, float]) -> list[Scored]:
    """``scored`` again, best first, some of them more or less alike than they were.

    :param gains: product id -> what to add to its likeness; the others stay as they are.
    """
    return _ordered(
        _scored(entry.product_id, entry.likeness + gains.get(entry.product_id, 0.0))
        for entry in scored
    )


def certain(scored: Sequence[Scored]) -> list[Scored]:
    """``scored``, best first, whose best is believed to be the very product."""
    best, *others = scored
    return [replace(best, score=max(best.score, CERTAIN)), *others]


def _scored(product: str, likeness: float) -> Scored:
    return Scored(product, 1 / (1 + math.exp(-SLOPE * (likeness - MIDDLE))), likeness)


def _ordered(scored: Iterable[Scored]) -> list[Scored]:
    return sorted(scored, key=lambda entry: (-entry.likeness, entry.product_id))


def _likeness(
    item: ItemFeatures,
    views: Sequence[ViewFeatures],
    flat: FlatMeans | None,
    projection: Projection | None,
) -> np.ndarray:
    """Likeness of each view: the best of all crops and turns, plus colour, plus kind."""
    vectors = np.stack([view.embedding for view in views])
    shape = (vectors @ item.vectors.T).max(axis=1)
    if len(item.alone):
        whole = np.array([0.0 if view.worn else WHOLE_HANDICAP for view in views])
        across = _across(item, views, vectors, flat)
        if projection is not None:
            across = _averaged(across, projection.likeness(item.alone, vectors), views)
        shape = np.maximum(shape - whole, across)
    coefficient = np.stack([view.colour for view in views]) @ item.colour
    # One minus the Hellinger distance: between like colours it falls faster than the
    # Bhattacharyya coefficient, of which it is made.
    colour = 1 - np.sqrt(np.maximum(0, 1 - coefficient))
    if item.worn:
        worn: np.ndarray = shape + WORN_COLOUR_WEIGHT * colour
        return worn
    kind = np.stack([view.label_probs for view in views]) @ item.label_probs
    total: np.ndarray = shape + COLOUR_WEIGHT * colour + LABEL_WEIGHT * kind
    return total


def _across(
    item: ItemFeatures, views: Sequence[ViewFeatures], vectors: Matrix, flat: FlatMeans | None
) -> Vector:
    """Likeness of a worn item, alone, and views: each side less the mean of its own domain.

    What all worn garments, or all flat ones, have in common says nothing of the one that is
    looked for.  Views of worn garments are of the item's own domain and are compared as they are.
    Where spatial descriptors are known, flat views without one are not compared: half of what
    tells garments apart would be missing.
    """
    alike: Vector = (vectors @ item.alone.T).max(axis=1)
    if item.worn_mean is None or flat is None:
        return alike
    worn = np.array([view.worn for view in views])
    centred = (unit(vectors - flat.embedding) @ unit(item.alone - item.worn_mean).T).max(axis=1)
    theirs = np.array([view.spatial.size > 0 for view in views])
    if theirs.any() and len(item.spatial) and flat.spatial.size:
        spatial = np.stack([view.spatial for view in views if view.spatial.size])
        place = (unit(spatial - flat.spatial) @ unit(item.spatial).T).max(axis=1)
        centred[theirs] += SPATIAL_WEIGHT * (place - centred[theirs])
        centred[~theirs] = UNKNOWN
    return np.where(worn, alike, centred + np.float32(CENTRED_OFFSET))


def _averaged(across: Vector, learned: Vector, views: Sequence[ViewFeatures]) -> Vector:
    """The built-in likeness of a worn item and flat views, and the learned one, half each."""
    worn = np.array([view.worn for view in views])
    return np.where(worn, across, (across + learned + np.float32(CENTRED_OFFSET)) / 2)


def lead(scored: Sequence[Scored]) -> float:
    """By how much the best candidate leads the second, and a part of its likeness."""
    best = scored[0].likeness
    second = scored[1].likeness if len(scored) > 1 else 0.0
    if len(scored) < SMALL_POOL:
        second = max(second, MIN_RUNNER_UP)
    return MARGIN_WEIGHT * (best - second) + LIKENESS_WEIGHT * best


def verdict(
    item: ItemFeatures, scored: Sequence[Scored], numbers: VerdictNumbers = NOTHING_LEARNED.numbers
) -> Match:
    """What we believe of the best candidate, given all of them, best first.

    ``same`` needs a lead over the second best product: among look-alikes, no one can be sure.
    """
    if not scored:
        return Match.NONE
    best = scored[0].likeness
    if best < (ALIKE_WORN if item.worn else ALIKE):
        return Match.NONE
    same = lead(scored) >= (numbers.same_worn if item.worn else numbers.same)
    if same and best >= KNOWN:
        return Match.SAME
    if item.garmentness < (FAINT if best < FAINT_LIKENESS else GARMENT):
        return Match.NONE
    return Match.SAME if same else Match.SIMILAR
