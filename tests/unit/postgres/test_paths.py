"""Whether anything listens at the server's address."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from searchapp.postgres.account import Account
from searchapp.postgres.paths import SOCKET, Place


@pytest.fixture
def place() -> Iterator[Place]:
    folder = Path(tempfile.mkdtemp())
    yield Place(folder, folder, Account(os.getuid(), os.getgid(), switch=False))
    shutil.rmtree(folder)


def test_listens__a_frozen_server_with_a_full_queue_is_there(place: Place) -> None:
    with ExitStack() as opened, ThreadPoolExecutor(1) as thread:
        frozen = socket.socket(socket.AF_UNIX)
        frozen.bind(str(place.sockets / SOCKET))
        frozen.listen(0)
        with suppress(BlockingIOError):
            while True:
                waiting = opened.enter_context(socket.socket(socket.AF_UNIX))
                waiting.setblocking(False)
                waiting.connect(str(place.sockets / SOCKET))
        asked = thread.submit(place.listens)
        try:
            assert asked.result(timeout=10)
        finally:
            frozen.close()  # Ends the wait of a look that has no limit.


def test_listens__not_without_a_socket(place: Place) -> None:
    assert not place.listens()
