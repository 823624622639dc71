"""What the catalogue commands do, with the services of this process."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import aclosing, asynccontextmanager, closing, contextmanager
from dataclasses import dataclass
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
from searchapp.catalogue.feeds import FeedOptions, FeedRow, count_rows, read_feed
from searchapp.catalogue.feeds.rows import FeedMapping, load_mapping
from searchapp.catalogue.feeds.values import CURRENCIES
from searchapp.catalogue.ingest import photos as photo_set
from searchapp.catalogue.ingest import products_api
from searchapp.catalogue.ingest.described_pictures import read_descriptions
from searchapp.catalogue.ingest.fetching import PictureSource, SafeClient, is_address
from searchapp.catalogue.ingest.importer import (
    Importer,
    ImportOptions,
    import_feed,
    remove_feed,
)
from searchapp.catalogue.ingest.reindex import Reindexed, reindex
from searchapp.catalogue.ingest.row_pictures import Pictures
from searchapp.catalogue.ingest.row_work import Report, check_rows
from searchapp.catalogue.ingest.sync import (
    FeedUnavailable,
    download,
    without_password,
)
from searchapp.cli.data import audited
from searchapp.cli.processes import SUPERVISOR
from searchapp.db.engine import locate, transaction
from searchapp.db.repositories import imports, products
from searchapp.db.schema import migrate
from searchapp.errors import OperatorError, counted
from searchapp.imaging.decoder import Decoder
from searchapp.jobs.services import Services, open_services
from searchapp.settings import get_settings
from searchapp.vision.models.model_files import use_threads
from searchapp.vision.pipeline import load_engine

DEMO, PHOTOS = demo.FEED_NAME, photo_set.FEED
PLAIN_SECONDS = 10.0
"""Between two lines about progress where the output is no terminal."""


def checked_name(name: str) -> str:
    """``name`` if a feed may be called so.

    :raises OperatorError: it is empty, too long, or has a colon or a slash in it.
    """
    try:
        return products_api.checked_feed_name(name)
    except products_api.FeedNameError as error:
        raise OperatorError(f"{error}. Give another one with --name.") from None


@asynccontextmanager
async def open_database() -> AsyncIterator[Services]:
    """The services of this process, on a database that has the tables."""
    settings = get_settings()
    if settings.embedded:
        # An import before the first `up` needs the tables, too.
        await asyncio.to_thread(lambda: migrate(locate(settings).direct))
    services = await asyncio.to_thread(open_services, settings)
    try:
        yield services
    finally:
        await services.close()


@asynccontextmanager
async def open_importer(descriptions: Path | None = None) -> AsyncIterator[Importer]:
    """An importer with its models loaded; SIGTERM stops what it does.

    :param descriptions: what comes with the feed.  If the present model made them, it is not
        loaded before it is needed.
    """
    async with open_database() as services, Decoder() as decoder:
        use_threads(1)  # The importer calls the models several times at once.
        vision = load_engine(services.settings)
        ready = read_descriptions(descriptions, vision.embedding_name) if descriptions else {}
        if not ready:
            await asyncio.to_thread(vision.warm)
        _stop_on_sigterm()
        yield Importer(services.engine, vision, decoder, services.clock, descriptions=ready)


def _stop_on_sigterm() -> None:
    """SIGTERM ends the work as Ctrl-C does: what was begun is noted down as broken off."""
    task = asyncio.current_task()
    if task is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What ``catalogue import`` was asked: ``feed`` is a path, an address, or ``-``."""

    name: str
    feed: str
    images: Path | None
    form: FeedOptions
    options: ImportOptions
    dry_run: bool = False
    descriptions: Path | None = None


def feed_options(currency: str, shop_url: str, mapping: Path | None) -> FeedOptions:
    """How a feed is read.

    :raises OperatorError: the currency or the shop's address is none, or the mapping file cannot be
        read.
    """
    if currency and currency.upper() not in CURRENCIES:
        raise OperatorError(f"--currency {currency} is none of ISO 4217, such as KRW or USD.")
    if shop_url and not is_address(shop_url):
        raise OperatorError(f"--shop-url {shop_url} is no address, such as https://my.shop.")
    found = load_mapping(mapping) if mapping is not None else FeedMapping()
    return FeedOptions(currency.upper(), shop_url, found)


