"""The pictures of one row: which are as they were, and new features of those that are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from searchapp.catalogue.ingest.described_pictures import (
    Described,
    DescribedPictures,
    NotAProductPicture,
)
from searchapp.catalogue.ingest.fetching import Fetched, PictureUnavailable, digest_of, is_address
from searchapp.db.repositories.product_writes import PictureSet
from searchapp.db.repositories.products import SeenPicture
from searchapp.errors import DecoderUnavailable, UnreadablePicture

ASK_AGAIN_SECONDS = 7 * 24 * 3600
"""How long a picture at an address counts as unchanged without asking its server."""

_REASONS = {
    "UnsupportedPicture": "it is not a JPEG, PNG, WEBP, HEIC, AVIF or GIF",
    "TooManyPixels": "it has more than 50 million pixels",
    "ProcessorTime": "it took too long to decode",
}


class Pictures(Protocol):
    """Where pictures come from, as :class:`~searchapp.catalogue.ingest.fetching.PictureSource`."""

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        """The picture, or None if it is still the one with ``tag``."""


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
    """One picture; ``described`` is None if what is known of it stays."""

    seen: SeenPicture
    described: Described | None = None
    note: str = ""


@dataclass(slots=True)
class _Sum:
    """What was seen of one row so far."""

    looks: list[_Look] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    first_failed: str = ""


class PictureWork:
    """Looks at the pictures of rows, again only at those that changed.

    :param now: seconds since 1970, the time of the import.
    :param recheck: whether every server is asked again, whenever it was asked last.
    """

    def __init__(
        self,
        described: DescribedPictures,
        pictures: Pictures,
        *,
        now: int,
        recheck: bool = False,
    ) -> None:
        self._described = described
        self._pictures = pictures
        self._now = now
        self._recheck = recheck
        self._fetched: dict[str, tuple[str, str]] = {}

    @property
    def model(self) -> str:
        """Which model describes the pictures."""
        return self._described.model

    def settled(self, references: Sequence[str], known: Sequence[SeenPicture]) -> bool:
        """Whether all pictures are those that are shown, and no server has to be asked again."""
        same = len(references) == len(known) and all(
            seen.reference == reference for seen, reference in zip(known, references, strict=True)
        )
        return same and all(map(self._fresh, known))

    async def look(self, references: Sequence[str], known: Sequence[SeenPicture]) -> Looked:
        """What changed of the pictures at ``references``, the main one first.

        What cannot be had now stays as it is known; of a new product it is left out, and the
        first that can be shown is the main one.

        :param known: what the present model saw of the product.
        :raises NoPicture: none can be shown, or what follows the main picture cannot be had.
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
            look.described for look in shown
        ):
            return Looked(noted=None if seen == list(known) else seen, notes=work.notes)
        described = {
            look.seen.image_key: look.described.picture
            for look in shown
            if look.described is not None and look.described.picture is not None
        }
        return Looked(PictureSet(seen, described, self.model), notes=work.notes)

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
        if before is not None and self._fresh(before):
            return _Look(before)
        fetched = await self._fetch(reference, before)
        if fetched is None:
            if before is None:
                raise PictureUnavailable("picture: its server sent nothing")
            return _Look(self._asked(before))
        digest = fetched.digest
        if before is not None and before.digest == digest:
            self._fetched[reference] = fetched.tag, digest
            return _Look(self._asked(replace(before, tag=fetched.tag)))
        try:
            described = await self._described.of(digest, fetched.data)
        except DecoderUnavailable as error:
            raise PictureUnavailable(f"picture {reference[:200]}: {error.detail}") from None
        except (UnreadablePicture, NotAProductPicture) as error:
            note = _refused(reference, fetched.data, error)
            unreadable = self._asked(SeenPicture(reference, fetched.tag, digest))
            return _Look(before if before and before.image_key else unreadable, note=note)
        self._fetched[reference] = (fetched.tag, digest)
        seen = SeenPicture(
            reference,
            fetched.tag,
            digest,
            described.image_key,
            described.kind,
            described.colour,
        )
        return _Look(self._asked(seen), described)

    async def _fetch(self, reference: str, before: SeenPicture | None) -> _Picture | None:
        """The picture, from what this import fetched already if nothing more is to be known."""
        tag, digest = self._fetched.get(reference, ("", ""))
        if digest and (self._described.known(digest) or (before and before.digest == digest)):
            return _Picture(b"", tag, digest)
        fetched = await self._pictures.fetch(reference, before.tag if before else "")
        if fetched is not None:
            return _Picture(fetched.data, fetched.tag, digest_of(fetched.data))
        if before is not None and before.image_key and before.digest:
            self._fetched[reference] = before.tag, before.digest
        return None

    def _asked(self, seen: SeenPicture) -> SeenPicture:
        """``seen`` with the time at which its server was asked; files have none."""
        return replace(seen, asked=self._now) if is_address(seen.reference) else seen

    def _fresh(self, seen: SeenPicture) -> bool:
        """Whether the server was asked so lately that it need not be asked again."""
        asked_lately = 0 <= self._now - seen.asked < ASK_AGAIN_SECONDS
        return asked_lately and not self._recheck and bool(seen.image_key)


@dataclass(frozen=True, slots=True)
class _Picture:
    """Fetched bytes; empty where the description of their digest is at hand."""

    data: bytes
    tag: str
    digest: str


def _named(reason: str, reference: str) -> str:
    """Which picture it is, unless the reason says so."""
    shown = reference[:200]
    return reason if shown in reason else f"{reason} ({shown})"


def _refused(reference: str, data: bytes, error: UnreadablePicture | NotAProductPicture) -> str:
    shown = f"picture {reference[:200]}"
    if isinstance(error, NotAProductPicture):
        return f"{shown} is not shown: {error}"
    return f"{shown} cannot be read: {_why(data, error.detail)}"


def _why(data: bytes, detail: str) -> str:
    """Why a picture cannot be read, by its bytes and the decoder's word."""
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not data:
        return "it is empty"
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return "it is a web page (HTML)"
    return _REASONS.get(detail, "it is cut off or damaged")
