"""Real photos as a demo: from a folder, from an archive, from a public home that may be away."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest import photos
from searchapp.catalogue.ingest.fetching import PictureSource
from searchapp.catalogue.ingest.importer import import_feed
from searchapp.errors import OperatorError
from tests.support.catalogue import importer, swatch


def folder_with_a_table(folder: Path) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "images" / "aa-1.jpg").write_bytes(swatch(1))
    (folder / "images" / "bb-2.jpg").write_bytes(swatch(2))
    (folder / "labels.csv").write_text(
        "image,label,contributor\naa-1,T-Shirt,1\nbb-2,Outwear,2\ncc-3,Not sure,2\n"
    )
    return folder


def archive_of(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for number, name in enumerate(names):
            made.writestr(name, swatch(number))
    return out.getvalue()


def home(*responses: httpx.Response) -> httpx.AsyncClient:
    left = list(responses)
    return httpx.AsyncClient(transport=httpx.MockTransport(lambda _: left.pop(0)))


async def test_folder__table_and_images(engine: AsyncEngine, tmp_path: Path) -> None:
    folder = folder_with_a_table(tmp_path / "set")
    rows = list(photos.rows(photos.folder_photos(folder)))
    assert [row.product.id for row in rows] == ["aa-1", "bb-2"]
    assert all(row.product.link.startswith("https://example.com/") for row in rows)
    async with PictureSource([folder]) as source:
        report = await import_feed(importer(engine), photos.FEED, rows, source)
    assert report.counts.added == 2


def test_folder__one_folder_a_label(tmp_path: Path) -> None:
    for path in ("train/pants/a.jpg", "test/dress/b.jpg"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_bytes(swatch(3))
    found = {
        row.product.id: row.product.category for row in photos.rows(photos.folder_photos(tmp_path))
    }
    assert found == {"a": "하의 > 바지", "b": "원피스"}


def test_folder__without_photos_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(OperatorError, match="has no photos"):
        list(photos.folder_photos(tmp_path))


async def test_download__redirect_then_archive(engine: AsyncEngine, tmp_path: Path) -> None:
    body = archive_of("set/train/shirt/a.jpg", "set/train/shoes/b.jpg", "set/README.md")
    moved = httpx.Response(302, headers={"location": "https://codeload.github.com/x.zip"})
    target = tmp_path / "set.zip"
    async with home(moved, httpx.Response(200, content=body)) as client:
        await photos.download(target, client=client)
    archive = photos.Archive(target)
    report = await import_feed(
        importer(engine), photos.FEED, photos.rows(archive.photos()), archive
    )
    assert report.counts.added == 2
    again = await import_feed(importer(engine), photos.FEED, photos.rows(archive.photos()), archive)
    assert again.counts.unchanged == 2
    archive.close()


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(404), "answers 404"),
        (httpx.Response(302, headers={"location": "https://elsewhere.test/x"}), "another host"),
    ],
)
async def test_download__refused(tmp_path: Path, response: httpx.Response, reason: str) -> None:
    async with home(response) as client:
        with pytest.raises(OperatorError, match=reason):
            await photos.download(tmp_path / "x.zip", client=client)
    assert not (tmp_path / "x.zip").exists()


async def test_download__redirects_without_end(tmp_path: Path) -> None:
    moved = {"location": "https://codeload.github.com/x.zip"}
    async with home(*(httpx.Response(302, headers=moved) for _ in range(4))) as client:
        with pytest.raises(OperatorError, match="too many redirects"):
            await photos.download(tmp_path / "x.zip", client=client)


async def test_download__home_that_is_away(tmp_path: Path) -> None:
    def away(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(away)) as client:
        with pytest.raises(OperatorError, match="--photos DIR"):
            await photos.download(tmp_path / "x.zip", client=client)


async def test_download__larger_than_it_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(photos, "SIZE_LIMIT", 1000)
    async with home(httpx.Response(200, content=b"x" * 2000)) as client:
        with pytest.raises(OperatorError, match="larger than expected"):
            await photos.download(tmp_path / "x.zip", client=client)


def test_archive__that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x.zip").write_bytes(b"nothing")
    with pytest.raises(OperatorError, match="not a zip"):
        photos.Archive(tmp_path / "x.zip")


def test_real_folder__every_garment(clothing: Path) -> None:
    with (clothing / "labels.csv").open() as file:
        garments = [
            r for r in csv.DictReader(file) if r["label"] not in ("Other", "Skip", "Not sure")
        ]
    assert len(list(photos.rows(photos.folder_photos(clothing)))) == len(garments)
