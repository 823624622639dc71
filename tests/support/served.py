"""A real web process without pages, for tests: ``python -m tests.support.served PORT``.

It reads the product's own settings and prints ``ready`` once it listens.
"""

from __future__ import annotations

import asyncio
import socket
import sys

from searchapp.cli.serving import make_server
from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import open_services
from searchapp.logs import configure_logs
from searchapp.settings import get_settings
from tests.support.web import make_asgi


async def main(port: int) -> None:
    """Serves until the process is ended."""
    configure_logs(json=True)
    services = open_services(get_settings())
    board = JobCache(services)
    server = make_server(make_asgi(services, board), "127.0.0.1", port)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(board.run())
        tasks.create_task(server.run_until_stopped())
        tasks.create_task(_say_ready(port))


async def _say_ready(port: int) -> None:
    while True:
        await asyncio.sleep(0.05)
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            continue
        writer.close()
        print("ready", flush=True)  # noqa: T201 - The parent waits for it.
        return


def free_port() -> int:
    """A free port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
