"""The same photo at another quality or size shows the same garments."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.photos import FOLDER, photos
from searchapp.imaging.picture import UprightImage
from searchapp.vision.crops import NormalizedBox, normalized_box
from searchapp.vision.pipeline import BuiltInEngine

COUNT, SAME_PLACE = 50, 0.75
MOST_OTHERS = 2
"""Of COUNT photos so many may be seen otherwise: a kind that is as likely as another one."""

pytestmark = pytest.mark.skipif(
    not (Path(FOLDER) / "labels.csv").is_file(),
    reason="SEARCHAPP_TEST_PHOTOS names no folder with the clothing photos",
)


def saved(image: Image.Image, quality: int) -> Image.Image:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return Image.open(out).convert("RGB")


def smaller(image: Image.Image) -> Image.Image:
    return image.resize((image.width * 3 // 4, image.height * 3 // 4), Image.Resampling.LANCZOS)


Seen = list[tuple[str, NormalizedBox]]


def seen(engine: BuiltInEngine, image: Image.Image) -> Seen:
    picture = UprightImage(np.asarray(image), image.width, image.height)
    return [
        (one.label, normalized_box(one.box, image.width, image.height))
        for one in engine.regions(picture)
    ]


def alike(before: Seen, after: Seen) -> bool:
    """Whether each region of one has its like in the other."""
    return len(before) == len(after) and all(
        any(label == other and frame.iou(place) >= SAME_PLACE for other, place in after)
        for label, frame in before
    )


@pytest.fixture(scope="module")
def engine() -> BuiltInEngine:
    return BuiltInEngine()


@pytest.fixture(scope="module")
def looked_at(engine: BuiltInEngine) -> list[tuple[Image.Image, Seen]]:
    """COUNT photos and what is seen in them as they are."""
    every = photos()
    images = [photo.open() for photo in every[:: len(every) // COUNT][:COUNT]]
    return [(image, seen(engine, image)) for image in images]


@pytest.mark.parametrize(
    "change", [lambda image: saved(image, 60), smaller], ids=["quality", "size"]
)
def test_regions__do_not_depend_on_quality_and_size(
    engine: BuiltInEngine,
    looked_at: list[tuple[Image.Image, Seen]],
    change: Callable[[Image.Image], Image.Image],
) -> None:
    pairs = [(before, seen(engine, change(image))) for image, before in looked_at]
    others = [pair for pair in pairs if not alike(*pair)]
    assert len(others) <= MOST_OTHERS, others
