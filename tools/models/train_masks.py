"""Trains ``masks.onnx``: what each place of a picture shows; about an hour on one core.

Street photos with pixel masks teach what people wear; the outlines that U2-Net finds of the CC0
clothing photos, alone and pasted on drawn grounds, teach what lies and hangs.

    PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER \\
        python tools/models/train_masks.py CLOTHING_CO_PARSING U2NETP CACHE

CACHE keeps the features for the next run, and CACHE.pt what was learned: a run that finds it goes
on from there, at a lower rate.  Prints the intersection over union of each class on
photos that nothing is learned from.  Needs torch==2.13.0, onnx, onnxruntime, scipy, numpy, pillow.
"""

from __future__ import annotations

import pickle
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import onnx
import torch
from half import halve
from masks_net import CLASSES as COUNT
from masks_net import Exported, MaskNet
from network import Network
from PIL import Image
from street_photos import Pair, changed, pairs
from torch.nn import functional
from train_garments import pieces

from benchmarks.changes import background
from searchapp.vision.detection.garment_detector import HEAD_LABELS
from searchapp.vision.detection.garment_masks import CLASSES

OUT = Path(__file__).resolve().parents[2] / "searchapp/vision/models/masks.onnx"
VARIANTS, EPOCHS, BATCH, RATE, RATE_AGAIN = 5, 2, 8, 3e-3, 1.5e-3
SIDES = (384, 448, 512, 512, 608)
WARM = 0.2
"""The share of steps in which the rate rises; then it falls to nothing."""

IGNORED = 255
SURE, NOT = 160, 60
"""Values of U2-Net's outline, of 255, from which it is the garment, and up to which the ground."""

