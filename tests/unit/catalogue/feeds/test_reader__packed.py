"""Packed feeds: gzip, zip and workbooks, whole and cut off."""

from __future__ import annotations

import csv
import gzip
import io
import random
import zipfile
from pathlib import Path

import openpyxl
import pytest

from searchapp.catalogue.feeds import RefusedRow, TakenRow
from searchapp.errors import OperatorError
from tests.support.feed_texts import FEED, products, rows, won


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, FEED)
    return out.getvalue()


def workbook() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["A guide"])
    sheet = book.create_sheet()
    sheet.append(["Products of today"])
    sheet.append(["id", "title", "link", "image_link", "price"])
    sheet.append([1.0, "T", "https://s.kr", "i.jpg", "15000 KRW"])
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    "packed",
    [
        *(gzip.compress(FEED.encode(), mtime=0), zipped("a.csv"), workbook()),
        *(zipped("feed"), zipped("a.csv", "readme.txt", "__MACOSX/._a.csv")),
    ],
    ids=["gz", "zip", "xlsx", "no ending", "a note"],
)
def test_packed__unpacked(tmp_path: Path, packed: bytes) -> None:
    (product,) = products(tmp_path, packed)
    assert (product.id, product.price) == ("1", won(15000))


@pytest.mark.parametrize("share", [0.4, 0.99])
def test_packed__cut_off_keeps_what_came_before(tmp_path: Path, share: float) -> None:
    rng = random.Random(3)
    head, line = FEED.splitlines()
    lines = [f"{n}{line[1:]}".replace(",T,", f",T{rng.getrandbits(400)},") for n in range(500)]
    packed = gzip.compress("\n".join([head, *lines, ""]).encode(), mtime=0)
    *taken, last = rows(tmp_path, packed[: int(len(packed) * share)])
    assert isinstance(last, RefusedRow)
    assert (last.cut, last.broken_off, "cut off" in last.reason) == (True, True, True)
    assert share * 350 < len(taken) < 500
    assert all(isinstance(entry, TakenRow) for entry in taken)


@pytest.mark.parametrize(
    ("packed", "reason"),
    [
        (zipped("a.csv", "b.csv"), "holds 2 feeds"),
        (gzip.compress(FEED.encode(), mtime=0)[:12], "damaged"),
        (b"PK\x03\x04 nothing", "damaged"),
        (b"\xd0\xcf\x11\xe0 a workbook", "old Excel"),
    ],
)
def test_packed__one_line(tmp_path: Path, packed: bytes, reason: str) -> None:
    with pytest.raises(OperatorError, match=reason):
        rows(tmp_path, packed)


def test_workbook__variants_of_magento_as_in_its_table(tmp_path: Path) -> None:
    table = [
        "sku,product_type,name,price,url_key,base_image,visibility,qty,configurable_variations",
        "P,configurable,Tee,,tee,i.jpg,Search,0,sku=P-R;color=Red|sku=P-B;color=Blue",
        "P-R,simple,Tee R,19.90,tee-r,r.jpg,Not Visible Individually,2,",
        "P-B,simple,Tee B,22,tee-b,b.jpg,Not Visible Individually,0,",
    ]
    cells = [[cell.replace(";", ",") for cell in line.split(",")] for line in table]
    book, out, text = openpyxl.Workbook(), io.BytesIO(), io.StringIO()
    for line in cells:
        book.active.append([float(cell) if cell in ("19.90", "22", "2") else cell for cell in line])
    book.save(out)
    csv.writer(text).writerows(cells)
    shop = {"currency": "USD", "shop_url": "https://m.com"}
    red, blue = products(tmp_path, out.getvalue(), **shop)
    assert [red, blue] == products(tmp_path, text.getvalue(), **shop)
    assert (red.group, red.colour, blue.colour) == ("P", "Red", "Blue")
