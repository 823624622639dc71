"""Pictures by address, against a TLS server on the loopback that a fake resolver names."""

from __future__ import annotations

import asyncio
import datetime
import ipaddress
import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest.fetching import (
    URL_LIMIT,
    IPAddress,
    PictureSource,
    PictureUnavailable,
    SafeClient,
    digest_of,
)
from searchapp.catalogue.ingest.importer import ImportOptions, import_feed
from searchapp.catalogue.ingest.row_work import Report
from searchapp.db.repositories.imports import Counts
from tests.support.catalogue import FakeVision, importer, row, swatch


class Shop:
    """A small https server; its answers depend on the path, ``etag``, ``down`` and ``body``."""

    def __init__(self) -> None:
        self.port = 0
        self.etag = '"v1"'
        self.down: set[str] = set()
        self.body = b"picture"
        self.hosts: list[str] = []
        self.closing = asyncio.Event()
        self.serving: set[asyncio.Task[None] | None] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving.add(asyncio.current_task())
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
                self.hosts.append(headers["host"])
                await self._answer(lines[0].split()[1], headers, writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _answer(self, path: str, headers: dict[str, str], out: asyncio.StreamWriter) -> None:
        if path.startswith("/to/"):
            self._head(out, "302 Found", f"Location: {path[4:]}", "Content-Length: 0")
        elif path == "/slow":
            await self.closing.wait()
        elif path == "/announced":
            self._head(out, "200 OK", f"Content-Length: {URL_LIMIT + 1}")
        elif path == "/endless":
            self._head(out, "200 OK", "Transfer-Encoding: chunked")
            for _ in range(8):
                out.write(b"100000\r\n" + b"x" * 0x100000 + b"\r\n")
                await out.drain()
        elif path == "/packed":
            self._head(out, "200 OK", "Content-Encoding: gzip", "Content-Length: 0")
        elif path == "/none":
            self._head(out, "404 Not Found", "Content-Length: 0")
        elif path in self.down:
            self._head(out, "503 Service Unavailable", "Content-Length: 0")
        elif headers.get("if-none-match") == self.etag:
            self._head(out, "304 Not Modified")
        else:
            self._head(out, "200 OK", f"ETag: {self.etag}", f"Content-Length: {len(self.body)}")
            out.write(self.body)

    def _head(self, out: asyncio.StreamWriter, *lines: str) -> None:
        out.write(("HTTP/1.1 " + "\r\n".join(lines) + "\r\n\r\n").encode())


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate for ``name`` and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    cert_path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert_path, key_path


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    cert, key = certificate(tmp_path, "shop.test")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    shop = Shop()
    server = await asyncio.start_server(shop.serve, "127.0.0.1", 0, ssl=tls)
    shop.port = server.sockets[0].getsockname()[1]
    yield shop
    server.close()
    shop.closing.set()
    await asyncio.gather(*filter(None, shop.serving), return_exceptions=True)


async def names(host: str, port: int) -> list[str]:
    """``shop.test`` is the loopback, ``inside.test`` another address of this machine."""
    known = {"shop.test": ["127.0.0.1"], "inside.test": ["127.0.0.2"]}
    if host not in known:
        raise OSError("unknown")
    return known[host]


def only_the_shop(address: IPAddress) -> bool:
    return address == ipaddress.ip_address("127.0.0.1")


@pytest.fixture
async def source(shop: Shop, tmp_path: Path) -> AsyncIterator[PictureSource]:
    tls = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    async with PictureSource(
        [], SafeClient(resolver=names, allowed=only_the_shop, tls=tls)
    ) as source:
        yield source


def at(shop: Shop, path: str, host: str = "shop.test", scheme: str = "https") -> str:
    return f"{scheme}://{host}:{shop.port}{path}"


async def test_fetch__by_name_over_the_pinned_address(shop: Shop, source: PictureSource) -> None:
    found = await source.fetch(at(shop, "/a.jpg"))
    assert found is not None
    assert (found.data, found.tag) == (b"picture", '"v1"')
    assert shop.hosts == [f"shop.test:{shop.port}"]


async def test_fetch__unchanged_by_etag(shop: Shop, source: PictureSource) -> None:
    assert await source.fetch(at(shop, "/a.jpg"), '"v1"') is None


@pytest.mark.parametrize("etag", ['"사진-1"', f'"{"x" * 300}"', '"\u2028"'])
async def test_fetch__an_etag_that_cannot_be_sent_back_gives_way_to_a_digest(
    shop: Shop, source: PictureSource, etag: str
) -> None:
    shop.etag = etag
    found = await source.fetch(at(shop, "/a.jpg"))
    assert found is not None
    assert found.tag == digest_of(b"picture")
    assert await source.fetch(at(shop, "/a.jpg"), found.tag) is None
    shop.body = b"another"
    assert await source.fetch(at(shop, "/a.jpg"), found.tag) is not None


@pytest.mark.parametrize("tag", ['"사진-1"', f'"{"x" * 199}'])
async def test_fetch__tags_as_they_were_kept_before(
    shop: Shop, source: PictureSource, tag: str
) -> None:
    shop.etag = f"{tag}{'x' * 100}"
    found = await source.fetch(at(shop, "/a.jpg"), tag)
    assert found is not None
    assert found.tag == digest_of(b"picture")


async def test_fetch__three_redirects_and_no_more(shop: Shop, source: PictureSource) -> None:
    assert await source.fetch(at(shop, "/to//to//to//a.jpg")) is not None
    with pytest.raises(PictureUnavailable, match="redirects"):
        await source.fetch(at(shop, "/to//to//to//to//a.jpg"))


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/to/http://shop.test/a.jpg", "could not be fetched"),
        ("/to/https://inside.test/a.jpg", "not on the public internet"),
        ("/to/file:///etc/passwd", "not at an https"),
        ("/to/https://[broken", "Invalid IPv6"),
        ("/to/https://[::1/a.jpg", "could not be fetched"),
        ("/to/https://shop.test:99999/a.jpg", "Port out of range"),
        ("/to/https://shop.test:port/a.jpg", "could not be fetched"),
        ("/announced", "5 MB"),
        ("/endless", "5 MB"),
        ("/packed", "packed"),
        ("/none", "404"),
    ],
)
async def test_fetch__refused(shop: Shop, source: PictureSource, path: str, reason: str) -> None:
    with pytest.raises(PictureUnavailable, match=reason):
        await source.fetch(at(shop, path))


