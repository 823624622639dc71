"""What a web process does with the database, without HTTP: ``python -m tests.crash.web_main``.

For each line ``KEY`` on its input it stores one search under that idempotency key and answers
``stored KEY ID`` or ``refused KEY``.
"""

from __future__ import annotations

import asyncio
import sys

from searchapp.errors import NotStored
from searchapp.jobs.services import Services, open_services
from searchapp.jobs.submit import start
from searchapp.logs import configure_logs
from searchapp.settings import Settings
from tests.support.jobs import new_search


async def store(services: Services, key: str) -> None:
    try:
        job = await start(services, new_search(idempotency_key=key, photo=key.encode()))
    except NotStored:
        print(f"refused {key}", flush=True)  # noqa: T201
    else:
        print(f"stored {key} {job.id}", flush=True)  # noqa: T201


async def main() -> None:
    services = open_services(Settings(_env_file=None))
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
    )
    print("ready", flush=True)  # noqa: T201
    async with asyncio.TaskGroup() as stores:
        while line := await reader.readline():
            stores.create_task(store(services, line.decode().strip()))
    await services.close()


if __name__ == "__main__":
    configure_logs(json=False)
    asyncio.run(main())
