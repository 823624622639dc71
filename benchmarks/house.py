"""The product's own processes on a fresh embedded database, for benchmarks to load."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


@contextmanager
def house(folder: Path) -> Iterator[None]:
    """The embedded database of a folder."""
    _command(folder, "migrate")
    try:
        yield
    finally:
        _command(folder, "stop")


def _environment(folder: Path) -> dict[str, str]:
    own = {"SEARCHAPP_DATA_DIR": str(folder), "SEARCHAPP_UPLOADS_PER_IP_HOUR": "0"}
    return {**os.environ, **own}


def _command(folder: Path, *words: str) -> None:
    command = [sys.executable, "-m", "searchapp", *words]
    subprocess.run(command, cwd=ROOT, env=_environment(folder), check=True, capture_output=True)


@contextmanager
def webs(number: int, folder: Path) -> Iterator[tuple[list[str], list[psutil.Process]]]:
    """Web processes that share the database and nothing else."""
    ports = []
    for _ in range(number):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            ports.append(probe.getsockname()[1])
    log = (folder / "web.log").open("w")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "searchapp", "web", "--port", str(port)],
            cwd=ROOT,
            env=_environment(folder),
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        for port in ports
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("ready")
        urls = [f"http://127.0.0.1:{port}" for port in ports]
        yield urls, [psutil.Process(process.pid) for process in processes]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.wait(30)
        log.close()


def memory(processes: Sequence[psutil.Process]) -> str:
    """Resident memory of each process."""
    return " + ".join(f"{p.memory_info().rss / 2**20:.0f}" for p in processes) + " MiB"
