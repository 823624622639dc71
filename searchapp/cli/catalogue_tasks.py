"""What the catalogue commands do, with the services of this process."""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)

from searchapp.catalogue import demo
from searchapp.catalogue.feeds import FeedOptions, FeedRow, read_feed
from searchapp.catalogue.ingest import photos as photo_set
from searchapp.catalogue.ingest.fetching import PictureSource
from searchapp.catalogue.ingest.importer import (
    Importer,
    ImportOptions,
    Report,
    import_feed,
    remove_feed,
)
from searchapp.catalogue.ingest.reindex import Reindexed, reindex
from searchapp.catalogue.ingest.row_pictures import Pictures
from searchapp.catalogue.matching.feedback import as_csv
from searchapp.db.engine import transaction
from searchapp.db.location import locate
from searchapp.db.repositories import imports, products
from searchapp.db.repositories.imports import Counts
from searchapp.db.schema import migrate
from searchapp.errors import OperatorError
from searchapp.imaging.decoder import Decoder
from searchapp.jobs.services import Services, open_services, utc_now
from searchapp.settings import get_settings
from searchapp.vision.pipeline import load_engine

DEMO, PHOTOS = demo.FEED_NAME, photo_set.FEED
_NAME = re.compile(r"[^\s:/\\][^:/\\\x00-\x1f]{0,79}")


def checked_name(name: str) -> str:
    """``name`` if a feed may be called so.

    :raises OperatorError: it is empty, too long, or has a colon or a slash in it.
    """
    if not _NAME.fullmatch(name):
        raise OperatorError(
            f"{name[:80]!r} can not be a feed's name: up to 80 characters without : and /. "
            "Give another one with --name."
        )
    return name


@asynccontextmanager
async def _services() -> AsyncIterator[Services]:
    settings = get_settings()
    if settings.embedded:
        # Whoever imports first, before the first `up`, finds the tables ready all the same.
        await asyncio.to_thread(lambda: migrate(locate(settings).direct))
    services = await asyncio.to_thread(open_services, settings)
    try:
        yield services
    finally:
        await services.close()


@asynccontextmanager
async def _importer() -> AsyncIterator[Importer]:
    async with _services() as services, Decoder() as decoder:
        vision = load_engine(services.settings)
        await asyncio.to_thread(vision.warm)
        _stop_on_sigterm()
        yield Importer(services.engine, vision, decoder, utc_now)


def _stop_on_sigterm() -> None:
    """SIGTERM ends the work as Ctrl-C does: what was begun is noted down as broken off."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


async def import_file(
    name: str, feed: Path, images: Path | None, form: FeedOptions, options: ImportOptions
) -> Report:
    """Imports the file ``feed`` under ``name``.

    :raises OperatorError: it cannot be read.
    """
    total = await asyncio.to_thread(lambda: sum(1 for _ in read_feed(feed, form)))
    folders = [images, feed.parent] if images else [feed.parent]
    async with PictureSource(folders) as pictures:
        rows = read_feed(feed, form)
        return await _import(name, rows, pictures, total, source=feed.name, options=options)


async def import_demo() -> Report:
    """Imports the demo catalogue; what an older version of it had and this one has not goes."""
    options = ImportOptions(prune=True, force=True)
    return await import_file(DEMO, demo.FEED, None, FeedOptions(), options)


async def import_photos(folder: Path | None) -> Report:
    """Imports real photos from ``folder``, or from their public home."""
    if folder is not None:
        total = sum(1 for _ in photo_set.rows(photo_set.folder_photos(folder)))
        async with photo_set.folder_source(folder) as pictures:
            rows = photo_set.rows(photo_set.folder_photos(folder))
            return await _import(PHOTOS, rows, pictures, total, source=folder.name)
    target = get_settings().data_dir / "clothing-dataset-small.zip"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        async with httpx.AsyncClient(timeout=30) as client:
            await photo_set.download(target, client=client)
    archive = photo_set.Archive(target)
    try:
        total = sum(1 for _ in photo_set.rows(archive.photos()))
        return await _import(
            PHOTOS, photo_set.rows(archive.photos()), archive, total, source=target.name
        )
    finally:
        archive.close()


async def _import(
    name: str,
    rows: Iterable[FeedRow],
    pictures: Pictures,
    total: int,
    *,
    source: str,
    options: ImportOptions | None = None,
) -> Report:
    async with _importer() as importer:
        with _bar() as bar:
            task = bar.add_task(name, total=total)

            def progress(counts: Counts) -> None:
                bar.update(task, completed=counts.taken + counts.refused)

            return await import_feed(
                importer, name, rows, pictures, source=source, options=options, progress=progress
            )


def _bar() -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


async def any_product() -> bool:
    """Whether there is anything to find."""
    async with _services() as services, transaction(services.engine) as session:
        return await products.any_product(session)


async def remove(name: str) -> int:
    """Removes everything of one feed; how many products that were.

    :raises OperatorError: it is being imported.
    """
    async with _services() as services:
        return await remove_feed(services.engine, name)


async def embed_again(everything: bool) -> Reindexed:
    """Embeds again what another model embedded."""
    async with _importer() as importer:
        with _bar() as bar:
            task = bar.add_task("reindex", total=None)
            return await reindex(
                importer,
                everything=everything,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )


async def print_feedback() -> None:
    """Prints the votes as a CSV."""
    async with _services() as services, transaction(services.engine) as session:
        async for line in as_csv(session):
            print(line, end="")


async def print_stats() -> None:
    """Prints each feed and the last imports."""
    async with _services() as services, transaction(services.engine) as session:
        feeds = await imports.feed_stats(session)
        last = await imports.last_imports(session, 5)
    for feed in feeds:
        models = ", ".join(model or "no model" for model in feed.models)
        print(
            f"{feed.feed}: {feed.products} products, {feed.in_stock} in stock, "
            f"embedded by {models}, changed {feed.updated_at:%Y-%m-%d %H:%M}"
        )
    print(f"{sum(feed.products for feed in feeds)} products in all")
    for run in last:
        print(
            f"import of {run['feed']} at {run['started_at']:%Y-%m-%d %H:%M} {run['state']}: "
            f"{run['added']} new, {run['changed']} changed, {run['unchanged']} unchanged, "
            f"{run['refused']} refused, {run['removed']} removed"
        )
