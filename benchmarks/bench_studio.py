"""How well another photo of a product finds it: ``make bench-studio``.

``SEARCHAPP_STUDIO_PHOTOS`` is a folder with a folder a product, of two photos or more.

The first photo by name is the catalogue's; each other one is searched, whole and without a box,
among all products and the clothing photos of ``SEARCHAPP_TEST_PHOTOS``, if there are any.

    SEARCHAPP_STUDIO_PHOTOS=FOLDER python benchmarks/bench_studio.py
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import baselines
from benchmarks.bench_search import Answer, Query, Shop, items_of, share, upright
from benchmarks.photos import FOLDER, Photo, photos
from searchapp.domain.search import Match
from searchapp.vision.pipeline import BuiltInEngine

PHOTOS = os.environ.get("SEARCHAPP_STUDIO_PHOTOS", "")
ENDINGS = {".jpg", ".jpeg", ".png", ".webp"}


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def products(folder: Path) -> list[list[Path]]:
    """The photos of each product, products without any left out."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir())
    found = [sorted(p for p in one.iterdir() if p.suffix.lower() in ENDINGS) for one in folders]
    return [paths for paths in found if paths]


def questions(sets: Sequence[Sequence[Path]]) -> list[Query]:
    """Every photo but the first of each product."""
    return [
        Query("studio", index, image, (0, 0, image.width, image.height))
        for index, paths in enumerate(sets)
        for image in map(opened, paths[1:])
    ]


def shelf(sets: Sequence[Sequence[Path]], strangers: Sequence[Photo]) -> Iterator[Image.Image]:
    """The catalogue's photos, the products' first, in the order of their numbers."""
    yield from (opened(paths[0]) for paths in sets)
    yield from (stranger.open() for stranger in strangers)


def print_recall(name: str, asked: Sequence[Query], answers: Sequence[Answer]) -> None:
    pairs = list(zip(asked, answers, strict=True))
    first, tenth = ([q.target in a.order[:n] for q, a in pairs] for n in (1, 10))
    print(f"{name:<18} R@1 {share(first)}  R@10 {share(tenth)}", flush=True)


def main() -> None:
    """Describe the catalogue, ask everything, print."""
    folder = Path(PHOTOS or "-")
    if not folder.is_dir():
        print("Skipped: SEARCHAPP_STUDIO_PHOTOS names no folder with a folder for each product.")
        return
    sets = products(folder)
    asked = questions(sets)
    if not asked:
        sys.exit(f"No product in {folder} has a second photo to search for.")
    strangers = photos() if FOLDER.exists() else []
    print(f"{len(sets)} products, {len(strangers)} strangers, {len(asked)} queries")
    engine = BuiltInEngine()
    for name, describe in (
        ("colour histogram", baselines.colours),
        ("plain embedding", lambda image: baselines.plain(engine.network, image)),
    ):
        table = np.stack([describe(image) for image in shelf(sets, strangers)])
        orders = [np.argsort(-(table @ describe(query.image)))[:10].tolist() for query in asked]
        print_recall(name, asked, [Answer(order, Match.SIMILAR) for order in orders])
    described = (engine.describe_product(upright(image)) for image in shelf(sets, strangers))
    shop = Shop(dict(enumerate(described)))
    answers = [shop.answer(items_of(engine, query)) for query in asked]
    print_recall("searchapp", asked, answers)
    same = [(q, a) for q, a in zip(asked, answers, strict=True) if a.match is Match.SAME]
    right = sum(a.order[0] == q.target for q, a in same)
    print(f"'same': {right} right, {len(same) - right} wrong, of {len(asked)}")


if __name__ == "__main__":
    main()
