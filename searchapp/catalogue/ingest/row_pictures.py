"""The pictures of one row: which are as they were, and new features of those that are not."""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Protocol

from searchapp.catalogue.ingest.fetching import Fetched, PictureUnavailable, digest_of
from searchapp.catalogue.matching.feature_codec import packed
from searchapp.db.repositories.product_writes import PictureSet, StoredView
from searchapp.db.repositories.products import SeenPicture
from searchapp.errors import DecoderUnavailable, UnreadablePicture
from searchapp.imaging.picture import UprightPicture
from searchapp.vision.features.item_arrays import ViewFeatures
from searchapp.vision.pipeline import VisionEngine

PICTURE_SIDE = 400
"""Longest side, in pixels, of the pictures that are kept."""

_PASSING = frozenset(
    {"TimeoutError", "IncompleteReadError", "BrokenPipeError", "ConnectionResetError"}
)
"""How the decoding process fails when it, and not the picture, may be at fault."""

_REASONS = {
    "UnsupportedPicture": "it is not a JPEG, PNG, WEBP or HEIC",
    "TooManyPixels": "it has more than 50 million pixels",
    "TimeoutError": "it took too long to decode",
    "IncompleteReadError": "the decoder gave up on it",
}


class Pictures(Protocol):
    """Where pictures come from, as :class:`~searchapp.catalogue.ingest.fetching.PictureSource`."""

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        """The picture, or None if it is still the one with ``tag``."""


class Decodes(Protocol):
    """Makes pictures upright and safe; :class:`searchapp.imaging.decoder.Decoder` does."""

    async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:
        """The safe form, at most ``longest`` pixels long."""


class NoPicture(Exception):
    """There is nothing to show, or what is shown has to stay; the message says why."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the pictures of one row brought.

    ``found`` is None if what is shown and searched stays as it is.  Even then ``noted`` may be new
    tags to be remembered.  ``notes`` is for the operator.
    """

    found: PictureSet | None = None
    noted: Sequence[SeenPicture] | None = None
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """One picture; ``jpeg`` is empty if what is known of it stays."""

    seen: SeenPicture
    jpeg: bytes = b""
    views: Sequence[ViewFeatures] = ()
    note: str = ""


@dataclass(slots=True)
class _Sum:
    """What was seen of one row so far."""

    looks: list[_Look] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first_failed: str = ""


class PictureWork:
    """Looks at pictures, again only at those that changed."""

    def __init__(
        self,
        vision: VisionEngine,
        decoder: Decodes,
        pictures: Pictures,
        threads: ThreadPoolExecutor,
    ) -> None:
        self._vision = vision
        self._decoder = decoder
        self._pictures = pictures
        self._threads = threads

    async def look(self, references: Sequence[str], known: Sequence[SeenPicture]) -> Looked:
        """What changed of the pictures at ``references``, the main one first.

        What cannot be had today stays as it is known; of a new product it is left out, and the
        first that can be read is the main one.

        :param known: what the present model saw of the product.
        :raises NoPicture: none can be read, or what follows the main picture can not be had.
        """
        work = await self._all(references, {seen.reference: seen for seen in known})
        shown = [look for look in work.looks if look.seen.image_key]
        main = next((seen.reference for seen in known if seen.image_key), None)
        replaced = main is not None and main not in references
        if not shown or (work.first_failed and replaced):
            raise NoPicture(work.first_failed or "; ".join(work.notes))
        seen = [look.seen for look in work.looks]
        before = [seen.reference for seen in known if seen.image_key]
        if before == [look.seen.reference for look in shown] and not any(
            look.jpeg for look in shown
        ):
            return Looked(noted=None if seen == list(known) else seen, notes=work.notes)
        return Looked(self._set(seen, shown, before), notes=work.notes)

    async def _all(self, references: Sequence[str], known: dict[str, SeenPicture]) -> _Sum:
        work = _Sum()
        for place, reference in enumerate(references):
            before = known.get(reference)
            look: _Look | None
            try:
                look = await self._one(reference, before)
                note = look.note
            except PictureUnavailable as error:
                note = _named(str(error), reference)
                look = _Look(before) if before else None
            shown = look is not None and bool(look.seen.image_key)
            if look is not None:
                work.looks.append(look)
            if note:
                becomes = "what is known of it stays" if shown else "it is left out"
                work.notes.append(f"{note}; {becomes}")
            if place == 0 and not shown:
                work.first_failed = note or f"picture {reference[:200]} cannot be read"
        return work

    async def _one(self, reference: str, before: SeenPicture | None) -> _Look:
        """:raises PictureUnavailable: it cannot be had, or not be decoded, for a passing reason."""
        fetched = await self._pictures.fetch(reference, before.tag if before else "")
        if fetched is None:
            if before is None:
                raise PictureUnavailable("picture: its server sent nothing")
            return _Look(before)
        digest = digest_of(fetched.data)
        if before is not None and before.digest == digest:
            return _Look(replace(before, tag=fetched.tag))
        try:
            upright = await self._decoder.upright(fetched.data, PICTURE_SIDE)
        except DecoderUnavailable as error:
            raise PictureUnavailable(f"picture {reference[:200]}: {error.detail}") from None
        except UnreadablePicture as error:
            note = f"picture {reference[:200]} cannot be read: {_why(fetched.data, error.detail)}"
            if error.detail in _PASSING:
                raise PictureUnavailable(note) from None
            unreadable = SeenPicture(reference, fetched.tag, digest)
            return _Look(before if before and before.image_key else unreadable, note=note)
        described = await asyncio.get_running_loop().run_in_executor(
            self._threads, self._vision.describe_product, upright.image
        )
        seen = SeenPicture(reference, fetched.tag, digest, image_key(upright.jpeg))
        return _Look(seen, upright.jpeg, described)

    def _set(
        self, seen: Sequence[SeenPicture], shown: Sequence[_Look], before: Sequence[str]
    ) -> PictureSet:
        kept: dict[int, int] = {}
        jpegs: dict[int, bytes] = {}
        views: list[StoredView] = []
        for ordinal, look in enumerate(shown):
            if look.jpeg:
                jpegs[ordinal] = look.jpeg
                views += [packed(ordinal, view) for view in look.views]
            else:
                kept[ordinal] = before.index(look.seen.reference)
        return PictureSet(seen, kept, jpegs, views, self._vision.embedding_name)


def _named(reason: str, reference: str) -> str:
    """Which picture it is, unless the reason says so."""
    shown = reference[:200]
    return reason if shown in reason else f"{reason} ({shown})"


def _why(data: bytes, detail: str) -> str:
    """Why a picture cannot be read, by its bytes and the decoder's word."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data:
        return "it is empty"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "it is a web page (HTML)"
    return _REASONS.get(detail, "it is cut off or damaged")


def image_key(jpeg: bytes) -> str:
    """The name of a picture by its content: the same bytes may be kept by browsers for good."""
    return base64.urlsafe_b64encode(hashlib.sha256(jpeg).digest()[:15]).decode()
