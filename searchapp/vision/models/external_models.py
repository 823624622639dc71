"""Models of the operator's own choice: an embedding and a garment detector, both ONNX, as the hub
exports them.

Beside the model file, or one folder up, lie ``preprocessor_config.json`` (mean, deviation and size
of the input) and, for detectors, ``config.json`` (``id2label``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp.domain.vocabulary import kind_of_any
from searchapp.errors import OperatorError
from searchapp.vision.crops import NormalizedBox, Pixels
from searchapp.vision.detection.garment_detector import Garment
from searchapp.vision.features.classifier import certainly, softmax
from searchapp.vision.features.item_arrays import FEATURES_VERSION, Matrix
from searchapp.vision.models.embedding import unit
from searchapp.vision.models.model_files import onnx_session

USUAL_SIDE = 224
"""Side of the input where neither the model nor its side file tells."""

LONGEST = 4
"""So many times the shortest edge is the longest at most, where the side file sets no limit."""

PATCH = 32
"""Sides that follow the picture's shape are multiples of this: networks look at whole patches."""

_MASK = "pixel_mask"
"""Detectors may ask which pixels are padding: none here."""

_KINDS = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(bool)": np.bool_,
}

Outputs = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a picture becomes the input of a model: mean and deviation of RGB, and its sides.

    With ``size``, height and width, a crop is pressed into it whatever its shape, even where the
    model was taught on the middle of pictures: sleeves and hems lie at the edges.  Without it the
    picture keeps its shape, as long as ``edges``, the shortest and the longest, allow.
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    size: tuple[int, int] | None
    edges: tuple[int, int] = (USUAL_SIDE, USUAL_SIDE)

    @classmethod
    def told(cls, told: Mapping[str, Any], height: Any, width: Any) -> Preparation:
        """From a side file, for a model whose own sides are numbers if they are fixed.

        Without one, the mean and deviation that SigLIP uses (0.5).

        :raises ValueError: what it tells is not a size or not three numbers.
        """
        mean, deviation = np.zeros(3, np.float32), np.ones(3, np.float32)
        if told.get("do_normalize", True):
            mean, deviation = (
                np.array(told.get(key, [0.5] * 3), np.float32)
                for key in ("image_mean", "image_std")
            )
        if mean.shape != (3,) or deviation.shape != (3,) or not deviation.all():
            raise ValueError("image_mean and image_std are three numbers each")
        cropped = bool(told.get("do_center_crop"))
        size = told.get("size", USUAL_SIDE)
        asked = _asked(told.get("crop_size", size) if cropped else size)
        free = not isinstance(height, int) and not isinstance(width, int)
        if isinstance(asked, _Edges) and free and not cropped:
            return cls(mean, deviation, None, (asked.shortest, asked.longest))
        sides = (asked.shortest, asked.shortest) if isinstance(asked, _Edges) else asked
        high = height if isinstance(height, int) else sides[0]
        wide = width if isinstance(width, int) else sides[1]
        return cls(mean, deviation, (high, wide))

    def __call__(self, crop: Pixels) -> NDArray[np.float32]:
        """One crop as float32 (3, height, width)."""
        height, width = self.size or self._in_shape(crop)
        image = Image.fromarray(np.ascontiguousarray(crop))
        small = image.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=2.0)
        scaled = (np.asarray(small, np.float32) / 255 - self.mean) / self.deviation
        return scaled.transpose(2, 0, 1).astype(np.float32)

    def _in_shape(self, crop: Pixels) -> tuple[int, int]:
        sides, (shortest, longest) = crop.shape[:2], self.edges
        ratio = min(shortest / min(sides), longest / max(sides))
        height, width = (max(PATCH, round(side * ratio / PATCH) * PATCH) for side in sides)
        return height, width


class _Edges(NamedTuple):
    shortest: int
    longest: int


def _asked(size: Any) -> tuple[int, int] | _Edges:
    """Height and width, or edges, by a side file's size.

    :raises ValueError: it is none that is known.
    """
    told = size if isinstance(size, dict) else {"height": size, "width": size}
    if "shortest_edge" in told:
        shortest = told["shortest_edge"]
        sides = (shortest, told.get("longest_edge") or shortest * LONGEST)
    else:
        sides = (told.get("height"), told.get("width"))
    if not all(isinstance(side, int) and side > 0 for side in sides):
        raise ValueError("size is a number, height and width, or shortest_edge")
    return _Edges(*sides) if "shortest_edge" in told else sides


