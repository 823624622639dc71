"""Pictures beside a feed; a path never leads out of its folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal
from unicodedata import normalize

import pytest

from searchapp.catalogue.ingest.fetching import FILE_LIMIT, PictureSource, PictureUnavailable


@pytest.fixture
async def source(tmp_path: Path) -> AsyncIterator[PictureSource]:
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    for name in ("images", "feed"):
        (tmp_path / name).mkdir()
    async with PictureSource([tmp_path / "images", tmp_path / "feed"]) as source:
        yield source


async def test_fetch__first_folder_first(source: PictureSource, tmp_path: Path) -> None:
    (tmp_path / "feed" / "a.jpg").write_bytes(b"beside the feed")
    found = await source.fetch("a.jpg")
    assert found is not None
    assert found.data == b"beside the feed"
    (tmp_path / "images" / "a.jpg").write_bytes(b"in --images")
    found = await source.fetch("./a.jpg")
    assert found is not None
    assert found.data == b"in --images"


async def test_fetch__same_bytes_are_not_handed_out_twice(
    source: PictureSource, tmp_path: Path
) -> None:
    picture = tmp_path / "images" / "a.jpg"
    picture.write_bytes(b"one")
    first = await source.fetch("a.jpg")
    assert first is not None
    assert await source.fetch("/a.jpg") == first
    assert await source.fetch("a.jpg", first.tag) is None
    picture.write_bytes(b"two")
    assert await source.fetch("a.jpg", first.tag) is not None


@pytest.mark.parametrize(
    "path", ["../secret.jpg", "x/../../secret.jpg", "link.jpg", "out/secret.jpg"]
)
async def test_fetch__out_of_the_folder(source: PictureSource, tmp_path: Path, path: str) -> None:
    (tmp_path / "images" / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (tmp_path / "images" / "out").symlink_to(tmp_path)
    with pytest.raises(PictureUnavailable, match="outside"):
        await source.fetch(path)


async def test_fetch__absolute_path(source: PictureSource, tmp_path: Path) -> None:
    with pytest.raises(PictureUnavailable, match="outside"):
        await source.fetch(str(tmp_path / "secret.jpg"))


@pytest.mark.parametrize("path", ["none.jpg", ".", "x\0y", "a" * 1500])
async def test_fetch__no_such_file(source: PictureSource, path: str) -> None:
    with pytest.raises(PictureUnavailable, match="does not exist"):
        await source.fetch(path)


async def test_fetch__too_large(source: PictureSource, tmp_path: Path) -> None:
    with (tmp_path / "images" / "big.jpg").open("wb") as file:
        file.truncate(FILE_LIMIT + 1)
    with pytest.raises(PictureUnavailable, match="15 MB"):
        await source.fetch("big.jpg")


async def test_fetch__what_is_no_address_is_refused(source: PictureSource) -> None:
    for reference in ("https://[broken", "https:", "HTTPS://a:99999/", "https://\udc80/"):
        with pytest.raises(PictureUnavailable):
            await source.fetch(reference)


@pytest.mark.parametrize(("written", "asked"), [("NFC", "NFD"), ("NFD", "NFC")])
async def test_fetch__korean_names_in_parts(
    source: PictureSource,
    tmp_path: Path,
    written: Literal["NFC", "NFD"],
    asked: Literal["NFC", "NFD"],
) -> None:
    (tmp_path / "images" / normalize(written, "셔츠.jpg")).write_bytes(b"picture")
    fetched = await source.fetch(normalize(asked, "셔츠.jpg"))
    assert fetched is not None
    assert fetched.data == b"picture"
