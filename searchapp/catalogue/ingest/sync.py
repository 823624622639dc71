"""Feeds by address: fetched safely, and again and again by the workers on a schedule."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from searchapp.catalogue.feeds import FeedOptions, read_feed
from searchapp.catalogue.feeds.rows import mapping_of
from searchapp.catalogue.ingest.fetching import (
    NotAllowed,
    NotPublic,
    PictureSource,
    SafeClient,
    is_address,
)
from searchapp.catalogue.ingest.importer import Importer, ImportOptions, import_feed
from searchapp.catalogue.ingest.row_work import Report
from searchapp.db.engine import LockKind, advisory_lock, is_outage, transaction
from searchapp.db.repositories import imports
from searchapp.db.repositories.imports import Schedule
from searchapp.errors import OperatorError
from searchapp.logs import get_logger

log = get_logger(__name__)

FEED_BYTES = 1 << 30
"""Of a feed as it is sent, packed or not."""

FEED_SECONDS = 900.0
"""For a whole download."""

SILENT_SECONDS = 30.0
"""How long its server may say nothing."""

INTERNAL = "an internal error ended the import: the worker's log has the details"
"""What a schedule says when the feed was not at fault."""

RETRY = timedelta(minutes=10)
"""When a scheduled feed that failed is tried again, unless it is due earlier."""

LEAST_EVERY, MOST_EVERY = timedelta(minutes=5), timedelta(days=31)

_CHUNK = 1 << 18
_DAYS = (
    r"(?:(?:19|20)\d\d[-_.]?[01]\d[-_.]?[0-3]\d(?:[-_T ]?\d\d[-_.]?\d\d(?:[-_.]?\d\d)?)?"
    r"|[0-3]?\d[-_.][01]?\d[-_.]20\d\d|[A-Z][a-z]{2}-\d\d_\d\d-\d\d-\d\d[AP]M|1[5-9]\d{8}(?:\d{3})?)"
)
"""Days in the names that shop systems give their exports, with their time or a time stamp."""
_DATE = re.compile(rf"(?:[-_. ]?{_DAYS}| ?\(\d{{1,2}}\))+$|^{_DAYS}[-_. ]")
_SUFFIX = re.compile(r"\.[A-Za-z]\w{0,4}")
_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


class FeedUnavailable(OperatorError):
    """A feed that could not be fetched; the message says why."""


def default_name(feed: str) -> str:
    """What a feed is called unless the operator says: its file's stem, without a date in it or the
    number that a browser gives a second download.

    A shop that writes the date into the file's name means one feed, not one a day.
    """
    name = unquote(urlsplit(feed).path.rpartition("/")[2]) if is_address(feed) else Path(feed).name
    stem = name
    while _SUFFIX.fullmatch(suffix := Path(stem).suffix):
        stem = stem.removesuffix(suffix)
    stem = _DATE.sub("", stem) or stem
    return stem or (urlsplit(feed).hostname or "feed")


def every(text: str) -> timedelta:
    """The time between two runs that ``30m``, ``6h`` or ``1d`` names.

    :raises OperatorError: it is none of these, or too short or long.
    """
    found = re.fullmatch(r"(\d{1,4})([mhd])", text.strip().lower())
    value = timedelta(**{_UNITS[found[2]]: int(found[1])}) if found else timedelta()
    if not LEAST_EVERY <= value <= MOST_EVERY:
        raise OperatorError(f"--every {text}: give 5m to 31d, such as 30m, 6h or 1d.")
    return value


def without_password(address: str) -> str:
    """``address`` for people: without user and password."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


@dataclass(frozen=True, slots=True)
class Download:
    """A feed in a file, and the tag by which its next fetch tells whether it changed."""

    path: Path
    etag: str


async def download(
    client: SafeClient, address: str, folder: Path, etag: str = ""
) -> Download | None:
    """The feed at ``address`` as a file in ``folder``; None if it is still the one with ``etag``.

    :param address: may hold a user's name and password, for basic authentication.
    :raises FeedUnavailable: it cannot be had, ends early, or is too large.
    """
    try:
        async with asyncio.timeout(FEED_SECONDS):
            return await _download(client, address, folder, etag)
    except TimeoutError:
        reason = f"it took longer than {FEED_SECONDS / 60:g} minutes"
    except (httpx.TimeoutException, httpx.ReadError):
        reason = "its server does not answer, or stopped in the middle"
    except httpx.RemoteProtocolError:
        reason = "its server ended the answer in the middle"
    except (NotPublic, NotAllowed) as error:
        reason = str(error)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        reason = str(error)[:200] or type(error).__name__
    shown = without_password(address)
    raise FeedUnavailable(f"{shown} cannot be fetched: {reason}.") from None


