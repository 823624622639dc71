"""Models of the operator's own choice: an embedding and a garment detector, both ONNX.

A model is a path to an ``.onnx`` file or to a folder, or the name of a repository on the
Hugging Face hub (``organisation/name``), which is loaded once into the data folder.  Beside the
model file lie, as the hub's exports have them, ``preprocessor_config.json`` (mean, deviation and
size of the input) and, for detectors, ``config.json`` (``id2label``).
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp.domain.garment_words import kind_of_any
from searchapp.domain.labels import LABELS
from searchapp.errors import OperatorError
from searchapp.vision.crops import Frame, Pixels
from searchapp.vision.embedding import unit
from searchapp.vision.features import Matrix, Vector
from searchapp.vision.garments import Garment
from searchapp.vision.models import onnx_session

HUB = "https://huggingface.co"
MODEL_FILES = ("onnx/vision_model.onnx", "onnx/model.onnx", "model.onnx")
SIDE_FILES = ("preprocessor_config.json", "config.json")
MOST_BYTES = 4 * 2**30

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def model_file(name: str, folder: Path, client: httpx.Client | None = None) -> Path:
    """The ``.onnx`` file that an operator's setting names.

    :param folder: where models of the hub are kept.
    :raises OperatorError: there is no such file, or the hub does not give it.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        found = [path / file for file in MODEL_FILES if (path / file).is_file()]
        if not found:
            raise OperatorError(f"{path} holds none of {', '.join(MODEL_FILES)}.")
        return found[0]
    if path.is_file():
        return path
    if path.suffix == ".onnx" or not _HUB_NAME.fullmatch(name):
        raise OperatorError(f"{name} is neither a model file nor the name of a model on the hub.")
    return _from_hub(name, folder / name.replace("/", "--"), client)


def _from_hub(name: str, folder: Path, client: httpx.Client | None) -> Path:
    """Loads a model once; a file that is there already is not asked for again."""
    kept = [folder / file for file in MODEL_FILES if (folder / file).is_file()]
    if kept:
        return kept[0]
    with client or httpx.Client(follow_redirects=True, timeout=60) as hub:
        try:
            for file in SIDE_FILES:
                _load(hub, f"{HUB}/{name}/resolve/main/{file}", folder / file)
            for file in MODEL_FILES:
                if _load(hub, f"{HUB}/{name}/resolve/main/{file}", folder / file):
                    return folder / file
        except httpx.HTTPError as error:
            raise OperatorError(f"The hub did not give {name}: {type(error).__name__}.") from None
    raise OperatorError(f"The hub has no ONNX file of {name}: give the path of one instead.")


