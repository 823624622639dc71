"""Learns the kinds in ``heads.npz``: linear heads on labelled garments, lying and worn.

Clothing photos of the training contributors are seen as the product sees them: the main garment's
crop, and the garment cut out by its mask.  Garments of street photos are cut out by their true
masks.  One head learns from what lies alone, one from both: with worn clothes among its lessons
the first one names 4 points fewer of what lies.  A label that names several finer kinds teaches
only that it is one of them.  The rows for bags and accessories are taken from the network's own
ImageNet classifier, beside those of everything that is worn, so that they are compared with
nothing else.

    PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER \\
        python tools/models/train_kinds.py WEIGHTS.pth CLOTHING_CO_PARSING
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from efficientnet_lite0 import load
from street_photos import labelled

from benchmarks.photos import photos
from searchapp.domain.taxonomy import LABELS
from searchapp.vision.crops import WHOLE, NormalizedBox, Pixels, cut
from searchapp.vision.detection.garment_detector import GarmentHead
from searchapp.vision.detection.garment_masks import MaskHead, cut_out
from searchapp.vision.features.classifier import FAMILY_OF, GEM_SCALE, SPATIAL_SCALE
from searchapp.vision.features.item_features import main_garment
from searchapp.vision.models.embedding import Lite0Embedder, unit

HEADS = Path(__file__).resolve().parents[2] / "searchapp/vision/models/heads.npz"
EPOCHS, BATCH, RATE, DECAY, NOISE, SMOOTHED = 14, 256, 3e-3, 0.3, 0.02, 0.05
LEAST = 0.006
"""Garments that fill less of a street photo are left out."""

SHOES = ("boots", "clogs", "flats", "heels", "loafers", "pumps", "sandals", "shoes")
SHOES += ("sneakers", "wedges")

KINDS_OF = {
    "T-Shirt": "tshirt",
    "Longsleeve": "tshirt knit top",
    "Polo": "tshirt",
    "Shirt": "shirt",
    "Blouse": "shirt",
    "Undershirt": "top",
    "Top": "top",
    "Body": "top",
    "Hoodie": "hoodie",
    "Outwear": "coat jacket outer",
    "Blazer": "jacket",
    "Pants": "jeans trousers",
    "Shorts": "shorts",
    "Skirt": "skirt",
    "Dress": "dress",
    "Shoes": "shoes",
    "Hat": "hat",
    "jeans": "jeans",
    "pants": "trousers",
    "leggings": "trousers",
    "shorts": "shorts",
    "skirt": "skirt",
    "dress": "dress",
    "romper": "dress",
    "coat": "coat",
    "cape": "coat",
    "jacket": "jacket",
    "blazer": "jacket",
    "suit": "jacket",
    "cardigan": "knit",
    "sweater": "knit",
    "jumper": "knit",
    "sweatshirt": "hoodie top",
    "hoodie": "hoodie",
    "shirt": "shirt",
    "blouse": "shirt",
    "t-shirt": "tshirt",
    "top": "top tshirt",
    "bodysuit": "top",
    "vest": "top outer",
    "hat": "hat",
    "bag": "bag",
    "purse": "bag",
    "wallet": "bag",
} | dict.fromkeys(
    [
        "boots",
        "clogs",
        "flats",
        "heels",
        "loafers",
        "pumps",
        "sandals",
        "shoes",
        "sneakers",
        "wedges",
    ],
    "shoes",
)
"""Labels of both sets of photos -> the kinds that they may mean."""

FEW = ("Skirt", "Dress", "skirt", "dress", "shorts", "coat", "jacket", "hoodie")
"""Labels of few photos, which are seen more often."""

# Classes of ImageNet-1k, by their number.
BAGS = (414, 636, 728, 748, 893)
ACCESSORIES = (457, 531, 679, 824, 836, 837, 906, 658, 615)
WORN = (411, 433, 439, 445, 452, 459, 474, 496, 501, 502, 514, 515, 518, 560, 568, 578, 601, 608)
WORN += (610, 614, 617, 630, 638, 639, 655, 667, 689, 697, 735, 770, 774, 775, 793, 806, 808)
WORN += (834, 841, 842, 869, 887, 911)


@dataclass(frozen=True, slots=True)
class Crop:
    """A garment as it is seen, and its label."""

    label: str
    pixels: Pixels


def lying(rng: np.random.Generator) -> Iterator[Crop]:
    """The main garment of each clothing photo, as it is and cut out, as it is and changed."""
    network, head, mask_head = Lite0Embedder(), GarmentHead(), MaskHead()
    for photo in photos():
        if photo.for_testing or photo.label not in KINDS_OF:
            continue
        pixels = np.asarray(photo.open())
        maps = network.feature_maps(pixels)
        frame = main_garment(head.maps(maps.mid, maps.top)[0])
        alone = cut_out(pixels, mask_head.masks(maps).of_item("whole"), frame)
        yield Crop(photo.label, cut(pixels, frame))
        parts = [(pixels, frame)] + ([] if alone is None else [(alone.pixels, WHOLE)])
        for _ in range(5 if photo.label in FEW else 2):
            yield from (Crop(photo.label, changed(*part, rng)) for part in parts)


def worn(folder: Path, rng: np.random.Generator) -> Iterator[Crop]:
    """Each garment of the street photos, in its surroundings and cut out by its true mask."""
    for pixels, label, mask in labelled(folder):
        if label not in KINDS_OF or mask.mean() < LEAST:
            continue
        alone = cut_out(pixels, mask.astype(np.float32), WHOLE)
        if alone is None:
            continue
        for _ in range(2 if label in FEW else 1):
            yield Crop(label, changed(pixels, alone.frame, rng))
            yield Crop(label, changed(alone.pixels, WHOLE, rng))


def changed(pixels: Pixels, frame: NormalizedBox, rng: np.random.Generator) -> Pixels:
    """A crop cut a little otherwise, in other light, mirrored half of the time."""
    width, height = frame.right - frame.left, frame.bottom - frame.top
    left, top, right, bottom = rng.uniform(-0.07, 0.09, 4) * [width, height, width, height]
    moved = NormalizedBox(
        max(0, frame.left - left),
        max(0, frame.top - top),
        min(1, frame.right + right),
        min(1, frame.bottom + bottom),
    )
    light = rng.uniform(0.9, 1.1, 3) * rng.uniform(0.7, 1.25)
    part = np.clip(cut(pixels, moved).astype(np.float32) * light, 0, 255).astype(np.uint8)
    return part[:, ::-1] if rng.random() < 0.5 else part


def described(crops: Iterator[Crop]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pooled vectors, spatial descriptors, and for each crop the kinds that it may be (n, k)."""
    network, gem, spatial, kinds = Lite0Embedder(), [], [], []
    for crop in crops:
        pooled = network.pooled([crop.pixels])
        gem.append(pooled.gem[0])
        spatial.append(pooled.spatial[0])
        kinds.append([kind in KINDS_OF[crop.label].split() for kind in FAMILY_OF])
    return np.stack(gem), np.stack(spatial), np.array(kinds)


