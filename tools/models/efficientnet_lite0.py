"""EfficientNet-Lite0 (Tan & Le 2019; the "lite" variants of TensorFlow's TPU repository) in torch.

Only what the conversion needs: the layers carry the names of the published state dict, so that it
loads strictly.  Lite means: ReLU6, no squeeze-and-excite, stem and head not scaled.
"""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

# (blocks, kernel, stride, expansion, output channels), EfficientNet-B0, table 1 of the paper.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
EPS = 1e-3
MID_BLOCK = 10
"""The last block at stride 16 (112 channels): local descriptors come from here."""
FINE_BLOCK = 4
"""The last block at stride 8 (40 channels)."""


class Same(nn.Conv2d):
    """A convolution with TensorFlow's SAME padding, which is uneven for stride 2."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        size, kernel, stride = int(x.shape[-1]), self.kernel_size[0], self.stride[0]
        total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
        low, high = total // 2, total - total // 2
        if low != high:
            x = functional.pad(x, (low, high, low, high))
            low = 0
        return functional.conv2d(x, self.weight, self.bias, self.stride, low, groups=self.groups)


class Block(nn.Module):
    """An inverted residual block."""

    def __init__(self, cin: int, cout: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        mid = cin * expansion
        if expansion != 1:
            self._expand_conv = nn.Conv2d(cin, mid, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(mid, eps=EPS)
        self._depthwise_conv = Same(mid, mid, kernel, stride, groups=mid, bias=False)
        self._bn1 = nn.BatchNorm2d(mid, eps=EPS)
        self._project_conv = nn.Conv2d(mid, cout, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(cout, eps=EPS)
        self.expands = expansion != 1
        self.residual = stride == 1 and cin == cout

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = functional.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.residual else y


class Lite0(nn.Module):
    """Maps ``(n, 3, s, s)`` to pooled vectors and two maps of local features."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = Same(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=EPS)
        blocks, cin = [], 32
        for count, kernel, stride, expansion, cout in STAGES:
            for index in range(count):
                blocks.append(Block(cin, cout, kernel, stride if index == 0 else 1, expansion))
                cin = cout
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = nn.Conv2d(cin, 1280, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(1280, eps=EPS)
        self._fc = nn.Linear(1280, 1000)

    def maps(self, x: torch.Tensor) -> tuple[torch.Tensor, ...]:
        """The maps at stride 8 (40), 16 (112), 32 (320) and 32 again (1280 channels)."""
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        kept = {}
        for index, block in enumerate(self._blocks):
            x = block(x)
            kept[index] = x
        head = functional.relu6(self._bn1(self._conv_head(x)))
        return kept[FINE_BLOCK], kept[MID_BLOCK], x, head


class Exported(nn.Module):
    """What the product runs: uint8-range RGB in, pooled vectors and the mid map out.

    Input ``pixels`` float32 ``(n, h, w, 3)`` in 0..255, sides multiples of 32.  Outputs: ``gem``
    (n, 1280), ``mean`` (n, 1280), ``fine`` (n, 40, h / 8, w / 8), ``mid`` (n, 112, h / 16,
    w / 16), ``top`` (n, 320, h / 32, w / 32), ``low`` (n, 304): mean and standard deviation of the
    maps at stride 8 and 16.
    GeM: Radenovic et al. 2018, p = 3.
    """

    def __init__(self, net: Lite0) -> None:
        super().__init__()
        self.net = net

    def forward(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        x = (pixels.permute(0, 3, 1, 2) - 127.0) / 128.0
        fine, mid, top, head = self.net.maps(x)
        flat = head.flatten(2)
        gem = flat.clamp(min=1e-6).pow(3.0).mean(2).pow(1.0 / 3.0)
        low = torch.cat([moments(fine), moments(mid)], 1)
        return gem, flat.mean(2), fine, mid, top, low


def moments(x: torch.Tensor) -> torch.Tensor:
    """Mean and standard deviation of each channel."""
    flat = x.flatten(2)
    mean = flat.mean(2)
    return torch.cat([mean, (flat.pow(2).mean(2) - mean * mean).clamp(min=1e-8).sqrt()], 1)


def load(path: str) -> Lite0:
    """The network with the published ImageNet weights."""
    net = Lite0()
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net.eval()