class OnnxModel:
    """An ONNX model of one picture input, ``(n, 3, height, width)``, in full or half precision."""

    def __init__(self, path: Path, prepared: Mapping[str, Any] | None = None) -> None:
        self.path, self._usual = path, dict(prepared or {})

    @property
    def prepared(self) -> dict[str, Any]:
        """How pictures are prepared: what ``preprocessor_config.json`` tells, else the usual."""
        return self.side_file("preprocessor_config.json") or self._usual

    @cached_property
    def _session(self) -> Any:
        try:
            return onnx_session(str(self.path))
        except Exception as error:  # noqa: BLE001 - the runtime's errors share no base class
            raise OperatorError(f"{self.path} cannot be loaded: {type(error).__name__}.") from None

    @cached_property
    def _input(self) -> Any:
        """The picture's input.

        :raises OperatorError: there is none, or the model wants more than a picture.
        """
        inputs = [one for one in self._session.get_inputs() if one.name != _MASK]
        if len(inputs) == 1 and _takes_a_picture(inputs[0]):
            return inputs[0]
        wanted = ", ".join(f"{one.name} {one.shape} {one.type}" for one in inputs)
        raise OperatorError(
            f"{self.path} wants {wanted}, not one picture of floats (n, 3, height, width): "
            "give the vision part of the model."
        )

    @cached_property
    def prepare(self) -> Preparation:
        """What the side file tells.

        :raises OperatorError: it tells nothing that can be used.
        """
        height, width = self._input.shape[2:]
        try:
            return Preparation.told(self.prepared, height, width)
        except (ValueError, TypeError) as error:
            raise OperatorError(
                f"preprocessor_config.json beside {self.path} cannot be used: {error}."
            ) from None

    def side_file(self, name: str) -> dict[str, Any]:
        """A JSON file beside the model or one folder up; empty if there is none.

        :raises OperatorError: it holds no JSON object.
        """
        for folder in (self.path.parent, self.path.parent.parent):
            if (folder / name).is_file():
                return _object_in(folder / name)
        return {}

    def run(self, crops: Sequence[Pixels]) -> Outputs:
        """Outputs by name for crops of any size.

        :raises OperatorError: the model cannot look at them.
        """
        prepared = [self.prepare(crop) for crop in crops]
        each = self._input.shape[0]
        if self.prepare.size is None:
            each = 1
        if not isinstance(each, int):
            return self._run(prepared)
        # Exported for so many pictures at once: the last ones are filled up.
        filled = prepared + prepared[-1:] * (-len(prepared) % each)
        parts = [self._run(filled[at : at + each]) for at in range(0, len(filled), each)]
        return {
            name: np.concatenate([part[name] for part in parts])[: len(crops)] for name in parts[0]
        }

    def _run(self, prepared: Sequence[NDArray[np.float32]]) -> Outputs:
        inputs: NDArray[Any] = np.stack(prepared).astype(_KINDS[self._input.type])
        names = [output.name for output in self._session.get_outputs()]
        feed: dict[str, NDArray[Any]] = {self._input.name: inputs}
        for other in self._session.get_inputs():
            if other.name == _MASK:
                shape = (len(inputs), *inputs.shape[2:])
                feed[_MASK] = np.ones(shape, _KINDS.get(other.type, np.int64))
        try:
            values = self._session.run(names, feed)
        except Exception as error:  # noqa: BLE001 - the runtime's errors share no base class
            told = " ".join(str(error).split())[:160]
            raise OperatorError(f"{self.path} cannot look at a picture: {told}") from None
        return {
            name: np.asarray(value, np.float32) for name, value in zip(names, values, strict=True)
        }


def _takes_a_picture(one: Any) -> bool:
    """Whether an input is one of floats with three channels; exports may leave axes open."""
    floats = one.type in {"tensor(float)", "tensor(float16)"}
    return (
        floats and len(one.shape) == 4 and (one.shape[1] == 3 or not isinstance(one.shape[1], int))
    )


