"""Where waiting searches stand, and what an outage costs those who ask."""

from __future__ import annotations

import asyncio
from typing import cast

from searchapp.errors import NotStored
from searchapp.jobs.services import QueuePlaces, Services


class Hanging:
    """A database that answers no one; ``asked`` counts how often it was waited for."""

    asked = 0

    async def transact(self, _work: object) -> object:
        self.asked += 1
        await asyncio.sleep(0)
        raise NotStored("does not answer")


async def test_places__an_outage_is_waited_for_once_by_all_who_ask() -> None:
    database = Hanging()
    places = QueuePlaces(cast("Services", database))
    answers = await asyncio.gather(*(places.any_worker() for _ in range(20)))
    assert (answers, database.asked) == ([False] * 20, 1)
