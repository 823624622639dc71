"""Real processes of the product, forked from one that has already imported it.

To import the product takes seconds of processor time, and the tests start it a hundred times.
Each test run therefore keeps one process that has imported it and does nothing but fork.  A child
has its own process id, environment, arguments and streams, runs its module as ``python -m`` would,
and is signalled, suspended and killed like any other.

``python -m tests.support.forked`` is that process; :func:`start` asks it.  With xdist, its
controller calls :func:`share`, and the workers' own processes that fork are forked from one.
"""

from __future__ import annotations

import asyncio
import atexit
import functools
import gc
import importlib
import json
import os
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[2]
PRELOADED = ("searchapp.cli.app", "searchapp.cli.serving", "searchapp.searchapp", "alembic.command")
PRELOADED_WITH_CLOCK = ("searchapp.jobs.worker", "searchapp.notify.sender_loop")
"""Only workers and senders run by a clock of their own."""

REQUEST_BYTES = 1 << 17
NUMBER_BYTES = 8
CLOCK = ("LD_PRELOAD", "FAKETIME_")
"""How variables begin that are read when a process begins, before any of its own code."""

SHARED = "TESTS_FORKED"
"""The variable with the address of the process that :func:`share` starts."""

START_SECONDS = 120.0
"""For the process that forks to import the product, on a busy machine."""


class Forked:
    """One child, with what tests use of :class:`subprocess.Popen`."""

    def __init__(self, reports: int, stdin: IO[str] | None, stdout: IO[str] | None) -> None:
        self._reports = reports
        self.stdin, self.stdout = stdin, stdout
        self.returncode: int | None = None
        self.pid = self._report(START_SECONDS)

    def _report(self, seconds: float | None) -> int:
        """What the process that forks tells next: the child's id, then its exit code.

        :raises subprocess.TimeoutExpired: it told nothing in time.
        """
        readable, _, _ = select.select([self._reports], [], [], seconds)
        if not readable:
            raise subprocess.TimeoutExpired("a forked process", seconds or 0)
        told = os.read(self._reports, NUMBER_BYTES)
        assert told, "the process that forks has ended"
        return int.from_bytes(told, signed=True)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal, once it has ended.

        :raises subprocess.TimeoutExpired: it did not end within ``timeout`` seconds.
        """
        if self.returncode is None:
            self.returncode = self._report(timeout)
            os.close(self._reports)
            if self.stdin is not None:
                self.stdin.close()
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code, or ``None`` while it runs."""
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    async def ended(self) -> int:
        """Its exit code, once it has ended; other tasks go on meanwhile."""
        while (code := self.poll()) is None:
            await asyncio.sleep(0.02)
        return code

    def send_signal(self, number: int) -> None:
        """Sends a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def start(
    module: str,
    *arguments: str,
    env: Mapping[str, str],
    stderr: IO[Any],
    stdout: IO[Any] | None = None,
    stdin: bool = False,
    session: bool = False,
) -> Forked:
    """Starts ``python -m module`` with ``arguments``, in the project's folder.

    :param stdout: a file; without one, the child's is a pipe that the parent reads.
    :param stdin: whether the parent writes to the child's; else it is empty.
    :param session: whether the child leads a session of its own.
    """
    request = {"module": module, "arguments": arguments, "env": dict(env), "session": session}
    reports, for_reports = os.pipe()
    theirs_in, ours_in = os.pipe() if stdin else (os.open(os.devnull, os.O_RDONLY), None)
    ours_out, theirs_out = (None, os.dup(stdout.fileno())) if stdout else os.pipe()
    theirs = [theirs_in, theirs_out, stderr.fileno(), for_reports]
    clock = tuple(item for item in sorted(env.items()) if item[0].startswith(CLOCK))
    requests = _forking(clock)
    socket.send_fds(requests, [json.dumps(request).encode()], theirs)
    for descriptor in (theirs_in, theirs_out, for_reports):
        os.close(descriptor)
    return Forked(
        reports,
        None if ours_in is None else os.fdopen(ours_in, "w", buffering=1, encoding="utf-8"),
        None if ours_out is None else os.fdopen(ours_out, encoding="utf-8"),
    )


def share() -> None:
    """Starts the process that forks for all workers which this one starts later.

    It imports the product when the first of them asks, and ends with this process.
    """
    address = Path(tempfile.mkdtemp(prefix="forked")) / "socket"
    atexit.register(shutil.rmtree, address.parent, ignore_errors=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asked:
        asked.bind(str(address))
        asked.listen()
        _begin({}, asked)
    os.environ[SHARED] = str(address)


@functools.cache
def _forking(clock: tuple[tuple[str, str], ...]) -> socket.socket:
    """The way to the process that forks; it ends with this one, which alone holds the way.

    :param clock: variables named by CLOCK.
    """
    if clock or SHARED not in os.environ:
        return _begin(dict(clock))
    way = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    way.connect(os.environ[SHARED])
    atexit.register(way.close)
    return way


def _begin(clock: Mapping[str, str], *more: socket.socket) -> socket.socket:
    """Starts :func:`main` with one end of a way, and with the sockets of ``more``: our end."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    passed = [held.fileno() for held in (theirs, *more)]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.forked", *map(str, passed)],
        cwd=ROOT,
        env={**os.environ, **clock},
        stdin=subprocess.DEVNULL,
        pass_fds=passed,
        start_new_session=True,
    )
    _BEGUN.append((ours, process))
    theirs.close()
    return ours


