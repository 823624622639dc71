"""Runs the exported embedding network while training heads on it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

MODEL = Path(__file__).resolve().parents[2] / "searchapp/vision/models/efficientnet_lite0.onnx"


class Network:
    """The embedding network with named outputs."""

    def __init__(self) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            MODEL, options, providers=["CPUExecutionProvider"]
        )

    def run(self, pictures: Sequence[np.ndarray], outputs: Sequence[str]) -> list[np.ndarray]:
        """Outputs for uint8 pictures of one size."""
        parts = [
            self._session.run(
                list(outputs), {"pixels": np.stack(pictures[at : at + 8]).astype(np.float32)}
            )
            for at in range(0, len(pictures), 8)
        ]
        return [np.concatenate(column) for column in zip(*parts, strict=True)]


def square(image: Image.Image, side: int = 224) -> np.ndarray:
    """The picture pressed into a square, as the product does it."""
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, reducing_gap=2.0))
