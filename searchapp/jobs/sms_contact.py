"""The phone number of a search: whether it may get a message, and how it is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import searches
from searchapp.db.repositories.idempotency import KeyedRequest, answer_once
from searchapp.db.repositories.searches import IP_PURPOSE
from searchapp.db.tables.searches import SearchJobRow
from searchapp.domain.hosts import Client
from searchapp.domain.ids import new_id
from searchapp.domain.phone import Phone
from searchapp.domain.search import SearchJob, Status
from searchapp.errors import BadPhone, ConsentRequired, MissingKey, NotAllowedNow
from searchapp.jobs.access import known_job, locked_job
from searchapp.jobs.services import Services
from searchapp.notify import outbox, policy
from searchapp.notify.policy import sealed
from searchapp.settings import Settings

CONSENT_VERSION = "1"
"""Counts up with each change of the consent text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactRequest:
    """What a request says of the number that shall get the message, and who sent it.

    The client's address serves only the caps, as a keyed hash.
    """

    client: Client
    phone: Phone | None = None
    consented: bool = False

    def check_consent(self) -> None:
        """:raises ConsentRequired: for a number without consent."""
        if self.phone is not None and not self.consented:
            raise ConsentRequired


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyRequest(ContactRequest):
    """A request to send the message again, or to another number; without one to the stored one."""

    idempotency_key: str | None = None


def consent_text(settings: Settings, lang: str) -> str:
    """Return which text a person agreed to, in what language, and the provider that it names."""
    named = "-solapi" if settings.provider == "solapi" else ""
    return f"{CONSENT_VERSION}-{lang}{named}"


def readable_phone(services: Services, row: SearchJobRow) -> Phone | None:
    """The number that a job carries; None when it has none (any more), or one under a key that this
    process does not have."""
    if row.phone_cipher is None:
        return None
    try:
        return Phone(services.secrets.decrypt(row.phone_cipher))
    except MissingKey:
        return None


async def admitted(
    session: AsyncSession, services: Services, phone: Phone, client: Client, now: datetime
) -> policy.Admission:
    """Whether a message to ``phone`` may be expected; if so it is counted in the caps."""
    ip_hash = services.secrets.hash(IP_PURPOSE, client.ip)
    return await policy.admit(
        session,
        services.settings,
        services.secrets,
        phone,
        ip_hash=ip_hash,
        local=client.local,
        now=now,
    )


async def contact_columns(
    session: AsyncSession,
    services: Services,
    request: ContactRequest,
    *,
    lang: str,
    now: datetime,
) -> dict[str, Any]:
    """The columns of a job about its number, which has been agreed to.

    A number that gets no message is not kept at all, only the reason.
    """
    phone = request.phone
    if phone is None:
        return {}
    admission = await admitted(session, services, phone, request.client, now)
    if not admission.expected:
        return {"sms_expected": False, "sms_reason": admission.reason}
    secrets = services.secrets
    return {
        "sms_expected": True,
        "sms_reason": None,
        **sealed(secrets, phone),
        "phone_masked": phone.masked,
        "consent_at": now,
        "consent_text": consent_text(services.settings, lang),
        "ip_hash": secrets.hash(IP_PURPOSE, request.client.ip),
    }


async def changed_contact(
    session: AsyncSession,
    services: Services,
    row: SearchJobRow,
    request: ContactRequest,
    *,
    lang: str,
    now: datetime,
) -> dict[str, Any]:
    """The columns for a number that comes with a choice, in the place of the one before.

    The number that is stored already is not counted again; another one gives its place in the
    caps back first.  The caller holds the job's row.
    """
    phone, known = request.phone, readable_phone(services, row)
    if phone is None and row.sms_expected and known is None:
        return {**_NO_PHONE, "sms_expected": False, "sms_reason": UNREADABLE}
    if phone is None or (row.sms_expected and phone == known):
        return {}
    await policy.release(session, services.secrets, row, now)
    contact = await contact_columns(session, services, request, lang=lang, now=now)
    return {**_NO_PHONE, **contact}


