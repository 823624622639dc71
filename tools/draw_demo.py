"""Draws the demo catalogue's pictures and the sample photos of the first page.

    python tools/draw_demo.py

Writes searchapp/catalogue/demo/pictures/*.webp and assets/samples/*.jpg (with thumbnails in
assets/samples/small).  What it draws is the same on each machine.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from searchapp.catalogue.demo.collection import PICTURES, collection, picture  # noqa: E402
from searchapp.catalogue.demo.scenes import SAMPLES, render  # noqa: E402

SAMPLE_FOLDER = ROOT / "assets" / "samples"
SAMPLE_BYTES = 60_000


def draw_product(number: int) -> None:
    thing = collection()[number]
    small = picture(thing).resize((400, 500), Image.Resampling.LANCZOS)
    small.save(PICTURES / f"{thing.product.id}.webp", quality=74, method=6)


def draw_sample(name: str) -> None:
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
    for folder in (PICTURES, SAMPLE_FOLDER / "small"):
        folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor() as pool:
        list(pool.map(draw_product, range(len(collection())), chunksize=8))
        list(pool.map(draw_sample, SAMPLES))
    for folder in (PICTURES, SAMPLE_FOLDER):
        files = [path for path in folder.rglob("*") if path.is_file()]
        total = sum(path.stat().st_size for path in files)
        print(f"{folder.relative_to(ROOT)}: {len(files)} files, {total / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
