"""What the search is compared with: perceptual hash, colour histogram, plain embedding."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp.vision.features.colour import histogram
from searchapp.vision.models.embedding import Lite0Embedder, unit

Vectors = NDArray[np.float32]


def phash(image: Image.Image) -> Vectors:
    """64 signs of the lowest frequencies of the grey picture (DCT of 32 x 32), as +1 and -1."""
    grey = np.asarray(image.convert("L").resize((32, 32)), np.float32)
    index = np.arange(32)
    basis = np.cos(np.pi / 32 * (index[None] + 0.5) * index[:8, None]).astype(np.float32)
    low = (basis @ grey @ basis.T).ravel()
    return np.where(low > np.median(low), 1.0, -1.0).astype(np.float32) / 8


def colours(image: Image.Image) -> Vectors:
    """The Lab histogram of the whole picture."""
    return histogram(np.asarray(image))


def plain(embedder: Lite0Embedder, image: Image.Image) -> Vectors:
    """The pooled vector of the network, as it is."""
    return unit(embedder.pooled([np.asarray(image)]).gem)[0]
