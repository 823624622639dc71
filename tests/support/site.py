"""The whole product as real processes, for tests that drive a browser."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.support import commands
from tests.support.commands import free_port
from tests.support.forked import Forked, start

PATIENCE = 60
ADMIN_PASSWORD = "correct horse battery"


@dataclass
class Site:
    """Web and worker processes on one database, each started and stopped by name."""

    dsn: str
    folder: Path
    port: int = field(default_factory=free_port)
    _running: dict[str, Forked] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def _environment(self, **settings: str) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("SEARCHAPP_", "REFLEX_"))}
        return kept | {
            "DATABASE_URL": self.dsn,
            "SEARCHAPP_SECRET_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode(),
            "SEARCHAPP_DATA_DIR": str(self.folder),
            "SEARCHAPP_SMS_PER_NUMBER_DAY": "0",
            "SEARCHAPP_LOG_LEVEL": "info",
            "SEARCHAPP_ADMIN_PASSWORD": ADMIN_PASSWORD,
            **settings,
        }

    def run(self, *arguments: str) -> str:
        """Runs one command to its end."""
        done = commands.run(*arguments, env=self._environment(), seconds=PATIENCE)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def start(self, name: str, *arguments: str, **settings: str) -> None:
        """Starts a process under ``name``, with more settings, and waits until it is ``ready``."""
        log, out = self.folder / f"{name}.log", self.folder / f"{name}.out"
        with log.open("a") as errors, out.open("w") as said:
            env = self._environment(**settings)
            process = start(
                "searchapp", *(arguments or (name,)), env=env, stdout=said, stderr=errors
            )
        self._running[name] = process
        wait_until(lambda: out.read_text().startswith("ready") or process.poll() is not None)
        assert process.poll() is None, log.read_text()[-2000:]

    def start_web(self, name: str = "web", port: int | None = None, **settings: str) -> None:
        """Starts a web process, on the site's own port unless another is given."""
        self.start(name, "web", "--port", str(port or self.port), **settings)

    def runs(self, name: str) -> bool:
        """Whether a process of this name was started and not ended."""
        return name in self._running

    def kill(self, name: str) -> None:
        """Kills a process as a power cut would."""
        process = self._running.pop(name)
        process.kill()
        process.wait()

    def pause(self, name: str) -> None:
        """Suspends a process: it keeps what it has and does nothing until :meth:`resume`."""
        self._running[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Lets a suspended process go on; does nothing to one that runs."""
        self._running[name].send_signal(signal.SIGCONT)

    def stop(self, name: str) -> None:
        """Ends a process in good order."""
        process = self._running.pop(name)
        process.terminate()
        process.wait(PATIENCE)

    def stop_all(self) -> None:
        """Ends all of them."""
        for process in self._running.values():
            process.terminate()
        for process in self._running.values():
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._running.clear()


def wait_until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Waits until ``true()`` holds; fails after ``seconds``."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
