"""Asking other shops for one search, once our own results are stored and shown."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from searchapp.db.repositories.claims import Claim
from searchapp.domain.search import Item, ItemStatus, Match, SourceState, SourceStatus
from searchapp.domain.state_machine import matching_progress
from searchapp.jobs.ports import ExternalQuery, ExternalSource, RankedResults
from searchapp.vision.features.item_arrays import ItemFeatures

SECONDS = 20.0
"""For everything that outside sources add to one search."""


def to_ask(claim: Claim, elsewhere: ExternalSource | None) -> SourceState | None:
    """The source before it is asked; None where it is off or nobody agreed.

    What other shops have can not be held against filters: nobody asks them then.
    """
    if elsewhere is None or not claim.outside_consent or not claim.filters.empty:
        return None
    return SourceState(elsewhere.name, SourceStatus.PENDING)


@dataclass(frozen=True)
class Asking:
    """What one claim asks a source.

    Only items that this claim described, ``seen`` by their places, are asked for: after a worker's
    death nothing is asked, and paid, twice.

    :param store: stores one item at its place, and the progress in percent.
    """

    claim: Claim
    elsewhere: ExternalSource | None
    seen: Mapping[int, ItemFeatures]
    store: Callable[[dict[int, Item], int], Awaitable[None]]

    async def ask(self, source: SourceState, items: Sequence[Item]) -> SourceState:
        """The source after it was asked for every item that was searched."""
        wanted = [n for n, item in enumerate(items) if item.status is ItemStatus.DONE]
        answered = [n for n in wanted if n not in self.seen and _has_some_of(items[n], source)]
        reason = None if len(answered) == len(wanted) else "away"
        left = [n for n in wanted if n in self.seen]
        if left and self.elsewhere is not None:
            asked, trouble = await self._asked(self.elsewhere, items, left)
            answered += asked
            reason = trouble or (reason if len(answered) < len(wanted) else None)
        status = SourceStatus.OK
        if reason is not None:
            status = SourceStatus.PARTIAL if answered else SourceStatus.FAILED
        return SourceState(source.name, status, reason)

    async def _asked(
        self, elsewhere: ExternalSource, items: Sequence[Item], left: Sequence[int]
    ) -> tuple[list[int], str | None]:
        """The places for which the source answered, and why it did not for the others."""
        answered: list[int] = []
        reason: str | None = None
        ends = asyncio.get_running_loop().time() + SECONDS
        for nth, place in enumerate(left, 1):
            item = items[place]
            wanted = ExternalQuery(self.claim.job_id, item.box, self.claim.lang)
            own = RankedResults(item.match or Match.NONE, item.results)
            try:
                async with asyncio.timeout_at(ends):
                    joined = await elsewhere.add(wanted, self.seen[place], own)
            except TimeoutError:
                return answered, "slow"
            if joined.reason is None:
                answered.append(place)
                item = replace(item, match=joined.found.match, results=tuple(joined.found.results))
            else:
                reason = joined.reason
            await self.store({place: item}, progress(len(items) + nth, len(items), source=True))
            if joined.lasting:
                break
        return answered, reason


def progress(done: int, total: int, *, source: bool) -> int:
    """Percent; asking elsewhere is half of the matching where it takes part."""
    return matching_progress(done, total * 2 if source else total)


def _has_some_of(item: Item, source: SourceState) -> bool:
    return any(result.source == source.name for result in item.results)
