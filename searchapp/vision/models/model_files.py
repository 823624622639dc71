"""Where a model of the operator's own choice lies: a file, a folder, or the Hugging Face hub.

A model is a path to an ``.onnx`` file or to a folder, or the name of a repository on the hub
(``organisation/name``), which is loaded once into the data folder.  KNOWN_MODELS have short names.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from searchapp.errors import OperatorError

HUB = "https://huggingface.co"
MODEL_FILES = ("onnx/vision_model.onnx", "onnx/model.onnx", "model.onnx")
SIDE_FILES = ("preprocessor_config.json", "config.json")
MOST_BYTES = 4 * 2**30

CROPS = 3
"""An item is looked at so many times by a model of the operator's own."""

ROOM, RUNTIME = 1.5, 60
"""Memory of a model: so many times its file, and so many MB besides.  An estimate."""


@dataclass(frozen=True, slots=True)
class KnownModel:
    """An embedding that has a short name.

    ``repository``: where the hub has it as ONNX, empty if it is published for another runtime
    only; ``files``: the names of its ONNX file, those taken first at the front; ``prepared``: what
    its ``preprocessor_config.json`` tells, where it brings none; ``work``: how many times the
    multiplications of the built-in network one crop takes.
    """

    name: str
    repository: str
    files: tuple[str, ...]
    licence: str
    dimension: int
    prepared: Mapping[str, Any]
    work: float
    advice: str = ""


SIGLIP_INPUT = {"size": 224, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
IMAGENET_INPUT = {
    "size": 224,
    "image_mean": [0.485, 0.456, 0.406],
    "image_std": [0.229, 0.224, 0.225],
}

KNOWN_MODELS = (
    KnownModel(
        "marqo-fashionSigLIP",
        "Marqo/marqo-fashionSigLIP",
        # The vision part in 8-bit integers first: it is faster on a CPU.
        ("onnx/vision_model_quantized.onnx", "onnx/vision_model.onnx"),
        "Apache-2.0",
        768,
        SIGLIP_INPUT,
        work=45,
    ),
    KnownModel(
        "PP-ShiTuV2",
        "",
        ("general_PPLCNetV2_base_pretrained_v1.0_infer.onnx", "PP-ShiTuV2_rec.onnx"),
        "Apache-2.0",
        512,
        IMAGENET_INPUT,
        work=1.5,
        advice="is published for Paddle (PaddlePaddle/PP-ShiTuV2_rec on the hub): convert it with "
        "paddle2onnx to PP-ShiTuV2_rec.onnx and give the path of that file.",
    ),
)
"""Work: 17.6 G multiplications for ViT-B/16, 0.6 G for PP-LCNetV2, 0.39 G for the built-in one."""

_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")


def model_file(name: str, folder: Path, client: httpx.Client | None = None) -> Path:
    """The ``.onnx`` file that an operator's setting names.

    :param folder: where models of the hub are kept.
    :raises OperatorError: there is no such file, or the hub does not give it.
    """
    known = known_model(name)
    if known is not None and known.name.lower() == name.lower():
        return _known_file(known, folder, client)
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


def known_model(name: str) -> KnownModel | None:
    """The known model that a setting names, or whose published file a path ends in."""
    for known in KNOWN_MODELS:
        files = {Path(file).name.lower() for file in known.files} if not known.repository else set()
        if name.lower() == known.name.lower() or Path(name).name.lower() in files:
            return known
    return None


def _known_file(known: KnownModel, folder: Path, client: httpx.Client | None) -> Path:
    """:raises OperatorError: it is not on the hub as ONNX, nor in ``folder``."""
    if known.repository:
        kept = folder / known.repository.replace("/", "--")
        return _from_hub(known.repository, kept, client, (*known.files, *MODEL_FILES))
    found = [folder / file for file in known.files if (folder / file).is_file()]
    if not found:
        raise OperatorError(f"{known.name} {known.advice}")
    return found[0]


def expected_cost(name: str, path: Path, crop_seconds: float) -> str:
    """What a model will take of this machine, told before it is loaded.

    :param crop_seconds: what one crop takes the built-in network here.
    """
    size = path.stat().st_size / 2**20
    told = f"file of {size:.0f} MB, about {ROOM * size + RUNTIME:.0f} MB of memory"
    known = known_model(name)
    if known is None:
        return told
    seconds = known.work * crop_seconds
    return (
        f"{told}, about {seconds:.2g} s a crop, {CROPS * seconds:.2g} s an item ({known.licence})"
    )


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
