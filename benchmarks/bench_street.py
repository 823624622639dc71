"""How many garments of street photos are found, and named rightly: ``make bench-street``.

``SEARCHAPP_STREET_PHOTOS`` is a folder with ``boxes.csv`` (image, label, left, top, right, bottom;
pixels) and the images that it names.  A garment is found if a suggested region overlaps its box
with an intersection over union of at least 0.5.

    SEARCHAPP_STREET_PHOTOS=FOLDER python benchmarks/bench_street.py
"""

from __future__ import annotations

import csv
import os
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.bench_search import share, upright
from searchapp.vision.crops import NormalizedBox, normalized_box
from searchapp.vision.pipeline import BuiltInEngine

PHOTOS = os.environ.get("SEARCHAPP_STREET_PHOTOS", "")
FOUND = 0.5


@dataclass(frozen=True, slots=True)
class Wanted:
    """A garment of a photo: its label and its box in pixels."""

    label: str
    edges: tuple[int, int, int, int]

    def frame(self, width: int, height: int) -> NormalizedBox:
        left, top, right, bottom = self.edges
        return NormalizedBox(left / width, top / height, right / width, bottom / height)


def wanted_of(folder: Path) -> dict[str, list[Wanted]]:
    """Image name -> the garments that it shows."""
    photos: dict[str, list[Wanted]] = defaultdict(list)
    with (folder / "boxes.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            left, top, right, bottom = (int(row[k]) for k in ("left", "top", "right", "bottom"))
            photos[row["image"]].append(Wanted(row["label"], (left, top, right, bottom)))
    return dict(photos)


class Tally:
    """Garments found and named by label, and regions that are garments."""

    def __init__(self) -> None:
        self.found: dict[str, list[bool]] = defaultdict(list)
        self.named: dict[str, list[bool]] = defaultdict(list)
        self.right: list[bool] = []

    def add(self, engine: BuiltInEngine, image: Image.Image, garments: list[Wanted]) -> None:
        width, height = image.size
        regions = [
            (region.label, normalized_box(region.box, width, height))
            for region in engine.regions(upright(image))
        ]
        frames = [garment.frame(width, height) for garment in garments]
        for garment, frame in zip(garments, frames, strict=True):
            hits = {label for label, box in regions if box.iou(frame) >= FOUND}
            self.found[garment.label].append(bool(hits))
            self.named[garment.label].append(garment.label in hits)
        self.right += [any(box.iou(f) >= FOUND for f in frames) for _, box in regions]

    def report(self) -> None:
        print(f"{'':<10} found  named")
        for label, found in sorted(self.found.items()):
            print(f"{label:<10} {share(found)}  {share(self.named[label])}  of {len(found)}")
        every = [hit for found in self.found.values() for hit in found]
        named = [hit for some in self.named.values() for hit in some]
        print(f"{'all':<10} {share(every)}  {share(named)}  of {len(every)}")
        print(f"precision  {share(self.right)}  of {len(self.right)} regions")


def main() -> None:
    """Suggest regions of every photo, print how many garments they meet."""
    folder = Path(PHOTOS or "-")
    if not (folder / "boxes.csv").is_file():
        print("Skipped: SEARCHAPP_STREET_PHOTOS names no folder with boxes.csv in it.")
        return
    engine, tally = BuiltInEngine(), Tally()
    for name, garments in sorted(wanted_of(folder).items()):
        with Image.open(folder / name) as image:
            tally.add(engine, ImageOps.exif_transpose(image).convert("RGB"), garments)
    tally.report()


if __name__ == "__main__":
    main()
