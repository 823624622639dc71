"""Crops to vectors: EfficientNet-Lite0, pooled, projected to 512 numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp.vision.crops import Pixels, squashed
from searchapp.vision.features import EMBEDDING_DIM, Matrix
from searchapp.vision.models import arrays, checked, onnx_session

BATCH = 8
"""Crops at once: more gains no time and costs 25 MB each."""


@dataclass(frozen=True, slots=True)
class Pooled:
    """What the network says of n crops.

    ``gem`` and ``mean``: float32 (n, 1280); ``mid``: local features, float32 (n, 112, 14, 14);
    ``low``: float32 (n, 304), mean and standard deviation of early features.
    """

    gem: Matrix
    mean: Matrix
    mid: NDArray[np.float32]
    low: Matrix


class Lite0Embedder:
    """The built-in embedding.  Loads on first use; one per process."""

    name = "lite0-lda-2"
    dimension = EMBEDDING_DIM
    side = 224

    @cached_property
    def _session(self) -> object:
        return onnx_session(checked("efficientnet_lite0.onnx"))

    def pooled(self, crops: Sequence[Pixels]) -> Pooled:
        """Runs the network on crops of any size (uint8, RGB)."""
        parts = []
        for start in range(0, len(crops), BATCH):
            batch = [squashed(crop, self.side) for crop in crops[start : start + BATCH]]
            inputs = {"pixels": np.stack(batch).astype(np.float32)}
            parts.append(self._session.run(["gem", "mean", "mid", "low"], inputs))  # type: ignore[attr-defined]
        return Pooled(*(np.concatenate(column) for column in zip(*parts, strict=True)))

    def vectors(self, pooled: Pooled) -> Matrix:
        """Vectors of unit length, float32 (n, 512).

        Deep features and early ones (texture, colour) side by side, projected so that changes of
        the same photo (crop, light, tilt, blur ...) count little and differences between products
        count much: linear discriminant analysis, learned from pairs of changed photos.
        """
        heads = arrays("heads.npz")
        low = unit((pooled.low - heads["low_mean"]) / heads["low_scale"]) * heads["low_weight"]
        features = np.concatenate([unit(pooled.gem), low], axis=1)
        return unit((features - heads["mean"]) @ heads["project"].T)


def unit(rows: NDArray[np.floating[Any]]) -> Matrix:
    """Rows scaled to length 1; rows of zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    scaled: Matrix = (rows / np.maximum(lengths, 1e-12)).astype(np.float32)
    return scaled
