"""Everything that is stored of one phone number, as one file for its owner.

The file is a zip with ``export.json`` and the photos.  Rows are given column by column, as
docs/privacy.md names them, so that nothing is left out; only what belongs to another number that
the same search had is not in it, and ciphertext, of which the number itself is the content.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from typing import IO, Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import phones, photos
from searchapp.db.repositories.photos import StoredPhoto
from searchapp.db.transact import transact
from searchapp.domain.phone import Phone
from searchapp.jobs.services import Services
from searchapp.notify.policy import promised
from searchapp.notify.stored_numbers import hashes_of, jobs_of

DOCUMENT = "export.json"

_OF_THE_NUMBER = ("phone_hash", "phone_key", "phone_masked", "consent_at", "consent_text")


async def export_phone(services: Services, phone: Phone, out: IO[bytes]) -> int:
    """Writes everything of ``phone`` into ``out`` as a zip; says how many searches that is.

    One search is in memory at a time.  One that is erased meanwhile is left out.

    :raises errors.NotStored: the database is unavailable.
    """
    job_ids = await transact(services.engine, lambda s: jobs_of(s, services.secrets, phone))
    found: list[dict[str, Any]] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for job_id in job_ids:
            entry = await _search(services, phone, job_id, archive, len(found) + 1)
            if entry is not None:
                found.append(entry)
        now = services.clock()
        counts = await transact(
            services.engine, lambda s: promised(s, services.secrets, phone, now)
        )
        document = {
            "phone": phone.e164,
            "exportedAt": now,
            "searches": found,
            "messagesCounted": {day.isoformat(): n for day, n in counts.items()},
        }
        archive.writestr(
            DOCUMENT, json.dumps(document, ensure_ascii=False, indent=2, default=_plain)
        )
    return len(found)


async def _search(
    services: Services, phone: Phone, job_id: str, archive: zipfile.ZipFile, place: int
) -> dict[str, Any] | None:
    """One search with its messages; its photo goes into the archive."""
    hashes = hashes_of(services.secrets, phone)

    async def read(session: AsyncSession) -> tuple[dict[str, Any], StoredPhoto | None] | None:
        row = await phones.search_row(session, job_id)
        if row is None:
            return None
        written = await phones.message_rows(session, job_id, hashes)
        for message in written:
            message["inbox_messages"] = await phones.inbox_rows(session, message["message_id"])
        row["messages"] = [_opened(message, phone) for message in written]
        mine = row["phone_hash"] in hashes
        return _opened(row, phone) if mine else _without_number(row), await photos.read_photo(
            session, job_id
        )

    answer = await transact(services.engine, read)
    if answer is None:
        return None
    entry, photo = answer
    return {**entry, "photo": _pack(archive, photo, place)}


def _opened(row: Mapping[str, Any], phone: Phone) -> dict[str, Any]:
    """``row`` with the number in the place of its ciphertext; None when that is deleted."""
    rest = {name: value for name, value in row.items() if name != "phone_cipher"}
    return {**rest, "phone": phone.e164 if row["phone_cipher"] is not None else None}


def _without_number(row: Mapping[str, Any]) -> dict[str, Any]:
    """A search that carries another number by now: who has that is not told."""
    hidden = dict.fromkeys(_OF_THE_NUMBER)
    rest = {name: value for name, value in row.items() if name != "phone_cipher"}
    return {**rest, **hidden, "phone": None}


def _pack(archive: zipfile.ZipFile, photo: StoredPhoto | None, place: int) -> str | None:
    """Puts a photo into the archive; its name there."""
    if photo is None:
        return None
    upright = photo.upright is not None
    data = photo.upright if upright else photo.original
    if data is None:
        return None
    name = f"photos/{place}.jpg" if upright else f"photos/{place}-as-it-came"
    archive.writestr(zipfile.ZipInfo(name), data)
    return name


def _plain(value: object) -> str:
    """What JSON has no form for: times as RFC 3339, bytes in hexadecimal."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} in an export")
