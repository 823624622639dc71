"""Learns the kinds in ``heads.npz``: a linear head on labelled photos and their changes.

The rows for bags and accessories are taken from the network's own ImageNet classifier, beside
those of everything that is worn, so that they are compared with nothing else.

    PYTHONPATH=. SEARCHAPP_TEST_PHOTOS=FOLDER python tools/models/train_kinds.py WEIGHTS.pth
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from compose_scenes import KINDS
from efficientnet_lite0 import load
from torch.nn import functional
from train_projection import collect, unit

from benchmarks.photos import photos

HEADS = Path(__file__).resolve().parents[2] / "searchapp/vision/models/heads.npz"
COUNT, EPOCHS, SHARPNESS = 7, 14, 10.0

# Classes of ImageNet-1k, by their number.
BAGS = (414, 636, 728, 748, 893)
ACCESSORIES = (457, 531, 679, 824, 836, 837, 906, 658, 615)
WORN = (411, 433, 439, 445, 452, 459, 474, 496, 501, 502, 514, 515, 518, 560, 568, 578, 601, 608)
WORN += (610, 614, 617, 630, 638, 639, 655, 667, 689, 697, 735, 770, 774, 775, 793, 806, 808)
WORN += (834, 841, 842, 869, 887, 911)


def learn(deep: np.ndarray) -> torch.nn.Linear:
    """Softmax regression with weight decay; rare kinds count more, by the root of their rarity."""
    training = [KINDS.get(photo.label, 0) for photo in photos() if not photo.for_testing]
    each = deep.shape[1]
    features = torch.tensor(unit(deep).reshape(-1, deep.shape[-1])) * SHARPNESS
    kinds = torch.tensor(np.repeat(training, each))
    share = len(training) / COUNT / np.bincount(training, minlength=COUNT)
    weight = torch.tensor(share**0.5, dtype=torch.float32)
    head = torch.nn.Linear(features.shape[1], COUNT)
    optimizer = torch.optim.AdamW(head.parameters(), 3e-3, weight_decay=0.3)
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(features)).split(256):
            noisy = features[rows] + 0.02 * torch.randn(len(rows), features.shape[1])
            loss = functional.cross_entropy(
                head(noisy), kinds[rows], weight=weight, label_smoothing=0.05
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return head


def main(weights: str) -> None:
    """Adds the kinds to the arrays that are there."""
    torch.manual_seed(0)
    head = learn(collect(np.random.default_rng(7))[0])
    classifier = {name: value for name, value in load(weights).named_parameters() if "_fc" in name}
    rows = list(BAGS + ACCESSORIES + WORN)
    with np.load(HEADS) as file:
        arrays = dict(file)
    arrays["kind_weight"] = SHARPNESS * head.weight.detach().numpy().astype(np.float16)
    arrays["kind_bias"] = head.bias.detach().numpy()
    arrays["other_weight"] = classifier["_fc.weight"].detach().numpy()[rows].astype(np.float16)
    arrays["other_bias"] = classifier["_fc.bias"].detach().numpy()[rows]
    np.savez(HEADS, **arrays)


if __name__ == "__main__":
    main(sys.argv[1])
