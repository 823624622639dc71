"""Reflex's websocket under fire: it answers our pages, and nothing else costs anything."""

from __future__ import annotations

import asyncio
import json
import random
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import aiohttp
import httpx
import psycopg
import pytest

from searchapp.db.engine import psycopg_dsn
from searchapp.web.middleware.websockets import STRIKES
from tests.integration.api.conftest import MIB, Served, serving
from tests.support.databases import execute, with_database
from tests.support.web import picture

FLAT = 60.0
"""MiB that the process may grow under any of this."""

ROOT_STATE = "reflex___state____state"
HYDRATE = {"name": f"{ROOT_STATE}.hydrate", "payload": {}, "router_data": {"pathname": "/"}}
HYDRATE_FRAME = f"42/_event,{json.dumps(['event', HYDRATE])}"


@pytest.fixture(scope="module")
def served(
    postgres_dsn: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """The product's own web process; at the end its log holds no traceback."""
    execute(postgres_dsn, f"CREATE DATABASE sockets TEMPLATE {template}")
    log = tmp_path_factory.mktemp("sockets") / "web.log"
    with serving(with_database(postgres_dsn, "sockets"), log, pages=True) as running:
        yield running
        assert "Traceback" not in log.read_text()
    execute(postgres_dsn, "DROP DATABASE sockets WITH (FORCE)")


def address_of(served: Served) -> str:
    """Where a new tab opens its websocket."""
    return f"{served.url}/_event/?token={uuid4()}&EIO=4&transport=websocket"


@asynccontextmanager
async def connected(
    session: aiohttp.ClientSession, served: Served, **headers: str
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A websocket as our page opens it."""
    async with session.ws_connect(address_of(served), headers=headers) as socket:
        assert (await socket.receive_str(timeout=10)).startswith("0{")
        await socket.send_str("40/_event,")
        assert (await socket.receive_str(timeout=10)).startswith("40/_event,")
        yield socket


async def alive(session: aiohttp.ClientSession, served: Served) -> bool:
    """Whether a new page is served on its websocket."""
    async with connected(session, served) as socket:
        await socket.send_str(HYDRATE_FRAME)
        return ROOT_STATE in await socket.receive_str(timeout=10)


def refused(served: Served) -> float:
    """How many frames were thrown away so far."""
    text = httpx.get(f"{served.url}/metrics", trust_env=False).text
    lines = [x for x in text.splitlines() if x.startswith("searchapp_websocket_frames_refused_t")]
    return float(lines[0].rpartition(" ")[2])


async def test_hydrate__our_page_is_answered(served: Served) -> None:
    before = refused(served)
    async with aiohttp.ClientSession() as session:
        assert await alive(session, served)
    assert refused(served) == before


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_origin__other_pages_are_not_let_in(served: Served, origin: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            async with connected(session, served, Origin=origin):
                pass


async def test_origin__ours_is(served: Served) -> None:
    async with aiohttp.ClientSession() as session, connected(session, served, Origin=served.url):
        pass


def test_polling__is_no_way_around(served: Served) -> None:
    address = f"{served.url}/_event/?EIO=4&transport=polling"
    answer = httpx.get(address, trust_env=False)
    assert answer.status_code >= 400


async def test_doors__of_reflex_are_closed(served: Served) -> None:
    loop = asyncio.get_running_loop()
    before = await loop.run_in_executor(None, refused, served)
    exceptions = f"{ROOT_STATE}.reflex___state____frontend_event_exception_state"
    doors = {
        f"{ROOT_STATE}.setvar": {"var_name": "is_hydrated", "value": True},
        f"{ROOT_STATE}.set_is_hydrated": {"value": True},
        f"{exceptions}.handle_frontend_exception": {"info": "forged", "component_stack": ""},
    }
    async with aiohttp.ClientSession() as session, connected(session, served) as socket:
        for name, payload in doors.items():
            event = {"name": name, "payload": payload}
            await socket.send_str(f"42/_event,{json.dumps(['event', event])}")
            await socket.send_str(f"40/_event,{json.dumps({'event': event})}")
        await socket.send_str('42/_event,["client_error",{"message":"forged"}]')
        await socket.send_str(HYDRATE_FRAME)
        assert ROOT_STATE in await socket.receive_str(timeout=10)
    assert await loop.run_in_executor(None, refused, served) == before + 7
    assert "forged" not in served.log.read_text()


ADMIN = f"{ROOT_STATE}.searchapp___web___admin___state____admin_state"
RESULTS = f"{ROOT_STATE}.searchapp___web___pages___results___state____results_state"
SHARED = f"{ROOT_STATE}.searchapp___web___pages___small____share_state"


async def shown(session: aiohttp.ClientSession, served: Served, state: str, path: str) -> str:
    """What a tab that opens ``path`` is told of ``state``: all of it, as text."""
    route = {"pathname": path, "asPath": path}
    boot = {"name": f"{ROOT_STATE}.hydrate_and_load", "payload": {}, "router_data": route}
    reported = ""
    async with session.ws_connect(address_of(served)) as socket:
        await socket.send_str(f"40/_event,{json.dumps({'event': boot})}")
        with suppress(TimeoutError):
            while True:
                frame = await socket.receive_str(timeout=3)
                if frame == "2":
                    await socket.send_str("3")
                elif frame.startswith("42"):
                    reported += json.dumps(
                        json.loads(frame.partition(",")[2])[1]["delta"].get(state)
                    )
    return reported


async def test_rights__of_pages(served: Served) -> None:
    """The owner's link shows the search, its share link does not open it, nor the other way."""
    async with aiohttp.ClientSession(served.url) as session:
        form = aiohttp.FormData()
        form.add_field("image", picture(), filename="a.jpg")
        async with session.post("/api/search-job", data=form) as answer:
            job_id = (await answer.json())["jobId"]
        async with session.post(f"/api/search-job/{job_id}/share") as answer:
            share_id = (await answer.json())["shareUrl"].rpartition("/")[2]
    async with aiohttp.ClientSession() as session:
        owner = await shown(session, served, RESULTS, f"/results/{job_id}")
        assert job_id in owner
        assert '"found"' in owner
        stranger = await shown(session, served, RESULTS, f"/results/{share_id}")
        assert job_id not in stranger
        assert '"not_found"' in stranger
        shared = await shown(session, served, SHARED, f"/s/{share_id}")
        assert job_id not in shared
        assert '"found"' in shared
        assert '"gone"' in await shown(session, served, SHARED, f"/s/{job_id}")


async def test_rights__an_operators_events_of_a_stranger(served: Served) -> None:
    events = {"search": {"form": {"asked": "x"}}, "retry": {"ref": "x"}, "send_again": {"ref": "x"}}
    async with aiohttp.ClientSession() as session, connected(session, served) as socket:
        for name, payload in {**events, "switch_sms": {"on": False}}.items():
            event = {"name": f"{ADMIN}.{name}", "payload": payload}
            await socket.send_str(f"42/_event,{json.dumps(['event', event])}")
        await socket.send_str(HYDRATE_FRAME)
        assert ROOT_STATE in await socket.receive_str(timeout=10)
        await asyncio.sleep(1)
    with psycopg.connect(psycopg_dsn(served.dsn)) as connection:
        found = connection.execute("SELECT count(*) FROM searchapp.switches").fetchone()
    assert found == (0,)


WEIRD = (
    *(None, True, 0, -1, 1e308, "", "x" * 300, "\u202e\x00", [], [[]], {}, [1] * 500),
    *({"asked": None}, {"asked": [1]}, {"a": {"b": [1]}}, {"": ""}, {"a.b": 1}, ["x"]),
)
UPDATE = f"{ROOT_STATE}.reflex___state____update_vars_internal_state.update_vars_internal"
TAKING = {
    f"{ADMIN}.search": "form",
    f"{ADMIN}.retry": "ref",
    f"{ADMIN}.send_again": "ref",
    f"{ADMIN}.switch_sms": "on",
    f"{ROOT_STATE}.hydrate_and_load": "hashes",
    UPDATE: "vars",
}


async def test_events__arguments_of_every_kind(served: Served) -> None:
    """In the first frame and in later ones; the module's own check finds no traceback."""
    lines = len(served.log.read_text().splitlines())
    async with aiohttp.ClientSession() as session:
        for name, argument in TAKING.items():
            events = [{"name": name, "payload": {argument: value}} for value in WEIRD]
            async with connected(session, served) as socket:
                for event in events:
                    await socket.send_str(f"42/_event,{json.dumps(['event', event])}")
            async with session.ws_connect(address_of(served)) as socket:
                for event in events[: STRIKES - 1]:
                    await socket.send_str(f"40/_event,{json.dumps({'event': event})}")
        assert await alive(session, served)
    assert len(served.log.read_text().splitlines()) - lines < 60


async def test_messages__huge_ones_that_never_end(served: Served) -> None:
    """A client whose message outgrows the limit is disconnected before it costs memory."""
    sockets = []
    before = most = served.memory
    for _ in range(12):
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(upgrade_request(served))
        await reader.readuntil(b"\r\n\r\n")
        sockets.append(writer)
        for part in range(60):
            writer.write(frame_part(1 if part == 0 else 0, b"x" * MIB))
            with suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.drain(), 5)
        most = max(most, served.memory)
        await asyncio.sleep(0.3)
    for writer in sockets:
        writer.close()
    assert most - before < 60
    async with aiohttp.ClientSession() as session:
        assert await alive(session, served)


def upgrade_request(served: Served) -> bytes:
    return (
        f"GET {address_of(served).removeprefix(served.url)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    ).encode()


def frame_part(kind: int, data: bytes) -> bytes:
    """An unfinished frame, masked with zeros (RFC 6455, 5.2)."""
    return bytes([kind, 0x80 | 127]) + struct.pack(">Q", len(data)) + bytes(4) + data


SAID = (b"", b"GET / HT", b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\n")
"""Nothing, half a request, one request, and another protocol."""


async def test_connections__that_say_nothing_more_are_closed(served: Served) -> None:
    """Each of them within half a minute, side by side."""

    async def until_closed(said: bytes) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        writer.write(said)
        with suppress(ConnectionResetError):
            await reader.read()
        writer.close()

    async with asyncio.timeout(30), asyncio.TaskGroup() as waiting:
        for said in SAID:
            waiting.create_task(until_closed(said), name=repr(said))


async def test_frames__random_ones_cost_nothing(served: Served) -> None:
    chance = random.Random(3)
    before, lines = served.memory, len(served.log.read_text().splitlines())
    names = ["setvar", "hydrate", "__init__", "set_is_hydrated", "handle_frontend_exception", "x"]
    seeds = [HYDRATE_FRAME, '42/_event,["event",{}]', "40/_event,", "3", '42["event"]', "451-[]"]
    seeds += [HYDRATE_FRAME.replace("hydrate", name) for name in names]
    async with aiohttp.ClientSession() as session:
        for _ in range(40):
            async with connected(session, served) as socket:
                for _ in range(30):
                    frame = list(chance.choice(seeds))
                    for _ in range(chance.randint(1, 6)):
                        frame[chance.randrange(len(frame))] = chance.choice('[]{}",:a0\\\u202e')
                    if socket.closed:
                        break
                    await socket.send_str("".join(frame))
        assert await alive(session, served)
    logged = served.log.read_text().splitlines()[lines:]
    assert len(logged) < 400
    assert served.memory - before < FLAT


async def test_frames__huge_and_binary_ones(served: Served) -> None:
    before = served.memory
    async with aiohttp.ClientSession() as session:
        for _ in range(10):
            async with connected(session, served) as socket:
                with suppress(ConnectionError):  # The first one ends the connection.
                    await socket.send_str("42/_event," + "[" * 900_000)
                    await socket.send_bytes(b"\0" * 900_000)
                    await socket.receive(timeout=0.2) if socket.closed else None
        assert await alive(session, served)
    assert served.memory - before < FLAT


async def test_tokens__strange_ones_are_not_let_in(served: Served) -> None:
    tokens = ["", "..%2f..", "%00", "a" * 3000, "' OR 1=1", "🙂", "1&token=2"]
    async with aiohttp.ClientSession() as session:
        for token in tokens:
            address = f"{served.url}/_event/?token={token}&EIO=4&transport=websocket"
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(address)
        assert await alive(session, served)


async def test_idle__a_thousand_sockets(served: Served) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        gate = asyncio.Semaphore(50)

        async def idle() -> aiohttp.ClientWebSocketResponse:
            async with gate:
                return await session.ws_connect(address_of(served))

        sockets = await asyncio.gather(*(idle() for _ in range(1000)))
        assert await alive(session, served)
        memory = served.memory
        await asyncio.gather(*(socket.close() for socket in sockets))
    assert memory < 400
