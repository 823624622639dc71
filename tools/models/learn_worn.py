"""Learns what ``heads.npz`` knows of worn garments: mean vectors, and the axes of the spatial
descriptor with its means.

Garments of street photos are cut out by the product's own masks, and so are those of clothing
photos of the training contributors.  The axes are the principal ones of cells of both, each side
less its own mean, so that it learns nothing that all worn or all flat garments have in common.

    PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER \\
        python tools/models/learn_worn.py CLOTHING_CO_PARSING
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
from street_photos import pairs

from benchmarks.photos import photos
from searchapp.vision.crops import WHOLE, Pixels
from searchapp.vision.detection.garment_masks import MaskHead, cut_out
from searchapp.vision.models.embedding import Lite0Embedder, Pooled
from searchapp.vision.models.model_files import FOLDER

EVERY_STREET, EVERY_FLAT = 2, 4
LEAST = 0.025
"""Kinds that fill less of a photo are left out."""

LABELS = ("top", "outer", "bottom", "skirt", "dress")
CELLS = 49
AXES = {"top": 48, "mid": 24}


def cut_outs(pixels: Pixels, labels: tuple[str, ...]) -> Iterator[tuple[str, Pixels]]:
    """The garments of a photo, each alone, with their labels."""
    masks = HEAD.masks(NETWORK.feature_maps(pixels))
    for label in labels:
        mask = masks.of_item(label) if label == "whole" else masks.of_class(label)
        alone = cut_out(pixels, mask, WHOLE) if (mask > 0.5).mean() >= LEAST else None
        if alone is not None:
            yield label, alone.pixels


def cells(pooled: Pooled) -> dict[str, np.ndarray]:
    """Both maps of n crops on a grid of 7 x 7, (n, channels, CELLS)."""
    count = len(pooled.gem)
    mid = pooled.maps.mid.reshape(count, -1, 7, 2, 7, 2).mean(axis=(3, 5))
    return {
        "top": pooled.maps.top.reshape(count, -1, CELLS),
        "mid": mid.reshape(count, -1, CELLS),
    }


def axes_of(sides: list[np.ndarray], count: int) -> np.ndarray:
    """The first principal axes, (count, channels), so scaled that descriptors have length 1."""
    centred = [side - side.mean(axis=0) for side in sides]
    rows = np.concatenate([part.transpose(0, 2, 1).reshape(-1, part.shape[1]) for part in centred])
    found = np.linalg.eigh(rows.T @ rows)[1][:, ::-1][:, :count].T
    seen = np.einsum("ncs,kc->nks", centred[1], found).reshape(len(centred[1]), -1)
    return found / np.linalg.norm(seen, axis=1).mean()


def main(folder: Path) -> None:
    street = islice((np.asarray(photo) for photo, _ in pairs(folder)), 0, None, EVERY_STREET)
    worn = [found for pixels in street for found in cut_outs(pixels, LABELS)]
    training = [photo for photo in photos() if not photo.for_testing][::EVERY_FLAT]
    flat = [
        alone for photo in training for _, alone in cut_outs(np.asarray(photo.open()), ("whole",))
    ]
    seen = [NETWORK.pooled(crops) for crops in ([crop for _, crop in worn], flat)]
    sides = [cells(pooled) for pooled in seen]
    with np.load(FOLDER / "heads.npz") as file:
        arrays = dict(file)
    for name, count in AXES.items():
        axes = axes_of([side[name] for side in sides], count)
        arrays[f"spatial_{name}"] = axes.astype(np.float16)
    parts = [
        np.einsum("ncs,kc->nsk", sides[0][name], arrays[f"spatial_{name}"].astype(np.float32))
        for name in AXES
    ]
    spatial = np.concatenate([part.reshape(len(worn), -1) for part in parts], axis=1)
    labels = np.array([label for label, _ in worn])
    arrays["spatial_worn"] = spatial.mean(axis=0).astype(np.float16)
    for label in LABELS:
        mean = spatial[labels == label].mean(axis=0)
        arrays[f"spatial_worn_{label}"] = mean.astype(np.float16)
    arrays["worn_mean"] = NETWORK.vectors(seen[0]).mean(axis=0)
    np.savez(FOLDER / "heads.npz", **arrays)
    print(len(worn), "worn garments,", len(flat), "flat ones")


NETWORK, HEAD = Lite0Embedder(), MaskHead()

if __name__ == "__main__":
    main(Path(sys.argv[1]))
