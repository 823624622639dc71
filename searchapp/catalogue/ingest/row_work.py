"""What has to be done for one row of a feed, and what the operator is told of all rows."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, TypeVar

from searchapp.catalogue.feeds import FeedRow, RefusedRow, TakenRow
from searchapp.catalogue.feeds.rows import reason_key
from searchapp.catalogue.ingest.row_pictures import Looked, NoPicture, PictureWork
from searchapp.db.repositories.imports import Counts
from searchapp.db.repositories.product_writes import PictureSet, ProductWrite
from searchapp.db.repositories.products import KnownProduct, SeenPicture
from searchapp.domain.product import FeedProduct, Money
from searchapp.domain.taxonomy import WHOLE
from searchapp.domain.vocabulary import colour_family, kind_of

T = TypeVar("T")

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

    def unchanged(self, row: TakenRow, known: KnownProduct | None) -> bool:
        """Whether there is nothing to do for ``row``, and no picture to look at."""
        if known is None or known.model != self._model:
            return False
        resumed = self._resumed is not None and known.checked_at >= self._resumed
        if not resumed and not self._pictures.settled(row.product.images, known.pictures):
            return False
        return known.row_digest == row_digest(row.product)

    async def outcome(self, row: TakenRow, known: KnownProduct | None) -> Outcome:
        """What becomes of a row that is not as it was; its pictures are looked at."""
        same_row = known is not None and known.row_digest == row_digest(row.product)
        same_model = known is not None and known.model == self._model
        try:
            looked = await self._pictures.look(
                row.product.images, known.pictures if known and same_model else ()
            )
        except NoPicture as error:
            if known is None:
                refused = RefusedRow(row.number, row.product.id, str(error))
                return Outcome(row, known, refused=refused)
            # A shop's server that is down removes neither the product nor its new price.
            looked = Looked(notes=[f"{error}; its pictures stay as they are"])
        write = None
        if not same_row or looked.found is not None:
            before = known.pictures if known else ()
            write = product_write(row.product, looked.found, looked.noted or before)
        return Outcome(row, known, write, noted=looked.noted, notes=looked.notes)


async def all_outcomes(work: Iterable[Awaitable[T]]) -> list[T]:
    """The outcomes in order; an error is raised once all others have ended."""
    outcomes: list[T] = []
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
        outcomes.append(outcome)
    return outcomes


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
    titled = kind_of("", product.title)
    if told := product.kind or _kind_of_category(product.category, titled):
        return told
    return shown if shown and (titled == WHOLE or shown in _UNMISTAKABLE) else titled


def _words_colour(product: FeedProduct) -> str:
    return product.colour_family or colour_family(product.colour, product.title)


def kind_of_words(category: str, title: str) -> str:
    """The kind that the category names, else the title; else ``whole``."""
    titled = kind_of("", title)
    return _kind_of_category(category, titled) or titled


_WITHIN = frozenset({("bottom", "skirt"), ("accessory", "bag"), ("accessory", "hat")})
"""Kinds of categories (``하의``, ``Accessories``) that hold another kind, too."""


def _kind_of_category(category: str, titled: str) -> str:
    """The kind that the narrowest telling level names, or that of the title, ``titled``, where a
    level names it as well (``아우터/상의``) or holds it; empty if no level names any.

    A level that names clothes and accessories together (``Apparel & Accessories``) tells nothing.
    """
    levels = [level for level in reversed(_LEVELS.split(category)) if not _GENERIC.search(level)]
    kinds = [kind for level in levels if (kind := kind_of(level, "")) != WHOLE]
    told = kinds[0] if kinds else ""
    return titled if titled in kinds or (told, titled) in _WITHIN else told


def row_digest(product: FeedProduct) -> bytes:
    """Changes when anything changes that the feed says, or that is made of its words."""
    words = kind_of_words(product.category, product.title), _words_colour(product)
    document = {name: _plain(getattr(product, name)) for name in _FIELDS}
    said = json.dumps([document, words], default=str, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).digest()[:16]


_FIELDS = tuple(entry.name for entry in fields(FeedProduct))


def _plain(value: Any) -> Any:
    """``value`` for a digest; :func:`dataclasses.asdict` takes ten times as long."""
    return {"amount": value.amount, "currency": value.currency} if type(value) is Money else value


FAIL_ABOVE = 50.0
"""Per cent of refused rows above which an import counts as failed."""

EXAMPLES = 3
"""Rows that are named for each reason."""

PLACEHOLDER_TITLES, PLACEHOLDER_KINDS = 6, 3
"""One picture of so many unlike products, of so many kinds, stands for a missing one."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a row that was taken, for the operator."""

    number: int
    id: str
    text: str


