"""Trains ``garments.onnx`` on composed scenes; about half an hour on two cores.

    PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER \\
        python tools/models/train_garments.py BACKGROUNDS U2NETP

BACKGROUNDS is a folder of pictures without garments, U2NETP the published saliency model.
Needs torch==2.13.0, onnx, onnxruntime, numpy, pillow.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from compose_scenes import KINDS, Composer, Cutout, Targets, targets
from garments_net import Exported, GarmentNet, overlap_loss
from half import halve
from network import Network
from PIL import Image
from torch.nn import functional

from benchmarks.photos import photos

ROOT = Path(__file__).resolve().parents[2]
SCENES, EPOCHS, BATCH, RATE = 2600, 9, 8, 2e-3
Example = tuple[np.ndarray, np.ndarray, Targets]


def pieces(model: str) -> list[Cutout]:
    """Every training photo with the outline of its garment."""
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    name, out = session.get_inputs()[0].name, []
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    for photo in photos():
        if photo.for_testing:
            continue
        image = photo.open()
        pixels = np.asarray(image.resize((320, 320)), np.float32)
        scaled = ((pixels / pixels.max() - mean) / deviation).transpose(2, 0, 1)[None]
        mask = session.run(None, {name: scaled.astype(np.float32)})[0][0, 0]
        if mask.max() > 0.5:
            outline = Image.fromarray((mask * 255).astype(np.uint8)).resize(image.size)
            whole = Image.new("L", image.size, 255)
            out.append(Cutout(image, outline, whole, KINDS.get(photo.label, 0)))
    return out


def examples(backgrounds: str, model: str, rng: np.random.Generator) -> list[Example]:
    """Features and targets of SCENES scenes."""
    every = pieces(model)
    grounds = [Image.open(path).convert("RGB") for path in sorted(Path(backgrounds).iterdir())]

    def piece(chance: np.random.Generator) -> Cutout:
        chosen = every[int(chance.integers(len(every)))]
        return Cutout(chosen.image, chosen.garment, chosen.photo, chosen.kind)

    composer, network, out = Composer(piece, grounds, rng), Network(), []
    for _ in range(SCENES):
        picture, parts = composer.scene()
        mid, top = network.run([picture], ["mid", "top"])
        out.append((mid[0], top[0], targets(parts, *picture.shape[:2])))
    return out


def loss_of(net: GarmentNet, batch: list[Example]) -> torch.Tensor:
    """Garment and photo by cross-entropy, kinds at a third of the weight, boxes by overlap."""
    mid, top = (torch.tensor(np.stack([example[i] for example in batch])) for i in (0, 1))
    aims = [example[2] for example in batch]
    kind = torch.tensor(np.stack([aim.kind for aim in aims]).astype(np.int64))
    photo = torch.tensor(np.stack([aim.photo for aim in aims]).astype(np.float32))
    edges = torch.tensor(np.stack([aim.edges for aim in aims]).astype(np.float32))
    ignored = torch.tensor(np.stack([aim.ignored for aim in aims]).astype(bool))
    logits, kinds, got = net(mid, top)
    garment = kind >= 0
    counted = garment | ~ignored
    loss = functional.binary_cross_entropy_with_logits(
        logits[:, 0][counted], garment[counted].float()
    )
    loss = loss + functional.binary_cross_entropy_with_logits(logits[:, 1], photo)
    if garment.any():
        loss = loss + 0.3 * functional.cross_entropy(
            kinds.permute(0, 2, 3, 1)[garment], kind[garment]
        )
    for first, cells in ((0, garment), (4, photo > 0)):
        if cells.any():
            part = slice(first, first + 4)
            boxes = (box[:, part].permute(1, 0, 2, 3)[:, cells] for box in (got.exp(), edges))
            found, wanted = boxes
            loss = loss + overlap_loss(found, wanted.clamp(min=0.01)).mean()
    return loss


def train(every: list[Example], rng: np.random.Generator) -> GarmentNet:
    """One cycle of Adam over batches of pictures of one size."""
    net = GarmentNet()
    for index, buffer in enumerate((net.ms, net.ts)):
        deviation = np.stack([example[index].std((1, 2)) for example in every[:200]]).mean(0)
        buffer[:] = torch.tensor(1 / (deviation + 0.1)).view(1, -1, 1, 1)
    sizes = defaultdict(list)
    for example in every:
        sizes[example[0].shape].append(example)
    steps = EPOCHS * sum(len(some) // BATCH for some in sizes.values())
    optimizer = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, steps)
    for _ in range(EPOCHS):
        batches = []
        for some in sizes.values():
            order = rng.permutation(len(some))
            batches += [
                [some[int(i)] for i in order[at : at + BATCH]]
                for at in range(0, len(some) - BATCH + 1, BATCH)
            ]
        rng.shuffle(batches)
        for batch in batches:
            optimizer.zero_grad()
            loss_of(net, batch).backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 5.0)
            optimizer.step()
            schedule.step()
    return net.eval()


def export(net: GarmentNet) -> None:
    """Write the head where the product looks for it."""
    out = ROOT / "searchapp/vision/models/garments.onnx"
    sides = {0: "n", 2: "rows", 3: "columns"}
    plane = {0: "n", 1: "rows", 2: "columns"}
    torch.onnx.export(
        Exported(net).eval(),
        (torch.zeros(1, 112, 28, 20), torch.zeros(1, 320, 14, 10)),
        str(out),
        input_names=["mid", "top"],
        output_names=["garment", "photo", "kinds", "edges"],
        dynamic_axes={
            "mid": sides,
            "top": {0: "n", 2: "top_rows", 3: "top_columns"},
            "garment": plane,
            "photo": plane,
            "kinds": sides,
            "edges": sides,
        },
        opset_version=17,
        dynamo=False,
    )
    onnx.save(halve(onnx.load(str(out))), str(out))


if __name__ == "__main__":
    chance = np.random.default_rng(11)
    torch.manual_seed(0)
    export(train(examples(sys.argv[1], sys.argv[2], chance), chance))
