"""Models of the operator's own choice: an embedding and a garment detector, both ONNX."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from searchapp.domain.taxonomy import kind_of_any
from searchapp.errors import OperatorError
from searchapp.vision.crops import NormalizedBox, Pixels
from searchapp.vision.detection.garment_detector import Garment
from searchapp.vision.features.classifier import certainly, softmax
from searchapp.vision.features.item_arrays import FEATURES_VERSION, Matrix
from searchapp.vision.models.embedding import unit
from searchapp.vision.models.onnx_model import OnnxModel, Outputs

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
