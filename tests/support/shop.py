"""A shop's server on the loopback: feeds and pictures, well or badly served."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.support.catalogue import swatch

FEED = "id,title,link,image_link,price\n"


@dataclass
class Server:
    """A shop's server on the loopback, by plain http; ``answer`` is what it sends for a feed."""

    port: int = 0
    answer: bytes = b""
    requests: list[str] = field(default_factory=list)
    hang: asyncio.Event = field(default_factory=asyncio.Event)
    picture_seconds: float = 0.0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(head)
            if head.startswith("GET /p"):
                await asyncio.sleep(self.picture_seconds)
                writer.write(ok(swatch(1)))
            elif head.startswith("GET /hang"):
                await self.hang.wait()
            else:
                writer.write(self.answer)
            await writer.drain()
        finally:
            writer.close()

    def at(self, path: str = "/feed.csv", user: str = "") -> str:
        return f"http://{user}127.0.0.1:{self.port}{path}"

    def feed(self, *ids: str) -> bytes:
        picture = self.at("/p.png")
        rows = (f"{id_},티셔츠 {id_},https://s.kr/{id_},{picture},15000 KRW\n" for id_ in ids)
        return (FEED + "".join(rows)).encode()


def ok(body: bytes, *headers: str, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """A shop that is served until the block ends."""
    shop = Server()
    listening = await asyncio.start_server(shop.serve, "127.0.0.1", 0)
    shop.port = listening.sockets[0].getsockname()[1]
    yield shop
    shop.hang.set()
    listening.close()
