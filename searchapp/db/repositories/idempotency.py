"""Idempotency keys: a request that comes again is recognised and answered like the first one.

Keys and requests are stored as keyed hashes only.  A search carries those of the request that
started it (``search_jobs.idempotency_hash``); requests about its message have a table.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import NotifyRequestRow
from searchapp.db.tables.searches import SCHEMA, metadata
from searchapp.errors import Conflict

requests = metadata.tables[f"{SCHEMA}.{NotifyRequestRow.__tablename__}"]


def key_hashes(secrets: Secrets, purpose: str, key: str) -> list[bytes]:
    """The keyed hashes of an Idempotency-Key for one kind of request, the newest first."""
    return secrets.hashes(f"{purpose}-key", key)


@dataclass(frozen=True, slots=True)
class KeyedRequest:
    """A request and its Idempotency-Key, each hashed under every secret key, the newest first.

    ``keys`` is empty when the client sent no key.
    """

    keys: Sequence[bytes]
    digests: Sequence[bytes]

    @classmethod
    def of(cls, secrets: Secrets, purpose: str, *, key: str | None, content: str) -> KeyedRequest:
        """The hashes of ``key`` and of ``content``, which is all that makes requests the same."""
        keys = key_hashes(secrets, purpose, key) if key else []
        return cls(keys, secrets.hashes(f"{purpose}-request", content))

    def check(self, digest: bytes | None) -> None:
        """Compares this request with the one whose ``digest`` is stored under its key.

        :raises Conflict: the key was used with another request.
        """
        if digest not in self.digests:
            raise Conflict


async def answer_once(
    session: AsyncSession,
    job_id: str,
    request: KeyedRequest,
    answer: Callable[[], Awaitable[str | None]],
) -> str | None:
    """What ``answer`` returns, stored with the search under the request's key; a repeated request
    gets what is stored.

    The caller holds the job's row, so that two requests under one key come one after the other.

    :raises Conflict: the key was used with another request about this search.
    """
    query = select(NotifyRequestRow).where(
        requests.c.job_id == job_id, requests.c.key_hash.in_(request.keys)
    )
    known: NotifyRequestRow | None = await session.scalar(query.limit(1))
    if known is not None:
        request.check(known.digest)
        return known.reason
    reason = await answer()
    if request.keys:
        key, digest = request.keys[0], request.digests[0]
        row = {"job_id": job_id, "key_hash": key, "digest": digest, "reason": reason}
        await session.execute(insert(requests).values(row))
    return reason
