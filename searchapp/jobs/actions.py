"""What people do to a search after it has started."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.catalogue.matching.feedback import Answer, record, votes
from searchapp.db.connections import LONG_SECONDS
from searchapp.db.repositories import photos, queue, searches
from searchapp.db.tables.searches import (
    SearchJobRow,
    filters_from_json,
    filters_json,
    items_from_json,
    items_json,
)
from searchapp.domain.phone import Phone
from searchapp.domain.product import FeedbackKind, Filters
from searchapp.domain.search import ItemStatus, SearchJob, Stage, Status, WantedItem
from searchapp.errors import BadFeedback, NotAllowedNow
from searchapp.jobs.access import known_job, locked_job, missing_error, remove_jobs
from searchapp.jobs.queue import enqueue
from searchapp.jobs.services import Services, in_transaction
from searchapp.jobs.sms_contact import ContactRequest, NotifyRequest, changed_contact, notify
from searchapp.jobs.submit import chosen_items
from searchapp.notify import outbox, policy
from searchapp.notify.policy import jobs_of

__all__ = ["Choice", "NotifyRequest", "cancel", "choose", "erase", "erase_phone", "notify", "retry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(ContactRequest):
    """What a person chose of a search that waits at ``choosing``.

    ``filters`` take the place of those that it was started with; None leaves them.
    ``outside_consent`` adds the consent to external sources; one that was given before stays.
    """

    wanted: Sequence[WantedItem]
    lang: str
    filters: Filters | None = None
    outside_consent: bool = False

    def was_made(self, row: SearchJobRow) -> bool:
        """Whether this is what the job searches, or searched, after a choice."""
        if row.choosing or row.status == Status.CANCELLED.value:
            return False
        if self.filters is not None and self.filters != filters_from_json(row.filters):
            return False
        stored = items_from_json(row.results)
        return len(stored) == len(self.wanted) and all(
            wanted.id == item.id if wanted.id is not None else wanted.box == item.box
            for wanted, item in zip(self.wanted, stored, strict=True)
        )


async def choose(services: Services, job_id: str, choice: Choice) -> SearchJob:
    """Puts a job that waits at ``choosing`` into the queue, with the chosen items.

    The same choice again, after an answer that was lost, returns the job as it is.

    :raises errors.NotFound: no such job (or Expired, Erased).
    :raises errors.NotAllowedNow: it does not wait for a choice.
    :raises errors.BadItems: an unknown id, or a box outside the picture.
    :raises errors.NotStored: the database could not take it.
    """
    choice.check_consent()

    async def work(session: AsyncSession) -> SearchJob:
        row = await locked_job(session, services, job_id)
        if row.stage == Stage.CHOOSING.value and row.status == Status.PENDING.value:
            await _take(session, services, row, choice)
        elif not choice.was_made(row):
            raise NotAllowedNow(row.status)
        return await known_job(session, services, job_id)

    return await services.transact(work)


async def _take(
    session: AsyncSession, services: Services, row: SearchJobRow, choice: Choice
) -> None:
    suggested = items_from_json(row.results)
    width, height = row.photo_width or 0, row.photo_height or 0
    items = chosen_items(suggested, choice.wanted, width=width, height=height)
    now = services.clock()
    columns = await changed_contact(session, services, row, choice, lang=choice.lang, now=now)
    if choice.filters is not None:
        columns["filters"] = filters_json(choice.filters)
    if choice.outside_consent:
        columns["outside_consent"] = True
    await searches.choose(
        session, row.job_id, items, services.expiry(now), lang=choice.lang, **columns
    )
    await enqueue(session, row.job_id)


@in_transaction
async def cancel(session: AsyncSession, services: Services, job_id: str) -> SearchJob:
    """Ends a job as cancelled; a job that ended already is returned as it is.

    Number, queue entry and the photo that came in are removed; what was found so far stays.
    """
    row = await locked_job(session, services, job_id)
    now = services.clock()
    if await searches.cancel(session, job_id, now=now, expires_at=services.expiry(now)):
        await queue.remove_entries(session, [job_id])
        await photos.drop_original(session, job_id)
        await outbox.withdraw(session, job_id)
        if row.sms_expected:
            await policy.release_unless_sent(session, services.secrets, row, now)
    return await known_job(session, services, job_id)


@in_transaction
async def erase(session: AsyncSession, services: Services, job_id: str) -> None:
    """Removes everything of a job but the keyed hash of its id.  Erasing twice is no error.

    :raises errors.NotFound: there never was such a job, or it expired.
    """
    if not await remove_jobs(session, services, [job_id], "erased"):
        why = await missing_error(session, services.secrets, job_id)
        if why.code != "erased":
            raise why


async def erase_phone(services: Services, phone: Phone) -> int:
    """Erases every job that carries ``phone``; says how many.

    :raises errors.NotStored: the database is unavailable; nothing is erased then.
    """

    async def work(session: AsyncSession) -> int:
        found = await jobs_of(session, services.secrets, phone)
        return len(await remove_jobs(session, services, found, "erased"))

    return await services.transact(work, deadline=LONG_SECONDS)


@in_transaction
async def retry(session: AsyncSession, services: Services, job_id: str) -> SearchJob:
    """Puts a failed job back into the queue (for operators), from its last finished item.

    :raises errors.NotAllowedNow: the job did not fail.
    """
    row = await locked_job(session, services, job_id)
    items = [
        replace(item, status=ItemStatus.PENDING) if item.status is ItemStatus.FAILED else item
        for item in items_from_json(row.results)
    ]
    if not await searches.put_back(session, job_id, items_json(items)):
        raise NotAllowedNow(row.status)
    await enqueue(session, job_id)
    return await known_job(session, services, job_id)


@in_transaction
async def record_feedback(
    session: AsyncSession,
    services: Services,
    job_id: str,
    *,
    item_id: str,
    product_id: str,
    said: FeedbackKind,
) -> None:
    """Keeps what was said of one result; saying something else later takes its place.

    :raises errors.NotFound: no such search (Expired, Erased when it is known why).
    :raises errors.BadFeedback: the search did not find that product for that item.
    :raises errors.NotStored: the database is unavailable.
    """
    job = await known_job(session, services, job_id)
    answer = Answer(job_id, item_id, _label(job, item_id, product_id), product_id)
    if not await record(session, services.secrets, answer, said, services.clock()):
        raise BadFeedback("no such product any more")


async def feedback_of(services: Services, job: SearchJob) -> dict[tuple[str, str], FeedbackKind]:
    """What the owner said of the results of ``job``, by item id and product id.

    :raises errors.NotStored: the database is unavailable.
    """
    answers = [
        Answer(job.id, item.id, item.label, result.product_id)
        for item in job.items
        for result in item.results
    ]
    if not answers:
        return {}
    found = await services.transact(lambda session: votes(session, services.secrets, answers))
    return {(answer.item_id, answer.product_id): said for answer, said in found.items()}


def _label(job: SearchJob, item_id: str, product_id: str) -> str:
    """The label of the item that the product was found for."""
    for item in job.items:
        if item.id == item_id and any(r.product_id == product_id for r in item.results):
            return item.label
    raise BadFeedback("not among the results")
