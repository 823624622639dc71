"""Single products, put, changed and removed by the catalogue API, by their Google Merchant names.

A product is written at once.  Its pictures are fetched by the workers; until then a new product is
``pending``, and a known one shows the pictures that it has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from searchapp.catalogue.feeds import FeedOptions, RefusedRow, TakenRow
from searchapp.catalogue.feeds.forms import google
from searchapp.catalogue.feeds.records import json_row
from searchapp.catalogue.feeds.rows import FIELDS, normalised
from searchapp.catalogue.feeds.validation import ID_LIMIT, checked, clean
from searchapp.catalogue.feeds.values import OR_CURRENCY
from searchapp.catalogue.ingest.described_pictures import Decodes, DescribedPictures
from searchapp.catalogue.ingest.row_pictures import NoPicture, Pictures, PictureWork
from searchapp.catalogue.ingest.row_work import all_outcomes, product_write, row_digest
from searchapp.db.engine import transaction
from searchapp.db.repositories import product_writes, products
from searchapp.db.repositories.product_writes import PendingProduct
from searchapp.logs import get_logger
from searchapp.vision.pipeline import VisionEngine

MAX_OPERATIONS = 1000
"""Of one call."""

PATCHABLE = frozenset(
    {"title", "link", "price", "sale_price", "sale_price_effective_date", "availability"}
)
"""What a PATCH may change; the rest needs a PUT."""

_FEED_NAME = re.compile(r"[^\s:/\\][^:/\\\x00-\x1f]{0,79}")
_FIELDS_LIMIT = 40
_VALUE_LIMIT = 10_000
_LEVELS = 4


class FeedNameError(ValueError):
    """A name that no feed can have; the message says what one is."""


class Action(StrEnum):
    """What to do with a product."""

    PUT = "put"
    PATCH = "patch"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing to do: ``document`` holds Google Merchant names; a deletion needs none."""

    action: Action
    id: str
    document: Mapping[str, Any]


class AnswerStatus(StrEnum):
    """The outcome of an operation."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DELETED = "deleted"
    MISSING = "missing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Answer:
    """How one operation ended; ``error`` says why nothing was done."""

    id: str
    status: AnswerStatus
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether the catalogue is now as the operation wanted."""
        return not self.error


def checked_feed_name(name: str) -> str:
    """``name`` if a feed may be called so.

    :raises FeedNameError: it is empty, too long, or has a colon or a slash in it.
    """
    if not _FEED_NAME.fullmatch(name):
        raise FeedNameError(
            f"{name[:80]!r} cannot be a feed's name: up to 80 characters without : and /"
        )
    return name


async def apply(
    engine: AsyncEngine, feed: str, operations: Sequence[Operation], *, now: datetime
) -> list[Answer]:
    """Does ``operations`` in order, in one transaction; one that is refused stops no other.

    :raises FeedNameError: ``feed`` cannot be a feed's name.
    :raises ValueError: there are more than MAX_OPERATIONS.
    """
    checked_feed_name(feed)
    if len(operations) > MAX_OPERATIONS:
        raise ValueError(f"more than {MAX_OPERATIONS} operations")
    answers: dict[int, Answer] = {}
    ids = sorted({operation.id for operation in operations if _storable(operation.id)})
    async with transaction(engine) as session:
        # Rows are locked in one order, so that two batches never wait for each other in a circle.
        known: dict[str, Mapping[str, Any] | None] = dict.fromkeys(ids)
        known |= await products.stored_products(session, feed, ids, locked=True)
        for place in sorted(range(len(operations)), key=lambda place: operations[place].id):
            answers[place] = await _one(session, feed, operations[place], known, now)
    return [answers[place] for place in range(len(operations))]


async def _one(
    session: AsyncSession,
    feed: str,
    operation: Operation,
    known: dict[str, Mapping[str, Any] | None],
    now: datetime,
) -> Answer:
    """:param known: what was stored of each id before; the first operation on an id takes it."""
    if not _storable(operation.id):
        return Answer(operation.id, AnswerStatus.REFUSED, "id has characters that cannot be kept")
    if operation.action is Action.DELETE:
        known.pop(operation.id, None)
        removed = await product_writes.remove_products(session, feed, [operation.id])
        done = AnswerStatus.DELETED if removed else AnswerStatus.MISSING
        return Answer(operation.id, done)
    if operation.id in known:
        stored = known.pop(operation.id)
    else:
        stored = await products.stored_product(session, feed, operation.id, locked=True)
    document = {normalised(str(name)): value for name, value in operation.document.items()}
    if error := _mistake(operation, document):
        return Answer(operation.id, AnswerStatus.REFUSED, error)
    if operation.action is Action.PATCH:
        if stored is None:
            return _missing(operation.id)
        document = _changed(_document(stored), document)
    return await _put(session, feed, {**document, "id": operation.id}, stored, now)


