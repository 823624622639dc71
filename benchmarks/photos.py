"""The clothing photos that benches use: where they are, and who is kept for testing."""

from __future__ import annotations

import csv
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

FOLDER = Path(os.environ.get("SEARCHAPP_TEST_PHOTOS", "../shared/data/clothing"))

_LARGE_TEST = {"260", "37", "361", "33", "312", "113"}
_LARGE_TRAIN = {"181", "322", "41"}
_TEST_SHARE = 77 / 256


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo of one garment: file name without its ending, label, and who took it."""

    name: str
    label: str
    contributor: str

    def open(self) -> Image.Image:
        with Image.open(FOLDER / "images" / f"{self.name}.jpg") as image:
            return ImageOps.exif_transpose(image).convert("RGB")

    @property
    def for_testing(self) -> bool:
        """Nothing that the product learned comes from these contributors."""
        if self.contributor in _LARGE_TEST:
            return True
        first = hashlib.sha256(self.contributor.encode()).digest()[0]
        return self.contributor not in _LARGE_TRAIN and first / 256 < _TEST_SHARE


def photos() -> list[Photo]:
    """All photos, in the order of the list.

    :raises FileNotFoundError: the folder is not there.
    """
    with (FOLDER / "labels.csv").open(newline="") as file:
        return [
            Photo(row["image"], row["label"], row["contributor"]) for row in csv.DictReader(file)
        ]


@dataclass(frozen=True, slots=True)
class Split:
    """Indices into :func:`photos`: what is on sale, what is searched for in vain, and clutter."""

    catalogue: list[int]
    known: list[int]
    absent: list[int]
    clutter: list[int]


def split(every: list[Photo], rng: np.random.Generator) -> Split:
    """100 test photos are not on sale; all other test photos and most training photos are."""
    testing = [index for index, photo in enumerate(every) if photo.for_testing]
    training = [index for index, photo in enumerate(every) if not photo.for_testing]
    rng.shuffle(testing)
    rng.shuffle(training)
    known = testing[100:]
    return Split([*known, *training[150:]], known, testing[:100], training[:150])
