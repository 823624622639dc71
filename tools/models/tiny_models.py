"""Makes the tiny models that the tests load: an embedding of 8 numbers, a detector, and odd ones.

python tools/models/tiny_models.py tests/unit/vision/data
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def _save(graph: onnx.GraphProto, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=8), path)


def embedding(folder: Path) -> None:
    """The mean colour of a picture of any size, spread over 8 numbers."""
    weights = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    nodes = [
        helper.make_node("GlobalAveragePool", ["pixel_values"], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["image_embeds"]),
    ]
    picture = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, ["n", 3, "h", "w"])
    vector = helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", 8])
    start = [numpy_helper.from_array(weights, "weights")]
    _save(helper.make_graph(nodes, "embedding", [picture], [vector], start), folder / "model.onnx")
    told = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "size": {"height": 16, "width": 16}}
    (folder / "preprocessor_config.json").write_text(json.dumps(told))


def detector(folder: Path) -> None:
    """Always the same three answers: a dress, a part of one, and nothing."""
    logits = np.array([[[9, 0, 0, 0], [0, 9, 0, 0], [0, 0, 0, 9]]], np.float32)
    boxes = np.array([[[0.5, 0.5, 0.4, 0.8], [0.5, 0.2, 0.2, 0.1], [0, 0, 1, 1]]], np.float32)
    nodes = [
        helper.make_node("Constant", [], [name], value=numpy_helper.from_array(value))
        for name, value in (("logits", logits), ("pred_boxes", boxes))
    ]
    picture = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, [1, 3, 32, 24])
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, value.shape)
        for name, value in (("logits", logits), ("pred_boxes", boxes))
    ]
    _save(helper.make_graph(nodes, "detector", [picture], outputs), folder / "model.onnx")
    labels = {"0": "dress", "1": "neckline", "2": "bag, wallet"}
    (folder / "config.json").write_text(json.dumps({"id2label": labels}))


def _means(picture: str, output: str, weights: str) -> list[onnx.NodeProto]:
    return [
        helper.make_node("GlobalAveragePool", [picture], ["means"]),
        helper.make_node("Flatten", ["means"], ["flat"]),
        helper.make_node("MatMul", ["flat", weights], [output]),
    ]


def odd(folder: Path) -> None:
    """One picture at a time in half precision; text besides; no numbers; too many of them."""
    weights = np.random.default_rng(0).normal(size=(3, 8)).astype(np.float32)
    vector = helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", 8])
    shape = ["n", 3, 16, 16]
    picture = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT, shape)
    means = _means("pixel_values", "image_embeds", "weights")
    start = [numpy_helper.from_array(weights, "weights")]

    half = helper.make_tensor_value_info("pixel_values", TensorProto.FLOAT16, [1, 3, 16, 16])
    mask = helper.make_tensor_value_info("pixel_mask", TensorProto.INT64, [1, 16, 16])
    nodes = [
        helper.make_node("Cast", ["pixel_values"], ["full"], to=TensorProto.FLOAT),
        helper.make_node("Cast", ["pixel_mask"], ["ones"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["full", "ones"], ["seen"]),
        *_means("seen", "image_embeds", "weights"),
    ]
    one = helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, [1, 8])
    _save(helper.make_graph(nodes, "half", [half, mask], [one], start), folder / "half.onnx")

    words = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["n", "words"])
    _save(helper.make_graph(means, "text", [words, picture], [vector], start), folder / "text.onnx")

    endless = [numpy_helper.from_array(weights * np.inf, "weights")]
    _save(
        helper.make_graph(means, "endless", [picture], [vector], endless), folder / "endless.onnx"
    )

    shape = [numpy_helper.from_array(np.array([3, 4001]), "shape")]
    many = [helper.make_node("ConstantOfShape", ["shape"], ["weights"]), *means]
    wide = helper.make_tensor_value_info("image_embeds", TensorProto.FLOAT, ["n", 4001])
    _save(helper.make_graph(many, "wide", [picture], [wide], shape), folder / "wide.onnx")


if __name__ == "__main__":
    embedding(Path(sys.argv[1]) / "embedding")
    detector(Path(sys.argv[1]) / "detector")
    odd(Path(sys.argv[1]) / "odd")
