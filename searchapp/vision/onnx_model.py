"""An ONNX model of the operator's own choice, as the hub exports them, asked about pictures.

Beside the model file, or one folder up, lie ``preprocessor_config.json`` (mean, deviation and size
of the input) and, for detectors, ``config.json`` (``id2label``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from searchapp.errors import OperatorError
from searchapp.vision.crops import Pixels
from searchapp.vision.models import onnx_session

USUAL_SIDE = 224
"""Side of the input where neither the model nor its side file tells."""

_MASK = "pixel_mask"
"""Detectors may ask which pixels are padding: none here."""

_HALF = "tensor(float16)"

Outputs = dict[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Preparation:
    """How a picture becomes the input of a model: sides in pixels, mean and deviation of RGB.

    A crop is pressed into the input whatever its shape, even where the model was taught on the
    middle of pictures: sleeves and hems lie at the edges.
    """

    width: int
    height: int
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    @classmethod
    def told(cls, told: Mapping[str, Any], height: Any, width: Any) -> Preparation:
        """From a side file, for a model whose own sides are numbers if they are fixed.

        Without one, the mean and deviation that SigLIP uses (0.5).

        :raises ValueError: what it tells is not a size or not three numbers.
        """
        sides = [
            fixed if isinstance(fixed, int) else asked
            for fixed, asked in zip((height, width), _asked(told), strict=True)
        ]
        mean, deviation = np.zeros(3, np.float32), np.ones(3, np.float32)
        if told.get("do_normalize", True):
            mean, deviation = (
                np.array(told.get(key, [0.5] * 3), np.float32)
                for key in ("image_mean", "image_std")
            )
        if mean.shape != (3,) or deviation.shape != (3,) or not deviation.all():
            raise ValueError("image_mean and image_std are three numbers each")
        return cls(int(sides[1]), int(sides[0]), mean, deviation)

    def __call__(self, crop: Pixels) -> NDArray[np.float32]:
        """One crop as float32 (3, height, width)."""
        image = Image.fromarray(np.ascontiguousarray(crop))
        small = image.resize((self.width, self.height), Image.Resampling.BICUBIC, reducing_gap=2.0)
        scaled = (np.asarray(small, np.float32) / 255 - self.mean) / self.deviation
        return scaled.transpose(2, 0, 1).astype(np.float32)


def _asked(told: Mapping[str, Any]) -> tuple[int, int]:
    """Height and width of the input by a side file.

    :raises ValueError: there is a size, but none that is known.
    """
    size = told.get("crop_size" if told.get("do_center_crop") else "size", USUAL_SIDE)
    if isinstance(size, dict):
        edge = size.get("shortest_edge")
        height, width = size.get("height", edge), size.get("width", edge)
    else:
        height = width = size
    if not (isinstance(height, int) and isinstance(width, int) and min(height, width) > 0):
        raise ValueError("size is a number, height and width, or shortest_edge")
    return height, width


class OnnxModel:
    """An ONNX model of one picture input, ``(n, 3, height, width)``, in full or half precision."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def _session(self) -> Any:
        try:
            return onnx_session(str(self.path))
        except Exception as error:  # noqa: BLE001 - the runtime's errors share no base class
            raise OperatorError(f"{self.path} can not be loaded: {type(error).__name__}.") from None

    @cached_property
    def _input(self) -> Any:
        """The picture's input.

        :raises OperatorError: there is none, or the model wants more than a picture.
        """
        inputs = [one for one in self._session.get_inputs() if one.name != _MASK]
        if len(inputs) == 1 and len(inputs[0].shape) == 4 and _three(inputs[0].shape[1]):
            return inputs[0]
        wanted = ", ".join(f"{one.name} {one.shape}" for one in inputs)
        raise OperatorError(
            f"{self.path} wants {wanted}, not one picture (n, 3, height, width): "
            "give the vision part of the model."
        )

    @cached_property
    def prepare(self) -> Preparation:
        """What the side file tells.

        :raises OperatorError: it tells nothing that can be used.
        """
        height, width = self._input.shape[2:]
        try:
            return Preparation.told(self.side_file("preprocessor_config.json"), height, width)
        except (ValueError, TypeError) as error:
            raise OperatorError(
                f"preprocessor_config.json beside {self.path} can not be used: {error}."
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

        :raises OperatorError: the model can not look at them.
        """
        inputs = np.stack([self.prepare(crop) for crop in crops])
        inputs = inputs.astype(np.float16 if self._input.type == _HALF else np.float32)
        each = self._input.shape[0]
        if not isinstance(each, int):
            return self._run(inputs)
        # Exported for so many pictures at once: the last ones are filled up.
        missing = -len(inputs) % each
        filled = np.concatenate([inputs, np.repeat(inputs[-1:], missing, axis=0)])
        parts = [self._run(filled[at : at + each]) for at in range(0, len(filled), each)]
        return {
            name: np.concatenate([part[name] for part in parts])[: len(inputs)] for name in parts[0]
        }

    def _run(self, inputs: NDArray[Any]) -> Outputs:
        names = [output.name for output in self._session.get_outputs()]
        feed = {self._input.name: inputs}
        if any(one.name == _MASK for one in self._session.get_inputs()):
            feed[_MASK] = np.ones((len(inputs), *inputs.shape[2:]), np.int64)
        try:
            values = self._session.run(names, feed)
        except Exception as error:  # noqa: BLE001 - the runtime's errors share no base class
            told = " ".join(str(error).split())[:160]
            raise OperatorError(f"{self.path} can not look at a picture: {told}") from None
        return {
            name: np.asarray(value, np.float32) for name, value in zip(names, values, strict=True)
        }


def _three(channels: Any) -> bool:
    """Whether an axis is that of red, green and blue; exports may leave it open."""
    return channels == 3 or not isinstance(channels, int)


def _object_in(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise OperatorError(f"{path} holds no JSON object.")
    return content