def is_product_id(text: str) -> bool:
    """Whether a product may be called ``text``: an id that is cleaned would be another one."""
    return 1 <= len(text) <= ID_LIMIT and text.isprintable() and text == clean(text)


def _missing(id_: str) -> Answer:
    return Answer(id_, AnswerStatus.MISSING, "there is no product of this id")


def _storable(text: str) -> bool:
    """Whether Postgres can hold ``text``."""
    return "\x00" not in text and text == text.encode(errors="ignore").decode()


def _mistake(operation: Operation, document: Mapping[str, Any]) -> str:
    """Why ``document`` cannot be taken, or nothing."""
    if len(document) > _FIELDS_LIMIT:
        return f"more than {_FIELDS_LIMIT} fields"
    own = document.get("id", operation.id)
    if str(own) != operation.id:
        return "id is another one than the product's"
    for name, value in document.items():
        if isinstance(value, dict) and name in FIELDS and not json_row(1, {name: value}).fields:
            return f"{name} is neither a text, a number nor a list of texts"
        if error := next(filter(None, map(_mistake_in, _parts(value))), ""):
            return f"{name[:40]} {error}"
    wrong = sorted(set(document) - PATCHABLE - {"id"})
    if operation.action is Action.PATCH and wrong:
        return f"{wrong[0]} cannot be changed alone: put the whole product"
    return ""


def _mistake_in(part: Any) -> str:
    if not isinstance(part, str | int | float | bool | None):
        return f"has lists or objects in more than {_LEVELS} levels"
    if isinstance(part, str) and not _storable(part):
        return "has characters that cannot be kept"
    is_long = isinstance(part, str) and len(part) > _VALUE_LIMIT
    return f"is longer than {_VALUE_LIMIT} characters" if is_long else ""


def _parts(value: Any, levels: int = _LEVELS) -> Iterator[Any]:
    """The texts and numbers in ``value``, names included; what is deeper as it is."""
    if isinstance(value, list | dict) and levels:
        for part in (*value, *value.values()) if isinstance(value, dict) else value:
            yield from _parts(part, levels - 1)
    else:
        yield value