_NO_PHONE: dict[str, Any] = dict.fromkeys(
    ("phone_cipher", "phone_hash", "phone_key", "phone_masked", "consent_at", "consent_text")
)

REFUSED = "number_refused"
"""The reason when the provider will never take this message to this number."""

UNREADABLE = "number_unreadable"
"""The reason when the stored number is under a secret key that is lost."""


async def notify(services: Services, job_id: str, request: NotifyRequest) -> SearchJob:
    """Sets or changes the number until the automatic message is claimed; later, sends again.

    The answer tells of what was asked: ``sms_expected`` is False, with ``sms_reason``, when a cap
    or a setting was in the way of this request, whatever became of an earlier one.  The same key
    with the same request counts once and is answered alike.

    :raises errors.BadPhone: no number is given and none is stored.
    :raises errors.NotAllowedNow: the job was cancelled.
    :raises errors.Conflict: the key was used with another request for this job.
    """
    request.check_consent()
    keyed = KeyedRequest.of(
        services.secrets,
        "notify",
        key=request.idempotency_key,
        content=json.dumps(request.phone.e164 if request.phone else None),
    )

    async def work(session: AsyncSession) -> SearchJob:
        row = await locked_job(session, services, job_id)
        if row.status == Status.CANCELLED.value:
            raise NotAllowedNow(row.status)
        message = _Message(session, services, row, request)
        reason = await answer_once(session, job_id, keyed, message.request)
        job = await known_job(session, services, job_id)
        return job if reason is None else replace(job, sms_expected=False, sms_reason=reason)

    return await services.transact(work)


@dataclass(frozen=True, slots=True)
class _Message:
    """One request for the message of the search whose ``row`` the transaction holds."""

    session: AsyncSession
    services: Services
    row: SearchJobRow
    asked: NotifyRequest

    async def request(self) -> str | None:
        """Changes the number or sends again; why not, if a cap or a setting is in the way."""
        stored = readable_phone(self.services, self.row)
        number = self.asked.phone or stored
        if number is None:
            return await self._without_number()
        secrets = self.services.secrets
        same = number == stored and self.row.sms_expected
        if same and await outbox.is_coming(self.session, secrets, self.row, number):
            return None
        reason = await self._refusal(number)
        if reason is not None:
            await self._change(sms_reason=reason)
        elif same or not await self._change_number(number):
            await self._send_again(number)
        return reason

    async def _without_number(self) -> str:
        if self.row.phone_cipher is None:
            raise BadPhone("no number is stored")
        await self._change(sms_expected=False, sms_reason=UNREADABLE)
        return UNREADABLE

    async def _refusal(self, number: Phone) -> str | None:
        """Why no message to ``number`` may be expected; if one may, it is counted in the caps."""
        session, services = self.session, self.services
        if await outbox.is_refused(session, services.secrets, self.row.job_id, number):
            return REFUSED
        client, now = self.asked.client, services.clock()
        return (await admitted(session, services, number, client, now)).reason

    async def _change_number(self, number: Phone) -> bool:
        """Puts ``number`` in the place of the stored one; False once that has a message."""
        session, services, now = self.session, self.services, self.services.clock()
        if not await outbox.change_number(session, services.secrets, self.row, number, now):
            return False
        await self._change(
            consent_text=consent_text(services.settings, self.row.lang),
            ip_hash=services.secrets.hash(IP_PURPOSE, self.asked.client.ip),
        )
        if self.row.finished_at is not None:
            fresh = await locked_job(session, services, self.row.job_id)
            await outbox.write_outcome(session, fresh, now)
        return True

    async def _send_again(self, number: Phone) -> None:
        services, row, now = self.services, self.row, self.services.clock()
        name = f"{row.job_id}:{self.asked.idempotency_key or new_id()}"
        await outbox.write_resend(self.session, services.secrets, row, number, name, now)
        agreed: dict[str, Any] = {}
        if self.asked.phone is not None:
            text = consent_text(services.settings, row.lang)
            agreed = {"consent_at": now, "consent_text": text}
        await self._change(sms_reason=None, **agreed)

    async def _change(self, **columns: Any) -> None:
        await searches.change(self.session, self.row.job_id, **columns)
