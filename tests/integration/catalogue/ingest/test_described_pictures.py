"""Each picture once, and only pictures that show a product."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest.described_pictures import shown_colour
from searchapp.catalogue.ingest.importer import import_feed
from searchapp.db.repositories.imports import Counts
from searchapp.vision.features.colour import family_of_lab, histogram, lab_of
from searchapp.vision.features.item_arrays import ViewFeatures
from tests.support.catalogue import FakePictures, FakeVision, importer, row, swatch


def png(width: int, height: int, colour: tuple[int, int, int] = (250, 250, 250)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def noise(width: int, height: int) -> bytes:
    pixels = np.random.default_rng(1).integers(0, 255, (height, width, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (png(1, 1), "it is too small (1 x 1 pixels)"),
        (png(600, 600), "it is blank"),
        (noise(8, 400), "it is a strip of 8 x 400 pixels"),
        (noise(30, 40), "it is too small"),
    ],
)
async def test_import__pictures_that_show_no_product(
    engine: AsyncEngine, data: bytes, reason: str
) -> None:
    report = await import_feed(importer(engine), "shop", [row(1)], FakePictures({"p1": data}))
    (refusal,) = report.refusals
    assert refusal.reason.startswith(f"picture p1 is not shown: {reason}")


async def test_import__the_same_bytes_are_described_once(engine: AsyncEngine) -> None:
    vision = FakeVision()
    rows = [row(n, images=(f"p{n}",)) for n in range(60)]
    pictures = FakePictures({f"p{n}": swatch(n % 2) for n in range(60)})
    report = await import_feed(importer(engine, vision), "shop", rows, pictures)
    assert report.counts == Counts(added=60)
    assert vision.seen == 2


@pytest.mark.parametrize(
    ("rgb", "family"),
    [
        ((10, 10, 10), "black"),
        ((128, 128, 128), "grey"),
        ((250, 250, 250), "white"),
        ((222, 205, 175), "beige"),
        ((100, 60, 30), "brown"),
        ((200, 20, 30), "red"),
        ((240, 130, 20), "orange"),
        ((240, 215, 40), "yellow"),
        ((30, 130, 60), "green"),
        ((20, 35, 90), "blue"),
        ((100, 160, 220), "blue"),
        ((120, 60, 160), "purple"),
        ((250, 170, 190), "pink"),
    ],
)
def test_colours__of_a_plain_garment(rgb: tuple[int, int, int], family: str) -> None:
    pixels = np.full((48, 48, 3), rgb, np.uint8)
    assert family_of_lab(*lab_of(pixels[0, :1])[0].tolist()) == family
    nothing = np.zeros(4, np.float32)
    assert shown_colour([ViewFeatures("garment", nothing, histogram(pixels), nothing)]) == family
