"""The pictures that a feed names: files beside it, or addresses on the public internet.

What a feed names must not reach private networks: the address is checked where the connection is
made, after the name was resolved, and the connection goes to that very address.  A name that
resolves differently the next moment gains nothing by it; the TLS certificate is still checked
against the name.
"""

from __future__ import annotations

import asyncio
import hashlib
import ipaddress
import re
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote, urljoin, urlsplit

import httpcore
import httpx

from searchapp.domain.hosts import IPAddress, is_public

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Host and port -> addresses as text, best first."""
Policy = Callable[[IPAddress], bool]


class NotPublic(ConnectionError):
    """A host that has an address outside the public internet, or none at all."""


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of ``host`` by the system's resolver."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def is_trusted(host: str, port: int | None, trusted: frozenset[str]) -> bool:
    """Whether the operator names ``host``, alone or with its port, among private hosts."""
    return host.lower() in trusted or f"{host.lower()}:{port}" in trusted


LOOKUP_SECONDS = 4.0
"""For one look-up of a name: less than a picture may take, so that the reason is told."""

ABSENT_SECONDS = 10.0
"""How long a host without an address is not looked up again: a feed names it in every row."""


class _Lookups:
    """Looks each host up once at a time, and remembers for a while that it has no address."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._under_way: dict[tuple[str, int], asyncio.Future[list[str]]] = {}
        self._absent: dict[tuple[str, int], float] = {}

    async def addresses(self, host: str, port: int) -> list[str]:
        """:raises NotPublic: ``host`` has no address, or none that is found in time."""
        now, key = asyncio.get_running_loop().time(), (host, port)
        self._absent = {other: until for other, until in self._absent.items() if until > now}
        if key not in self._absent:
            try:
                return await asyncio.wait_for(asyncio.shield(self._lookup(key)), LOOKUP_SECONDS)
            except (OSError, ValueError, TimeoutError):
                self._absent[key] = now + LOOKUP_SECONDS + ABSENT_SECONDS
        raise NotPublic(f"{host} has no address")

    def _lookup(self, key: tuple[str, int]) -> asyncio.Future[list[str]]:
        work = self._under_way.get(key)
        if work is None:
            work = self._under_way[key] = asyncio.ensure_future(self._resolver(*key))
            work.add_done_callback(lambda done: self._ended(key, done))
        return work

    def _ended(self, key: tuple[str, int], done: asyncio.Future[list[str]]) -> None:
        """Takes the error, which asyncio reports where all pictures gave up waiting for it."""
        del self._under_way[key]
        if not done.cancelled():
            done.exception()


class PinnedBackend(httpcore.AsyncNetworkBackend):
    """Connects to a host by an address that it has just checked."""

    def __init__(
        self, resolver: Resolver, allowed: Policy, trusted: frozenset[str] = frozenset()
    ) -> None:
        """:param trusted: hosts, or ``host:port``, that may have any address."""
        self._lookups = _Lookups(resolver)
        self._allowed = allowed
        self._trusted = trusted
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface of httpcore has it.
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """:raises NotPublic: if any address of ``host`` is one that may not be reached."""
        last: Exception = NotPublic(f"{host} has no address")
        for address in await self._addresses(host, port):
            try:
                return await self._plain.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                last = error
        raise last

    async def _addresses(self, host: str, port: int) -> list[str]:
        addresses = await self._lookups.addresses(host, port)
        try:
            checked = [ipaddress.ip_address(text) for text in addresses]
        except ValueError:
            raise NotPublic(f"{host} has no address") from None
        trusted = is_trusted(host, port, self._trusted)
        if not trusted and not all(map(self._allowed, checked)):
            raise NotPublic(f"{host} is not on the public internet")
        return addresses

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class PinnedTransport(httpx.AsyncHTTPTransport):
    """httpx over :class:`PinnedBackend`; proxies of the environment are not asked."""

    def __init__(self, backend: PinnedBackend, tls: ssl.SSLContext, connections: int) -> None:
        super().__init__(verify=tls, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=15,
            network_backend=backend,
        )


