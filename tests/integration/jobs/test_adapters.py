"""A search with the real vision and index."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

from searchapp.domain.search import ItemStatus, Status
from searchapp.imaging.picture import inspect
from searchapp.jobs.access import photo
from searchapp.jobs.adapters import open_worker_context
from searchapp.jobs.services import Services
from searchapp.jobs.submit import start
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
