"""A transaction pooler in front of the test's own database."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator

import psycopg
import pytest
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import make_engine
from tests.support.folders import make_server_folder
from tests.support.programs import debian_program

SERVER_CONNECTIONS = 2
"""Fewer than clients, so that no client keeps a connection of its own."""

_CONFIGURATION = """
[databases]
* = host={server} port={server_port}

[pgbouncer]
listen_addr =
listen_port = 6432
unix_socket_dir = {folder}
unix_socket_mode = 0777
auth_type = trust
auth_file = {folder}/users.txt
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 200
ignore_startup_parameters = extra_float_digits
logfile = {folder}/log.txt
pidfile = {folder}/pid.txt
"""


UNPRIVILEGED = 65534
"""The user and group that own nothing, by their number."""


@pytest.fixture
def pooled(database: str) -> Iterator[str]:
    """The DSN of the test's database through PgBouncer in transaction mode."""
    program = debian_program("pgbouncer")
    folder = make_server_folder()
    url = make_url(database)
    text = _CONFIGURATION.format(
        server=url.query["host"],
        server_port=url.query["port"],
        folder=folder,
        connections=SERVER_CONNECTIONS,
    )
    (folder / "pgbouncer.ini").write_text(text)
    (folder / "users.txt").write_text(f'"{url.username}" ""\n')
    account: dict[str, int] = {}
    if os.geteuid() == 0:  # It refuses to run as root.
        account = {"user": UNPRIVILEGED, "group": UNPRIVILEGED}
        shutil.chown(folder, UNPRIVILEGED, pwd.getpwuid(UNPRIVILEGED).pw_gid)
    process = subprocess.Popen(
        [program, "-q", str(folder / "pgbouncer.ini")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **account,
    )
    dsn = url.set(query={"host": str(folder), "port": "6432"}).render_as_string(hide_password=False)
    try:
        _wait_until_it_answers(dsn, process)
        yield dsn
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _wait_until_it_answers(dsn: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            psycopg.connect(dsn, connect_timeout=2).close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@pytest.fixture
async def pooled_engine(pooled: str) -> AsyncIterator[AsyncEngine]:
    """An engine whose connections all go through the pooler."""
    engine = make_engine(pooled, pool_size=8)
    yield engine
    await engine.dispose()