REDIRECTS = 3
_MOVED = frozenset({301, 302, 303, 307, 308})


class NotAllowed(ConnectionError):
    """An address that may not be asked: not https, or behind too many redirects."""


class SafeClient:
    """Asks https addresses on the public internet, and private hosts that the operator names.

    :param resolver: name resolution, by the system's resolver unless a test says otherwise.
    :param allowed: which addresses may be reached.
    :param tls: how certificates are checked; by the system's, and ``SSL_CERT_FILE``, if None.
    :param trusted: private hosts, or ``host:port``, that may be asked, by plain http too.
    """

    def __init__(
        self,
        *,
        resolver: Resolver = resolve,
        allowed: Policy = is_public,
        tls: ssl.SSLContext | None = None,
        trusted: Iterable[str] = (),
        connections: int = 16,
        seconds: float = 30.0,
    ) -> None:
        self._trusted = frozenset(host.lower() for host in trusted)
        backend = PinnedBackend(resolver, allowed, self._trusted)
        context = tls or ssl.create_default_context()
        self._client = httpx.AsyncClient(
            transport=PinnedTransport(backend, context, connections),
            trust_env=False,
            follow_redirects=False,
            timeout=seconds,
            headers={"User-Agent": "searchapp-catalogue", "Accept-Encoding": "identity"},
        )

    async def aclose(self) -> None:
        """Closes all connections."""
        await self._client.aclose()

    @asynccontextmanager
    async def get(
        self, url: str, headers: dict[str, str], auth: tuple[str, str] | None = None
    ) -> AsyncIterator[httpx.Response]:
        """The answer at ``url``, behind at most REDIRECTS redirects; its body is not read yet.

        :param auth: user and password, for the host of ``url`` alone.
        :raises NotAllowed: an address is not https, or there are more redirects.
        :raises httpx.HTTPError: the server cannot be reached, or does not answer in time.
        """
        first = urlsplit(url).netloc
        for _ in range(REDIRECTS + 1):
            url = self._https(url)
            given = auth if auth and urlsplit(url).netloc == first else None
            async with self._client.stream("GET", url, headers=headers, auth=given) as response:
                if response.status_code not in _MOVED:
                    yield response
                    return
                url = urljoin(url, response.headers.get("location", ""))
        raise NotAllowed(f"it is behind more than {REDIRECTS} redirects")

    def _https(self, url: str) -> str:
        """``url`` by https; by http only where the operator vouches for the host.

        :raises ValueError: it is no address, or its port is none.
        """
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "http" and not is_trusted(host, port, self._trusted):
            parts = parts._replace(scheme="https")
            if port == HTTP_PORT:
                parts = parts._replace(netloc=parts.netloc.removesuffix(f":{HTTP_PORT}"))
        if parts.scheme not in ("http", "https"):
            raise NotAllowed("it is not at an https address")
        return parts.geturl()


HTTP_PORT = 80


MIB = 1024 * 1024
URL_LIMIT = 5 * MIB
"""Bytes of one picture from the internet."""
FILE_LIMIT = 15 * MIB
"""Bytes of one picture from a file."""
SECONDS = 5.0
"""For one picture, redirects included."""
_ETAG = re.compile(r"(?!sha256:)[\x20-\x7e]{1,200}")
"""What is kept of a server and sent back to it; others (longer ones, say) give way to a digest."""


class PictureUnavailable(Exception):
    """A picture that could not be had; the message is the reason, for the operator."""


class PictureTooLarge(PictureUnavailable):
    """A picture of more bytes than are taken."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture's bytes and a tag by which the next fetch tells whether it changed."""

    data: bytes
    tag: str


def is_address(reference: str) -> bool:
    """Whether a feed or a picture is at an address rather than at a path."""
    return reference.lower().startswith(("http:", "https:"))


