"""Draws the demo catalogue and the sample photos of the first page.

    python -m tools.demo

Writes searchapp/catalogue/demo (products.csv, pictures/*.webp) and assets/samples/*.jpg (with
thumbnails in assets/samples/small).  What it draws is the same on each machine.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

from searchapp.catalogue.demo import FEED
from tools.demo.collection import DemoProduct, collection, picture
from tools.demo.scenes import SAMPLES, render

ROOT = Path(__file__).parents[2]
SAMPLE_FOLDER = ROOT / "assets" / "samples"
SAMPLE_BYTES = 60_000

PICTURES = FEED.with_name("pictures")
SIZE = (400, 500)
COLUMNS = [
    "id",
    "title",
    "link",
    "image_link",
    "price",
    "brand",
    "product_type",
    "color",
    "availability",
]


def feed_rows() -> Iterator[list[str]]:
    """The rows of products.csv, its header first."""
    yield COLUMNS
    for thing in collection():
        yield _feed_row(thing)


def _feed_row(thing: DemoProduct) -> list[str]:
    product = thing.product
    price = f"{product.price.amount} {product.price.currency}" if product.price else ""
    return [
        product.id,
        product.title,
        product.link,
        f"{PICTURES.name}/{product.id}.webp",
        price,
        product.brand,
        product.category,
        product.colour,
        "in stock" if product.in_stock else "out of stock",
    ]


def write_feed() -> None:
    """Writes products.csv."""
    with FEED.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(feed_rows())


def draw_product(number: int) -> None:
    """Draws the picture of one product."""
    thing = collection()[number]
    small = picture(thing).resize(SIZE, Image.Resampling.LANCZOS)
    small.save(PICTURES / f"{thing.product.id}.webp", quality=74, method=6)


def draw_sample(name: str) -> None:
    """Draws one sample photo and its thumbnail."""
    photo = render(name)
    for quality in range(86, 40, -3):
        path = SAMPLE_FOLDER / f"{name}.jpg"
        photo.resize((720, 960), Image.Resampling.LANCZOS).save(
            path, quality=quality, optimize=True, progressive=True
        )
        if path.stat().st_size <= SAMPLE_BYTES:
            break
    small = photo.resize((180, 240), Image.Resampling.LANCZOS)
    small.save(SAMPLE_FOLDER / "small" / f"{name}.jpg", quality=80, optimize=True)


def main() -> None:
    """Draws everything."""
    for folder in (PICTURES, SAMPLE_FOLDER / "small"):
        folder.mkdir(parents=True, exist_ok=True)
    write_feed()
    with ProcessPoolExecutor() as pool:
        list(pool.map(draw_product, range(len(collection())), chunksize=8))
        list(pool.map(draw_sample, SAMPLES))
    for folder in (FEED.parent, SAMPLE_FOLDER):
        files = [path for path in folder.rglob("*") if path.is_file()]
        total = sum(path.stat().st_size for path in files)
        print(f"{folder.relative_to(ROOT)}: {len(files)} files, {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
