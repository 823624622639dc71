"""How well a photo of a worn garment finds the garment's own flat photo: ``make bench-worn``.

``SEARCHAPP_WORN_PHOTOS`` is a folder with ``flat/NAME.jpg``, the catalogue, and ``worn/NAME.jpg``,
people who wear the garment of that name.  Worn photos without a flat one of the same name are of
garments that are not on sale.  Each is searched whole, without a box.

    SEARCHAPP_WORN_PHOTOS=FOLDER python benchmarks/bench_worn.py [--queries 200]
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bench_search import Answer, Query, Shop, items_of, share, upright
from searchapp.domain.search import Match
from searchapp.vision.features.item_arrays import ItemFeatures
from searchapp.vision.pipeline import BuiltInEngine

PHOTOS = os.environ.get("SEARCHAPP_WORN_PHOTOS", "")


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        return ImageOps.exif_transpose(image).convert("RGB")


def questions(folder: Path, flats: Sequence[Path], most: int) -> list[Query]:
    """The worn photos; ``target`` is the place of the flat one, -1 if there is none."""
    places = {path.stem: place for place, path in enumerate(flats)}
    chosen = sorted((folder / "worn").glob("*.jpg"))[:most]
    return [
        Query("worn", places.get(path.stem, -1), image, (0, 0, image.width, image.height))
        for path, image in ((path, opened(path)) for path in chosen)
    ]


ABLATIONS: dict[str, Callable[[ItemFeatures], ItemFeatures]] = {
    "without colour": lambda item: replace(item, colour=item.colour * 0),
    "without kind": lambda item: replace(item, label_probs=item.label_probs * 0),
    "without keypoints": lambda item: replace(item, keypoints=()),
    "without masks": lambda item: replace(item, alone=item.alone[:0]),
}
"""What is left out of the items; the catalogue stays."""


def print_recall(name: str, asked: Sequence[Query], answers: Sequence[Answer]) -> None:
    known = [(q, a) for q, a in zip(asked, answers, strict=True) if q.target >= 0]
    cells = [share([q.target in a.order[:first] for q, a in known]) for first in (1, 5, 10)]
    print(f"{name:<22} R@1 {cells[0]}  R@5 {cells[1]}  R@10 {cells[2]}", flush=True)


def print_verdicts(asked: Sequence[Query], answers: Sequence[Answer]) -> None:
    pairs = list(zip(asked, answers, strict=True))
    known = [(q, a) for q, a in pairs if q.target >= 0]
    right = [a.match is Match.SAME and a.order[0] == q.target for q, a in known]
    absent = [a.match is Match.SAME for q, a in pairs if q.target < 0]
    print("'same' and right, of garments on sale:   ", share(right))
    print("'same', of garments that are not on sale:", share(absent))


def main() -> None:
    """Describe the flat photos, ask with the worn ones, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=400)
    options = parser.parse_args()
    folder = Path(PHOTOS or "-")
    if not (folder / "flat").is_dir() or not (folder / "worn").is_dir():
        print("Skipped: SEARCHAPP_WORN_PHOTOS names no folder with flat/ and worn/ in it.")
        return
    flats = sorted((folder / "flat").glob("*.jpg"))
    asked = questions(folder, flats, options.queries)
    engine = BuiltInEngine()
    shop = Shop({n: engine.describe_product(upright(opened(p))) for n, p in enumerate(flats)})
    items = [items_of(engine, query) for query in asked]
    print(f"{len(flats)} flat photos, {len(asked)} worn ones")
    answers = [shop.answer(some) for some in items]
    print_recall("searchapp", asked, answers)
    for name, without in ABLATIONS.items():
        left = [shop.answer([without(item) for item in some]) for some in items]
        print_recall(name, asked, left)
    print_verdicts(asked, answers)


if __name__ == "__main__":
    np.seterr(all="raise", under="ignore")
    main()
