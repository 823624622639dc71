"""What is kept of a picture for matching: arrays only, no pixels.

The dimensions are those of the built-in model; a model of the operator's own choice brings its
own ``dimension``, which :class:`searchapp.vision.pipeline.VisionEngine` tells.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from searchapp.domain.search import Box
from searchapp.domain.taxonomy import LABELS

EMBEDDING_DIM = 512
"""Length of the built-in embedding."""

COLOUR_DIM = 486
"""Length of a colour histogram: 6 steps of lightness, 9 x 9 of colour."""

FEATURES_VERSION = 8
"""Changes with what is kept of a photo besides embeddings (colours, kinds, keypoints, views): a
part of the name of every embedding, so that photos kept otherwise are looked at again."""

VIEWS_PER_PHOTO = 3
"""At most so many views are indexed of one catalogue photo."""

MAX_QUERY_VECTORS = 8
"""At most so many vectors of one item are looked up in the index (the others only re-rank)."""

LABEL_PROBS_DIM = len(LABELS)
"""Label probabilities are in the order of :data:`searchapp.domain.taxonomy.LABELS`."""

Vector = NDArray[np.float32]
Matrix = NDArray[np.float32]


SPATIAL_DIM = 7 * 7 * (48 + 24)
"""Length of a spatial descriptor: 72 numbers for each of 7 x 7 cells of the garment."""

KEYPOINT_DIM = 32
"""Length of a keypoint's descriptor."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Local features of a picture: where corners and blobs are, and what they look like.

    ``places`` is float32 ``(n, 4)``: x, y and size as fractions of the picture's longest side, and
    the direction in radians.  ``descriptors`` is float32 ``(n, KEYPOINT_DIM)``, rows of unit
    length: the inner product of two says how alike they are.
    """

    places: Matrix
    descriptors: Matrix

    def __len__(self) -> int:
        return len(self.places)


def no_keypoints() -> Keypoints:
    """Of a picture in which nothing stands out, or of a view that carries none."""
    return Keypoints(np.zeros((0, 4), np.float32), np.zeros((0, KEYPOINT_DIM), np.float32))


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a picture that we suggest to search.

    ``confidence`` is 0..1.
    """

    box: Box
    label: str
    confidence: float


@dataclass(frozen=True, slots=True)
class ViewFeatures:
    """One view (a crop) of one catalogue photo: one row of the index.

    ``kind`` names the view (``full``, ``garment``, ``centre``).  ``embedding`` is float32
    ``(dimension,)`` of unit length; ``colour`` is float32 ``(COLOUR_DIM,)`` of unit length;
    ``label_probs`` is float32 ``(LABEL_PROBS_DIM,)`` and sums to 1.  ``keypoints`` are those of
    the garment in the whole photo; only its first view carries them.  ``worn`` tells that a person
    wears it in the photo; ``spatial``, float32 ``(SPATIAL_DIM,)`` or empty, says what is where on
    the garment, and only the view of the garment carries it.
    """

    kind: str
    embedding: Vector
    colour: Vector
    label_probs: Vector
    keypoints: Keypoints = field(default_factory=no_keypoints)
    worn: bool = False
    spatial: Vector = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True, slots=True)
class ItemFeatures:
    """One searched item of a query photo.

    ``lookup`` is float32 ``(k, dimension)``, k <= MAX_QUERY_VECTORS: the vectors to look up in
    the index.  ``vectors`` is float32 ``(n, dimension)``, all vectors that take part in scoring
    (``lookup`` included); ``colour`` is float32 ``(COLOUR_DIM,)``; all have unit length.
    ``label_probs`` is float32 ``(LABEL_PROBS_DIM,)``; ``finer``, float32 or empty, are
    probabilities of the kinds that the classifier tells apart.  ``garmentness`` is the
    probability, 0..1, that there is a garment in the crop at all.  ``keypoints`` are those of the
    garment in the crop and in its mirror image.  ``worn`` tells that a person wears it; ``alone``,
    float32 ``(k, dimension)``, are then the vectors of the garment with everything else painted
    out, and ``worn_mean`` is the mean of such vectors where the model's is known.  ``spatial``,
    float32 ``(k, SPATIAL_DIM)``, are its spatial descriptors less the mean of worn garments of its
    kind.
    """

    lookup: Matrix
    vectors: Matrix
    colour: Vector
    label_probs: Vector
    garmentness: float
    label: str = "whole"
    keypoints: tuple[Keypoints, ...] = ()
    worn: bool = False
    alone: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    worn_mean: Vector | None = None
    spatial: Matrix = field(default_factory=lambda: np.zeros((0, SPATIAL_DIM), np.float32))
    finer: Vector = field(default_factory=lambda: np.zeros(0, np.float32))