def _load(hub: httpx.Client, address: str, path: Path) -> bool:
    """Loads one file whole or not at all; False if there is none."""
    with hub.stream("GET", address) as answer:
        if answer.status_code in {401, 404}:
            return False
        answer.raise_for_status()
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(path.suffix + ".part")
        size = 0
        with part.open("wb") as file:
            for chunk in answer.iter_bytes():
                size += len(chunk)
                if size > MOST_BYTES:
                    raise OperatorError(f"{address} is larger than {MOST_BYTES >> 30} GB.")
                file.write(chunk)
        part.replace(path)
    return True


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a picture becomes the input of a model: sides in pixels, mean and deviation of RGB."""

    width: int
    height: int
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    def __call__(self, crop: Pixels) -> NDArray[np.float32]:
        """One crop as float32 (3, height, width)."""
        image = Image.fromarray(np.ascontiguousarray(crop))
        small = image.resize((self.width, self.height), Image.Resampling.BICUBIC, reducing_gap=2.0)
        scaled = (np.asarray(small, np.float32) / 255 - self.mean) / self.deviation
        return scaled.transpose(2, 0, 1).astype(np.float32)


class OnnxModel:
    """An ONNX model of one picture input, ``(n, 3, height, width)``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _session(self) -> Any:
        try:
            return onnx_session(str(self._path))
        except Exception as error:  # noqa: BLE001 - the runtime's errors share no base class
            raise OperatorError(
                f"{self._path} can not be loaded: {type(error).__name__}."
            ) from None

    @cached_property
    def prepare(self) -> Preparation:
        """From the side file; without one, the mean and deviation that SigLIP uses (0.5)."""
        told = self.side_file("preprocessor_config.json")
        shape = self._session.get_inputs()[0].shape
        size = told.get("size", {})
        asked = (
            (size.get("height", 224), size.get("width", 224))
            if isinstance(size, dict)
            else (224, 224)
        )
        height, width = (
            fixed if isinstance(fixed, int) else wanted
            for fixed, wanted in zip(shape[2:], asked, strict=True)
        )
        mean, deviation = (
            np.array(told.get(key, [0.5] * 3), np.float32) for key in ("image_mean", "image_std")
        )
        return Preparation(int(width), int(height), mean, deviation)

    def side_file(self, name: str) -> dict[str, Any]:
        """A JSON file beside the model or one folder up; empty if there is none."""
        for folder in (self._path.parent, self._path.parent.parent):
            if (folder / name).is_file():
                content: dict[str, Any] = json.loads((folder / name).read_text())
                return content
        return {}

    def run(self, crops: Sequence[Pixels]) -> dict[str, NDArray[np.float32]]:
        """Outputs by name for crops of any size."""
        inputs = np.stack([self.prepare(crop) for crop in crops])
        names = [output.name for output in self._session.get_outputs()]
        values = self._session.run(names, {self._session.get_inputs()[0].name: inputs})
        return dict(zip(names, values, strict=True))


class OnnxEmbedder:
    """An embedding of the operator's own: its pooled output, as vectors of unit length."""

    def __init__(self, path: Path, batch: int = 4) -> None:
        self._model, self._path, self._batch = OnnxModel(path), path, batch

    @cached_property
    def name(self) -> str:
        """Tells apart any two files."""
        with self._path.open("rb") as file:
            return f"onnx-{hashlib.file_digest(file, 'sha256').hexdigest()[:16]}"

    @cached_property
    def dimension(self) -> int:
        """Learned from one blank picture."""
        return int(self.embed([np.zeros((8, 8, 3), np.uint8)]).shape[1])

    def embed(self, crops: Sequence[Pixels]) -> Matrix:
        """Vectors of unit length, float32 (n, dimension)."""
        parts = [
            self._pooled(self._model.run(crops[at : at + self._batch]))
            for at in range(0, len(crops), self._batch)
        ]
        return unit(np.concatenate(parts))

    def _pooled(self, outputs: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
        for name in ("image_embeds", "pooler_output"):
            if name in outputs:
                return outputs[name]
        flat = [values for values in outputs.values() if values.ndim == 2]
        if not flat:
            raise OperatorError(f"{self._path} gives no vector for a picture.")
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
        return {int(number): label_for(name) for number, name in told.items()}

    def garments(self, pixels: Pixels) -> list[Garment]:
        """Items in a picture, the most certain first."""
        outputs = self._model.run([pixels])
        logits, boxes = outputs["logits"][0], outputs["pred_boxes"][0]
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        probs = (odds / odds.sum(axis=1, keepdims=True))[:, :-1]
        found = []
        for row, (x, y, width, height) in zip(probs, boxes, strict=True):
            label = self._labels.get(int(row.argmax()))
            if label is None or row.max() < self._least:
                continue
            edges = np.clip([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 0, 1)
            frame = Frame(*(float(edge) for edge in edges))
            found.append(Garment(frame, float(row.max()), _sure(label)))
        return sorted(found, key=lambda garment: -garment.confidence)


def _sure(label: str) -> Vector:
    probs = np.zeros(len(LABELS), np.float32)
    probs[LABELS.index(label)] = 1
    return probs
