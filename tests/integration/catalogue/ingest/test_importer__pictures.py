"""Pictures that are away, broken or the same under another name, at the second import."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from PIL import Image
from sqlalchemy import literal_column, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.ingest import importer as import_module
from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.ingest.row_work import Note, Report
from searchapp.db.engine import transaction
from searchapp.db.repositories import products, vector_index
from searchapp.db.repositories.imports import Counts
from searchapp.errors import DecoderUnavailable
from searchapp.imaging.picture import UprightPicture
from tests.support.catalogue import FakePictures, FakeVision, importer, row, shop, swatch

HTML = b"<!DOCTYPE html><html>404</html>"


async def again(
    engine: AsyncEngine, product: TakenRow, pictures: FakePictures
) -> tuple[Report, int]:
    """How another import of one product ended, and how many pictures it described."""
    vision = FakeVision()
    report = await import_feed(importer(engine, vision), "shop", [product], pictures)
    return report, vision.seen


async def shown(engine: AsyncEngine) -> list[bytes]:
    """The pictures that are kept of the only product, in order; each has its view."""
    async with transaction(engine) as session:
        number = await session.scalar(text("SELECT number FROM products"))
        views = await session.scalars(text("SELECT image_key FROM product_views"))
        stored = await vector_index.pictures_shown(session, number or 0)
        assert sorted(views) == sorted(key for key, _ in stored)
        jpegs = [jpeg for _, jpeg in stored]
        (main,) = (await session.scalars(text("SELECT image_key FROM products"))).all()
        assert await products.read_image(session, main) == jpegs[0]
    return jpegs


async def column(engine: AsyncEngine, name: str) -> object:
    async with transaction(engine) as session:
        return await session.scalar(select(literal_column(name)).select_from(products.products))


# --- away ------------------------------------------------------------------------------------


@pytest.mark.parametrize("instead", [None, HTML])
async def test_main_picture_away__new_words_are_taken(
    engine: AsyncEngine, instead: bytes | None
) -> None:
    pictures = FakePictures({"p1": swatch(1)})
    await again(engine, row(1), pictures)
    before = await shown(engine)
    pictures.pictures = {"p1": instead} if instead else {}
    report, seen = await again(engine, row(1, title="새 값", in_stock=False), pictures)
    assert (report.counts, report.refusals, seen) == (Counts(changed=1), [], 0)
    assert await column(engine, "title || in_stock") == "새 값false"
    assert await shown(engine) == before
    (note,) = report.notes
    assert (note.number, note.id) == (2, "id1")
    assert note.text.startswith("picture p1 ")
    assert note.text.endswith("what is known of it stays")
    report, seen = await again(engine, row(1, title="새 값", in_stock=False), pictures)
    assert (report.counts, seen) == (Counts(unchanged=1), 0)


async def test_new_main_picture_away__the_old_one_stays_until_it_is_there(
    engine: AsyncEngine,
) -> None:
    pictures = FakePictures({"p1": swatch(1), "b": swatch(2)})
    await again(engine, row(1, images=("p1", "b")), pictures)
    before = await shown(engine)
    moved = row(1, images=("new", "b"))
    report, seen = await again(engine, moved, pictures)
    assert (report.counts, seen) == (Counts(changed=1), 0)
    assert await shown(engine) == before
    assert report.notes == [
        Note(2, "id1", "picture new does not exist; its pictures stay as they are")
    ]
    pictures.pictures["new"] = swatch(3)
    report, seen = await again(engine, moved, pictures)
    assert (report.counts, seen) == (Counts(changed=1), 1)
    assert len(await shown(engine)) == 2
    assert await shown(engine) != before


async def test_main_picture_away__another_model_keeps_the_product(engine: AsyncEngine) -> None:
    await again(engine, row(1), FakePictures({"p1": swatch(1)}))
    other = importer(engine, FakeVision("fake-2"))
    report = await import_feed(other, "shop", [row(1, title="새 값")], FakePictures({}))
    assert report.counts == Counts(changed=1)
    assert await column(engine, "title || model") == "새 값fake-1"


async def test_second_picture_away__its_views_stay(engine: AsyncEngine) -> None:
    pictures = FakePictures({"a": swatch(1), "b": swatch(2)})
    product = row(1, images=("a", "b"))
    await again(engine, product, pictures)
    before = await shown(engine)
    del pictures.pictures["b"]
    report, seen = await again(engine, product, pictures)
    assert (report.counts, seen) == (Counts(unchanged=1), 0)
    assert await shown(engine) == before
    pictures.pictures["a"] = swatch(9)
    report, seen = await again(engine, product, pictures)
    assert (report.counts, seen) == (Counts(changed=1), 1)
    after = await shown(engine)
    assert after[1] == before[1]
    assert after[0] != before[0]


async def test_shop_away__notes_are_bounded(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_module, "KEPT_NOTES", 40)
    rows, pictures = shop(50)
    await import_feed(importer(engine), "shop", rows, pictures)
    report = await import_feed(importer(engine), "shop", rows, FakePictures({}))
    assert report.counts == Counts(unchanged=50)
    assert [note.number for note in report.notes] == list(range(2, 42))
    assert report.more_notes == 10


# --- not a picture ---------------------------------------------------------------------------


async def test_second_picture_broken__not_tried_until_it_changes(engine: AsyncEngine) -> None:
    pictures = FakePictures({"a": swatch(1), "b": HTML})
    product = row(1, images=("a", "b"))
    report, _ = await again(engine, product, pictures)
    (note,) = report.notes
    assert note.text == "picture b cannot be read: it is a web page (HTML); it is left out"
    for tag in ("", "another"):
        pictures.tags["b"] = tag
        report, seen = await again(engine, product, pictures)
        assert (report.counts, report.notes, seen) == (Counts(unchanged=1), [], 0)
    pictures.pictures["b"], pictures.tags = swatch(2), {}
    report, seen = await again(engine, product, pictures)
    assert (report.counts, seen) == (Counts(changed=1), 1)
    assert len(await shown(engine)) == 2


@pytest.mark.parametrize("first", [None, b"", HTML])
async def test_first_picture_broken__the_next_is_the_main_one(
    engine: AsyncEngine, first: bytes | None
) -> None:
    pictures = FakePictures({"b": swatch(2)} | ({} if first is None else {"a": first}))
    product = row(1, images=("a", "b"))
    report, _ = await again(engine, product, pictures)
    assert report.counts == Counts(added=1)
    assert len(await shown(engine)) == 1
    report, seen = await again(engine, product, pictures)
    assert (report.counts, seen) == (Counts(unchanged=1), 0)
    before = await shown(engine)
    pictures.pictures["a"] = swatch(1)
    report, seen = await again(engine, product, pictures)
    assert (report.counts, seen) == (Counts(changed=1), 1)
    assert (await shown(engine))[1:] == before


def too_many_pixels() -> bytes:
    out = io.BytesIO()
    Image.new("1", (10_000, 5_001)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "it is empty"),
        (HTML, "it is a web page (HTML)"),
        (b"%PDF-1", "it is not a JPEG, PNG, WEBP, HEIC, AVIF or GIF"),
        (swatch(1)[:100], "it is cut off or damaged"),
        (too_many_pixels(), "it has more than 50 million pixels"),
    ],
)
async def test_no_picture__refused_by_its_name_and_cause(
    engine: AsyncEngine, data: bytes, reason: str
) -> None:
    report, _ = await again(engine, row(1, images=("a", "b")), FakePictures({"a": data}))
    (refusal,) = report.refusals
    assert refusal.reason == f"picture a cannot be read: {reason}"


class NoDecoder:
    """A machine on which no decoding process can start just now."""

    async def upright(self, data: bytes, longest: int | None = None) -> UprightPicture:  # noqa: ARG002
        raise DecoderUnavailable("no picture can be decoded now: Cannot allocate memory")


async def test_no_decoder__the_picture_is_tried_at_the_next_import(engine: AsyncEngine) -> None:
    rows, pictures = shop(2)
    short = replace(importer(engine), decoder=NoDecoder())
    report = await import_feed(short, "shop", rows, pictures)
    assert all("Cannot allocate memory" in refusal.reason for refusal in report.refusals)
    report = await import_feed(importer(engine), "shop", rows, pictures)
    assert report.counts == Counts(added=2)


# --- the same --------------------------------------------------------------------------------


async def test_same_bytes_under_another_tag__unchanged(engine: AsyncEngine) -> None:
    pictures = FakePictures({"a": swatch(1), "b": swatch(2)})
    product = row(1, images=("a", "b"))
    await again(engine, product, pictures)
    pictures.tags = {"a": "v2", "b": "v2"}
    report, seen = await again(engine, product, pictures)
    assert (report.counts, seen) == (Counts(unchanged=1), 0)
    assert str(await column(engine, "pictures")).count("v2") == 2


async def test_other_order__nothing_is_described_again(engine: AsyncEngine) -> None:
    pictures = FakePictures({name: swatch(n) for n, name in enumerate("abc")})
    await again(engine, row(1, images=("a", "b", "c")), pictures)
    a, b, c = await shown(engine)
    for order, expected in (("cab", [c, a, b]), ("ac", [a, c]), ("c", [c])):
        report, seen = await again(engine, row(1, images=tuple(order)), pictures)
        assert (report.counts, seen) == (Counts(changed=1), 0)
        assert await shown(engine) == expected


async def test_written_by_an_older_version__nothing_is_described_again(
    engine: AsyncEngine,
) -> None:
    pictures = FakePictures({"p1": swatch(1)})
    await again(engine, row(1), pictures)
    older = text("jsonb_build_array((pictures->0) - 'key' - 'digest')")
    async with transaction(engine) as session:
        await session.execute(update(products.products).values(pictures=older))
    report, seen = await again(engine, row(1), pictures)
    assert (report.counts, seen) == (Counts(unchanged=1), 0)
