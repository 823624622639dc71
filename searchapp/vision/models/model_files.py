"""The model files that come with the product, and where one of the operator's own choice lies.

A model is a path to an ``.onnx`` file or to a folder, or the name of a repository on the hub
(``organisation/name``), which is loaded once into the data folder.  KNOWN_MODELS have short names.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
from numpy.typing import NDArray

from searchapp.errors import OperatorError
from searchapp.settings import Settings

if TYPE_CHECKING:
    import onnxruntime


FOLDER = Path(__file__).parent

THREADS = 2
"""Threads that one model may use."""

_limits = {"threads": THREADS}


def use_threads(count: int) -> None:
    """Lets every model that is opened from now on use ``count`` threads a call.

    One is best where several calls run at the same time, as in imports.
    """
    _limits["threads"] = count


def checksums() -> dict[str, str]:
    """File name -> SHA-256, from ``models/SHA256SUMS``."""
    lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def checked(name: str) -> bytes:
    """The content of a model file.

    :raises OperatorError: it is missing or not the file that belongs to this version.
    """
    path, wanted = FOLDER / name, checksums().get(name)
    try:
        data = path.read_bytes()
    except OSError:
        raise OperatorError(f"The model file {path} is missing: install again.") from None
    if hashlib.sha256(data).hexdigest() != wanted:
        raise OperatorError(f"The model file {path} is damaged: install again.")
    return data


def onnx_session(data: bytes | str) -> onnxruntime.InferenceSession:
    """An ONNX model on the CPU, careful with memory: no arena, no spinning threads."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _limits["threads"]
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


@contextmanager
def _without_notices() -> Iterator[None]:
    """Drop the notices that the runtime writes to stderr by itself; everything else passes.

    It has no setting for them.
    """
    sys.stderr.flush()
    stderr = os.dup(2)
    with TemporaryFile() as captured:
        os.dup2(captured.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            captured.seek(0)
            kept = [line for line in captured if not line.startswith(b"INFO: ")]
            os.write(stderr, b"".join(kept))
            os.close(stderr)


class TfliteModel:
    """A TensorFlow Lite model of one float32 input."""

    def __init__(self, name: str, threads: int = THREADS) -> None:
        from ai_edge_litert.interpreter import Interpreter

        with _without_notices():
            self._interpreter: Any = Interpreter(model_content=checked(name), num_threads=threads)
            self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._outputs = self._interpreter.get_output_details()

    @property
    def side(self) -> int:
        """Side of the square input in pixels."""
        return int(self._input["shape"][1])

    def run(self, pixels: NDArray[np.float32]) -> list[NDArray[np.float32]]:
        """All outputs for one picture of shape ``(side, side, 3)``."""
        self._interpreter.set_tensor(self._input["index"], pixels[None])
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(out["index"]) for out in self._outputs]


@lru_cache(maxsize=4)
def arrays(name: str) -> dict[str, NDArray[np.float32]]:
    """The arrays of a committed ``.npz``, as float32."""
    with np.load(io.BytesIO(checked(name)), allow_pickle=False) as file:
        return {key: file[key].astype(np.float32) for key in file.files}


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
    here = local_model(name, folder)
    if here is not None:
        return here
    known = _short_named(name)
    repository, files = (known.repository, known.files) if known else (name, ())
    kept = folder / repository.replace("/", "--")
    return _from_hub(repository, kept, client, (*files, *MODEL_FILES))


def local_model(name: str, folder: Path) -> Path | None:
    """The file of this host that an operator's setting names; None if it is for the hub to give.

    :raises OperatorError: it is neither.
    """
    known = _short_named(name)
    if known is not None:
        return None if known.repository else _kept_file(known, folder)
    path = Path(name).expanduser()
    if path.is_dir():
        found = [path / file for file in MODEL_FILES if (path / file).is_file()]
        if not found:
            raise OperatorError(f"{path} holds none of {', '.join(MODEL_FILES)}.")
        return found[0]
    if path.is_file():
        return path
    if path.suffix == ".onnx" or not _HUB_NAME.fullmatch(name):
        short = " or ".join(known.name for known in KNOWN_MODELS)
        raise OperatorError(
            f"{name} is neither a model file nor the name of a model on the hub: give the path of "
            f"a file, organisation/name, {short}."
        )
    return None


def model_problems(settings: Settings) -> Iterator[str]:
    """Which models of the operator's own cannot be used here, without asking the hub for them."""
    for setting in ("embedding_model", "region_model"):
        name = getattr(settings, setting)
        try:
            if name:
                local_model(name, settings.data_dir / "models")
        except OperatorError as error:
            yield f"SEARCHAPP_{setting.upper()}: {error} Leave it out for the built-in model."


def known_model(name: str) -> KnownModel | None:
    """The known model that a setting names, or whose published file a path ends in."""
    for known in KNOWN_MODELS:
        files = {Path(file).name.lower() for file in known.files} if not known.repository else set()
        if name.lower() == known.name.lower() or Path(name).name.lower() in files:
            return known
    return None


def _short_named(name: str) -> KnownModel | None:
    """The known model that ``name`` is the short name of."""
    return next((known for known in KNOWN_MODELS if known.name.lower() == name.lower()), None)


def _kept_file(known: KnownModel, folder: Path) -> Path:
    """:raises OperatorError: a model that is not on the hub as ONNX is not in ``folder`` either."""
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
