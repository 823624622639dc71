"""The tables of the catalogue: products, their pictures, the views that are searched, imports."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pgvector.sqlalchemy import HALFVEC
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    Numeric,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from searchapp.db.tables.searches import (
    SCHEMA,
    Table,
    json_column,
    metadata,
    moment,
    one_of,
    parent,
)
from searchapp.domain.product import FeedbackKind

EMBEDDING_DIM = 512
"""Length of the vectors that the column holds at first; ``reindex`` changes it with the model."""


def _number() -> Column[int]:
    return Column(BigInteger, Identity(always=True), primary_key=True)


class ProductRow(Table, table=True):
    """One product of one feed, as results show it and filters ask for it."""

    __tablename__ = "products"
    __table_args__ = (
        UniqueConstraint("feed", "feed_id", name="products_feed_id"),
        Index("products_image_key", "image_key"),
        Index("products_group", "group_key", "feed"),
        Index("products_kind", "kind"),
        Index("products_colour", "colour_family"),
        Index("products_brand", text("lower(brand)")),
        Index("products_price", "currency", "price"),
        Index("products_pending", "pending_at", postgresql_where=text("pending_at IS NOT NULL")),
    )

    number: int | None = Field(default=None, sa_column=_number())
    feed: str
    feed_id: str
    title: str
    link: str
    brand: str
    category: str
    kind: str
    """The slug of the garment that category and title name, ``whole`` if they name none."""
    colour: str
    colour_family: str
    """A slug for filters, empty if unknown."""
    price: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    currency: str | None = None
    original_price: Decimal | None = Field(default=None, sa_column=Column(Numeric(14, 2)))
    """What was asked before a reduction that is in force, in the same currency."""
    size: str = ""
    group_key: str = ""
    """Products that share it are the variants of one garment: ``g:`` and the feed's own group,
    which counts within the feed, or ``p:`` with picture and title."""
    in_stock: bool = True
    image_key: str
    """Names the main picture; another picture has another name; empty while it is pending."""
    row_digest: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    pictures: list[dict[str, Any]] = Field(sa_column=json_column("[]"))
    """Reference and tag of each picture as it was fetched: what tells whether it changed."""
    model: str
    """Which embedding described all of its pictures."""
    checked_at: datetime = Field(sa_column=moment(nullable=False))
    updated_at: datetime = Field(sa_column=moment(nullable=False))
    fields: dict[str, Any] | None = Field(default=None, sa_column=Column(JSONB))
    """What the catalogue API was given last, by its Google Merchant names; NULL for feeds' rows."""
    pending_at: datetime | None = Field(default=None, sa_column=moment())
    """When a worker may next fetch the pictures that ``fields`` name; NULL when that is done."""
    pending_attempts: int = 0
    pending_error: str = ""


class CataloguePictureRow(Table, table=True):
    """A picture, re-encoded small, once however many products show it: what pages show, and what is
    embedded again."""

    __tablename__ = "catalogue_pictures"

    image_key: str = Field(sa_column=Column(Text, primary_key=True))
    """Names it by its bytes."""
    model: str
    """Which embedding made its views; vectors of different ones are never compared."""
    jpeg: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


def _picture(*, ondelete: str | None = None) -> Column[str]:
    key = ForeignKey(f"{SCHEMA}.catalogue_pictures.image_key", ondelete=ondelete)
    return Column(Text, key, nullable=False)


class ProductPictureRow(Table, table=True):
    """Which pictures a product shows, the main one as 0."""

    __tablename__ = "product_pictures"
    __table_args__ = (Index("product_pictures_picture", "image_key"),)

    product: int = Field(sa_column=parent("products.number", BigInteger, primary_key=True))
    ordinal: int = Field(sa_column=Column(SmallInteger, primary_key=True))
    image_key: str = Field(sa_column=_picture())


EMBEDDING_INDEX = Index(
    "product_views_embedding",
    "embedding",
    postgresql_using="hnsw",
    postgresql_with={"m": 16, "ef_construction": 64},
    postgresql_ops={"embedding": "halfvec_ip_ops"},
)


