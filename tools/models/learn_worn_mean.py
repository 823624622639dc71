"""Learns ``worn_mean`` in ``heads.npz``: the mean vector of garments that people wear, alone.

Tops, lower halves and dresses of street photos are cut out by the product's own masks.

    PYTHONPATH=. python tools/models/learn_worn_mean.py CLOTHING_CO_PARSING
"""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import numpy as np
from street_photos import pairs

from searchapp.vision.crops import WHOLE
from searchapp.vision.detection.garment_masks import MaskHead, cut_out
from searchapp.vision.models.built_in import FOLDER
from searchapp.vision.models.embedding import Lite0Embedder

EVERY = 5
LEAST = 0.02
"""Kinds that fill less of a photo are left out."""


def main(folder: Path) -> None:
    network, head, crops = Lite0Embedder(), MaskHead(), []
    for photo, _ in islice(pairs(folder), 0, None, EVERY):
        pixels = np.asarray(photo)
        masks = head.masks(network.feature_maps(pixels))
        for label in ("top", "bottom", "dress"):
            mask = masks.of_item(label) if label != "dress" else masks.of_class(label)
            alone = cut_out(pixels, mask, WHOLE) if (mask > 0.5).mean() >= LEAST else None
            if alone is not None:
                crops.append(alone.pixels)
    with np.load(FOLDER / "heads.npz") as file:
        arrays = dict(file)
    arrays["worn_mean"] = network.embed(crops).mean(axis=0)
    np.savez(FOLDER / "heads.npz", **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
