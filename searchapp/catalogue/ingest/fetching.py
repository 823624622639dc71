"""The pictures that a feed names: files beside it, or addresses on the public internet."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import unquote

import httpx

from searchapp.catalogue.ingest.safe_transport import (
    NotAllowed,
    NotPublic,
    Policy,
    Resolver,
    SafeClient,
    is_public,
    resolve,
)

URL_LIMIT = 5 * 1024 * 1024
"""Bytes of one picture from the internet."""
FILE_LIMIT = 15 * 1024 * 1024
"""Bytes of one picture from a file."""
SECONDS = 5.0
"""For one picture, redirects included."""
_ETAG = re.compile(r"(?!sha256:)[\x20-\x7e]{1,200}")
"""What is kept of a server and sent back to it; others (longer ones, say) give way to a digest."""


class PictureUnavailable(Exception):
    """A picture that could not be had; the message is the reason, for the operator."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture's bytes and a tag by which the next fetch tells whether it changed."""

    data: bytes
    tag: str


def digest_of(data: bytes) -> str:
    """What tells these bytes from others."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


class PictureSource:
    """Where the pictures of one feed come from.

    :param folders: where paths are looked up, first come first; a path never leaves its folder.
    :param trusted: private hosts that may be asked, as in :class:`SafeClient`, which also says
        what ``resolver``, ``allowed`` and ``tls`` mean.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        resolver: Resolver = resolve,
        allowed: Policy = is_public,
        tls: ssl.SSLContext | None = None,
        trusted: Iterable[str] = (),
        connections: int = 16,
        seconds: float = SECONDS,
    ) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self._seconds = seconds
        self._client = SafeClient(
            resolver=resolver,
            allowed=allowed,
            tls=tls,
            trusted=trusted,
            connections=connections,
            seconds=seconds,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        await self._client.close()

    async def fetch(self, reference: str, tag: str = "") -> Fetched | None:
        """The picture at ``reference``, a path or an https address.

        :param tag: of the last fetch; None comes back if the picture is still that one.
        :raises PictureUnavailable: it is absent, too large, too slow, or may not be fetched.
        """
        if reference.lower().startswith(("http:", "https:")):
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
        names = dict.fromkeys((reference, unquote(reference), Path(reference).name))
        for name in names:
            for folder in self._folders:
                try:
                    path = (folder / name).resolve()
                    if not path.is_relative_to(folder):
                        reason = f"picture {reference[:200]} is outside {folder.name}/"
                        raise PictureUnavailable(reason)
                    if path.is_file():
                        return path
                except (OSError, ValueError, RuntimeError):
                    continue
        raise PictureUnavailable(f"picture {reference[:200]} does not exist")

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
            return await _body(response)


async def _body(response: httpx.Response) -> Fetched:
    """The body, counted as it comes: a length that is announced may be wrong."""
    if response.status_code != httpx.codes.OK:
        raise PictureUnavailable(f"picture: its server answers {response.status_code}")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise PictureUnavailable("picture is packed, which was not asked for")
    announced = response.headers.get("content-length", "0")
    data = bytearray()
    if not announced.isdigit() or int(announced) <= URL_LIMIT:
        async for chunk in response.aiter_raw():
            data += chunk
            if len(data) > URL_LIMIT:
                break
    if len(data) > URL_LIMIT or (announced.isdigit() and int(announced) > URL_LIMIT):
        raise PictureUnavailable("picture is larger than 5 MB")
    etag = response.headers.get("etag", "")
    return Fetched(bytes(data), etag if _ETAG.fullmatch(etag) else digest_of(bytes(data)))
