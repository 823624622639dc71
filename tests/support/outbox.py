"""Searches with messages, for the tests of texting."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.db.engine import transaction
from searchapp.db.repositories import messages, searches
from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.ids import new_id
from searchapp.domain.phone import Phone
from searchapp.notify.outbox import write_outcome
from searchapp.notify.policy import sealed
from searchapp.settings import Settings
from tests.support import solapi_stub
from tests.support.twilio_stub import ACCOUNT, TOKEN

PHONE = Phone("+821012345678")
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = START

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **time: float) -> None:
        """Lets time pass: ``clock.pass_(seconds=20)``."""
        self.now += timedelta(**time)


def settings(**values: Any) -> Settings:
    """Settings that look at no environment."""
    return Settings(_env_file=None, **{"public_url": "https://chalkak.example", **values})


def twilio_settings(api_url: str, **values: Any) -> Settings:
    """Settings with Twilio at ``api_url``."""
    return settings(
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from="+15005550006",
        twilio_api_url=api_url,
        **values,
    )


def solapi_settings(api_url: str, **values: Any) -> Settings:
    """Settings with Solapi at ``api_url``, 알림톡 first."""
    return settings(
        **{
            "solapi_api_key": solapi_stub.KEY,
            "solapi_api_secret": solapi_stub.SECRET,
            "solapi_from": "02-1234-5678",
            "solapi_kakao_channel": solapi_stub.CHANNEL,
            "solapi_kakao_template": solapi_stub.TEMPLATE,
            "solapi_api_url": api_url,
            **values,
        }
    )


def item(match: str | None) -> dict[str, Any]:
    """A finished item as a job stores it."""
    return {"id": new_id(), "label": "top", "box": [0, 0, 9, 9], "status": "done", "match": match}


async def add_job(
    engine: AsyncEngine,
    secrets: Secrets,
    *,
    phone: Phone | None = PHONE,
    status: str = "completed",
    results: list[dict[str, Any]] | None = None,
    now: datetime = START,
    expected: bool = True,
    **columns: Any,
) -> str:
    """A search that stands where ``status`` says, without a message yet."""
    job_id = new_id()
    final = status in ("completed", "failed", "cancelled")
    kept = {**sealed(secrets, phone), "phone_masked": phone.masked} if phone else {}
    values: dict[str, Any] = {
        "job_id": job_id,
        "status": status,
        "stage": "done" if final else "queued",
        "progress": 100 if status == "completed" else 0,
        "results": [item("same")] if results is None else results,
        "sms_expected": bool(phone) and expected,
        "consent_at": now if phone else None,
        "expires_at": now + timedelta(days=7),
        "finished_at": now if final else None,
        "ip_hash": secrets.hash("ip", "192.0.2.1"),
        **kept,
        **columns,
    }
    async with transaction(engine) as session:
        await searches.insert(session, values)
    return job_id


async def end_job(engine: AsyncEngine, secrets: Secrets, **columns: Any) -> str:
    """A search that has ended, with its message in the outbox."""
    job_id = await add_job(engine, secrets, **columns)
    async with transaction(engine) as session:
        row = await searches.lock_job(session, job_id)
        assert row is not None
        await write_outcome(session, row, columns.get("now", START))
    return job_id


async def job_row(engine: AsyncEngine, job_id: str) -> SearchJobRow:
    """The search as it is stored."""
    async with transaction(engine) as session:
        row = await searches.lock_job(session, job_id)
    assert row is not None
    return row


async def messages_of(engine: AsyncEngine, job_id: str) -> list[MessageRow]:
    """The messages of a search, the oldest first."""
    async with transaction(engine) as session:
        return await messages.of_job(session, job_id)


async def only_message(engine: AsyncEngine, job_id: str) -> MessageRow:
    """The one message of a search."""
    (row,) = await messages_of(engine, job_id)
    return row
