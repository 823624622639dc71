"""Everything of one number, in one file."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

from searchapp.cli.data import DOCUMENT, export_phone
from searchapp.db.tables.messages import MessageRow
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.phone import Phone, parse_phone
from searchapp.jobs.actions import erase_phone, notify
from searchapp.jobs.services import Services, utc_now
from searchapp.jobs.submit import start
from searchapp.notify.providers.inbox import InboxSender
from searchapp.notify.reconciler import SenderContext
from searchapp.notify.sender_loop import SenderLoop
from tests.support.jobs import (
    PHOTO,
    count,
    for_number,
    new_search,
    sql,
    worker_context,
)

PHONE = parse_phone("010-1234-5678")
OTHER = parse_phone("010-8765-4321")
WHERE = {"ip": "192.0.2.1", "local": True}


def search_of(phone: Phone, **fields: Any) -> Any:
    return new_search(phone=phone, consented=True, local=True, **fields)


async def sent(services: Services) -> None:
    """Sends what waits in the outbox to the local inbox."""
    sender = InboxSender(services.engine, utc_now)
    context = SenderContext(services.engine, services.secrets, services.settings, sender, utc_now)
    box = SenderLoop(context)
    await box.send_due()
    await box.drain()


async def exported(
    services: Services, phone: Phone
) -> tuple[int, dict[str, Any], dict[str, bytes]]:
    """How many searches, the document, and the photos by their names."""
    out = io.BytesIO()
    found = await export_phone(services, phone, out)
    with zipfile.ZipFile(out) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return found, json.loads(files.pop(DOCUMENT)), files


async def test_export__has_every_column_of_search_and_message(services: Services) -> None:
    job = await start(services, search_of(PHONE))
    await worker_context(services).run(job.id)
    await sent(services)
    found, document, photos = await exported(services, PHONE)
    assert found == 1
    [search] = document["searches"]
    sealed = {"phone_cipher"}
    assert set(SearchJobRow.__table__.columns.keys()) - sealed <= set(search)  # type: ignore[attr-defined]
    [message] = search["messages"]
    assert set(MessageRow.__table__.columns.keys()) - sealed <= set(message)  # type: ignore[attr-defined]
    assert (search["job_id"], search["phone"], message["phone"]) == (job.id, *[PHONE.e164] * 2)
    assert [text["masked"] for text in message["inbox_messages"]] == [PHONE.masked]
    assert photos[search["photo"]].startswith(b"upright:")
    assert sum(document["messagesCounted"].values()) == 1


async def test_export__photo_that_no_worker_has_seen(services: Services) -> None:
    await start(services, search_of(PHONE))
    _, document, photos = await exported(services, PHONE)
    assert photos == {document["searches"][0]["photo"]: PHOTO}


async def test_export__nothing_of_others(services: Services) -> None:
    await start(services, search_of(OTHER))
    found, document, photos = await exported(services, PHONE)
    assert (found, document["searches"], document["messagesCounted"], photos) == (0, [], {}, {})


async def test_export__later_number_of_the_same_search_is_not_told(services: Services) -> None:
    job = await start(services, search_of(PHONE))
    await worker_context(services).run(job.id)
    await sent(services)
    await notify(services, job.id, for_number(OTHER, "a"))
    await sent(services)
    for mine, theirs in ((PHONE, OTHER), (OTHER, PHONE)):
        found, document, _ = await exported(services, mine)
        text = json.dumps(document)
        assert found == 1
        assert mine.e164 in text
        assert theirs.e164 not in text
        assert theirs.masked not in text


async def test_export__number_that_is_deleted_already(services: Services) -> None:
    await start(services, search_of(PHONE))
    await sql(services, "UPDATE search_jobs SET phone_cipher = NULL")
    found, document, _ = await exported(services, PHONE)
    assert (found, document["searches"][0]["phone"]) == (1, None)


async def test_erase_phone__leaves_nothing_to_export_but_what_the_caps_count(
    services: Services,
) -> None:
    first = await start(services, search_of(PHONE))
    await worker_context(services).run(first.id)
    await sent(services)
    await start(services, search_of(PHONE))
    changed = await start(services, search_of(PHONE))
    await worker_context(services).run(changed.id)
    await sent(services)
    await sql(
        services, "UPDATE search_jobs SET phone_hash = NULL WHERE job_id = :id", id=changed.id
    )
    assert await erase_phone(services, PHONE) == 3
    found, document, photos = await exported(services, PHONE)
    assert (found, photos) == (0, {})
    assert sum(document["messagesCounted"].values()) == 3
    left = ("search_jobs", "photos", "messages", "inbox_messages", "procrastinate_jobs")
    assert [await count(services, table) for table in left] == [0] * len(left)
    assert await count(services, "procrastinate_events") == 0
    reasons = await sql(services, "SELECT reason, length(id_hash) AS n FROM tombstones")
    assert [tuple(row) for row in reasons] == [("erased", 32)] * 3
