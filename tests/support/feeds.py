"""A small product feed made of the sample photos, so that searches find something."""

from __future__ import annotations

import csv
from pathlib import Path

from PIL import Image

SHOP = "https://shop.example"
COLOURS = ("블랙", "네이비", "")


def write_small_feed(folder: Path, samples: Path, copies: int = 2) -> Path:
    """Writes a feed with ``copies`` crops of each sample photo; returns the CSV's path."""
    folder.mkdir(parents=True)
    rows = []
    for path in sorted(samples.glob("*.jpg")):
        for number in range(copies):
            name = f"{path.stem}-{number}"
            _crop(path, folder / f"{name}.jpg", number)
            rows.append(_row(name, len(rows)))
    feed = folder / "small.csv"
    with feed.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return feed


def _crop(source: Path, target: Path, number: int) -> None:
    with Image.open(source) as picture:
        width, height = picture.size
        margin = number * width // 20
        picture.crop((margin, margin, width - margin, height - margin)).save(target, "JPEG")


def _row(name: str, number: int) -> dict[str, str]:
    return {
        "id": name,
        "title": f"시험 상품 {name}",
        "link": f"{SHOP}/{name}",
        "image_link": f"{name}.jpg",
        "price": f"{15000 + number * 1300} KRW",
        "brand": ("모래결", "하루온도", "느린오후")[number % 3],
        "product_type": "",
        "color": COLOURS[number % len(COLOURS)],
        "availability": "out of stock" if number % 4 == 0 else "in stock",
    }
