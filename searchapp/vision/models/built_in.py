"""The model files that come with the product: a table with their checksums, and how they open."""

from __future__ import annotations

import hashlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from searchapp.errors import OperatorError

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
