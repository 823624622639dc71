"""Crops to vectors: EfficientNet-Lite0, pooled, projected to 512 numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp.vision.crops import Pixels, resize_to_square
from searchapp.vision.features.item_arrays import EMBEDDING_DIM, FEATURES_VERSION, Matrix, Vector
from searchapp.vision.models.model_files import arrays, checked, onnx_session

OVERVIEW = 448
"""Longest side at which a whole picture is looked over for garments."""

_LEAST = 192
BATCH = 1
"""Crops at once: without an arena each run asks the system for its memory anew, so that eight at
once take 12 ms of processor time a crop instead of 6, and 25 MB each."""


@dataclass(frozen=True, slots=True)
class FeatureMaps:
    """Local features of n pictures, float32: ``fine`` (n, 40, h / 8, w / 8), ``mid``
    (n, 112, h / 16, w / 16) and ``top`` (n, 320, h / 32, w / 32)."""

    fine: NDArray[np.float32]
    mid: NDArray[np.float32]
    top: NDArray[np.float32]


@dataclass(frozen=True)
class Pooled:
    """What the network says of n crops.

    ``gem`` and ``mean``: float32 (n, 1280); ``low``: float32 (n, 304), mean and standard deviation
    of early features; ``maps``: their local features.
    """

    gem: Matrix
    mean: Matrix
    low: Matrix
    maps: FeatureMaps

    @cached_property
    def first(self) -> Pooled:
        """What it says of the first crop alone."""
        maps = FeatureMaps(self.maps.fine[:1], self.maps.mid[:1], self.maps.top[:1])
        return Pooled(self.gem[:1], self.mean[:1], self.low[:1], maps)

    @cached_property
    def spatial(self) -> Matrix:
        """What is where in each crop, float32 (n, SPATIAL_DIM), of any length.

        The maps at strides 32 and 16 on a grid of 7 x 7 cells, each cell reduced to its principal
        axes over photos of clothes: pooled vectors forget where a collar or a print is.
        """
        heads, count = arrays("heads.npz"), len(self.gem)
        mid = self.maps.mid.reshape(count, -1, 7, 2, 7, 2).mean(axis=(3, 5))
        cells = [
            (maps.reshape(count, -1, 49).transpose(0, 2, 1) @ heads[name].T).reshape(count, -1)
            for maps, name in ((self.maps.top, "spatial_top"), (mid, "spatial_mid"))
        ]
        return np.concatenate(cells, axis=1).astype(np.float32)


MAPS = ["fine", "mid", "top"]
OUTPUTS = ["gem", "mean", "low", *MAPS]


class Embedder(Protocol):
    """Anything that turns crops into vectors."""

    @property
    def name(self) -> str:
        """Names model and version: vectors of different names must not be compared."""

    @property
    def dimension(self) -> int:
        """Length of every vector."""

    @property
    def slow(self) -> bool:
        """Whether a crop takes so long that an item is looked at in few of them."""

    def embed(self, crops: Sequence[Pixels]) -> Matrix:
        """Vectors of unit length, float32 (n, dimension), of crops of any size."""


class Lite0Embedder:
    """The built-in embedding.  Loads on first use; one per process."""

    name = f"lite0-lda-{FEATURES_VERSION}"
    dimension = EMBEDDING_DIM
    slow = False
    side = 224

    @cached_property
    def _session(self) -> Any:
        return onnx_session(checked("efficientnet_lite0.onnx"))

    @property
    def worn_mean(self) -> Vector:
        """The mean vector of garments that people wear, everything else painted white."""
        return arrays("heads.npz")["worn_mean"]

    @staticmethod
    def spatial_worn_mean(label: str) -> Vector:
        """The mean spatial descriptor of worn garments of a kind, of all kinds for other labels."""
        heads = arrays("heads.npz")
        return heads.get(f"spatial_worn_{label}", heads["spatial_worn"])

    def pooled(self, crops: Sequence[Pixels]) -> Pooled:
        """Runs the network on crops of any size (uint8, RGB), each pressed into a square."""
        parts = []
        for start in range(0, len(crops), BATCH):
            batch = [resize_to_square(crop, self.side) for crop in crops[start : start + BATCH]]
            parts.append(self._run(np.stack(batch), OUTPUTS))
        gem, mean, low, *maps = (np.concatenate(column) for column in zip(*parts, strict=True))
        return Pooled(gem, mean, low, FeatureMaps(*maps))

    def feature_maps(self, pixels: Pixels, longest: int = OVERVIEW) -> FeatureMaps:
        """Runs the network once on a whole picture, about ``longest`` pixels long, in its shape."""
        height, width = pixels.shape[:2]
        ratio = longest / max(height, width)
        size = [max(_LEAST, round(side * ratio / 32) * 32) for side in (width, height)]
        image = Image.fromarray(np.ascontiguousarray(pixels))
        small = image.resize((size[0], size[1]), Image.Resampling.BICUBIC, reducing_gap=2.0)
        return FeatureMaps(*self._run(np.asarray(small)[None], MAPS))

    def _run(self, pixels: Pixels, names: Sequence[str]) -> list[NDArray[np.float32]]:
        outputs: list[NDArray[np.float32]] = self._session.run(
            names, {"pixels": pixels.astype(np.float32)}
        )
        return outputs

    def embed(self, crops: Sequence[Pixels]) -> Matrix:
        """Vectors of crops of any size."""
        return self.vectors(self.pooled(crops))

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
