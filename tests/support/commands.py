"""The product's own commands, as a person or a script runs them."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from tempfile import TemporaryFile

from tests.support.forked import start


def free_port() -> int:
    """A free port of the loopback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """A bare environment with a data folder of its own, and a full log."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return {
        **kept,
        "HOME": str(data_dir),
        "SEARCHAPP_DATA_DIR": str(data_dir),
        "SEARCHAPP_LOG_LEVEL": "info",
        **more,
    }


def run(
    *arguments: str, env: Mapping[str, str], seconds: float = 120
) -> subprocess.CompletedProcess[str]:
    """One command that ends by itself."""
    with TemporaryFile("w+") as out, TemporaryFile("w+") as errors:
        process = start("searchapp", *arguments, env=env, stdout=out, stderr=errors)
        try:
            code = process.wait(seconds)
        finally:
            process.kill()
        out.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(arguments, code, out.read(), errors.read())


class Running:
    """A long-running command; what it prints is kept."""

    def __init__(self, *arguments: str, env: Mapping[str, str], log: Path) -> None:
        self._log = log
        with log.open("ab") as errors:
            self.process = start("searchapp", *arguments, env=env, stderr=errors, session=True)
        self._lines: SimpleQueue[str] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self._lines.put(line.rstrip("\n"))

    def until_ready(self, seconds: float = 60) -> str:
        """The line that begins with ``ready``."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                line = self._lines.get(timeout=0.2)
            except Empty:
                assert self.process.poll() is None, self._log.read_text()[-2000:]
                continue
            if line.startswith("ready"):
                return line
        raise AssertionError(f"not ready in time: {self._log.read_text()[-2000:]}")

    def stop(self, seconds: float = 30) -> int:
        """Asks it to end, as a service manager does; its exit code."""
        self.process.terminate()
        return self._ended(seconds)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self._ended(10)

    def _ended(self, seconds: float) -> int:
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code


@contextmanager
def running(*arguments: str, env: Mapping[str, str], log: Path) -> Iterator[Running]:
    """A command that is ready, and that is gone when the block ends."""
    command = Running(*arguments, env=env, log=log)
    try:
        command.until_ready()
        yield command
    finally:
        if command.process.poll() is None:
            command.stop()
