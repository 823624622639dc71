"""How like an item each candidate product is, and what we believe of the best one.

Pure functions of arrays.  Scores are calibrated on photos: they mean the same for every item.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from searchapp.domain.search import Match
from searchapp.vision.features import ItemFeatures, ViewFeatures

COLOUR_WEIGHT = 0.25
SAME_SCORE, SIMILAR_SCORE = 0.8, 0.15
_MIDDLE, _SLOPE = 0.55, 10.0


@dataclass(frozen=True, slots=True)
class Scored:
    """One candidate product: ``score`` is 0..1, higher is better, comparable across items."""

    product_id: str
    score: float


def score(item: ItemFeatures, candidates: Mapping[str, Sequence[ViewFeatures]]) -> list[Scored]:
    """Candidates with their scores, best first.

    :param candidates: product id -> every stored view of it (all photos).
    """
    scored = [Scored(product, _score(item, views)) for product, views in candidates.items()]
    return sorted(scored, key=lambda entry: (-entry.score, entry.product_id))


def _score(item: ItemFeatures, views: Sequence[ViewFeatures]) -> float:
    likeness = max(float((item.vectors @ view.embedding).max()) for view in views)
    colour = max(float((item.colours @ view.colour).max()) for view in views)
    total = (1 - COLOUR_WEIGHT) * likeness + COLOUR_WEIGHT * colour
    return float(1 / (1 + np.exp(-_SLOPE * (total - _MIDDLE))))


def verdict(item: ItemFeatures, scored: Sequence[Scored]) -> Match:
    """What we believe of the best candidate, given the scores of all of them, best first."""
    if not scored or item.garmentness < 0.05 or scored[0].score < SIMILAR_SCORE:
        return Match.NONE
    second = scored[1].score if len(scored) > 1 else 0.0
    if scored[0].score >= SAME_SCORE and scored[0].score - second > 0.05:
        return Match.SAME
    return Match.SIMILAR
