"""Where pictures lie when it is not the database: an S3-compatible object store.

The row of a picture is the truth.  An object is put before the transaction that names it commits,
and deleted only after the one that forgets it has; what is left over when something breaks in
between is found by :func:`searchapp.db.repositories.photos.sweep`.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from sqlalchemy.orm import Session

from searchapp.domain.ids import new_id
from searchapp.errors import OperatorError
from searchapp.logs import get_logger
from searchapp.settings import Settings

log = get_logger(__name__)

SECONDS = 4
"""A request that takes longer has failed: shorter than callers wait for the database."""


class PhotoStore(Protocol):
    """Keeps bytes under names.  Every method raises ConnectionError when the store is away."""

    async def put(self, key: str, data: bytes) -> None:
        """Keeps ``data``."""

    async def get(self, key: str) -> bytes | None:
        """What was kept, or None if there is no such name."""

    async def delete(self, keys: Sequence[str]) -> None:
        """Forgets names; unknown ones are no error."""

    def listed_before(self, moment: datetime) -> AsyncIterator[Sequence[str]]:
        """All names that were kept before ``moment``, in batches."""


class PhotoStoreUnavailable(ConnectionError):
    """The store did not answer, or refused."""


class S3Photos:
    """An S3-compatible store, by obstore; keys and region come from the usual AWS_* names."""

    def __init__(self, url: str) -> None:
        """:param url: ``s3://bucket/prefix``.

        :raises OperatorError: it cannot be read, or a name is missing.
        """
        import obstore
        from obstore.store import S3Store

        self._obstore: Any = obstore
        plain = os.environ.get("AWS_ENDPOINT_URL", "").startswith("http://")
        try:
            self._store: Any = S3Store.from_url(
                url,
                client_options={"timeout": f"{SECONDS}s", "allow_http": plain},
                retry_config={"max_retries": 1},
            )
        except (obstore.exceptions.BaseError, ValueError) as error:
            raise OperatorError(f"SEARCHAPP_PHOTO_STORE: {error}") from None

    async def put(self, key: str, data: bytes) -> None:
        """Keeps ``data``."""
        await self._asked(self._obstore.put_async(self._store, key, data))

    async def get(self, key: str) -> bytes | None:
        """What was kept, or None."""
        try:
            found = await self._asked(self._obstore.get_async(self._store, key))
            return bytes(await self._asked(found.bytes_async()))
        except FileNotFoundError:
            return None

    async def delete(self, keys: Sequence[str]) -> None:
        """Forgets names."""
        await self._asked(self._obstore.delete_async(self._store, list(keys)))

    async def listed_before(self, moment: datetime) -> AsyncIterator[Sequence[str]]:
        """All names that were kept before ``moment``."""
        batches = self._obstore.list(self._store, chunk_size=500)
        while batch := await self._asked(anext(batches, None)):
            yield [str(found["path"]) for found in batch if found["last_modified"] < moment]

    async def _asked(self, answer: Any) -> Any:
        try:
            return await answer
        except FileNotFoundError:
            raise
        except self._obstore.exceptions.BaseError as error:
            raise PhotoStoreUnavailable(f"photo store: {type(error).__name__}") from error


async def try_store(store: PhotoStore) -> None:
    """Keeps, reads and deletes one small object.

    :raises PhotoStoreUnavailable: one of these was refused, or not answered.
    """
    key = f"doctor-{new_id()}"
    await store.put(key, b"doctor")
    await store.get(key)
    await store.delete([key])


_stores: WeakKeyDictionary[Engine, PhotoStore] = WeakKeyDictionary()
_deleting: set[asyncio.Task[None]] = set()  # The loop itself holds tasks only weakly.


def use_photo_store(engine: AsyncEngine, settings: Settings) -> None:
    """Makes the sessions of ``engine`` keep pictures where the settings say.

    :raises OperatorError: SEARCHAPP_PHOTO_STORE cannot be used.
    """
    if settings.photo_store != "postgres":
        attach(engine, S3Photos(settings.photo_store))


def attach(engine: AsyncEngine, store: PhotoStore) -> None:
    """Makes the sessions of ``engine`` keep pictures in ``store``."""
    _stores[engine.sync_engine] = store


def store_of(session: AsyncSession) -> PhotoStore | None:
    """The store of a session's engine, or None for the database itself."""
    bind = session.sync_session.get_bind()
    return _stores.get(bind.engine if not isinstance(bind, Engine) else bind)


def delete_after_commit(session: AsyncSession, store: PhotoStore, keys: Sequence[str]) -> None:
    """Deletes objects once they cannot be needed any more: not before the commit."""

    def committed(_session: Session) -> None:
        task = asyncio.get_running_loop().create_task(_delete(store, keys))
        _deleting.add(task)
        task.add_done_callback(_deleting.discard)

    if keys:
        event.listen(session.sync_session, "after_commit", committed, once=True)


async def deleted() -> None:
    """Waits, for a bounded time, until what was to be deleted is: before a process ends."""
    if _deleting:
        await asyncio.wait(_deleting, timeout=3 * SECONDS)


async def _delete(store: PhotoStore, keys: Sequence[str]) -> None:
    try:
        await store.delete(keys)
    except ConnectionError as error:
        log.warning("photos are left for the sweep", count=len(keys), error=str(error))
