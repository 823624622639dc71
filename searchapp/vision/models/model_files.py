"""Where a model of the operator's own choice lies: a file, a folder, or the Hugging Face hub.

A model is a path to an ``.onnx`` file or to a folder, or the name of a repository on the hub
(``organisation/name``), which is loaded once into the data folder.  KNOWN_MODELS have short names.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from searchapp.errors import OperatorError

HUB = "https://huggingface.co"
MODEL_FILES = ("onnx/vision_model.onnx", "onnx/model.onnx", "model.onnx")
SIDE_FILES = ("preprocessor_config.json", "config.json")
MOST_BYTES = 4 * 2**30

KNOWN_MODELS = {"marqo-fashionsiglip": "Marqo/marqo-fashionSigLIP"}
"""Short name in lower case -> repository on the hub.  Apache-2.0, 768 numbers."""

QUANTIZED = "onnx/vision_model_quantized.onnx"
"""Of a known model the vision part in 8-bit integers is taken first: it is faster on a CPU."""

UNCONVERTED = {"pp-shituv2": "PaddlePaddle/PP-ShiTuV2_rec"}
"""Models that are published for another runtime: short name -> where."""

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def model_file(name: str, folder: Path, client: httpx.Client | None = None) -> Path:
    """The ``.onnx`` file that an operator's setting names.

    :param folder: where models of the hub are kept.
    :raises OperatorError: there is no such file, or the hub does not give it.
    """
    known = name.lower()
    if known in UNCONVERTED:
        raise OperatorError(
            f"{name} ({UNCONVERTED[known]}) is published for Paddle only: "
            "convert it with paddle2onnx and give the path of the .onnx file."
        )
    if known in KNOWN_MODELS:
        repository = KNOWN_MODELS[known]
        kept = folder / repository.replace("/", "--")
        return _from_hub(repository, kept, client, (QUANTIZED, *MODEL_FILES))
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
    return _from_hub(name, folder / name.replace("/", "--"), client, MODEL_FILES)


def _from_hub(name: str, folder: Path, client: httpx.Client | None, files: Sequence[str]) -> Path:
    """Loads the first of ``files`` that there is, once; what is there already is not asked for."""
    kept = [folder / file for file in files if (folder / file).is_file()]
    if kept:
        return kept[0]
    with client or httpx.Client(follow_redirects=True, timeout=60) as hub:
        try:
            for file in SIDE_FILES:
                _load(hub, f"{HUB}/{name}/resolve/main/{file}", folder / file)
            for file in files:
                if _load(hub, f"{HUB}/{name}/resolve/main/{file}", folder / file):
                    return folder / file
        except httpx.HTTPError as error:
            raise OperatorError(f"The hub did not give {name}: {type(error).__name__}.") from None
        except OSError as error:
            raise OperatorError(f"{name} cannot be kept in {folder}: {error.strerror}.") from None
    raise OperatorError(f"The hub has no ONNX file of {name}: give the path of one instead.")


def _load(hub: httpx.Client, address: str, path: Path) -> bool:
    """Loads one file whole or not at all; False if there is none.

    Another process may load the same meanwhile.
    """
    with hub.stream("GET", address) as answer:
        if answer.status_code in {401, 404}:
            return False
        answer.raise_for_status()
        path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=path.parent, prefix=".part-") as folder:
            part = Path(folder) / path.name
            _write(answer, part, address)
            part.replace(path)
    return True


def _write(answer: httpx.Response, path: Path, address: str) -> None:
    size = 0
    with path.open("wb") as file:
        for chunk in answer.iter_bytes():
            size += len(chunk)
            if size > MOST_BYTES:
                raise OperatorError(f"{address} is larger than {MOST_BYTES >> 30} GB.")
            file.write(chunk)
