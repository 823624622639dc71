"""What has to be done for one row of a feed: nothing, new words, new features of its pictures."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from searchapp.catalogue.feeds import RefusedRow, TakenRow
from searchapp.catalogue.ingest.row_pictures import Looked, NoPicture, PictureWork
from searchapp.db.repositories.product_writes import PictureSet, ProductWrite
from searchapp.db.repositories.products import KnownProduct, SeenPicture
from searchapp.domain.product import FeedProduct
from searchapp.domain.taxonomy import WHOLE, colour_family, kind_of

_UNMISTAKABLE = frozenset({"shoes", "bag", "hat"})
"""Kinds that a picture never shows by mistake for another garment."""

_LEVELS = re.compile(r"\s*(?:>|\||/|»)\s*")
_WORD = re.compile(r"[^\W_]+")
_SIZE = re.compile(
    r"(?:x{0,4}[sl]|m|[2-6]xl|free|fr|one|os|size|사이즈|프리|소|중|대|특대|\d+\w{0,2})"
)
_GENERIC = re.compile(
    r"(?:apparel|clothing|clothes|fashion|의류|패션)\W*(?:&|and|,|·)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of one row: a write, a refusal, or nothing new.

    ``noted`` are pictures to be remembered that are shown as before; ``notes`` is for the
    operator.
    """

    row: TakenRow
    known: KnownProduct | None
    write: ProductWrite | None = None
    refused: RefusedRow | None = None
    noted: Sequence[SeenPicture] | None = None
    notes: Sequence[str] = ()

    @property
    def image_key(self) -> str:
        """Of the main picture, if it is written; else empty."""
        pictures = self.write.pictures if self.write else None
        return pictures.image_key if pictures is not None else ""


class Worker:
    """Works out what has to be written of one row."""

    def __init__(self, pictures: PictureWork, resumed: datetime | None) -> None:
        """:param resumed: rows that were worked on since then need no second look."""
        self._pictures = pictures
        self._model = pictures.model
        self._resumed = resumed

    async def outcome(self, row: TakenRow, known: KnownProduct | None) -> Outcome:
        same_row = known is not None and known.row_digest == row_digest(row.product)
        same_model = known is not None and known.model == self._model
        if known and same_row and same_model and self._done_before_the_break(known):
            return Outcome(row, known)
        try:
            looked = await self._pictures.look(
                row.product.images, known.pictures if known and same_model else ()
            )
        except NoPicture as error:
            if known is None:
                return Outcome(row, known, refused=_refusal(row, str(error)))
            # A shop's server that is down removes neither the product nor its new price.
            looked = Looked(notes=[f"{error}; its pictures stay as they are"])
        write = None
        if not same_row or looked.found is not None:
            before = known.pictures if known else ()
            write = product_write(row.product, looked.found, looked.noted or before)
        return Outcome(row, known, write, noted=looked.noted, notes=looked.notes)

    def _done_before_the_break(self, known: KnownProduct) -> bool:
        return self._resumed is not None and known.checked_at >= self._resumed


def _refusal(row: TakenRow, reason: str) -> RefusedRow:
    return RefusedRow(row.number, row.product.id, reason)


def likeness_key(title: str) -> str:
    """What titles of one garment's sizes have in common: their words without sizes and numbers."""
    words = _WORD.findall(title.lower())
    kept = [word for word in words if not _SIZE.fullmatch(word)] or words
    return hashlib.sha256(" ".join(kept).encode()).hexdigest()[:12]


def product_write(
    product: FeedProduct,
    pictures: PictureSet | None,
    known: Sequence[SeenPicture] = (),
    fields: Mapping[str, Any] | None = None,
) -> ProductWrite:
    """What is written of ``product``; see :class:`ProductWrite` for the parameters.

    :param known: the pictures that the product keeps where ``pictures`` is None.
    """
    shown = pictures.pictures if pictures is not None else known
    main = next((seen for seen in shown if seen.image_key), None)
    return ProductWrite(
        product,
        _kind(product, main.kind if main else ""),
        _words_colour(product) or (main.colour if main else ""),
        row_digest(product),
        pictures,
        likeness_key(product.title),
        fields,
    )


def _kind(product: FeedProduct, shown: str) -> str:
    """By the feed's taxonomy, its category, its title, then the picture.

    A picture of shoes, a bag or a hat outweighs the title: "Active Knit" may be shoes.
    """
    told = product.kind or kind_of_words(product.category, "")
    if told not in ("", WHOLE):
        return told
    titled = kind_of_words("", product.title)
    return shown if shown and (titled == WHOLE or shown in _UNMISTAKABLE) else titled


def _words_colour(product: FeedProduct) -> str:
    return product.colour_family or colour_family(product.colour, product.title)


def kind_of_words(category: str, title: str) -> str:
    """The kind that the category's narrowest telling level names, else the title; else ``whole``.

    A level that names clothes and accessories together (``Apparel & Accessories``) tells nothing.
    """
    for level in reversed(_LEVELS.split(category)):
        if not _GENERIC.search(level) and (kind := kind_of(level, "")) != WHOLE:
            return kind
    return kind_of("", title)


def row_digest(product: FeedProduct) -> bytes:
    """Changes when anything changes that the feed says, or that is made of its words."""
    words = kind_of_words(product.category, product.title), _words_colour(product)
    said = json.dumps([asdict(product), words], default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).digest()[:16]
