"""Real processes to kill, freeze and stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from pathlib import Path

from searchapp.postgres import EmbeddedPostgres
from tests.support.forked import Forked, start

KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
"""The bytes 0 to 31, as the secrets of tests have them."""


class Child:
    """One process of ours; what it prints is kept in ``lines``."""

    def __init__(self, process: Forked) -> None:
        self._process = process
        self.lines: list[str] = []
        self._came = asyncio.Event()
        self._reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, module: str, dsn: str, log: Path, *arguments: str, **more: str) -> Child:
        """Starts ``python -m module`` on a database and waits until it is ready.

        :param more: variables of its environment.
        """
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(log.parent),
            "DATABASE_URL": dsn,
            "SEARCHAPP_SECRET_KEY": KEY,
            **more,
        }
        with log.open("ab") as errors:
            forked = start(module, *arguments, env=environment, stderr=errors, stdin=True)
        child = cls(forked)
        try:
            await child.said("ready", 60)
        except BaseException:
            await child.kill()
            raise
        return child

    async def _read(self) -> None:
        reader, loop = asyncio.StreamReader(), asyncio.get_running_loop()
        await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), self._process.stdout
        )
        while line := await reader.readline():
            self.lines.append(line.decode().strip())
            self._came.set()

    async def said(self, line: str, seconds: float = 60) -> None:
        """Returns once it has printed ``line``."""
        async with asyncio.timeout(seconds):
            while line not in self.lines:
                assert self.alive, "it ended early"
                self._came.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._came.wait(), 0.5)

    def tell(self, line: str) -> None:
        """Writes a line to its input; one that is dead does not hear it."""
        assert self._process.stdin is not None
        if self.alive:
            with contextlib.suppress(ConnectionError):
                self._process.stdin.write(f"{line}\n")

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, signal_: signal.Signals) -> None:
        if self.alive:
            self._process.send_signal(signal_)

    async def ended(self, seconds: float = 60) -> int:
        """Its exit code, once it has ended."""
        async with asyncio.timeout(seconds):
            code = await self._process.ended()
            await self._reading
        return code

    async def kill(self) -> None:
        """kill -9."""
        self.send(signal.SIGKILL)
        await self.ended()


def postgres_processes(server: EmbeddedPostgres) -> list[int]:
    """The server and all of its children."""
    pid = server.server_pid
    if pid is None:
        return []
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def kill_postgres(server: EmbeddedPostgres) -> None:
    """kill -9 of the server; its children notice and end by themselves."""
    if (pid := server.server_pid) is not None:
        os.kill(pid, signal.SIGKILL)


def signal_postgres(server: EmbeddedPostgres, signal_: signal.Signals) -> None:
    """Sends a signal to every process of the server."""
    for pid in postgres_processes(server):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal_)