async def import_any(request: ImportRequest) -> Report:
    """Imports, or only checks, a file, an address or what comes by standard input.

    :raises OperatorError: it cannot be fetched or read.
    """
    with tempfile.TemporaryDirectory(prefix="searchapp-feed-") as folder:
        if request.feed == "-":
            path = Path(folder) / "input"
            with path.open("wb") as file:
                shutil.copyfileobj(sys.stdin.buffer, file)
        elif is_address(request.feed):
            path = await _downloaded(request.feed, Path(folder))
        else:
            path = Path(request.feed)
        total = await asyncio.to_thread(lambda: count_rows(path, request.form))
        rows = read_feed(path, request.form)
        if request.dry_run:
            return await asyncio.to_thread(lambda: check_rows(rows, request.options.fail_above))
        folders = [request.images, path.parent] if request.images else [path.parent]
        source = without_password(request.feed) if is_address(request.feed) else path.name
        client = SafeClient(trusted=get_settings().picture_hosts)
        async with PictureSource(folders, client) as pictures:
            return await _import(
                request.name,
                rows,
                pictures,
                total,
                source=source,
                options=request.options,
                descriptions=request.descriptions,
            )


async def _downloaded(address: str, folder: Path) -> Path:
    async with aclosing(SafeClient(trusted=get_settings().picture_hosts)) as client:
        found = await download(client, address, folder)
    if found is None:
        raise FeedUnavailable(f"{without_password(address)}: its server sent nothing.")
    return found.path


async def import_demo() -> Report:
    """Imports the demo catalogue; what an older version of it had and this one has not goes."""
    options = ImportOptions(prune=True, force=True)
    feed, form = str(demo.FEED), FeedOptions()
    request = ImportRequest(DEMO, feed, None, form, options, descriptions=demo.DESCRIPTIONS)
    return await import_any(request)


async def import_photos(folder: Path | None) -> Report:
    """Imports real photos from ``folder``, or from their public home."""
    if folder is not None:
        rows = list(photo_set.rows(photo_set.folder_photos(folder)))
        async with PictureSource([folder]) as pictures:
            return await _import(PHOTOS, rows, pictures, len(rows), source=folder.name)
    target = get_settings().data_dir / "clothing-dataset-small.zip"
    if not target.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        async with httpx.AsyncClient(timeout=30) as client:
            await photo_set.download(target, client=client)
    with closing(photo_set.Archive(target)) as archive:
        rows = list(photo_set.rows(archive.photos()))
        return await _import(PHOTOS, rows, archive, len(rows), source=target.name)


async def _import(
    name: str,
    rows: Iterable[FeedRow],
    pictures: Pictures,
    total: int,
    *,
    source: str,
    options: ImportOptions | None = None,
    descriptions: Path | None = None,
) -> Report:
    async with open_importer(descriptions) as importer:
        with progress_of(name, total) as shown:
            return await import_feed(
                importer,
                name,
                rows,
                pictures,
                source=source,
                options=options,
                progress=lambda counts: shown(counts.taken + counts.refused, total),
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


@contextmanager
def progress_of(name: str, total: int | None) -> Iterator[Callable[[int, int | None], None]]:
    """Shows how far the work is: a bar on a terminal, else a plain line now and then, but none
    below ``up``, which says itself what it does."""
    if sys.stderr.isatty():
        with _bar() as bar:
            task = bar.add_task(name, total=total)
            yield lambda done, whole: bar.update(task, completed=done, total=whole or total)
        return
    said = time.monotonic()

    def plain(done: int, whole: int | None) -> None:
        nonlocal said
        if SUPERVISOR not in os.environ and time.monotonic() - said >= PLAIN_SECONDS:
            said = time.monotonic()
            print(f"{name}: {done} of {whole or total or '?'}", file=sys.stderr, flush=True)

    yield plain


async def any_product() -> bool:
    """Whether there is anything to find."""
    async with open_database() as services, transaction(services.engine) as session:
        return await products.any_product(session)


async def remove(name: str, id_: str | None = None) -> int | None:
    """Removes everything of one feed with its runs, or one product; how many products that were.

    None for a feed that has neither products nor runs.

    :raises OperatorError: the feed is being imported.
    """
    async with open_database() as services:
        if id_ is None:
            removed = await remove_feed(services.engine, name)
            async with transaction(services.engine) as session:
                known = await imports.forget_runs(session, name)
            if not removed and not known:
                return None
            await audited(services, "remove feed", name, counted(removed, "product"))
            return removed
        operation = products_api.Operation(products_api.Action.DELETE, id_, {})
        (answer,) = await products_api.apply(
            services.engine, name, [operation], now=services.clock()
        )
        return int(answer.ok)


async def embed_again(*, everything: bool) -> Reindexed:
    """Embeds again what another model embedded."""
    async with open_importer() as importer:
        with progress_of("reindex", None) as shown:
            return await reindex(importer, everything=everything, progress=shown)