def learn(features: np.ndarray, kinds: np.ndarray) -> torch.nn.Linear:
    """Softmax regression with weight decay; rare families count more, by the root of rarity."""
    families = np.array([[f == label for label in LABELS] for f in FAMILY_OF.values()])
    mine = (kinds @ families > 0).astype(np.float32)
    mine /= mine.sum(axis=1, keepdims=True)
    rarity = (len(mine) / len(LABELS) / np.maximum(mine.sum(axis=0), 1)) ** 0.5
    weight = torch.tensor(mine @ rarity, dtype=torch.float32)
    rows, wanted = (torch.tensor(part.astype(np.float32)) for part in (features, kinds))
    head = torch.nn.Linear(features.shape[1], kinds.shape[1])
    optimizer = torch.optim.AdamW(head.parameters(), RATE, weight_decay=DECAY)
    for _ in range(EPOCHS):
        noise = NOISE * torch.randn(BATCH, rows.shape[1])
        for some in torch.randperm(len(rows)).split(BATCH):
            logs = head(rows[some] + noise[: len(some)]).log_softmax(1)
            right = (logs.exp() * wanted[some]).sum(1).clamp(min=1e-6).log()
            loss = -(weight[some] * right).mean() - SMOOTHED * logs.mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return head


def main(weights: str, folder: Path) -> None:
    """Adds the kinds to the arrays that are there."""
    torch.manual_seed(0)
    rng = np.random.default_rng(3)
    parts = [described(some) for some in (lying(rng), worn(folder, rng))]
    gem, spatial, kinds = (np.concatenate(column) for column in zip(*parts, strict=True))
    mean = spatial.mean(axis=0)
    scaled = [GEM_SCALE * unit(gem), SPATIAL_SCALE * unit(spatial - mean)]
    features, alone = np.concatenate(scaled, axis=1), len(parts[0][0])
    with np.load(HEADS) as file:
        arrays = dict(file)
    for name, count in (("kind", alone), ("worn_kind", len(features))):
        head = learn(features[:count], kinds[:count])
        arrays[f"{name}_weight"] = head.weight.detach().numpy().astype(np.float16)
        arrays[f"{name}_bias"] = head.bias.detach().numpy()
    arrays["kind_mean"] = mean.astype(np.float16)
    classifier = {name: value for name, value in load(weights).named_parameters() if "_fc" in name}
    rows = list(BAGS + ACCESSORIES + WORN)
    arrays["other_weight"] = classifier["_fc.weight"].detach().numpy()[rows].astype(np.float16)
    arrays["other_bias"] = classifier["_fc.bias"].detach().numpy()[rows]
    np.savez(HEADS, **arrays)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
