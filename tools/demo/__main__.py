"""Draws the demo catalogue and the sample photos of the first page.

    python -m tools.demo [--describe]

Writes searchapp/catalogue/demo (products.csv, pictures/*.webp, descriptions.npz) and
assets/samples/*.jpg (with thumbnails in assets/samples/small).  What it draws is the same on each
machine.  ``--describe`` only describes again, for when the built-in model has changed.
"""

from __future__ import annotations

import asyncio
import csv
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

from searchapp.catalogue.demo import DESCRIPTIONS, FEED
from searchapp.catalogue.ingest.described_pictures import (
    PICTURE_SIDE,
    Description,
    description_of,
    write_descriptions,
)
from searchapp.catalogue.ingest.fetching import digest_of
from searchapp.imaging.decoder import Decoder
from searchapp.settings import Settings
from searchapp.vision.pipeline import load_engine
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


async def describe_products() -> None:
    """Writes what the built-in model sees in the products' pictures."""
    vision = load_engine(Settings())
    found: dict[str, Description] = {}
    async with Decoder() as decoder:
        for path in sorted(PICTURES.iterdir()):
            data = path.read_bytes()
            picture = await decoder.upright(data, PICTURE_SIDE)
            found[digest_of(data)] = description_of(vision.describe_product(picture.image))
    write_descriptions(DESCRIPTIONS, vision.embedding_name, found)


def main() -> None:
    """Draws everything, and describes it."""
    if "--describe" not in sys.argv[1:]:
        draw()
    asyncio.run(describe_products())


def draw() -> None:
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
