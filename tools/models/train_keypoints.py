"""Learns ``keypoints.npz``: the principal axes of SIFT descriptors on photos of clothes.

PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER python tools/models/train_keypoints.py
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from benchmarks.photos import photos
from searchapp.vision.features.item_arrays import KEYPOINT_DIM
from searchapp.vision.features.keypoints import CONTRAST, EDGE, MIRROR, MOST, SIDE

ROOT = Path(__file__).resolve().parents[2]


def collect() -> np.ndarray:
    """Square-rooted descriptors of the training contributors' photos, and of their mirror images.

    With both, no axis prefers one way round.
    """
    detector = cv2.SIFT_create(nfeatures=MOST, contrastThreshold=CONTRAST, edgeThreshold=EDGE)
    rows = []
    for photo in photos():
        if photo.for_testing:
            continue
        image = photo.open().convert("L")
        image.thumbnail((SIDE, SIDE))
        _, raw = detector.detectAndCompute(np.asarray(image), None)
        if raw is not None:
            rows += [raw[:MOST], raw[:MOST, MIRROR]]
    raw = np.concatenate(rows)
    return np.sqrt(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-6))


if __name__ == "__main__":
    roots = collect()
    mean = roots.mean(axis=0)
    strength, axes = np.linalg.eigh(np.cov((roots - mean).T))
    strongest = axes[:, np.argsort(-strength)[:KEYPOINT_DIM]].T
    np.savez(
        ROOT / "searchapp/vision/models/keypoints.npz",
        mean=mean.astype(np.float32),
        axes=strongest.astype(np.float16),
    )