_BEGUN: list[tuple[socket.socket, subprocess.Popen[bytes]]] = []
"""What lives as long as this process."""


@atexit.register
def _end() -> None:
    for way, process in _BEGUN:
        way.close()
        process.wait(START_SECONDS)


@functools.cache
def _preload() -> None:
    from searchapp.cli.page import prepare_environment

    prepare_environment()  # Reflex reads its part of the environment when it is imported.
    for name in PRELOADED_WITH_CLOCK if "FAKETIME_NO_CACHE" in os.environ else PRELOADED:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # What is never looked at again stays shared with the children.


class _Forker:
    """Forks a child for each request and reports how it ended."""

    def __init__(self, requests: socket.socket) -> None:
        self._requests = requests
        self._reports: dict[int, int] = {}
        self._woken, self._waking = os.pipe()
        for descriptor in (self._woken, self._waking):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking)

    def child(self) -> dict[str, Any]:
        """Forks until this process is a child: its request.

        :raises SystemExit: who asks has ended.
        """
        while True:
            readable, _, _ = select.select([self._requests, self._woken], [], [])
            if self._woken in readable:
                os.read(self._woken, 4096)
                self._report_ended()
            if self._requests in readable and (request := self._fork()) is not None:
                return request

    def _fork(self) -> dict[str, Any] | None:
        told, descriptors, _, _ = socket.recv_fds(self._requests, REQUEST_BYTES, 4)
        if not told:  # Who asked has ended: no child outlives it.
            for pid in self._reports:
                os.kill(pid, signal.SIGKILL)
            os._exit(0)
        pid = os.fork()
        if pid == 0:
            self._become(descriptors)
            request: dict[str, Any] = json.loads(told)
            return request
        self._reports[pid] = report = descriptors.pop()
        _tell(report, pid)
        for descriptor in descriptors:
            os.close(descriptor)
        return None

    def _report_ended(self) -> None:
        while self._reports:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            report = self._reports.pop(pid)
            with suppress(BrokenPipeError):  # Who asked may not wait for it any more.
                _tell(report, os.waitstatus_to_exitcode(status))
            os.close(report)

    def _become(self, descriptors: list[int]) -> None:
        """Leaves to this child its own streams, and the signals of a new process."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for number, descriptor in enumerate(descriptors[:3]):
            os.dup2(descriptor, number)
        self._requests.close()
        for descriptor in (*descriptors, *self._reports.values(), self._woken, self._waking):
            os.close(descriptor)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - it stays open.
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def _tell(report: int, number: int) -> None:
    os.write(report, number.to_bytes(NUMBER_BYTES, signed=True))


def _for_each(owner: socket.socket, asked: socket.socket) -> socket.socket:
    """Forks until this process is one that forks for a worker: the way to that worker.

    :raises SystemExit: ``owner``, who shares this process, has ended.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # No child is waited for.
    while owner not in select.select([owner, asked], [], [])[0]:
        worker, _ = asked.accept()
        _preload()
        if os.fork() == 0:
            owner.close()
            asked.close()
            return worker
        worker.close()
    raise SystemExit


def main(descriptor: int, asked: int | None = None) -> None:
    """Forks children; in each of them, runs what was asked for.

    :param asked: of a socket to which each worker connects, which is then forked for.
    """
    warnings.simplefilter("ignore")
    requests = socket.socket(fileno=descriptor)
    if asked is None:
        _preload()
    else:
        requests = _for_each(requests, socket.socket(fileno=asked))
    request = _Forker(requests).child()
    if request["session"]:
        os.setsid()
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv[1:] = request["arguments"]
    warnings.resetwarnings()
    code: Any = 0
    try:
        runpy.run_module(request["module"], run_name="__main__", alter_sys=True)
    except SystemExit as left:
        code = left.code or 0
    if isinstance(code, int):
        _leave(code)
    sys.exit(code)


def _leave(code: int) -> None:
    """Ends as an interpreter does, but for the freeing of what was imported: pages that the
    children share would each be copied for it."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