class ProductViewRow(Table, table=True):
    """One view of a picture in the index."""

    __tablename__ = "product_views"
    __table_args__ = (
        Index("product_views_picture", "image_key"),
        EMBEDDING_INDEX,
    )

    number: int | None = Field(default=None, sa_column=_number())
    image_key: str = Field(sa_column=_picture(ondelete="CASCADE"))
    kind: str
    embedding: Any = Field(sa_column=Column(HALFVEC(EMBEDDING_DIM), nullable=False))
    extras: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Colour histogram and label probabilities, packed."""
    detail: bytes | None = Field(default=None, sa_column=Column(LargeBinary))
    """Packed local descriptors, of the first view only."""


class CatalogueImportRow(Table, table=True):
    """One run of an import, for the operator."""

    __tablename__ = "catalogue_imports"
    __table_args__ = (
        one_of("state", ["running", "done", "failed"]),
        Index("catalogue_imports_feed", "feed", "started_at"),
    )

    number: int | None = Field(default=None, sa_column=_number())
    feed: str
    source: str
    state: str = "running"
    started_at: datetime = Field(sa_column=moment(nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=moment())
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    removed: int = 0
    refusals: list[dict[str, Any]] = Field(sa_column=json_column("[]"))
    """The first refused rows with their reasons."""
    error: str = ""
    """Why the run failed, in one line."""


class FeedScheduleRow(Table, table=True):
    """A feed by address that the workers import again and again."""

    __tablename__ = "feed_schedules"
    __table_args__ = (CheckConstraint("every_seconds >= 300", name="feed_schedules_every"),)

    feed: str = Field(sa_column=Column(Text, primary_key=True))
    address: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Encrypted: it may hold a user's name and password."""
    shown_address: str
    """Without them."""
    every_seconds: int
    options: dict[str, Any] = Field(sa_column=json_column("{}"))
    etag: str = ""
    next_at: datetime = Field(sa_column=moment(nullable=False))
    last_success_at: datetime | None = Field(default=None, sa_column=moment())
    last_error: str = ""


class DemandDayRow(Table, table=True):
    """How often items of one kind and colour were searched on one day, and how well they were
    found."""

    __tablename__ = "demand_days"
    __table_args__ = (one_of("match", ["same", "similar", "none"]),)

    day: date = Field(sa_column=Column(Date, primary_key=True))
    kind: str = Field(sa_column=Column(Text, primary_key=True))
    colour: str = Field(sa_column=Column(Text, primary_key=True))
    match: str = Field(sa_column=Column(Text, primary_key=True))
    n: int


class FeedbackRow(Table, table=True):
    """What one person said of one product as an answer to one item, or that they opened its shop.

    ``vote_hash`` is a keyed hash of search, item and product: one vote each, and nothing that
    leads back to the search once that is deleted.
    """

    __tablename__ = "product_feedback"
    __table_args__ = (
        one_of("said", [kind.value for kind in FeedbackKind]),
        Index("product_feedback_product", "product", "label"),
    )

    vote_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    product: int = Field(sa_column=parent("products.number", BigInteger))
    label: str
    """The kind of garment that was searched."""
    said: str
    at: datetime = Field(sa_column=moment(nullable=False, default_now=True))


class LearnedMatchingRow(Table, table=True):
    """What ``catalogue learn`` or ``catalogue calibrate`` found for the vectors of one model."""

    __tablename__ = "learned_matching"
    __table_args__ = (one_of("what", ["projection", "numbers"]),)

    model: str = Field(sa_column=Column(Text, primary_key=True))
    what: str = Field(sa_column=Column(Text, primary_key=True))
    data: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """Arrays as an ``.npz``; empty if what was learned is not better than what comes built in."""
    report: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    """What was measured, and the numbers."""
    learned_at: datetime = Field(sa_column=moment(nullable=False, default_now=True))


class OutsidePictureRow(Table, table=True):
    """A small copy of an external shop's picture, so that pages ask no other server for it."""

    __tablename__ = "outside_pictures"
    __table_args__ = (Index("outside_pictures_expires", "expires_at"),)

    image_key: str = Field(sa_column=Column(Text, primary_key=True))
    jpeg: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    expires_at: datetime = Field(sa_column=moment(nullable=False))


class OutsideDayRow(Table, table=True):
    """Queries to external sources on one day, for the cap."""

    __tablename__ = "outside_days"
    __table_args__ = (CheckConstraint("n >= 0", name="outside_days_n"),)

    day: date = Field(sa_column=Column(Date, primary_key=True))
    n: int


products = metadata.tables[f"{SCHEMA}.products"]
pictures = metadata.tables[f"{SCHEMA}.catalogue_pictures"]
product_pictures = metadata.tables[f"{SCHEMA}.product_pictures"]
views = metadata.tables[f"{SCHEMA}.product_views"]
imports = metadata.tables[f"{SCHEMA}.catalogue_imports"]
demand_days = metadata.tables[f"{SCHEMA}.demand_days"]
schedules = metadata.tables[f"{SCHEMA}.feed_schedules"]
feedback = metadata.tables[f"{SCHEMA}.product_feedback"]
learned_matching = metadata.tables[f"{SCHEMA}.learned_matching"]
outside_pictures = metadata.tables[f"{SCHEMA}.outside_pictures"]
outside_days = metadata.tables[f"{SCHEMA}.outside_days"]
