"""The garment head in torch: a few light convolutions on two maps of the embedding network."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

KINDS = 7
CHANNELS = 80
DILATIONS = (1, 2, 4, 1)


class GarmentNet(nn.Module):
    """Maps ``mid`` (n, 112, r, c) and ``top`` (n, 320, r / 2, c / 2) to logits and edges."""

    def __init__(self) -> None:
        super().__init__()
        c = CHANNELS
        self.a, self.b, self.g = nn.Conv2d(112, c, 1), nn.Conv2d(320, c, 1), nn.Conv2d(c, c, 1)
        self.blocks = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(c, c, 3, padding=d, dilation=d, groups=c), nn.ReLU(), nn.Conv2d(c, c, 1)
            )
            for d in DILATIONS
        )
        self.out = nn.Conv2d(c, 2 + KINDS + 8, 1)
        self.register_buffer("ms", torch.ones(1, 112, 1, 1))
        self.register_buffer("ts", torch.ones(1, 320, 1, 1))

    def forward(self, mid: torch.Tensor, top: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """Logits (garment, photo), logits of kinds, logarithms of the eight distances in cells."""
        coarse = functional.interpolate(self.b(top * self.ts), scale_factor=2.0, mode="nearest")
        x = self.a(mid * self.ms) + coarse
        x = x + self.g(functional.relu(x).mean((2, 3), keepdim=True))
        for block in self.blocks:
            x = functional.relu(x + block(functional.relu(x)))
        out = self.out(x)
        return out[:, :2], out[:, 2 : 2 + KINDS], out[:, 2 + KINDS :].clamp(-4, 4.5)


class Exported(nn.Module):
    """Probabilities and distances, as the product uses them."""

    def __init__(self, net: GarmentNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, mid: torch.Tensor, top: torch.Tensor) -> tuple[torch.Tensor, ...]:
        logits, kinds, edges = self.net(mid, top)
        probs = logits.sigmoid()
        return probs[:, 0], probs[:, 1], kinds.softmax(1), edges.exp()


def overlap_loss(got: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """1 - generalized IoU (Rezatofighi et al. 2019) of boxes as distances (4, n) from a cell."""
    low, high = torch.minimum(got, wanted), torch.maximum(got, wanted)
    common = (low[0] + low[2]).clamp(min=0) * (low[1] + low[3]).clamp(min=0)
    areas = [(box[0] + box[2]) * (box[1] + box[3]) for box in (got, wanted)]
    union = (areas[0] + areas[1] - common).clamp(min=1e-6)
    hull = ((high[0] + high[2]) * (high[1] + high[3])).clamp(min=1e-6)
    return 1 - common / union + (hull - union) / hull