Example = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""The three maps, and the class of every fourth pixel."""


def lying(model: str, rng: np.random.Generator) -> Iterator[Pair]:
    """Clothing photos of the training contributors with their outlines, and pasted on grounds."""
    for cutout in pieces(model):
        number = CLASSES.index(HEAD_LABELS[cutout.kind])
        outline = np.asarray(cutout.garment)
        classes = np.full(outline.shape, IGNORED, np.uint8)
        classes[outline <= NOT], classes[outline > SURE] = 0, number
        yield cutout.image, Image.fromarray(classes)
        size = (480, 640) if rng.random() < 0.5 else (640, 480)
        ground, label = background(size, rng).convert("RGB"), Image.new("L", size, 0)
        share = rng.uniform(0.45, 0.95) * min(
            a / b for a, b in zip(size, cutout.image.size, strict=True)
        )
        small = tuple(max(1, round(side * share)) for side in cutout.image.size)
        alpha = cutout.garment.resize(small).point(lambda value: 255 * (value > 110))
        place = tuple(int(rng.integers(0, a - b + 1)) for a, b in zip(size, small, strict=True))
        ground.paste(cutout.image.resize(small), place, alpha)
        label.paste(number, place, alpha)
        yield ground, label


def example(network: Network, pair: Pair, longest: int) -> Example:
    """Features and classes of one picture."""
    photo, classes = pair
    ratio = longest / max(photo.size)
    width, height = (max(192, round(side * ratio / 32) * 32) for side in photo.size)
    pixels = np.asarray(photo.resize((width, height), Image.Resampling.BICUBIC))
    fine, mid, top = network.run([pixels], ["fine", "mid", "top"])
    small = classes.resize((width // 8, height // 8), Image.Resampling.NEAREST)
    halves = (part[0].astype(np.float16) for part in (fine, mid, top))
    return (*halves, np.asarray(small))


def examples(folder: Path, model: str, rng: np.random.Generator) -> list[Example]:
    network, out = Network(), []
    for pair in pairs(folder):
        variants = [pair, *(changed(pair, rng) for _ in range(VARIANTS - 1))]
        out += [example(network, one, int(rng.choice(SIDES))) for one in variants]
    out += [example(network, pair, int(rng.choice(SIDES[:3]))) for pair in lying(model, rng)]
    return out


def kept(folder: Path, model: str, cache: Path, rng: np.random.Generator) -> list[Example]:
    """The examples of an earlier run, if there was one."""
    if not cache.exists():
        cache.write_bytes(pickle.dumps(examples(folder, model, rng), protocol=4))
    every: list[Example] = pickle.loads(cache.read_bytes())  # noqa: S301 - written above
    return every


def loss_of(net: MaskNet, batch: list[Example], weight: torch.Tensor) -> torch.Tensor:
    """Cross-entropy, rare classes weighing more, and half of one minus the Dice coefficient."""
    maps = (torch.tensor(np.stack([one[i] for one in batch]).astype(np.float32)) for i in range(3))
    wanted = torch.tensor(np.stack([one[3] for one in batch]).astype(np.int64))
    logits = net(*maps)
    known = (wanted != IGNORED)[:, None]
    probs = logits.softmax(1) * known
    truth = functional.one_hot(wanted.clamp(max=COUNT - 1), COUNT).permute(0, 3, 1, 2) * known
    common, total = (probs * truth).sum((0, 2, 3)), (probs + truth).sum((0, 2, 3))
    dice = ((2 * common + 1) / (total + 1))[truth.sum((0, 2, 3)) > 0].mean()
    loss = functional.cross_entropy(logits, wanted, weight=weight, ignore_index=IGNORED)
    return loss + 0.5 * (1 - dice)


def report(net: MaskNet, choosing: list[Example]) -> None:
    """Print the intersection over union of each class."""
    common, either = np.zeros(COUNT), np.zeros(COUNT)
    with torch.no_grad():
        for *maps, truth in choosing:
            logits = net(*(torch.tensor(one.astype(np.float32))[None] for one in maps))
            seen = logits[0].argmax(0).numpy()
            for number in range(COUNT):
                mine, theirs = seen == number, truth == number
                common[number] += (mine & theirs).sum()
                either[number] += (mine | theirs).sum()
    rows = zip(CLASSES, common / np.maximum(either, 1), strict=True)
    print(*(f"{name} {100 * share:.0f}" for name, share in rows), flush=True)


def train(
    every: list[Example], choosing: list[Example], state: Path, rng: np.random.Generator
) -> MaskNet:
    """One cycle of Adam over batches of pictures of one size."""
    net, sizes, rate = MaskNet(), defaultdict(list), RATE
    for index, buffer in enumerate((net.fs, net.ms, net.ts)):
        spread = np.stack([one[index].astype(np.float32).std((1, 2)) for one in every[::17]])
        buffer[:] = torch.tensor(1 / (spread.mean(0) + 0.1)).view(1, -1, 1, 1)
    if state.exists():
        net.load_state_dict(torch.load(state))
        rate = RATE_AGAIN
        report(net, choosing)
    for one in every:
        sizes[one[1].shape].append(one)
    counts = sum(np.bincount(one[3].ravel(), minlength=256)[:COUNT] for one in every)
    weight = (counts.sum() / (counts + 1e6)) ** 0.35
    weights = torch.tensor(weight / weight[0], dtype=torch.float32)
    steps = EPOCHS * sum(-(-len(some) // BATCH) for some in sizes.values())
    optimizer = torch.optim.AdamW(net.parameters(), rate, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, steps + 1, pct_start=WARM)
    for _ in range(EPOCHS):
        batches = []
        for some in sizes.values():
            rng.shuffle(some)
            batches += [some[at : at + BATCH] for at in range(0, len(some), BATCH)]
        rng.shuffle(batches)
        for batch in batches:
            optimizer.zero_grad()
            loss_of(net, batch, weights).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            schedule.step()
        report(net, choosing)
        torch.save(net.state_dict(), state)
    return net.eval()


def export(net: MaskNet) -> None:
    """Write the head where the product looks for it."""
    names = ("fine", "mid", "top", "masks")
    axes = {name: {0: "n", 2: f"{name}_rows", 3: f"{name}_columns"} for name in names}
    shapes = ((1, 40, 56, 40), (1, 112, 28, 20), (1, 320, 14, 10))
    torch.onnx.export(
        Exported(net).eval(),
        tuple(torch.zeros(shape) for shape in shapes),
        str(OUT),
        input_names=list(names[:3]),
        output_names=[names[3]],
        dynamic_axes=axes,
        opset_version=17,
        dynamo=False,
    )
    onnx.save(halve(onnx.load(str(OUT))), str(OUT))


def main(folder: Path, model: str, cache: Path) -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    rng = np.random.default_rng(1)
    every, network = kept(folder, model, cache, rng), Network()
    choosing = [example(network, pair, SIDES[2]) for pair in pairs(folder, choosing=True)]
    export(train(every, choosing, cache.with_suffix(".pt"), rng))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