async def test_fetch__refused_when_it_takes_too_long(shop: Shop, tmp_path: Path) -> None:
    tls = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    client = SafeClient(resolver=names, allowed=only_the_shop, tls=tls)
    slow = PictureSource([], client, seconds=1.0)
    async with slow as source:
        with pytest.raises(PictureUnavailable, match="longer than 1 s"):
            await source.fetch(at(shop, "/slow"))


async def test_fetch__http_is_tried_as_https(shop: Shop, source: PictureSource) -> None:
    assert await source.fetch(at(shop, "/a.jpg", scheme="http")) is not None


async def test_fetch__a_private_host_that_the_operator_names(shop: Shop, tmp_path: Path) -> None:
    tls = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    for trusted in ("shop.test", f"SHOP.test:{shop.port}"):
        async with PictureSource(
            [], SafeClient(resolver=names, tls=tls, trusted=[trusted])
        ) as source:
            assert await source.fetch(at(shop, "/a.jpg")) is not None
            with pytest.raises(PictureUnavailable, match="not on the public internet"):
                await source.fetch(at(shop, "/a.jpg", "inside.test"))


@pytest.mark.parametrize(
    ("host", "scheme", "reason"),
    [
        ("inside.test", "https", "not on the public internet"),
        ("unknown.test", "https", "no address"),
    ],
)
async def test_fetch__refused_host(
    shop: Shop, source: PictureSource, host: str, scheme: str, reason: str
) -> None:
    with pytest.raises(PictureUnavailable, match=reason):
        await source.fetch(at(shop, "/a.jpg", host, scheme))
    assert shop.hosts == []


async def test_fetch__certificate_of_another_name(shop: Shop, tmp_path: Path) -> None:
    async def anything(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    tls = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    async with PictureSource(
        [], SafeClient(resolver=anything, allowed=only_the_shop, tls=tls)
    ) as source:
        with pytest.raises(PictureUnavailable, match="could not be fetched"):
            await source.fetch(at(shop, "/a.jpg", "other.test"))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]"),  # noqa: S104 - no bind.
        *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "LOCALHOST", "[::127.0.0.1]"),
        *("[64:ff9b::7f00:1]", "[2002:7f00:1::1]", "169.254.169.254"),
    ],
)
async def test_fetch__own_machine_by_default(shop: Shop, host: str) -> None:
    async with PictureSource([]) as source:
        with pytest.raises(PictureUnavailable, match=r"not on the public internet|Invalid IPv4"):
            await source.fetch(at(shop, "/a.jpg", host))
    assert shop.hosts == []


async def test_import__only_what_changed_on_the_server(
    engine: AsyncEngine, shop: Shop, source: PictureSource
) -> None:
    shop.body = swatch(1)
    urls = (at(shop, "/a.png"), at(shop, "/b.png"))
    vision = FakeVision()

    async def again(title: str = "T") -> Report:
        rows = [row(1, images=urls, title=title)]
        recheck = ImportOptions(recheck=True)
        return await import_feed(importer(engine, vision), "shop", rows, source, options=recheck)

    assert (await again()).counts == Counts(added=1)
    shop.etag = '"v2"'
    assert (await again()).counts == Counts(unchanged=1)
    shop.down = {"/b.png"}
    report = await again()
    assert report.counts == Counts(unchanged=1)
    (note,) = report.notes
    assert note.text == (f"picture: its server answers 503 ({urls[1]}); what is known of it stays")
    shop.down = {"/a.png", "/b.png"}
    assert (await again("Another")).counts == Counts(changed=1)
    assert vision.seen == 1
    shop.down, shop.body, shop.etag = set(), swatch(2), '"v3"'
    assert (await again("Another")).counts == Counts(changed=1)
    assert vision.seen == 2


async def test_import__an_unchanged_picture_is_asked_for_again_after_a_week(
    engine: AsyncEngine, shop: Shop, source: PictureSource
) -> None:
    shop.body = swatch(1)
    work, rows = importer(engine), [row(1, images=(at(shop, "/a.png"),))]
    start = work.clock()
    asked = []
    for days in (0, 6, 7.1):
        later = replace(work, clock=lambda days=days: start + datetime.timedelta(days=days))
        await import_feed(later, "shop", rows, source)
        asked.append(len(shop.hosts))
    assert asked == [1, 1, 2]


async def test_import__a_redirect_to_nowhere_refuses_its_row_only(
    engine: AsyncEngine, shop: Shop, source: PictureSource
) -> None:
    shop.body = swatch(1)
    rows = [
        row(1, images=(at(shop, "/to/https://[broken"),)),
        row(2, images=(at(shop, "/a.png"),)),
    ]
    report = await import_feed(importer(engine), "shop", rows, source)
    assert report.counts == Counts(added=1, refused=1)
    (refusal,) = report.refusals
    assert refusal.id == "id1"
    assert "picture could not be fetched: Invalid IPv6 URL" in refusal.reason