def digest_of(data: bytes) -> str:
    """What tells these bytes from others."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class PictureSource(AbstractAsyncContextManager["PictureSource"]):
    """Where the pictures of one feed come from.

    :param folders: where paths are looked up, first come first; a path never leaves its folder.
    :param client: what asks addresses; it is closed with this.
    :param seconds: for one picture, redirects included.
    :param limit: bytes of one picture from the internet.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        client: SafeClient | None = None,
        *,
        seconds: float = SECONDS,
        limit: int = URL_LIMIT,
    ) -> None:
        self._limit = limit
        self._folders = [folder.resolve() for folder in folders]
        self._seconds = seconds
        self._client = client or SafeClient()

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        """The picture at ``reference``, a path or an https address.

        :param tag: of the last fetch; None comes back if the picture is still that one.
        :raises PictureUnavailable: it is absent, too large, too slow, or may not be fetched.
        """
        if is_address(reference):
            fetched = await self._from_web(reference, tag)
        else:
            fetched = await asyncio.to_thread(self._from_file, reference)
        return None if fetched is None or (tag and fetched.tag == tag) else fetched

    def _from_file(self, reference: str) -> Fetched:
        path = self._path(reference)
        try:
            with path.open("rb") as file:
                data = file.read(FILE_LIMIT + 1)
        except OSError as error:
            reason = error.strerror or "cannot be read"
            raise PictureUnavailable(f"picture {reference[:200]}: {reason}") from None
        if len(data) > FILE_LIMIT:
            raise PictureUnavailable(f"picture {reference[:200]} is larger than 15 MB")
        return Fetched(data, digest_of(data))

    def _path(self, reference: str) -> Path:
        """The file, links followed, if it is a plain one inside one of the folders.

        The path as it stands comes first, then without ``%20`` and the like, then its last part:
        ``--images`` may name the very folder that the feed's paths begin with.
        """
        whole, name = reference.lstrip("/"), Path(reference).name
        names = dict.fromkeys((reference, unquote(reference), whole, name))
        # macOS writes Korean names in parts, in feeds or in folders.
        names |= {normalize(form, name): None for form in ("NFC", "NFD") for name in names}
        fault = "does not exist"
        for name in names:
            for folder in self._folders:
                try:
                    path = (folder / name).resolve()
                    if not path.is_relative_to(folder):
                        fault = f"is outside {folder.name}/"
                    elif path.is_file():
                        return path
                except (OSError, ValueError, RuntimeError):
                    continue
        raise PictureUnavailable(f"picture {reference[:200]} {fault}")

    async def _from_web(self, url: str, tag: str) -> Fetched | None:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._follow(url, tag)
        except TimeoutError:
            raise PictureUnavailable(f"picture took longer than {self._seconds:g} s") from None
        except (NotPublic, NotAllowed) as error:
            raise PictureUnavailable(f"picture: {error}") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            reason = str(error) or type(error).__name__
            raise PictureUnavailable(f"picture could not be fetched: {reason[:200]}") from None

    async def _follow(self, url: str, tag: str) -> Fetched | None:
        known = {"If-None-Match": tag} if _ETAG.fullmatch(tag) else {}
        async with self._client.get(url, known) as response:
            if response.status_code == httpx.codes.NOT_MODIFIED and known:
                return None
            return await _body(response, self._limit)


async def _body(response: httpx.Response, limit: int) -> Fetched:
    """The body, counted as it comes: a length that is announced may be wrong."""
    if response.status_code != httpx.codes.OK:
        raise PictureUnavailable(f"picture: its server answers {response.status_code}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise PictureUnavailable("picture is packed, which was not asked for")
    announced = response.headers.get("content-length", "0")
    data = bytearray()
    if not announced.isdigit() or int(announced) <= limit:
        async for chunk in response.aiter_raw():
            data += chunk
            if len(data) > limit:
                break
    if len(data) > limit or (announced.isdigit() and int(announced) > limit):
        raise PictureTooLarge(f"picture is larger than {limit // MIB} MB")
    etag = response.headers.get("etag", "")
    return Fetched(bytes(data), etag if _ETAG.fullmatch(etag) else digest_of(bytes(data)))
