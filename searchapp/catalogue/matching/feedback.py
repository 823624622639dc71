"""What people say of results, and the little that it may change about the order of results.

Votes move a product's likeness by at most :data:`BOUND`; they never make a product appear that
is not alike, and never change the verdict (``same``, ``similar``, ``none``).  The setting
SEARCHAPP_FEEDBACK_RANKING turns it off; votes are counted all the same.
"""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.catalogue.matching.scores import Scored, adjust_scores
from searchapp.db.repositories import products
from searchapp.db.secrets import Secrets
from searchapp.domain.product import FeedbackCounts, FeedbackKind
from searchapp.domain.search import Match
from searchapp.domain.taxonomy import WHOLE
from searchapp.vision.features.colour import colour_family_of
from searchapp.vision.features.item_arrays import ItemFeatures

BOUND = 0.025
"""The most that votes add to or take from a likeness, which goes from 0 to about 1.6."""

CLICK_WEIGHT = 0.2
CLICKS_COUNTED = 20
"""A look at the shop says less than a vote, and many looks no more than four votes."""

CAUTION = 10.0
"""Votes that a product is taken to have had already, half for and half against."""

PURPOSE = "feedback"


@dataclass(frozen=True, slots=True)
class Answer:
    """One result of one item of one search: what a vote is about."""

    job_id: str
    item_id: str
    label: str
    product_id: str


async def record(
    session: AsyncSession, secrets: Secrets, answer: Answer, said: FeedbackKind, now: datetime
) -> bool:
    """Keeps what a person said.  One vote an answer: a second one takes its place.

    :returns: False if there is no such product (any more).
    """
    number = await products.product_number(session, answer.product_id)
    if number is None:
        return False
    newest, *older = secrets.hashes(PURPOSE, _about(answer, said))
    await products.withdraw(session, older)
    await products.vote(session, newest, number, answer.label, said, now)
    return True


async def votes(
    session: AsyncSession, secrets: Secrets, answers: Sequence[Answer]
) -> dict[Answer, FeedbackKind]:
    """Which of the answers were voted on, and how.  Looks at the shop are no votes."""
    asked = {
        vote_hash: answer
        for answer in answers
        for vote_hash in secrets.hashes(PURPOSE, _about(answer, FeedbackKind.CONFIRMED))
    }
    said = await products.said(session, list(asked))
    return {asked[vote_hash]: kind for vote_hash, kind in said.items()}


def _about(answer: Answer, said: FeedbackKind) -> str:
    """What a vote's hash is made of: votes take each other's place, looks are counted apart."""
    sort = "click" if said is FeedbackKind.CLICKED else "vote"
    return f"{answer.job_id}:{answer.item_id}:{answer.product_id}:{sort}"


def shift(counts: FeedbackCounts) -> float:
    """What votes add to a likeness: within plus and minus :data:`BOUND`.

    The difference of votes for and against over all votes, with :data:`CAUTION` votes added that
    say nothing, so that the first voices weigh little (a smoothed proportion, as Laplace's).
    """
    clicks = CLICK_WEIGHT * min(counts.clicked, CLICKS_COUNTED)
    heard = counts.confirmed + counts.rejected + clicks
    return BOUND * (counts.confirmed + clicks - counts.rejected) / (heard + CAUTION)


def reordered(scored: Sequence[Scored], counts: Mapping[str, FeedbackCounts]) -> list[Scored]:
    """``scored`` with the votes taken into account, best first."""
    return adjust_scores(scored, {product: shift(votes) for product, votes in counts.items()})


async def as_csv(session: AsyncSession) -> AsyncIterator[str]:
    """All votes, counted, as lines of a CSV with a header."""
    yield _line(("feed", "id", "title", "label", "confirmed", "rejected", "clicked"))
    async for row in products.all_counts(session):
        yield _line(row)


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_plain(cell) for cell in cells])
    return out.getvalue()


def _plain(cell: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe in front."""
    if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return f"'{cell}"
    return cell


SURE_COLOUR = 0.4
"""Share of an item's colours from which on it counts as being of one family."""


async def count_demand(session: AsyncSession, item: ItemFeatures, match: Match, day: date) -> None:
    """Counts one item that was searched, and how well it was found."""
    colour = colour_family_of(item.colour, SURE_COLOUR)
    await products.count_demand(
        session, day, kind=item.label or WHOLE, colour=colour, match=match.value
    )


async def demand_csv(session: AsyncSession, since: date) -> AsyncIterator[str]:
    """Kinds and colours that were searched since then, as lines of a CSV: those that were not found
    most often come first."""
    yield _line(("kind", "colour", "searched", "same", "similar", "none"))
    for row in await products.demand(session, since):
        yield _line((row.kind, row.colour, row.searched, row.same, row.similar, row.none))
