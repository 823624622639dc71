"""What a crop shows, from the vectors of the embedding network: is it worn, and what kind.

Kinds of garments by a linear head on the pooled vector and on what is where in the crop, learned
from labelled photos of clothes that lie or hang and from masked street photos.  Lying bags and
accessories, of which there were no labelled photos, by the rows of the network's own ImageNet
classifier: a bag is called a bag when its rows win clearly over those of everything that is worn.
"""

from __future__ import annotations

import numpy as np

from searchapp.domain.taxonomy import LABELS
from searchapp.vision.features.item_arrays import Matrix, Vector
from searchapp.vision.models.embedding import Pooled, unit
from searchapp.vision.models.model_files import arrays

FAMILY_OF = {
    "tshirt": "top",
    "shirt": "top",
    "knit": "top",
    "hoodie": "top",
    "top": "top",
    "coat": "outer",
    "jacket": "outer",
    "outer": "outer",
    "shorts": "bottom",
    "jeans": "bottom",
    "trousers": "bottom",
    "skirt": "skirt",
    "dress": "dress",
    "shoes": "shoes",
    "hat": "hat",
    "bag": "bag",
}
"""What the head tells apart, in its order, and the family of each; a family's own slug stands for
what is of none of its finer kinds."""

_FAMILIES = np.array([[label == family for label in LABELS] for family in FAMILY_OF.values()])

GEM_SCALE, SPATIAL_SCALE = 10.0, 8.0
"""Lengths of the two parts of what the head looks at."""

_BAGS, _ACCESSORIES = slice(0, 5), slice(5, 14)
"""Rows of ``other_weight``: bags first, then accessories, then what is worn."""

UNLEARNED = ("bag", "accessory")
"""Kinds of which there were no photos to learn from."""

BAG_FROM, ACCESSORY_FROM = 0.7, 0.8
"""1 % of photos of other garments reach the first, none of 1,814 the second."""


def kind_features(pooled: Pooled, mean: Vector) -> Matrix:
    """What the head looks at, float32 (n, 1280 + SPATIAL_DIM).

    :param mean: of spatial descriptors.
    """
    spatial = unit(pooled.spatial - mean)
    return np.concatenate([GEM_SCALE * unit(pooled.gem), SPATIAL_SCALE * spatial], axis=1)


def garment_kinds(pooled: Pooled, *, worn: bool = False) -> Matrix:
    """Probabilities of the kinds of FAMILY_OF for crops that show something to wear, float32
    (n, len(FAMILY_OF)).

    :param worn: whether a person wears it: that has a head of its own, which knows bags.
    """
    heads, name = arrays("heads.npz"), "worn_kind" if worn else "kind"
    features = kind_features(pooled, heads["kind_mean"])
    return softmax(features @ heads[f"{name}_weight"].T + heads[f"{name}_bias"])


def families_of(kinds: Matrix) -> Matrix:
    """Probabilities of LABELS of rows of finer kinds, float32 (n, LABEL_PROBS_DIM)."""
    families: Matrix = (kinds @ _FAMILIES).astype(np.float32)
    return families


def kinds_of(pooled: Pooled) -> Matrix:
    """Probabilities of LABELS for crops that may show bags and accessories besides, which lie."""
    heads, rows = arrays("heads.npz"), families_of(garment_kinds(pooled))
    others = softmax(pooled.mean @ heads["other_weight"].T + heads["other_bias"])
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