def _changed(before: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A new price without a new sale price ends the sale that was in force."""
    sale = {"sale_price", "sale_price_effective_date"} if "price" in changes else set()
    return {name: value for name, value in before.items() if name not in sale} | dict(changes)


async def _put(
    session: AsyncSession,
    feed: str,
    document: Mapping[str, Any],
    stored: Mapping[str, Any] | None,
    now: datetime,
) -> Answer:
    id_ = str(document["id"])
    row = checked(google(json_row(1, document), price_required=False), FeedOptions(now=now))
    if isinstance(row, RefusedRow):
        return Answer(id_, AnswerStatus.REFUSED, row.reason.removesuffix(OR_CURRENCY))
    seen = products.seen_pictures(stored["pictures"], stored["image_key"]) if stored else []
    known = [entry.reference for entry in seen]
    images = list(row.product.images)
    if not all(image in known or image.startswith(("http://", "https://")) for image in images):
        return Answer(id_, AnswerStatus.REFUSED, "image_link has to be an https address")
    same = stored is not None and bytes(stored["row_digest"]) == row_digest(row.product)
    if same and stored is not None and not stored["pending_error"]:
        await product_writes.touch(session, feed, [id_], now)
        return Answer(id_, AnswerStatus.UNCHANGED)
    fetch = stored is None or images != known or not stored["image_key"]
    write = product_write(row.product, None, seen, dict(document))
    await product_writes.write_pending(session, feed, write, now, fetch=fetch)
    if row.product.group:
        await product_writes.touch_group(session, feed=feed, id_=id_, now=now)
    return Answer(id_, AnswerStatus.CREATED if stored is None else AnswerStatus.UPDATED)


async def read_product(engine: AsyncEngine, feed: str, id_: str) -> dict[str, Any] | None:
    """One product by its Google Merchant names, with its ``status``; None if there is none.

    ``status`` is ``ready``, ``pending`` (its pictures are still to be fetched) or ``failed`` (they
    cannot be had: ``error`` says why).
    """
    if not _storable(feed + id_):
        return None
    async with transaction(engine) as session:
        stored = await products.stored_product(session, feed, id_)
    if stored is None:
        return None
    document = _document(stored) | {"status": _status(stored), "updatedAt": stored["updated_at"]}
    if stored["pending_error"]:
        document["error"] = stored["pending_error"]
    return document


def _status(stored: Mapping[str, Any]) -> str:
    if stored["pending_at"] is not None:
        return "pending"
    return "failed" if stored["pending_error"] or not stored["image_key"] else "ready"


def _document(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The product as it would be put: what was given last, or made of a feed's row."""
    if stored["fields"] is not None:
        return dict(stored["fields"])
    images = [entry["ref"] for entry in stored["pictures"]]
    price, original, currency = (stored[name] for name in ("price", "original_price", "currency"))
    document = {
        "id": stored["feed_id"],
        "title": stored["title"],
        "link": stored["link"],
        "image_link": images[0] if images else "",
        "additional_image_link": images[1:],
        "price": _amount(original or price, currency),
        "sale_price": _amount(price, currency) if original else "",
        "brand": stored["brand"],
        "product_type": stored["category"],
        "color": stored["colour"],
        "size": stored["size"],
        "availability": "in_stock" if stored["in_stock"] else "out_of_stock",
        "item_group_id": stored["group_key"].removeprefix("g:")
        if stored["group_key"].startswith("g:")
        else "",
    }
    return {name: value for name, value in document.items() if value not in ("", [], None)}


def _amount(amount: Any, currency: str | None) -> str:
    if amount is None:
        return ""
    whole = amount == amount.to_integral_value()
    return f"{amount.to_integral_value() if whole else amount:f} {currency}"


log = get_logger(__name__)

BATCH = 8
"""Products that are taken at once."""

LEASE = timedelta(minutes=5)
"""How long a worker has for a batch before another one may take it over."""

ATTEMPTS = 8
"""Then a product's pictures are given up until it is put again."""

_FIRST_WAIT = timedelta(minutes=1)
"""Doubled with each attempt: the last one comes after two hours."""


@dataclass(frozen=True)
class PendingPictures:
    """What the work needs; ``thread`` is the one that may call ``vision``."""

    database: AsyncEngine
    vision: VisionEngine
    decoder: Decodes
    pictures: Pictures
    thread: ThreadPoolExecutor
    clock: Callable[[], datetime]

    async def work(self) -> int:
        """Works on the products that are due, one batch; how many those were."""
        async with transaction(self.database) as session:
            now = self.clock()
            due = await product_writes.claim_pending(
                session, now=now, until=now + LEASE, limit=BATCH
            )
        await all_outcomes(map(self._one, due))
        return len(due)

    async def _one(self, entry: PendingProduct) -> None:
        options = FeedOptions(now=self.clock())
        row = checked(google(json_row(1, entry.fields), price_required=False), options)
        if isinstance(row, RefusedRow):
            await self._settle(entry, row.reason, final=True)
            return
        async with transaction(self.database) as session:
            known = (await products.known_products(session, entry.feed, [entry.id])).get(entry.id)
        seen = known.pictures if known and known.model == self.vision.embedding_name else ()
        now = int(self.clock().timestamp())
        try:
            async with DescribedPictures(self.vision, self.decoder, self.thread) as described:
                work = PictureWork(described, self.pictures, now=now, recheck=True)
                looked = await work.look(row.product.images, seen)
        except NoPicture as error:
            await self._settle(entry, str(error), final=entry.attempts >= ATTEMPTS)
            return
        if looked.found is None:
            await self._settle(entry, "", final=True)
        else:
            await self._write(entry, row, looked.found)

    async def _write(
        self, entry: PendingProduct, row: TakenRow, found: product_writes.PictureSet
    ) -> None:
        write = product_write(row.product, found, fields=entry.fields)
        async with transaction(self.database) as session:
            if await product_writes.settle_pending(session, entry):
                await product_writes.write_products(session, entry.feed, [write], self.clock())

    async def _settle(self, entry: PendingProduct, error: str, *, final: bool) -> None:
        wait = _FIRST_WAIT * 2 ** min(entry.attempts - 1, ATTEMPTS)
        again = None if final else self.clock() + wait
        async with transaction(self.database) as session:
            await product_writes.settle_pending(session, entry, error=error[:300], again_at=again)
        if error:
            log.warning(
                "pictures unavailable", feed=entry.feed, product=entry.id, error=error[:300]
            )
