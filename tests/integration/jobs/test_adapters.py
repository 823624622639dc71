"""A search with the real vision and index."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime

from PIL import Image, ImageDraw

from searchapp.db.engine import transaction
from searchapp.db.repositories.products import demand
from searchapp.domain.product import Filters
from searchapp.domain.search import Box, ItemStatus, Status
from searchapp.imaging.picture import inspect
from searchapp.jobs.access import photo
from searchapp.jobs.adapters import CatalogueIndex, open_worker_context
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
from tests.support.catalogue import FakeVision, HereDecoder, swatch
from tests.support.jobs import job_of, new_search


def drawn() -> bytes:
    """A photo of 300 x 400 pixels, on its side: EXIF says how to turn it."""
    image = Image.new("RGB", (400, 300), "white")
    ImageDraw.Draw(image).rectangle((100, 60, 300, 240), fill=(160, 30, 40))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    image.save(out, "JPEG", exif=exif)
    return out.getvalue()


async def test_real__photo_to_results(services: Services) -> None:
    data = drawn()
    job = await start(services, new_search(photo=data, header=inspect(data)))
    async with open_worker_context(services) as context:
        await context.run(job.id)
    done = await job_of(services, job.id)
    assert done.status is Status.COMPLETED
    assert (done.photo_width, done.photo_height) == (300, 400)
    assert done.items
    assert all(item.status is ItemStatus.DONE for item in done.items)
    with Image.open(io.BytesIO(await photo(services, job.id))) as served:
        assert served.size == (300, 400)
        assert not served.getexif()


async def test_real__truncated_photo(services: Services) -> None:
    data = drawn()
    job = await start(services, new_search(photo=data[: len(data) // 2], header=inspect(data)))
    async with open_worker_context(services) as context:
        await context.run(job.id)
    assert (await job_of(services, job.id)).error_code == "unreadable_picture"


async def test_catalogue_index__demand_is_counted_by_korean_days(services: Services) -> None:
    evening = replace(services, given_clock=lambda: datetime(2026, 5, 1, 20, tzinfo=UTC))
    vision = FakeVision()
    picture = (await HereDecoder().upright(swatch(1))).image
    item = vision.describe_query(picture, Box(0, 0, 60, 80), None)

    await CatalogueIndex(evening, vision.embedding_name).nearest(item, 5, Filters())

    async with transaction(services.engine) as session:
        assert len(await demand(session, date(2026, 5, 2))) == 1
