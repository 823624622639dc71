"""What a crop shows, from the vectors of the embedding network: is it worn, and what kind.

Kinds of garments by a linear head learned from labelled photos.  Bags and accessories, of which
there were no labelled photos, by the rows of the network's own ImageNet classifier: a bag is called
a bag when its rows win clearly over those of everything that is worn.
"""

from __future__ import annotations

import numpy as np

from searchapp.domain.taxonomy import LABELS
from searchapp.vision.detection.garment_detector import spread
from searchapp.vision.features.item_arrays import Matrix, Vector
from searchapp.vision.models.built_in import arrays
from searchapp.vision.models.embedding import Pooled, unit

_BAGS, _ACCESSORIES = slice(0, 5), slice(5, 14)
"""Rows of ``other_weight``: bags first, then accessories, then what is worn."""

UNLEARNED = ("bag", "accessory")
"""Kinds of which there were no photos to learn from."""

BAG_FROM, ACCESSORY_FROM = 0.7, 0.8
"""1 % of photos of other garments reach the first, none of 1,814 the second."""


def kinds_of(pooled: Pooled) -> Matrix:
    """Probabilities of LABELS for each crop, float32 (n, LABEL_PROBS_DIM)."""
    heads = arrays("heads.npz")
    garments = softmax(unit(pooled.gem) @ heads["kind_weight"].T + heads["kind_bias"])
    others = softmax(pooled.mean @ heads["other_weight"].T + heads["other_bias"])
    rows = np.stack([spread(row) for row in garments])
    for label, part, least in (
        ("bag", _BAGS, BAG_FROM),
        ("accessory", _ACCESSORIES, ACCESSORY_FROM),
    ):
        chance = others[:, part].sum(axis=1)
        chance = np.where(chance >= least, chance, 0.0)[:, None]
        rows = rows * (1 - chance) + certainly(label) * chance
    return rows.astype(np.float32)


def garment_odds(pooled: Pooled) -> Vector:
    """Logarithm of the odds that each crop shows something to wear, float32 (n,)."""
    heads = arrays("heads.npz")
    odds: Vector = unit(pooled.gem) @ heads["garment_weight"] + heads["garment_bias"]
    return odds


def certainly(label: str) -> Vector:
    """The probabilities of LABELS when it is certainly this one."""
    only: Vector = np.eye(len(LABELS), dtype=np.float32)[LABELS.index(label)]
    return only


def softmax(logits: Matrix) -> Matrix:
    """Probabilities of each row, which sum to 1."""
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Matrix = (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)
    return shares