def _object_in(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise OperatorError(f"{path} holds no JSON object.")
    return content


MOST_DIMENSIONS = 4000
"""pgvector indexes no longer vectors of half precision."""


class OnnxEmbedder:
    """An embedding of the operator's own: its pooled output, as vectors of unit length.

    :param prepared: how pictures are prepared if no file beside the model tells.
    """

    slow = True

    def __init__(
        self, path: Path, batch: int = 4, prepared: Mapping[str, Any] | None = None
    ) -> None:
        self._model, self._batch = OnnxModel(path, prepared), batch

    @cached_property
    def name(self) -> str:
        """Tells apart any two files, how pictures are prepared for them, and what is kept."""
        with self._model.path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
        told = self._model.prepared
        digest.update(json.dumps(told, sort_keys=True).encode())
        return f"onnx-{digest.hexdigest()[:16]}-{FEATURES_VERSION}"

    @cached_property
    def dimension(self) -> int:
        """Learned from one blank picture."""
        return int(self.embed([np.zeros((8, 8, 3), np.uint8)]).shape[1])

    def embed(self, crops: Sequence[Pixels]) -> Matrix:
        """Vectors of unit length, float32 (n, dimension).

        :raises OperatorError: the model gives none that can be compared and indexed.
        """
        parts = [
            self._pooled(self._model.run(crops[at : at + self._batch]))
            for at in range(0, len(crops), self._batch)
        ]
        vectors = unit(np.concatenate(parts))
        if not np.isfinite(vectors).all():
            raise OperatorError(f"{self._model.path} gives vectors that are not numbers.")
        if vectors.shape[1] > MOST_DIMENSIONS:
            raise OperatorError(
                f"{self._model.path} gives vectors of {vectors.shape[1]} numbers; "
                f"at most {MOST_DIMENSIONS} can be indexed."
            )
        return vectors

    def _pooled(self, outputs: Outputs) -> NDArray[np.float32]:
        for name in ("image_embeds", "pooler_output"):
            if name in outputs and outputs[name].ndim == 2:
                return outputs[name]
        flat = [values for values in outputs.values() if values.ndim == 2]
        if not flat:
            raise OperatorError(f"{self._model.path} gives no vector for a picture.")
        return flat[0]


def label_for(name: str) -> str | None:
    """Our label for a detector's own, such as ``shirt, blouse`` or ``bag, wallet``; labels without
    a word for a garment are parts, not items."""
    return kind_of_any(set(re.findall(r"[a-z-]+", name.lower()))) or None


class OnnxDetector:
    """A detector with DETR-style outputs (YOLOS on Fashionpedia, say).

    ``logits`` (1, queries, classes + 1) and ``pred_boxes`` (1, queries, 4): centre and size in
    fractions of the picture.
    """

    def __init__(self, path: Path, least: float = 0.5) -> None:
        self._model, self._least = OnnxModel(path), least

    @cached_property
    def _labels(self) -> dict[int, str | None]:
        told = self._model.side_file("config.json").get("id2label", {})
        if not told:
            raise OperatorError("A region model needs a config.json with id2label beside it.")
        try:
            return {int(number): label_for(name) for number, name in told.items()}
        except (ValueError, TypeError, AttributeError):
            raise OperatorError("id2label in config.json maps numbers to names.") from None

    def garments(self, pixels: Pixels) -> list[Garment]:
        """Items in a picture, the most certain first.

        :raises OperatorError: the model has other outputs.
        """
        logits, boxes = self._answers(pixels)
        probs = softmax(logits)[:, :-1]
        usable = (probs.max(axis=1) >= self._least) & np.isfinite(boxes).all(axis=1)
        found = []
        for row, (x, y, width, height) in zip(probs[usable], boxes[usable], strict=True):
            label = self._labels.get(int(row.argmax()))
            if label is None:
                continue
            edges = np.clip([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 0, 1)
            frame = NormalizedBox(*(float(edge) for edge in edges))
            found.append(Garment(frame, float(row.max()), certainly(label)))
        return sorted(found, key=lambda garment: -garment.confidence)

    def _answers(self, pixels: Pixels) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Logits (queries, classes + 1) and boxes (queries, 4) of one picture."""
        outputs = self._model.run([pixels])
        logits, boxes = outputs.get("logits"), outputs.get("pred_boxes")
        if logits is None or boxes is None or boxes.shape != (*logits.shape[:2], 4):
            given = ", ".join(f"{name} {value.shape}" for name, value in outputs.items())
            raise OperatorError(
                f"{self._model.path} gives {given}: a region model gives logits "
                "(1, queries, classes + 1) and pred_boxes (1, queries, 4)."
            )
        return logits[0], boxes[0]
