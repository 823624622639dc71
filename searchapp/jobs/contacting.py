"""Another number, or another message: what a person asks about the text message later."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.domain.ids import new_id
from searchapp.domain.phone import Phone
from searchapp.domain.search import SearchJob, Status
from searchapp.errors import BadPhone, NotAllowedNow
from searchapp.jobs.contact import admitted, check_consent, consent_text
from searchapp.jobs.gone import known_job, locked_job
from searchapp.jobs.outage import promptly
from searchapp.jobs.services import Services
from searchapp.notify import outbox
from searchapp.storage import searches
from searchapp.storage.tables import SearchJobRow


async def notify(
    services: Services,
    job_id: str,
    phone: Phone | None,
    consented: bool,
    ip: str,
    local: bool,
    idempotency_key: str | None,
) -> SearchJob:
    """Sets or changes the number until the automatic message is claimed; later, sends again.

    The answer says what is expected: ``sms_expected`` and, if a cap or a setting was in the way,
    ``sms_reason``.  The same key sends once.

    :raises errors.BadPhone: no number is given and none is stored.
    :raises errors.NotAllowedNow: the job was cancelled.
    """
    check_consent(phone, consented)
    request = f"{job_id}:{idempotency_key or new_id()}"

    async def work(session: AsyncSession) -> SearchJob:
        row = await locked_job(session, services.secrets, job_id)
        await _ask(session, services, row, phone, ip, local, request)
        return await known_job(session, services.secrets, job_id)

    return await promptly(services.engine, work)


async def _ask(
    session: AsyncSession,
    services: Services,
    row: SearchJobRow,
    phone: Phone | None,
    ip: str,
    local: bool,
    request: str,
) -> None:
    if row.status == Status.CANCELLED.value:
        raise NotAllowedNow(row.status)
    if await outbox.was_resent(session, services.secrets, row.job_id, request):
        return
    stored = _stored(services, row)
    number = phone or stored
    if number is None:
        raise BadPhone("no number is stored")
    waiting = row.finished_at is None
    if waiting and row.sms_expected and number == stored:
        return
    now = services.clock()
    admission = await admitted(session, services, number, ip, local, now)
    if not admission.expected:
        await searches.change(session, row.job_id, sms_reason=admission.reason)
        return
    changed = number != stored or not row.sms_expected
    if changed and await outbox.change_number(session, services.secrets, row, number, now):
        await searches.change(
            session,
            row.job_id,
            consent_text=consent_text(row.lang),
            ip_hash=services.secrets.hash("ip", ip),
        )
        fresh = await locked_job(session, services.secrets, row.job_id)
        if not waiting:
            await outbox.write_outcome(session, fresh, now)
        return
    await outbox.write_resend(session, services.secrets, row, number, request, now)
    agreed = {"consent_at": now, "consent_text": consent_text(row.lang)} if phone else {}
    await searches.change(session, row.job_id, sms_reason=None, **agreed)


def _stored(services: Services, row: SearchJobRow) -> Phone | None:
    if row.phone_cipher is None:
        return None
    return Phone(services.secrets.decrypt(row.phone_cipher))
