"""The keys of the catalogue API."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.tables.admin import api_keys
from searchapp.domain.ids import KeyScope

_USE = text("""
WITH used AS (
    UPDATE api_keys SET used_at = now()
    WHERE key_hash = :key_hash AND (used_at IS NULL OR used_at < now() - interval '1 minute')
)
SELECT name, scope, created_at, used_at FROM api_keys WHERE key_hash = :key_hash
""")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is listed; ``used_at`` is exact to a minute, None if it never was used."""

    name: str
    scope: KeyScope
    created_at: datetime
    used_at: datetime | None


async def add_key(session: AsyncSession, name: str, scope: KeyScope, key_hash: bytes) -> bool:
    """Stores a key; False when another one has the name."""
    values = {"name": name, "scope": scope.value, "key_hash": key_hash}
    statement = insert(api_keys).values(**values).on_conflict_do_nothing(index_elements=["name"])
    return await session.scalar(statement.returning(api_keys.c.name)) is not None


async def list_keys(session: AsyncSession) -> Sequence[ApiKey]:
    """All keys, by name."""
    columns = select(api_keys.c.name, api_keys.c.scope, api_keys.c.created_at, api_keys.c.used_at)
    rows = await session.execute(columns.order_by(api_keys.c.name))
    return [ApiKey(row.name, KeyScope(row.scope), row.created_at, row.used_at) for row in rows]


async def remove_key(session: AsyncSession, name: str) -> bool:
    """Removes a key, which is refused from then on; False when there is none of the name."""
    statement = delete(api_keys).where(api_keys.c.name == name).returning(api_keys.c.name)
    return await session.scalar(statement) is not None


async def use_key(session: AsyncSession, key_hash: bytes) -> ApiKey | None:
    """The key of a request, noted as used; None if it is not one of ours."""
    row = (await session.execute(_USE, {"key_hash": key_hash})).first()
    if row is None:
        return None
    return ApiKey(row.name, KeyScope(row.scope), row.created_at, row.used_at)
