"""A worker's loop over scheduled feeds: ``python -m tests.crash.feed_main``, on DATABASE_URL.

It prints ``ready``, then works on the feeds that are due.
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import replace
from datetime import UTC, datetime

from searchapp.catalogue.ingest.sync import ScheduledFeeds
from searchapp.db.engine import make_engine
from tests.support.catalogue import importer


async def main() -> None:
    """Runs them once."""
    work = replace(
        importer(make_engine(os.environ["DATABASE_URL"])), clock=lambda: datetime.now(UTC)
    )
    print("ready", flush=True)  # noqa: T201
    await ScheduledFeeds(work, bytes.decode, ("127.0.0.1",)).work()


if __name__ == "__main__":
    asyncio.run(main())
