"""The product's own processes on a fresh embedded database, for benchmarks to load."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


@contextmanager
def database(folder: Path) -> Iterator[None]:
    """The embedded database of a folder."""
    command(folder, "migrate")
    try:
        yield
    finally:
        command(folder, "stop")


def _environment(folder: Path) -> dict[str, str]:
    own = {"SEARCHAPP_DATA_DIR": str(folder), "SEARCHAPP_UPLOADS_PER_IP_HOUR": "0"}
    return {**os.environ, **own}


def command(folder: Path, *words: str) -> None:
    """Runs one command of the product to its end.

    :raises subprocess.CalledProcessError: it failed.
    """
    line = [sys.executable, "-m", "searchapp", *words]
    subprocess.run(line, cwd=ROOT, env=_environment(folder), check=True, capture_output=True)


@contextmanager
def _started(folder: Path, *words: str) -> Iterator[psutil.Process]:
    """A process of the product, once it is ready."""
    line = [sys.executable, "-m", "searchapp", *words]
    with (folder / f"{words[0]}.log").open("a") as log:
        process = subprocess.Popen(
            line,
            cwd=ROOT,
            env=_environment(folder),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("ready")
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            process.wait(30)


def worker(folder: Path) -> AbstractContextManager[psutil.Process]:
    """A worker."""
    return _started(folder, "worker")


@contextmanager
def webs(number: int, folder: Path) -> Iterator[tuple[list[str], list[psutil.Process]]]:
    """Web processes that share the database and nothing else."""
    ports = []
    for _ in range(number):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    with ExitStack() as stack:
        processes = [
            stack.enter_context(_started(folder, "web", "--port", str(port))) for port in ports
        ]
        yield [f"http://127.0.0.1:{port}" for port in ports], processes


def memory(processes: Sequence[psutil.Process]) -> str:
    """Resident memory of each process."""
    return " + ".join(f"{p.memory_info().rss / 2**20:.0f}" for p in processes) + " MiB"