@dataclass(slots=True)
class Reason:
    """Rows that are refused, or noted, for one reason: ``text`` is that of the first one."""

    text: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reasons:
    """Reasons with their counts, in the order in which they came up."""

    by_key: dict[str, Reason] = field(default_factory=dict)

    def add(self, number: int, id_: str, text: str) -> None:
        """Counts one row."""
        reason = self.by_key.setdefault(reason_key(text), Reason(text))
        reason.count += 1
        if len(reason.examples) < EXAMPLES:
            reason.examples.append(f"row {number} ({id_})" if id_ else f"row {number}")

    def all(self) -> list[Reason]:
        """The most frequent first."""
        return sorted(self.by_key.values(), key=lambda reason: -reason.count)


@dataclass(slots=True)
class Placeholders:
    """Pictures that many unlike products of one import share."""

    titles: dict[str, set[str]] = field(default_factory=dict)
    kinds: dict[str, set[str]] = field(default_factory=dict)

    def add(self, image_key: str, title: str, kind: str) -> None:
        """Counts a product that shows the picture."""
        titles = self.titles.setdefault(image_key, set())
        if len(titles) < PLACEHOLDER_TITLES:
            titles.add(likeness_key(title))
        if kind != WHOLE:
            self.kinds.setdefault(image_key, set()).add(kind)

    def all(self) -> list[str]:
        """Their keys."""
        return [
            key
            for key, titles in self.titles.items()
            if len(titles) >= PLACEHOLDER_TITLES
            and len(self.kinds.get(key, ())) >= PLACEHOLDER_KINDS
        ]


@dataclass(frozen=True, slots=True)
class Report:
    """How an import ended; ``more_notes`` counts those that are not kept.

    ``failure`` says why the run counts as failed; what was taken stays all the same.
    """

    counts: Counts
    refusals: Sequence[RefusedRow]
    notes: Sequence[Note] = ()
    more_notes: int = 0
    not_pruned: str = ""
    failure: str = ""
    noted: Sequence[Reason] = ()

    @property
    def refused(self) -> list[Reason]:
        """The refusals by reason."""
        reasons = Reasons()
        for row in self.refusals:
            reasons.add(row.number, row.id, row.reason)
        return reasons.all()


def failure_of(counts: Counts, fail_above: float, *, cut: bool) -> str:
    """Why a run with ``counts`` counts as failed, or nothing.

    :param cut: whether the feed ends or breaks before its end.
    """
    total = counts.taken + counts.refused
    if not counts.taken:
        return "no row was taken. Correct the feed and import it again."
    if cut:
        return "the feed breaks off before its end: what came before was taken"
    if counts.refused * 100 > fail_above * total:
        return f"{counts.refused} of {total} rows were refused, more than {fail_above:g} %"
    return ""


def check_rows(rows: Iterable[FeedRow], fail_above: float) -> Report:
    """What an import would take of ``rows`` by their words alone: no picture is fetched and
    nothing is written."""
    taken, noted = 0, Reasons()
    refused: list[RefusedRow] = []
    for row in rows:
        if isinstance(row, RefusedRow):
            refused.append(row)
            continue
        taken += 1
        if row.doubt:
            noted.add(row.number, row.product.id, row.doubt)
    counts = Counts(added=taken, refused=len(refused))
    cut = any(row.cut for row in refused)
    failure = failure_of(counts, fail_above, cut=cut)
    return Report(counts, refused, failure=failure, noted=noted.all())
