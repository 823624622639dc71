"""The one thing that stands out of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from searchapp.vision.crops import NormalizedBox
from searchapp.vision.detection.detection import SIDE, Saliency

PICTURE = np.zeros((40, 40, 3), np.uint8)


def thing_of(*parts: tuple[int, int, int, int]) -> NormalizedBox | None:
    """Of a mask that is sure of these parts (left, top, right, bottom) alone."""

    class Told(Saliency):
        def mask(self, pixels: np.ndarray) -> np.ndarray:  # noqa: ARG002
            mask = np.zeros((SIDE, SIDE), np.float32)
            for left, top, right, bottom in parts:
                mask[top:bottom, left:right] = 0.9
            return mask

    return Told().thing(PICTURE)


def test_thing__its_frame_in_fractions_of_the_picture() -> None:
    assert thing_of((40, 16, 120, 144)) == NormalizedBox(0.25, 0.1, 0.75, 0.9)


@pytest.mark.parametrize(
    "parts",
    [[], [(0, 0, 20, 20)], [(0, 0, SIDE, SIDE)], [(0, 0, 40, 40), (120, 120, 160, 160)]],
    ids=["nothing", "tiny", "everything", "scattered"],
)
def test_thing__none(parts: list[tuple[int, int, int, int]]) -> None:
    assert thing_of(*parts) is None


def test_thing__by_the_model() -> None:
    image = Image.new("RGB", (300, 200), "white")
    ImageDraw.Draw(image).ellipse((60, 40, 160, 160), fill="firebrick")
    frame = Saliency().thing(np.asarray(image))
    assert frame is not None
    assert frame.iou(NormalizedBox(0.2, 0.2, 160 / 300, 0.8)) > 0.8
