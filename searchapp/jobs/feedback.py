"""What the owner of a search says of its results."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.catalogue.matching.feedback import Answer, record, votes
from searchapp.domain.product import FeedbackKind
from searchapp.domain.search import SearchJob
from searchapp.errors import BadFeedback
from searchapp.jobs.availability import transact
from searchapp.jobs.services import Services
from searchapp.jobs.tombstones import known_job


async def give_opinion(
    services: Services, job_id: str, item_id: str, product_id: str, said: FeedbackKind
) -> None:
    """Keeps what was said of one result; saying something else later takes its place.

    :raises errors.NotFound: no such search (Expired, Erased when it is known why).
    :raises errors.BadFeedback: the search did not find that product for that item.
    :raises errors.NotStored: the database is away.
    """

    async def work(session: AsyncSession) -> None:
        job = await known_job(session, services, job_id)
        answer = Answer(job_id, item_id, _label(job, item_id, product_id), product_id)
        if not await record(session, services.secrets, answer, said, services.clock()):
            raise BadFeedback("no such product any more")

    await transact(services.engine, work)


async def opinions_of(services: Services, job: SearchJob) -> dict[tuple[str, str], FeedbackKind]:
    """What the owner said of the results of ``job``, by item id and product id.

    :raises errors.NotStored: the database is away.
    """
    answers = [
        Answer(job.id, item.id, item.label, result.product_id)
        for item in job.items
        for result in item.results
    ]
    if not answers:
        return {}
    found = await transact(
        services.engine, lambda session: votes(session, services.secrets, answers)
    )
    return {(answer.item_id, answer.product_id): said for answer, said in found.items()}


def _label(job: SearchJob, item_id: str, product_id: str) -> str:
    """The label of the item that the product was found for."""
    for item in job.items:
        if item.id == item_id and any(r.product_id == product_id for r in item.results):
            return item.label
    raise BadFeedback("not among the results")
