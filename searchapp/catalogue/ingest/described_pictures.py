"""Pictures by their bytes: decoded and described once, however many rows show them."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Protocol, Self

import cv2
import numpy as np

from searchapp.catalogue.matching.feature_codec import packed
from searchapp.db.repositories.product_writes import StoredPicture, StoredView
from searchapp.domain.taxonomy import LABELS, WHOLE
from searchapp.imaging.picture import UprightImage, UprightPicture
from searchapp.vision.features.colour import colour_family_of
from searchapp.vision.features.item_arrays import ViewFeatures
from searchapp.vision.pipeline import VisionEngine

PICTURE_SIDE = 400
"""Longest side, in pixels, of the pictures that are kept."""

KEPT_BYTES = 48 << 20
"""Of descriptions that one import keeps until they are stored: about 700 pictures, and two batches
of rows have at most 512."""

LEAST_SIDE = 40
"""Pixels of the shorter side below which a picture shows no garment."""

LONGEST_SHAPE = 8
"""A picture so many times longer than wide is a strip of a page, not a garment."""

BLANK = 1.5
"""Standard deviation of a picture's values, 0..255, below which nothing is on it.  Of 1,814 product
photos the plainest has 9."""

SURE_KIND = 0.5
SURE_COLOUR = 0.4
"""Shares from which on a picture counts as showing one kind, or one colour."""


class Decodes(Protocol):
    """Makes pictures upright and safe; :class:`searchapp.imaging.decoder.Decoder` does."""

    async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:
        """The safe form, at most ``longest`` pixels long."""


class NotAProductPicture(Exception):
    """A picture that can be read and shows no product; the message says what it is."""


@dataclass(frozen=True, slots=True)
class Described:
    """A picture as it is stored: ``kind`` and ``colour`` are empty where it does not tell.

    ``image_key`` names the small JPEG by its content; ``picture`` is None once this import has
    stored it.
    """

    image_key: str
    kind: str
    colour: str
    picture: StoredPicture | None

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        if self.picture is None:
            return 0
        views = ((view.embedding.nbytes, view.extras, view.detail) for view in self.picture.views)
        size = sum(n + len(extras) + len(detail) for n, extras, detail in views)
        return len(self.picture.jpeg) + size


def image_key(jpeg: bytes) -> str:
    """The name of a picture by its content: the same bytes may be kept by browsers for good."""
    return base64.urlsafe_b64encode(hashlib.sha256(jpeg).digest()[:15]).decode()


@dataclass(frozen=True, slots=True)
class Description:
    """What a model saw in a picture: ``kind`` and ``colour`` are empty where it does not tell."""

    views: Sequence[StoredView]
    kind: str
    colour: str


def write_descriptions(path: Path, model: str, found: Mapping[str, Description]) -> None:
    """Writes what ``model`` saw in pictures, by their digests, beside the feed that has them."""
    views = [view for entry in found.values() for view in entry.views]
    np.savez_compressed(
        path,
        model=np.array(model),
        pictures=np.array([(key, one.kind, one.colour) for key, one in found.items()]),
        counts=np.array([len(entry.views) for entry in found.values()], "<u2"),
        kinds=np.array([view.kind for view in views]),
        sizes=np.array([(len(view.extras), len(view.detail)) for view in views], "<u4"),
        vectors=np.array([view.embedding for view in views], "<f2"),
        bytes=np.frombuffer(b"".join(view.extras + view.detail for view in views), "u1"),
    )


def read_descriptions(path: Path, model: str) -> dict[str, Description]:
    """What :func:`write_descriptions` wrote, by digest; nothing if another model saw it."""
    with np.load(path, allow_pickle=False) as file:
        if str(file["model"]) != model:
            return {}
        arrays = {name: file[name] for name in file.files}
    views, place, data = list[StoredView](), 0, arrays["bytes"].tobytes()
    vectors = arrays["vectors"].astype(np.float32)
    for kind, vector, sizes in zip(arrays["kinds"], vectors, arrays["sizes"], strict=True):
        middle, end = place + int(sizes[0]), place + int(sizes.sum())
        views.append(StoredView(str(kind), vector, data[place:middle], data[middle:end]))
        place = end
    rest = iter(views)
    return {
        str(key): Description(list(islice(rest, int(count))), str(kind), str(colour))
        for (key, kind, colour), count in zip(arrays["pictures"], arrays["counts"], strict=True)
    }


class DescribedPictures:
    """Decodes and describes, each picture once; descriptions stay at hand until they are stored.

    :param ready: descriptions by digest that come with a feed; these pictures are only decoded.
    """

    def __init__(
        self,
        vision: VisionEngine,
        decoder: Decodes,
        threads: ThreadPoolExecutor,
        ready: Mapping[str, Description] | None = None,
    ) -> None:
        self._ready = ready or {}
        self._vision = vision
        self._decoder = decoder
        self._threads = threads
        self._kept: OrderedDict[str, Described] = OrderedDict()
        self._stored: dict[str, Described] = {}
        self._bytes = 0
        self._under_way: dict[str, asyncio.Future[Described]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stops what is under way, where an import was stopped."""
        left = list(self._under_way.values())
        for work in left:
            work.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    @property
    def model(self) -> str:
        """Which model describes."""
        return self._vision.embedding_name

    def known(self, digest: str) -> bool:
        """Whether the picture with this digest is at hand."""
        return digest in self._kept or digest in self._stored

    def stored(self, image_keys: Collection[str]) -> None:
        """Notes that the pictures with these keys are in the database: their bytes can go."""
        for digest, described in list(self._kept.items()):
            if described.image_key in image_keys:
                self._stored[digest] = replace(described, picture=None)
                self._bytes -= self._kept.pop(digest).size

    async def of(self, digest: str, data: bytes) -> Described:
        """The description of ``data``, whose digest is ``digest``.

        :raises UnreadablePicture: it cannot be decoded.
        :raises DecoderUnavailable: no picture can be decoded now.
        :raises NotAProductPicture: it is blank, too small, or a strip.
        """
        if described := self._stored.get(digest) or self._kept.get(digest):
            return described
        if digest not in self._under_way:
            self._under_way[digest] = asyncio.ensure_future(self._describe(digest, data))
        work = self._under_way[digest]
        try:
            described = await asyncio.shield(work)
        finally:
            if work.done():
                self._under_way.pop(digest, None)
        self._keep(digest, described)
        return described

    async def _describe(self, digest: str, data: bytes) -> Described:
        upright = await self._decoder.upright(data, PICTURE_SIDE)
        check_product_picture(upright)
        if (found := self._ready.get(digest)) is None:
            found = await asyncio.get_running_loop().run_in_executor(
                self._threads, self._described, upright.image
            )
        picture = StoredPicture(upright.jpeg, found.views)
        return Described(image_key(upright.jpeg), found.kind, found.colour, picture)

    def _described(self, picture: UprightImage) -> Description:
        return description_of(self._vision.describe_product(picture))

    def _keep(self, digest: str, described: Described) -> None:
        if self.known(digest):
            return
        self._kept[digest] = described
        self._bytes += described.size
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.size


