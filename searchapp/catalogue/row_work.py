"""What has to be done for one row of a feed: nothing, or new features of its pictures."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Protocol

from searchapp.catalogue.feeds import RefusedRow, TakenRow
from searchapp.catalogue.fetching import Fetched, PictureUnavailable
from searchapp.catalogue.kinds import colour_family, kind_of
from searchapp.catalogue.packing import packed
from searchapp.domain.product import FeedProduct
from searchapp.errors import UnreadablePicture
from searchapp.storage.products import KnownProduct, PictureSet, ProductWrite, StoredView
from searchapp.vision.engine import VisionEngine
from searchapp.vision.picture import UprightPicture

PICTURE_SIDE = 400
"""Longest side, in pixels, of the pictures that are kept."""


class Pictures(Protocol):
    """Where pictures come from; :class:`searchapp.catalogue.fetching.PictureSource` is one."""

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        """The picture, or None if it is still the one with ``tag``."""


class Decodes(Protocol):
    """Makes pictures upright and safe; :class:`searchapp.vision.decoder.Decoder` does."""

    async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:
        """The safe form, at most ``longest`` pixels long."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one row: a write, a refusal, or nothing new."""

    row: TakenRow
    known: KnownProduct | None
    write: ProductWrite | None = None
    refused: RefusedRow | None = None


class Worker:
    """Works out what has to be written of one row."""

    def __init__(
        self,
        vision: VisionEngine,
        decoder: Decodes,
        pictures: Pictures,
        threads: ThreadPoolExecutor,
        resumed: datetime | None,
    ) -> None:
        """:param resumed: rows that were worked on since then need no second look."""
        self._vision = vision
        self._model = vision.embedding_name
        self._decoder = decoder
        self._pictures = pictures
        self._threads = threads
        self._resumed = resumed

    async def outcome(self, row: TakenRow, known: KnownProduct | None) -> Outcome:
        digest = row_digest(row.product)
        same_row = known is not None and known.row_digest == digest
        same_model = known is not None and known.model == self._model
        if known and same_row and same_model and self._done_before_the_break(known):
            return Outcome(row, known)
        try:
            found = await self._picture_set(row.product, known if same_model else None)
        except PictureUnavailable as error:
            # A shop's server that is away for a moment does not take the product away.
            if known and same_row and same_model:
                return Outcome(row, known)
            return Outcome(row, known, refused=_refusal(row, str(error)))
        except UnreadablePicture:
            return Outcome(row, known, refused=_refusal(row, "its picture cannot be read"))
        if same_row and found is None:
            return Outcome(row, known)
        return Outcome(row, known, write=_write(row.product, digest, found))

    def _done_before_the_break(self, known: KnownProduct) -> bool:
        return self._resumed is not None and known.checked_at >= self._resumed

    async def _picture_set(
        self, product: FeedProduct, known: KnownProduct | None
    ) -> PictureSet | None:
        """All pictures with their features, or None if they are those that are known."""
        tags = known.pictures if known else {}
        fetched = [await self._fetch(product, i, tags) for i in range(len(product.images))]
        there = [
            (reference, found)
            for reference, found in zip(product.images, fetched, strict=True)
            if not isinstance(found, PictureUnavailable)
        ]
        same = all(found is None for _, found in there)
        if known and same and [reference for reference, _ in there] == list(tags):
            return None
        return await self._seen([(ref, found or await self._again(ref)) for ref, found in there])

    async def _fetch(
        self, product: FeedProduct, index: int, tags: Mapping[str, str]
    ) -> Fetched | PictureUnavailable | None:
        """One picture; only the main one has to be there."""
        reference = product.images[index]
        try:
            return await self._pictures.fetch(reference, tags.get(reference, ""))
        except PictureUnavailable as error:
            if index == 0:
                raise
            return error

    async def _again(self, reference: str) -> Fetched:
        """A picture whose bytes are needed although it is unchanged: another one changed."""
        found = await self._pictures.fetch(reference)
        if found is None:
            raise PictureUnavailable("picture: its server sent nothing")
        return found

    async def _seen(self, fetched: Sequence[tuple[str, Fetched]]) -> PictureSet:
        tags: list[tuple[str, str]] = []
        jpegs: list[bytes] = []
        views: list[StoredView] = []
        for reference, found in fetched:
            try:
                upright = await self._decoder.upright(found.data, PICTURE_SIDE)
            except UnreadablePicture:
                if not tags:
                    raise
                continue
            described = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._vision.describe_product, upright.image
            )
            views += [packed(len(jpegs), view) for view in described]
            tags.append((reference, found.tag))
            jpegs.append(upright.jpeg)
        return PictureSet(tags, jpegs, views, image_key(jpegs[0]), self._model)


def _refusal(row: TakenRow, reason: str) -> RefusedRow:
    return RefusedRow(row.number, row.product.id, reason)


def _write(product: FeedProduct, digest: bytes, found: PictureSet | None) -> ProductWrite:
    return ProductWrite(
        product,
        kind_of(product.category, product.title),
        colour_family(product.colour, product.title),
        digest,
        found,
    )


def row_digest(product: FeedProduct) -> bytes:
    """Changes when anything that the feed says of a product changes."""
    said = json.dumps(asdict(product), default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).digest()[:16]


def image_key(jpeg: bytes) -> str:
    """The name of a picture by its content: the same bytes may be kept by browsers for good."""
    return base64.urlsafe_b64encode(hashlib.sha256(jpeg).digest()[:15]).decode()
