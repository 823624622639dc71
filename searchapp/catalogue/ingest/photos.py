"""Real photos to try with: Alexey Grigorev's clothing dataset, which is in the public domain (CC0).

https://github.com/alexeygrigorev/clothing-dataset-small and the full one beside it.  What the
photos do not have (titles, prices, a shop) is made up here and says so.
"""

from __future__ import annotations

import asyncio
import csv
import zipfile
from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote
from zlib import crc32

import httpx

from searchapp.catalogue.feeds import TakenRow
from searchapp.catalogue.ingest.fetching import (
    FILE_LIMIT,
    Fetched,
    PictureUnavailable,
)
from searchapp.domain.product import FeedProduct, Money
from searchapp.errors import OperatorError

FEED = "photos"
"""The name under which an operator finds and removes them."""

HOME = "https://github.com/alexeygrigorev/clothing-dataset-small/archive/refs/heads/master.zip"
SIZE_LIMIT = 1024 * 1024 * 1024
"""Bytes of the archive: several times of what it was when this was written."""

MOST_REQUESTS = 4
"""For the archive, redirects included."""

_HOSTS = frozenset({"github.com", "codeload.github.com"})
_TABLES = ("labels.csv", "images.csv")
_FOLDERS = ("images", "images_compressed", "images_original", ".")
_KINDS = {".jpg", ".jpeg", ".png", ".webp"}
_NAMES = {
    "t-shirt": ("티셔츠", "상의 > 티셔츠"),
    "longsleeve": ("긴팔 티셔츠", "상의 > 티셔츠"),
    "polo": ("폴로 셔츠", "상의 > 티셔츠"),
    "shirt": ("셔츠", "상의 > 셔츠"),
    "blouse": ("블라우스", "상의 > 블라우스"),
    "top": ("탑", "상의"),
    "undershirt": ("민소매", "상의"),
    "hoodie": ("후드 티셔츠", "상의 > 후드"),
    "body": ("바디수트", "상의"),
    "outwear": ("아우터", "아우터"),
    "blazer": ("블레이저", "아우터 > 재킷"),
    "pants": ("바지", "하의 > 바지"),
    "shorts": ("반바지", "하의 > 반바지"),
    "skirt": ("스커트", "하의 > 스커트"),
    "dress": ("원피스", "원피스"),
    "shoes": ("신발", "신발"),
    "hat": ("모자", "모자"),
}


@dataclass(frozen=True, slots=True)
class Photo:
    """One photo: its path under the folder or in the archive, and what it shows."""

    path: str
    label: str


def rows(photos: Iterator[Photo]) -> Iterator[TakenRow]:
    """The photos as products; those whose label names no garment are left out."""
    for number, photo in enumerate(photos, start=1):
        named = _NAMES.get(photo.label.lower())
        if named:
            yield TakenRow(number, _product(photo, *named))


def _product(photo: Photo, name: str, category: str) -> FeedProduct:
    stem = Path(photo.path).stem
    price = 15_000 + crc32(stem.encode()) % 85 * 1_000
    return FeedProduct(
        id=stem,
        title=f"{name} · 체험용 사진 {stem[:4]}",
        link=f"https://example.com/photos/{quote(stem)}",
        images=(photo.path,),
        price=Money(Decimal(price), "KRW"),
        brand="clothing-dataset (CC0)",
        category=category,
    )


# --- a folder --------------------------------------------------------------------------------


def folder_photos(folder: Path) -> Iterator[Photo]:
    """The photos of a folder: a table (``image``, ``label``) beside ``images``, or one folder a
    label.

    :raises OperatorError: the folder has neither.
    """
    table = next((folder / name for name in _TABLES if (folder / name).is_file()), None)
    if table is not None:
        yield from _listed(folder, table)
        return
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in _KINDS)
    if not found:
        raise OperatorError(
            f"{folder} has no photos: it needs images/ and labels.csv (columns image, label), or "
            "one folder a label."
        )
    for path in found:
        yield Photo(str(path.relative_to(folder)), path.parent.name)


def _listed(folder: Path, table: Path) -> Iterator[Photo]:
    place = next((name for name in _FOLDERS if (folder / name).is_dir()), ".")
    with table.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            name, label = row.get("image") or "", row.get("label") or ""
            if name:
                suffix = "" if Path(name).suffix.lower() in _KINDS else ".jpg"
                yield Photo(f"{place}/{name}{suffix}", label)


# --- the archive of its public home ----------------------------------------------------------


async def download(target: Path, *, client: httpx.AsyncClient) -> None:
    """Brings the archive to ``target``.

    :raises OperatorError: it cannot be reached, or is larger than :data:`SIZE_LIMIT`.
    """
    try:
        async with aclosing(await _opened(client)) as response:
            if response.status_code != httpx.codes.OK:
                raise OperatorError(f"{HOME} answers {response.status_code}. {_ELSE}")
            await _save(response, target)
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise OperatorError(f"{HOME} cannot be reached ({reason}). {_ELSE}") from None


_ELSE = "Download it elsewhere, unpack it, and give the folder: catalogue demo --photos DIR"


async def _opened(client: httpx.AsyncClient) -> httpx.Response:
    """The response to a GET whose body is yet to be read, after redirects among known hosts."""
    request = client.build_request("GET", HOME)
    for _ in range(MOST_REQUESTS):
        response = await client.send(request, stream=True, follow_redirects=False)
        if response.next_request is None:
            return response
        await response.aclose()
        request = response.next_request
        if request.url.host not in _HOSTS:
            raise OperatorError(f"{HOME} leads to another host. {_ELSE}")
    raise OperatorError(f"{HOME} has too many redirects. {_ELSE}")


async def _save(response: httpx.Response, target: Path) -> None:
    partial = target.with_suffix(".part")
    size = 0
    with partial.open("wb") as file:
        async for chunk in response.aiter_bytes():
            size += len(chunk)
            if size > SIZE_LIMIT:
                raise OperatorError(f"the archive is larger than expected. {_ELSE}")
            await asyncio.to_thread(file.write, chunk)
    partial.replace(target)


class Archive:
    """The photos of a zip archive with one folder a label; nothing is unpacked."""

    def __init__(self, path: Path) -> None:
        """:raises OperatorError: it is no such archive."""
        try:
            self._zip = zipfile.ZipFile(path)
        except (OSError, zipfile.BadZipFile):
            raise OperatorError(f"{path} is not a zip archive. {_ELSE}") from None

    def photos(self) -> Iterator[Photo]:
        """Every photo, in a fixed order."""
        for name in sorted(self._zip.namelist()):
            path = Path(name)
            if path.suffix.lower() in _KINDS:
                yield Photo(name, path.parent.name)

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        """The photo's bytes, told apart by the checksum that the archive has of them."""
        try:
            info = self._zip.getinfo(reference)
        except KeyError:
            raise PictureUnavailable(f"picture {reference} is not in the archive") from None
        if info.file_size > FILE_LIMIT:
            raise PictureUnavailable(f"picture {reference} is larger than 15 MB")
        checksum = f"crc:{info.CRC:08x}"
        if tag == checksum:
            return None
        return Fetched(await asyncio.to_thread(self._zip.read, info), checksum)

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()