def description_of(views: Sequence[ViewFeatures]) -> Description:
    """What is stored of ``views``, those of one picture."""
    return Description([packed(view) for view in views], shown_kind(views), shown_colour(views))


def check_product_picture(picture: UprightPicture) -> None:
    """:raises NotAProductPicture: it is blank, too small, or a strip."""
    short, long = sorted((picture.width, picture.height))
    size = f"{picture.width} x {picture.height} pixels"
    if short * LONGEST_SHAPE < long:
        raise NotAProductPicture(f"it is a strip of {size}")
    if short < LEAST_SIDE:
        raise NotAProductPicture(f"it is too small ({size})")
    _, deviations = cv2.meanStdDev(np.ascontiguousarray(picture.image.pixels[::2, ::2]))
    if deviations.max() < BLANK:
        raise NotAProductPicture("it is blank: one colour all over, like a placeholder")


def shown_kind(views: Sequence[ViewFeatures]) -> str:
    """The kind that the classifier sees in the whole photo, if it is sure; else empty."""
    probabilities = views[0].label_probs
    best = int(probabilities.argmax())
    sure = float(probabilities[best]) >= SURE_KIND and LABELS[best] != WHOLE
    return LABELS[best] if sure else ""


def shown_colour(views: Sequence[ViewFeatures]) -> str:
    """The colour family of most of the garment, if one stands out; else empty."""
    garment = next((view for view in views if view.kind == "garment"), views[-1])
    return colour_family_of(garment.colour, SURE_COLOUR)