async def _download(client: SafeClient, address: str, folder: Path, etag: str) -> Download | None:
    parts = urlsplit(address)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    name = re.sub(r"[^\w.-]", "_", unquote(parts.path.rpartition("/")[2]))[-80:].strip(".")
    target = folder / (name or "feed")
    headers = {"If-None-Match": etag} if etag else {}
    async with client.get(without_password(address), headers, auth) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED and etag:
            return None
        if response.status_code != httpx.codes.OK:
            raise FeedUnavailable(
                f"{without_password(address)} cannot be fetched: "
                f"its server answers {response.status_code}."
            )
        size = 0
        with target.open("wb") as file:
            async for chunk in response.aiter_raw(_CHUNK):
                size += len(chunk)
                if size > FEED_BYTES:
                    raise ValueError("it is larger than 1 GB")
                file.write(chunk)
    kept = response.headers.get("etag", "")
    return Download(target, kept if kept.isascii() and len(kept) <= 200 else "")


def feed_options(options: Mapping[str, Any], now: datetime) -> FeedOptions:
    """How a scheduled feed is read."""
    mapping = mapping_of(options.get("map") or {}, "the schedule's map")
    return FeedOptions(options.get("currency", ""), options.get("shop_url", ""), mapping, now)


@dataclass(frozen=True)
class ScheduledFeeds:
    """Runs the feeds that are due; ``decrypt`` reads an address, ``trusted`` are private hosts."""

    importer: Importer
    decrypt: Callable[[bytes], str]
    trusted: tuple[str, ...] = ()

    async def work(self) -> int:
        """Imports each feed that is due and that no other process imports; how many were due.

        A run that is killed leaves its feed due: the next worker goes on where it was.
        """
        async with transaction(self.importer.database) as session:
            due = await imports.due_schedules(session, self.importer.clock())
        for schedule in due:
            with suppress(OperatorError):  # The schedule has it, for the operator.
                await self.run(schedule)
        return len(due)

    async def run(self, schedule: Schedule) -> Report | None:
        """Imports one feed now; None if it is unchanged since the last run.

        :raises OperatorError: it cannot be fetched or read; what was imported before stays.
        """
        database = self.importer.database
        async with advisory_lock(database, LockKind.SCHEDULED_FEED, schedule.feed) as alone:
            if not alone:
                raise OperatorError(f"{schedule.feed} is being imported already.")
            began = self.importer.clock()
            try:
                report, etag = await self._import(schedule)
            except OperatorError as error:
                await self._settle(schedule, schedule.etag, began, error=str(error))
                log.warning("scheduled feed failed", feed=schedule.feed, error=str(error)[:300])
                raise
            except Exception as error:
                # While the database is unavailable it stays due, as after a kill.  For any other
                # fault its server would be asked every few seconds for good.
                if not is_outage(error):
                    await self._settle(schedule, schedule.etag, began, error=INTERNAL)
                raise
            await self._settle(schedule, etag, began, error=report.failure if report else "")
            return report

    async def _import(self, schedule: Schedule) -> tuple[Report | None, str]:
        options = schedule.options
        with tempfile.TemporaryDirectory(prefix="searchapp-feed-") as folder:
            address = self.decrypt(schedule.address)
            async with aclosing(SafeClient(trusted=self.trusted, seconds=SILENT_SECONDS)) as client:
                found = await download(client, address, Path(folder), schedule.etag)
            if found is None:
                return None, schedule.etag
            rows = read_feed(found.path, feed_options(options, self.importer.clock()))
            async with PictureSource([], SafeClient(trusted=self.trusted)) as pictures:
                report = await import_feed(
                    self.importer,
                    schedule.feed,
                    rows,
                    pictures,
                    source=schedule.shown_address,
                    options=ImportOptions(prune=bool(options.get("prune"))),
                )
        return report, "" if report.failure else found.etag

    async def _settle(self, schedule: Schedule, etag: str, began: datetime, *, error: str) -> None:
        now = self.importer.clock()
        wait = min(schedule.every, RETRY) if error else schedule.every
        async with transaction(self.importer.database) as session:
            await imports.note_fetch(session, schedule, began, now, error)
            await imports.settle_schedule(
                session, schedule.feed, etag=etag, error=error, now=now, next_at=now + wait
            )
