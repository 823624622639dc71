"""Reading the index: which products are near a vector, and what is needed to rank them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Row, TextClause, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.schema import CreateIndex, DropIndex

from searchapp.db.repositories import among, vector_text
from searchapp.db.tables.products import EMBEDDING_INDEX, pictures, product_pictures, products
from searchapp.domain.product import Filters
from searchapp.domain.search import CATALOGUE, Result, image_url
from searchapp.domain.vocabulary import finer_kind_of

_ONE = """(SELECT v.image_key FROM product_views v {where}
ORDER BY (v.embedding <#> CAST(:q{i} AS halfvec({dimension}))){exactly} LIMIT :each)"""

_EXACTLY = " + 0"
"""The index knows the distance alone: ordered by a sum, all views that pass are compared."""

_PASSES = """WHERE EXISTS (SELECT FROM product_pictures s JOIN products p ON p.number = s.product
JOIN catalogue_pictures c ON c.image_key = s.image_key
WHERE s.image_key = v.image_key AND {tests})"""

_PASSING = """WITH passing AS MATERIALIZED (SELECT DISTINCT s.image_key FROM products p
JOIN product_pictures s ON s.product = p.number
JOIN catalogue_pictures c ON c.image_key = s.image_key WHERE {tests})
"""

_IS_PASSING = "WHERE v.image_key IN (SELECT image_key FROM passing)"
"""Looked up once for all queries, by the indexes of products, where all that pass is compared."""

SCANNED = 1000
"""Entries after which the index gives up where something is filtered out
(``hnsw.max_scan_tuples``).  Each costs a look at the products that show it; beyond, it is faster to
compare all that pass."""

_SHARING = 64
"""Products that are taken of one picture: a garment's sizes, or one product in several feeds."""

_ALL = """SELECT p.number AS product, p.image_key, c.model
FROM (SELECT image_key, count(*) AS times FROM ({parts}) AS every GROUP BY image_key) AS near
JOIN catalogue_pictures c ON c.image_key = near.image_key
CROSS JOIN LATERAL (SELECT p.number, p.image_key FROM product_pictures s
    JOIN products p ON p.number = s.product WHERE s.image_key = near.image_key{tests}
    ORDER BY p.number LIMIT :sharing) AS p
GROUP BY p.number, p.image_key, c.model ORDER BY sum(near.times) DESC, p.number"""

_DIMENSION = """(SELECT atttypmod FROM pg_attribute WHERE attname = 'embedding'
AND attrelid = 'product_views'::regclass)"""

_SETTINGS = text(
    "SELECT set_config('hnsw.ef_search', :effort, true),"
    " set_config('hnsw.iterative_scan', :scan, true),"
    f" set_config('hnsw.max_scan_tuples', '{SCANNED}', true), {_DIMENSION} AS dimension"
)

_SHOWN = (
    " FROM product_pictures s JOIN catalogue_pictures c USING (image_key)"
    " JOIN product_views v USING (image_key) WHERE s.product = ANY(:numbers) AND c.model = :model"
)
_VIEWS = text(
    "SELECT s.product, v.kind, halfvec_send(v.embedding) AS embedding, v.extras"
    f"{_SHOWN} ORDER BY s.product, s.ordinal, v.number"
)

_SAMPLE = text(
    "SELECT 0 AS product, v.kind, halfvec_send(v.embedding) AS embedding, v.extras"
    " FROM product_views v JOIN catalogue_pictures c USING (image_key)"
    " WHERE c.model = :model AND v.kind = :kind ORDER BY hashint8(v.number) LIMIT :most"
)

_DETAILS = text(f"SELECT s.product, v.detail{_SHOWN} AND v.detail IS NOT NULL")


@dataclass(frozen=True, slots=True)
class IndexedView:
    """A stored view: ``embedding`` is float32; ``product`` is 0 where none was asked for."""

    product: int
    kind: str
    embedding: NDArray[np.float32]
    extras: bytes


@dataclass(frozen=True, slots=True)
class Candidate:
    """Products near an item, those first that were found by most views and vectors: number -> the
    key of the main picture.

    ``mixed`` tells that views of other models were among the nearest; those are left out.
    """

    pictures: dict[int, str]
    mixed: bool = False

    @property
    def distinct(self) -> int:
        """How many different main pictures there are: sizes of one garment share theirs."""
        return len(set(self.pictures.values()))


async def nearest_views(
    session: AsyncSession,
    queries: NDArray[np.float32],
    model: str,
    *,
    each: int,
    ef_search: int,
    filters: Filters,
    unmixed: bool = False,
    exact: bool = False,
) -> Candidate:
    """The products that have a view among the ``each`` nearest of any query.

    Products that show one picture share its views, which count once.  Where something is filtered
    out the index goes on looking by itself until it has enough rows.

    :param queries: float32 ``(k, dimension)``, rows of unit length.
    :param model: what made them; an index of another dimension holds nothing of it.
    :param each: at most ``ef_search``, unless something is filtered out.
    :param ef_search: how many entries the index keeps in hand (``hnsw.ef_search``), 1..1000.
    :param unmixed: filters out what other models described.
    :param exact: compares all that pass the filters, without the index.
    """
    tests, values = _tests(filters, model if unmixed else "")
    if await _prepare_scan(session, ef_search, filtered=bool(tests)) != queries.shape[1]:
        return Candidate({})
    values |= {f"q{i}": vector_text(query, places=4) for i, query in enumerate(queries)}
    values |= {"each": each, "sharing": _SHARING}
    found = (await session.execute(_nearest(tests, queries, exact=exact), values)).all()
    mine = {row.product: row.image_key for row in found if row.model == model}
    return Candidate(mine, mixed=len(mine) < len(found))


async def _prepare_scan(session: AsyncSession, ef_search: int, *, filtered: bool) -> int:
    """Sets how the index is scanned until the transaction ends; the dimension of its entries."""
    scan = "relaxed_order" if filtered else "off"
    settings = await session.execute(_SETTINGS, {"effort": str(ef_search), "scan": scan})
    return int(settings.one().dimension)


def _nearest(tests: Sequence[str], queries: NDArray[np.float32], *, exact: bool) -> TextClause:
    """One statement for all queries; ``tests`` are what narrows the products."""
    dimension, exactly = queries.shape[1], _EXACTLY if exact else ""
    every = " AND ".join(tests)
    where = _IS_PASSING if exact else _PASSES.format(tests=every)
    before = _PASSING.format(tests=every) if exact and tests else ""
    parts = [
        _ONE.format(where=where if tests else "", i=i, dimension=dimension, exactly=exactly)
        for i in range(len(queries))
    ]
    passing = "".join(f" AND {test}" for test in tests)
    return text(before + _ALL.format(parts=" UNION ALL ".join(parts), tests=passing))


async def index_dimension(session: AsyncSession) -> int:
    """Length of the vectors that the index holds."""
    return int(await session.scalar(text(f"SELECT {_DIMENSION}")) or 0)


def _tests(filters: Filters, model: str) -> tuple[list[str], dict[str, Any]]:
    """Conditions on a product ``p`` and its picture ``c``, and their values; none if all pass."""
    tests: dict[str, tuple[str, Any]] = {
        "model": ("c.model = :model", model),
        "kind": ("p.kind = :kind", filters.kind),
        "brand": ("lower(p.brand) = lower(:brand)", filters.brand),
        "colour": ("p.colour_family = :colour", filters.colour),
        "low": ("p.price >= :low", filters.price_from),
        "high": ("p.price <= :high", filters.price_to),
        "in_stock": ("p.in_stock = :in_stock", filters.in_stock or None),
    }
    used = {name: test for name, test in tests.items() if test[1] not in ("", None)}
    if {"low", "high"} & used.keys():
        used["currency"] = ("p.currency = :currency", filters.currency)
    conditions = [condition for condition, _ in used.values()]
    return conditions, {name: value for name, (_, value) in used.items()}


async def views_of(session: AsyncSession, numbers: Sequence[int], model: str) -> list[IndexedView]:
    """All views of the products ``numbers`` that ``model`` made, product by product, those of the
    main picture first."""
    rows = await session.execute(_VIEWS, {"numbers": list(numbers), "model": model})
    return [IndexedView(row.product, row.kind, _vector(row.embedding), row.extras) for row in rows]


async def sample_views(
    session: AsyncSession, model: str, kind: str, most: int
) -> list[IndexedView]:
    """Up to ``most`` views of one kind that ``model`` made, always the same ones of a catalogue."""
    rows = await session.execute(_SAMPLE, {"model": model, "kind": kind, "most": most})
    return [IndexedView(row.product, row.kind, _vector(row.embedding), row.extras) for row in rows]


async def details_of(
    session: AsyncSession, numbers: Sequence[int], model: str
) -> list[tuple[int, bytes]]:
    """Product number and packed keypoints of each photo of the products ``numbers``."""
    rows = await session.execute(_DETAILS, {"numbers": list(numbers), "model": model})
    return [(row.product, row.detail) for row in rows]


def _vector(sent: bytes) -> NDArray[np.float32]:
    """What ``halfvec_send`` gives: the length, an unused word, big-endian half floats."""
    return np.frombuffer(sent, ">f2", offset=4).astype(np.float32)


_VARIANTS = """SELECT DISTINCT ON (o.number) o.number AS found, p.*,
min(p.price) OVER same AS lowest, max(p.price) OVER same AS highest
FROM products o JOIN products p ON p.group_key = o.group_key
AND (p.feed = o.feed OR o.group_key LIKE 'p:%') AND p.image_key <> ''
WHERE o.number = ANY(:numbers){conditions}
WINDOW same AS (PARTITION BY o.number, p.feed, p.currency, p.in_stock)
ORDER BY o.number, p.in_stock DESC, (p.image_key = o.image_key) DESC, p.checked_at DESC,
p.price NULLS LAST, p.number"""


async def garments_of(session: AsyncSession, numbers: Sequence[int]) -> dict[int, str]:
    """What names the garment that each of the products ``numbers`` is a variant of."""
    columns = products.c
    rows = await session.execute(
        select(columns.number, columns.feed, columns.group_key).where(
            among(columns.number, numbers)
        )
    )
    return {
        row.number: row.group_key if row.group_key[:2] == "p:" else f"{row.feed}:{row.group_key}"
        for row in rows
    }


async def kinds_of(session: AsyncSession, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """The family of each of the products ``numbers``, as its feed names it, and the kind within the
    family that the feed's words name, if any."""
    columns = products.c
    rows = await session.execute(
        select(columns.number, columns.kind, columns.category, columns.title).where(
            among(columns.number, numbers)
        )
    )
    return {
        row.number: (row.kind, finer_kind_of(row.kind, row.category, row.title)) for row in rows
    }


async def shown_variants(
    session: AsyncSession, numbers: Sequence[int], filters: Filters
) -> dict[int, Result]:
    """What results show of the products ``numbers``: of each garment the variant to buy.

    In stock comes first, then the picture that was found, the newest row and the lowest price.  A
    variant that ``filters`` refuse is not shown.
    """
    tests, values = _tests(replace(filters, kind=""), "")
    conditions = "".join(f" AND {test}" for test in tests)
    statement = text(_VARIANTS.format(conditions=conditions))
    rows = await session.execute(statement, {**values, "numbers": list(numbers)})
    return {row.found: _priced(_shown(row), row.lowest, row.highest) for row in rows}


def _priced(product: Result, lowest: Decimal | None, highest: Decimal | None) -> Result:
    """``product`` with the range of its garment's prices, where they differ."""
    if lowest is None or highest is None or lowest == highest:
        return product
    return replace(product, price=float(lowest), price_to=float(highest), original_price=None)


async def product_by_id(session: AsyncSession, product_id: str) -> tuple[int, Result, str] | None:
    """Number of the product that results call ``product_id`` (``feed:id``), the product, and the
    model that described it; None if it is not in the catalogue."""
    feed, _, feed_id = product_id.partition(":")
    query = select(products).where(products.c.feed == feed, products.c.feed_id == feed_id)
    row = (await session.execute(query)).first()
    return None if row is None else (row.number, _shown(row), row.model)


def _shown(row: Row[Any]) -> Result:
    """A product as a result shows it, not scored yet."""
    return Result(
        product_id=f"{row.feed}:{row.feed_id}",
        title=row.title,
        brand=row.brand,
        price=_number(row.price),
        currency=row.currency,
        link=row.link,
        image_url=image_url(row.image_key),
        score=0.0,
        source=CATALOGUE,
        colour=row.colour_family,
        kind=row.kind,
        in_stock=row.in_stock,
        original_price=_number(row.original_price),
    )


def _number(amount: Decimal | None) -> float | None:
    return None if amount is None else float(amount)


async def of_other_models(
    session: AsyncSession, model: str, *, after: int, limit: int
) -> list[int]:
    """Numbers, those above ``after`` in order, of products whose views another model made."""
    found = select(products.c.number).where(
        products.c.model != model, products.c.number > after, products.c.image_key != ""
    )
    return list((await session.scalars(found.order_by(products.c.number).limit(limit))).all())


async def count_of_other_models(session: AsyncSession, model: str) -> int:
    """How many products have views of another model."""
    count = select(func.count()).where(products.c.model != model, products.c.image_key != "")
    return int(await session.scalar(count) or 0)


async def pictures_shown(
    session: AsyncSession, number: int, model: str = ""
) -> list[tuple[str, bytes]]:
    """Key and JPEG of the pictures of one product, in order; those that ``model`` described are
    left out."""
    columns, shown = pictures.c, product_pictures.c
    found = select(columns.image_key, columns.jpeg).join(
        product_pictures, shown.image_key == columns.image_key
    )
    found = found.where(shown.product == number, columns.model != model)
    rows = await session.execute(found.order_by(shown.ordinal))
    return [(row.image_key, row.jpeg) for row in rows]


async def model_held(session: AsyncSession, number: int) -> str | None:
    """Which model described a product, or None if it is removed; until the transaction ends, no
    import changes it.  Votes on it go on."""
    found = select(products.c.model).where(products.c.number == number)
    model: str | None = await session.scalar(found.with_for_update(key_share=True))
    return model


async def note_model(session: AsyncSession, number: int, model: str) -> None:
    """Notes that ``model`` described all pictures of a product."""
    await session.execute(update(products).where(products.c.number == number).values(model=model))


async def resize_index(session: AsyncSession, dimension: int) -> None:
    """Empties the index and makes it take vectors of another length."""
    await session.execute(text("TRUNCATE product_views"))
    await session.execute(DropIndex(EMBEDDING_INDEX))
    await session.execute(
        text(f"ALTER TABLE product_views ALTER embedding TYPE halfvec({int(dimension)})")
    )
    await session.execute(CreateIndex(EMBEDDING_INDEX))
    await forget_models(session)


async def forget_models(session: AsyncSession) -> None:
    """Marks everything as described by no model, so that all is described again."""
    await session.execute(update(pictures).values(model=""))
    await session.execute(update(products).values(model=""))
