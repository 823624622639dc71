"""Learns ``heads.npz``: which differences between vectors matter, from changed photos.

Each photo of the training contributors is changed a dozen times, as a badly cut item of a query
would be.  What differs between changes of one photo should count little, what differs between
photos much: linear discriminant analysis (Fisher 1936) with a shrunken within-class covariance.

    PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER python tools/models/train_projection.py
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from network import Network, square
from PIL import Image

from benchmarks import changes
from benchmarks.photos import photos

ROOT = Path(__file__).resolve().parents[2]
CHANGES_EACH = 12
DIMENSION = 512
LOW_WEIGHT = 0.7
"""Weight of the early features beside the deep ones; 0 costs 25 points of R@1 on "combo"."""
SHRINKAGE = 0.3


def changed(image: Image.Image, other: Image.Image, rng: np.random.Generator) -> Image.Image:
    """A crop as a region finder would cut it, then phone-like changes."""
    width, height = image.size
    loose = rng.random() < 0.7
    slack = rng.uniform(-0.25, 0.12, 4) if loose else rng.uniform(-0.03, 0.03, 4)
    x, y = int(width * 0.15), int(height * 0.15)
    size = (int(width * 1.3), int(height * 1.3))
    ground = changes.background(size, rng) if rng.random() < 0.6 else other.resize(size)
    ground.paste(image, (x, y))
    left, top = int(x - slack[0] * width), int(y - slack[1] * height)
    right, bottom = int(x + width + slack[2] * width), int(y + height + slack[3] * height)
    part = ground.crop((left, top, right, bottom))
    for step, share in (
        (changes.perspective, 0.4),
        (changes.tilt, 0.4),
        (changes.light, 0.6),
        (changes.mirror, 0.3),
        (changes.blur, 0.4),
    ):
        if rng.random() < share:
            part = step(part, rng)
    return part


def collect(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Deep (n, 13, 1280) and early (n, 13, 304) features of each photo and its changes."""
    network, deep, early = Network(), [], []
    training = [photo for photo in photos() if not photo.for_testing]
    for photo in training:
        image = photo.open()
        pictures = [square(image)]
        for _ in range(CHANGES_EACH):
            other = training[int(rng.integers(len(training)))].open()
            pictures.append(square(changed(image, other, rng)))
        gem, low = network.run(pictures, ["gem", "low"])
        deep.append(gem)
        early.append(low)
    return np.stack(deep), np.stack(early)


def unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


def learn(deep: np.ndarray, early: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays that :meth:`searchapp.vision.models.embedding.Lite0Embedder.vectors` uses."""
    rows = early.reshape(-1, early.shape[-1])
    mean, scale = rows.mean(0), rows.std(0) + 1e-6
    features = np.concatenate([unit(deep), LOW_WEIGHT * unit((early - mean) / scale)], axis=-1)
    count, each, size = features.shape
    centres = features.mean(axis=1)
    inner = (features - centres[:, None]).reshape(-1, size)
    within = inner.T @ inner / (count * each)
    within += SHRINKAGE * np.trace(within) / size * np.eye(size)
    values, vectors = np.linalg.eigh(within)
    whiten = vectors * values**-0.5
    spread = (centres - centres.mean(0)) @ whiten
    strength, axes = np.linalg.eigh(spread.T @ spread / count)
    project = whiten @ axes[:, np.argsort(-strength)[:DIMENSION]]
    return {
        "low_mean": mean.astype(np.float32),
        "low_scale": scale.astype(np.float32),
        "low_weight": np.float32(LOW_WEIGHT),
        "mean": centres.mean(0).astype(np.float32),
        "project": (project / np.abs(project).max()).T.astype(np.float16),
    }


if __name__ == "__main__":
    np.savez(
        ROOT / "searchapp/vision/models/heads.npz", **learn(*collect(np.random.default_rng(7)))
    )
