"""The demo catalogue as a feed: its rows, and its pictures from the package."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from searchapp.catalogue.demo.collection import PICTURES, VERSION, collection
from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.ingest.fetching import Fetched, PictureUnavailable

FEED = "demo"
"""The name under which an operator finds and removes it."""


def rows() -> Iterator[TakenRow]:
    """Everything that the demo catalogue has."""
    for number, thing in enumerate(collection(), start=1):
        yield TakenRow(number, thing.product)


class DemoPictures:
    """The drawings that come with the package."""

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        """:raises PictureUnavailable: the installation is not complete."""
        if tag == VERSION:
            return None
        try:
            data = await asyncio.to_thread((PICTURES / f"{reference}.webp").read_bytes)
        except OSError:
            raise PictureUnavailable(f"the drawing {reference} is missing") from None
        return Fetched(data, VERSION)
