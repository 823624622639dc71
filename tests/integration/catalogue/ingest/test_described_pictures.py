"""Each picture once, and only pictures that show a product."""

from __future__ import annotations

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.demo import DESCRIPTIONS, FEED
from searchapp.catalogue.ingest.described_pictures import (
    PICTURE_SIDE,
    DescribedPictures,
    description_of,
    read_descriptions,
    shown_colour,
    write_descriptions,
)
from searchapp.catalogue.ingest.fetching import digest_of
from searchapp.catalogue.ingest.importer import ImportOptions, import_feed, remove_feed
from searchapp.db.engine import transaction
from searchapp.db.repositories.imports import Counts
from searchapp.db.repositories.product_writes import store_pictures
from searchapp.errors import OperatorError
from searchapp.imaging.picture import UprightPicture, make_upright
from searchapp.settings import Settings
from searchapp.vision.features.colour import family_of_lab, histogram, lab_of
from searchapp.vision.features.item_arrays import ViewFeatures
from searchapp.vision.pipeline import load_engine
from tests.support.catalogue import (
    FakePictures,
    FakeVision,
    HereDecoder,
    importer,
    row,
    swatch,
)


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


async def test_stored__bytes_are_kept_until_then(engine: AsyncEngine) -> None:
    vision = FakeVision()
    with ThreadPoolExecutor(1) as threads:
        async with DescribedPictures(vision, HereDecoder(), threads) as pictures:
            first = await pictures.of("1", swatch(1))
            assert (await pictures.of("1", swatch(1))).picture is first.picture is not None
            pictures.stored([first.image_key])
            assert await pictures.of("1", b"") == replace(first, picture=None)
    assert vision.seen == 1
    async with transaction(engine) as session:
        with pytest.raises(OperatorError, match="removed meanwhile"):
            await store_pictures(session, {}, "fake-1", [first.image_key])


class HangingDecoder:
    """Decodes nothing until it is told to stop."""

    def __init__(self) -> None:
        self.started = asyncio.Event()
        self.stopped = False

    async def upright(self, *_: object) -> UprightPicture:
        self.started.set()
        try:
            return await asyncio.get_running_loop().create_future()
        finally:
            self.stopped = True


async def test_import__a_stop_ends_what_is_being_decoded(engine: AsyncEngine) -> None:
    decoder = HangingDecoder()
    work = replace(importer(engine), decoder=decoder)
    pictures = FakePictures({"p1": swatch(1)})
    under_way = asyncio.create_task(import_feed(work, "shop", [row(1)], pictures))
    await decoder.started.wait()
    under_way.cancel()
    with pytest.raises(asyncio.CancelledError):
        await under_way
    assert decoder.stopped


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


async def stored(engine: AsyncEngine) -> list[int]:
    """How many pictures and views are kept."""
    async with transaction(engine) as session:
        counts = "(SELECT count(*) FROM catalogue_pictures), (SELECT count(*) FROM product_views)"
        return list((await session.execute(text(f"SELECT {counts}"))).one())


async def test_shared_picture__kept_once_until_the_last_product_is_removed(
    engine: AsyncEngine,
) -> None:
    pictures = FakePictures({"p1": swatch(1), "p2": swatch(2)})
    rows = [row(1), row(2), row(3, images=("p1",))]
    await import_feed(importer(engine), "shop", rows, pictures)
    await import_feed(importer(engine), "other", [row(1)], pictures)
    assert await stored(engine) == [2, 2]
    options = ImportOptions(prune=True)
    await import_feed(importer(engine), "shop", rows[1:], pictures, options=options)
    await remove_feed(engine, "other")
    assert await stored(engine) == [2, 2]
    await remove_feed(engine, "shop")
    assert await stored(engine) == [0, 0]


async def test_shared_picture__another_model_describes_it_once(engine: AsyncEngine) -> None:
    pictures = FakePictures({"p1": swatch(1)})
    rows = [row(1), row(2, images=("p1",))]
    await import_feed(importer(engine), "shop", rows, pictures)
    vision = FakeVision("fake-2")
    report = await import_feed(importer(engine, vision), "shop", rows, pictures)
    assert (report.counts, vision.seen) == (Counts(changed=2), 1)
    assert await stored(engine) == [1, 1]


async def test_descriptions__of_the_present_model_are_used(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    vision, path = FakeVision(), tmp_path / "descriptions.npz"
    picture = (await HereDecoder().upright(swatch(1), PICTURE_SIDE)).image
    described = description_of(vision.describe_product(picture))
    write_descriptions(path, vision.embedding_name, {digest_of(swatch(1)): described})
    assert read_descriptions(path, "another") == {}
    ready = read_descriptions(path, vision.embedding_name)
    found = ready[digest_of(swatch(1))]
    assert (found.kind, found.colour) == (described.kind, described.colour)
    assert [view.detail for view in found.views] == [view.detail for view in described.views]
    np.testing.assert_allclose(found.views[0].embedding, described.views[0].embedding, atol=1e-3)

    fresh = FakeVision()
    work = replace(importer(engine, fresh), descriptions=ready)
    pictures = FakePictures({"p1": swatch(1), "p2": swatch(2)})
    await import_feed(work, "shop", [row(1), row(2)], pictures)
    assert fresh.seen == 1
    assert await stored(engine) == [2, 2]


def test_descriptions__of_the_demo_are_what_the_built_in_model_sees() -> None:
    """Else: python -m tools.demo --describe."""
    vision = load_engine(Settings())
    ready = read_descriptions(DESCRIPTIONS, vision.embedding_name)
    paths = sorted(FEED.with_name("pictures").iterdir())
    assert [digest_of(path.read_bytes()) for path in paths] == list(ready)
    for path in paths[::150]:
        data = path.read_bytes()
        seen = vision.describe_product(make_upright(data, PICTURE_SIDE).image)
        found = ready[digest_of(data)].views
        assert [view.kind for view in found] == [view.kind for view in seen]
        for stored_view, view in zip(found, seen, strict=True):
            assert stored_view.embedding @ view.embedding > 0.98
