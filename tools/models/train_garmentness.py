"""Learns whether a crop shows something to wear, in ``heads.npz``; about ten minutes on two cores.

The garment head was taught where garments lie in scenes.  One animal, fruit or tool before a plain
ground looks to it much like a product photo; this looks at the crop of each suggested region as a
whole.  Cut-out pictures (with transparency) are laid on white, on a drawn ground and on a picture.

    PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER \\
        python tools/models/train_garmentness.py THINGS WORN

THINGS is a folder of pictures without anything to wear, WORN of drawings of what is worn.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from benchmarks import changes
from benchmarks.bench_search import upright
from benchmarks.photos import photos
from searchapp.domain.search import Box
from searchapp.vision.crops import cut, normalized_box, quarter_turns
from searchapp.vision.features.item_features import MARGIN
from searchapp.vision.pipeline import BuiltInEngine

HEADS = Path(__file__).resolve().parents[2] / "searchapp/vision/models/heads.npz"
GROUNDS = ((600, 450), (450, 600), (500, 500))
TARGET = 0.3
"""A region that overlaps the garment less is not a picture of it."""
EPOCHS, SHARPNESS, NOISE, SMOOTHING = 30, 10.0, 0.02, 0.02
LENIENCE = 0.9
"""Added to the odds' logarithm: a garment turned away is worse than a cat that is searched."""


def pictures(folder: str, rng: np.random.Generator) -> Iterator[Image.Image]:
    """Every picture of a folder in two or three forms."""
    paths = sorted(Path(folder).iterdir())
    opaque = [path for path in paths if Image.open(path).mode == "RGB"]
    for path in paths:
        image = Image.open(path)
        if image.mode == "RGB":
            yield image
            yield changes.light(changes.crop(image, rng), rng)
            continue
        size = GROUNDS[int(rng.integers(len(GROUNDS)))]
        grounds = [Image.new("RGB", size, (255, 255, 255)), changes.background(size, rng)]
        if opaque:
            other = Image.open(opaque[int(rng.integers(len(opaque)))])
            grounds.append(changes.crop(other, rng).resize(size))
        for ground in grounds:
            yield _laid(image, ground, rng)


def _laid(thing: Image.Image, ground: Image.Image, rng: np.random.Generator) -> Image.Image:
    """The thing somewhere on the ground, as large as a photo would show it."""
    ratio = min(ground.width / thing.width, ground.height / thing.height) * rng.uniform(0.45, 0.95)
    size = [max(1, int(side * ratio)) for side in thing.size]
    small = thing.convert("RGBA").resize((size[0], size[1]), Image.Resampling.BICUBIC)
    x, y = (int(rng.uniform(0, room)) for room in np.subtract(ground.size, small.size))
    ground.paste(small, (x, y), small)
    return ground


def worn(rng: np.random.Generator) -> Iterator[tuple[Image.Image, tuple[int, int, int, int]]]:
    """Photos of the training contributors, every second one as it is besides, and their boxes."""
    training = [photo for photo in photos() if not photo.for_testing]
    for number, photo in enumerate(training):
        image = photo.open()
        others = [training[int(rng.integers(len(training)))].open() for _ in range(3)]
        kind = changes.KINDS[number % len(changes.KINDS)]
        changed = changes.change(kind, image, rng, others)
        yield changed.image, changed.box
        if number % 2 == 0:
            yield image, (0, 0, *image.size)


def crops(
    engine: BuiltInEngine, image: Image.Image, box: tuple[int, int, int, int] | None = None
) -> list[np.ndarray]:
    """Deep features (4, 1280), one row a quarter turn, of each suggested region.

    :param box: only regions that show what lies there.
    """
    picture, out = upright(image), []
    for region in engine.regions(picture):
        frame = normalized_box(region.box, picture.width, picture.height)
        aim = normalized_box(Box(*box), picture.width, picture.height) if box else frame
        if frame.iou(aim) >= TARGET:
            turns = quarter_turns(cut(picture.pixels, frame.widened(MARGIN)), range(4))
            out.append(engine.network.pooled(turns).gem)
    return out


def learn(groups: list[tuple[list[np.ndarray], bool]]) -> torch.nn.Linear:
    """Logistic regression; a picture counts as one however many regions it has, and all that is
    worn as much as all that is not."""
    kept = [(np.stack(found), is_worn) for found, is_worn in groups if found]
    rows = np.concatenate([found for found, _ in kept])
    features = torch.tensor(rows / np.linalg.norm(rows, axis=-1, keepdims=True)) * SHARPNESS
    sizes = [len(found) for found, _ in kept]
    aims = np.repeat([float(is_worn) for _, is_worn in kept], sizes)
    counts = np.repeat([1 / size for size in sizes], sizes)
    for value in (0.0, 1.0):
        counts[aims == value] *= len(aims) / 2 / counts[aims == value].sum()
    aim = torch.tensor(aims * (1 - 2 * SMOOTHING) + SMOOTHING, dtype=torch.float32)
    weight = torch.tensor(counts, dtype=torch.float32)
    head = torch.nn.Linear(features.shape[-1], 1)
    optimizer = torch.optim.AdamW(head.parameters(), 3e-3, weight_decay=0.1)
    for _ in range(EPOCHS):
        for some in torch.randperm(len(features)).split(128):
            noisy = features[some] + NOISE * torch.randn_like(features[some])
            logits = head(noisy)[..., 0]
            each = functional.binary_cross_entropy_with_logits(
                logits, aim[some, None].expand_as(logits), reduction="none"
            )
            optimizer.zero_grad()
            (each.mean(1) * weight[some]).mean().backward()
            optimizer.step()
    return head


def main(things: str, drawn: str) -> None:
    """Adds the head to the arrays that are there."""
    torch.manual_seed(0)
    rng, engine = np.random.default_rng(17), BuiltInEngine()
    groups = [(crops(engine, image), False) for image in pictures(things, rng)]
    groups += [(crops(engine, image), True) for image in pictures(drawn, rng)]
    groups += [(crops(engine, image, box), True) for image, box in worn(rng)]
    head = learn(groups)
    with np.load(HEADS) as file:
        arrays = dict(file)
    arrays["garment_weight"] = (SHARPNESS * head.weight.detach().numpy()[0]).astype(np.float16)
    arrays["garment_bias"] = head.bias.detach().numpy() + np.float32(LENIENCE)
    np.savez(HEADS, **arrays)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
