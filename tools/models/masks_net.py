"""The mask head in torch: light convolutions on three maps of the embedding network."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

CLASSES = 12
WIDE, NARROW = 64, 32
DILATIONS = (1, 2, 4, 1)


class MaskNet(nn.Module):
    """Maps of strides 8, 16 and 32 (40, 112 and 320 channels) to logits (n, CLASSES, r, c)."""

    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Conv2d(112, WIDE, 1), nn.Conv2d(320, WIDE, 1)
        self.g = nn.Conv2d(WIDE, WIDE, 1)
        self.blocks = nn.ModuleList(
            nn.Conv2d(WIDE, WIDE, 3, padding=d, dilation=d) for d in DILATIONS
        )
        self.up, self.fine = nn.Conv2d(WIDE, NARROW, 1), nn.Conv2d(40, NARROW, 1)
        self.fb = nn.ModuleList(nn.Conv2d(NARROW, NARROW, 3, padding=1) for _ in range(2))
        self.out, self.skip = nn.Conv2d(NARROW, CLASSES, 1), nn.Conv2d(WIDE, CLASSES, 1)
        for name, channels in (("fs", 40), ("ms", 112), ("ts", 320)):
            self.register_buffer(name, torch.ones(1, channels, 1, 1))

    def forward(self, fine: torch.Tensor, mid: torch.Tensor, top: torch.Tensor) -> torch.Tensor:
        coarse = functional.interpolate(self.b(top * self.ts), scale_factor=2.0, mode="nearest")
        x = self.a(mid * self.ms) + coarse
        x = x + self.g(functional.relu(x).mean((2, 3), keepdim=True))
        for block in self.blocks:
            x = x + block(functional.relu(x))
        x = functional.relu(x)
        y = twice(self.up(x)) + self.fine(fine * self.fs)
        for block in self.fb:
            y = y + block(functional.relu(y))
        return self.out(functional.relu(y)) + twice(self.skip(x))


def twice(x: torch.Tensor) -> torch.Tensor:
    """Twice as many rows and columns."""
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class Exported(nn.Module):
    """Probabilities, as the product uses them."""

    def __init__(self, net: MaskNet) -> None:
        super().__init__()
        self.net = net

    def forward(self, fine: torch.Tensor, mid: torch.Tensor, top: torch.Tensor) -> torch.Tensor:
        return self.net(fine, mid, top).softmax(1)
