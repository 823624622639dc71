"""Clothing-co-parsing for training: photos and their pixel masks as classes of the mask head.

The folder is a checkout of ``bearpaw/clothing-co-parsing``.  Photos whose number is divisible by
five are kept for checks and never loaded; those whose number leaves one are learned from by
nothing, because choices are made on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance
from scipy.io import loadmat

from searchapp.vision.detection.garment_masks import CLASSES

PARTS = 5
CHECKED, CHOSEN_ON = 0, 1
"""Remainders of photo numbers divided by PARTS: kept for checks, and kept to choose on."""

GROUPS = {
    "ground": "null",
    "skin": "skin",
    "hair": "hair",
    "top": "blouse bodysuit bra hoodie intimate jumper shirt sweater sweatshirt t-shirt top",
    "outer": "blazer cape cardigan coat jacket suit vest",
    "bottom": "jeans leggings pants shorts panties",
    "skirt": "skirt",
    "dress": "dress romper swimwear",
    "shoes": "boots clogs flats heels loafers pumps sandals shoes sneakers wedges",
    "bag": "bag purse wallet",
    "hat": "hat",
}
"""Class of ours -> names of theirs; all others are ``other``."""

Pair = tuple[Image.Image, Image.Image]
"""A photo and its classes, of one size."""


def numbers(folder: Path, *, choosing: bool = False) -> list[int]:
    """The photos that may be learned from, or those to choose on."""
    every = sorted(int(p.stem) for p in (folder / "annotations" / "pixel-level").glob("*.mat"))
    allowed = {CHOSEN_ON} if choosing else set(range(PARTS)) - {CHECKED, CHOSEN_ON}
    return [number for number in every if number % PARTS in allowed]


def labelled(folder: Path) -> Iterator[tuple[np.ndarray, str, np.ndarray]]:
    """Each garment of the photos to learn from: the photo, the garment's own name, its mask."""
    names = [str(row[0]) for row in loadmat(folder / "label_list.mat")["label_list"][0]]
    for number in numbers(folder):
        with Image.open(folder / "photos" / f"{number:04d}.jpg") as file:
            pixels = np.asarray(file.convert("RGB"))
        truth = loadmat(folder / "annotations" / "pixel-level" / f"{number:04d}.mat")["groundtruth"]
        if truth.shape == pixels.shape[:2]:
            for which in np.unique(truth):
                yield pixels, names[which], truth == which


def pairs(folder: Path, *, choosing: bool = False) -> Iterator[Pair]:
    """Photos with their classes."""
    names = [str(row[0]) for row in loadmat(folder / "label_list.mat")["label_list"][0]]
    table = np.array([_class_of(name) for name in names], np.uint8)
    for number in numbers(folder, choosing=choosing):
        with Image.open(folder / "photos" / f"{number:04d}.jpg") as file:
            photo = file.convert("RGB")
        truth = loadmat(folder / "annotations" / "pixel-level" / f"{number:04d}.mat")
        classes = Image.fromarray(table[truth["groundtruth"]])
        yield photo, classes.resize(photo.size, Image.Resampling.NEAREST)


def _class_of(name: str) -> int:
    ours = next((ours for ours, theirs in GROUPS.items() if name in theirs.split()), "other")
    return CLASSES.index(ours)


def changed(pair: Pair, rng: np.random.Generator) -> Pair:
    """Mirrored, cut off (at the neck, at the knees, anywhere), smaller in a plain frame, in other
    light."""
    photo, classes = pair
    if rng.random() < 0.5:
        flip = Image.Transpose.FLIP_LEFT_RIGHT
        photo, classes = photo.transpose(flip), classes.transpose(flip)
    box = _cut(photo.size, rng)
    photo, classes = photo.crop(box), classes.crop(box)
    for enhance, low, high in (
        (ImageEnhance.Brightness, 0.6, 1.35),
        (ImageEnhance.Contrast, 0.7, 1.3),
        (ImageEnhance.Color, 0.5, 1.4),
    ):
        if rng.random() < 0.6:
            photo = enhance(photo).enhance(rng.uniform(low, high))
    return photo, classes


def _cut(size: tuple[int, int], rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of a part; beyond the edges lies black, which is ground."""
    width, height = size
    way = rng.random()
    if way < 0.25:
        sides = rng.uniform(0, 0.2, 2)
        top, bottom = rng.uniform(0.08, 0.3), rng.uniform(0.5, 1.0)
        edges = sides[0], top, 1 - sides[1], bottom
    elif way < 0.55:
        share = rng.uniform(0.45, 0.95)
        left, top = rng.uniform(0, 1 - share, 2)
        edges = left, top, left + share, top + share
    elif way < 0.7:
        room = rng.uniform(0.1, 0.5)
        edges = -room, 0.0, 1 + room, 1 + room
    else:
        edges = 0.0, 0.0, 1.0, 1.0
    left, top, right, bottom = edges
    return round(left * width), round(top * height), round(right * width), round(bottom * height)
