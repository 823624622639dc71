"""How often one address may ask, counted in this process.

These limits keep a careless or hostile client cheap.  What must hold over all processes (uploads,
messages) is counted in the database besides.
"""

from __future__ import annotations

import time
from typing import NoReturn

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from searchapp.errors import TooManyRequests

READS = RateLimitItemPerMinute(3000, namespace="reads")
"""Documents, photos, streams and product pictures: a results page shows hundreds, and a mobile
carrier puts many people behind one address."""

ACTIONS = RateLimitItemPerMinute(120, namespace="actions")
"""Whatever changes a search."""


RESENDS = RateLimitItemPerHour(3, namespace="resends")
"""Uploads of searches that are stored already, by an address that has had its share: a client whose
answer was lost gets it, and an endless stream of bodies is refused unread."""

CATALOGUE = RateLimitItemPerMinute(1200, namespace="catalogue")
"""Requests of one key of the catalogue API; a batch of 1,000 products is one."""


def uploads(per_hour: int) -> RateLimitItem:
    """The limit of attempts to upload."""
    return RateLimitItemPerHour(per_hour, namespace="uploads")


class Rates:
    """Counters of this process, one window each kind and address."""

    def __init__(self) -> None:
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    async def hit(self, limit: RateLimitItem, ip: str) -> None:
        """Counts one request.

        :raises TooManyRequests: when the address has had its share, with the seconds to wait.
        """
        if not await self._limiter.hit(limit, ip):
            await self._refuse(limit, ip)

    async def look(self, limit: RateLimitItem, ip: str) -> None:
        """As :meth:`hit`, without counting.

        :raises TooManyRequests: when the address has had its share.
        """
        if not await self._limiter.test(limit, ip):
            await self._refuse(limit, ip)

    async def _refuse(self, limit: RateLimitItem, ip: str) -> NoReturn:
        window = await self._limiter.get_window_stats(limit, ip)
        wait = max(1, round(window.reset_time - time.time()))
        raise TooManyRequests(limit.namespace, retry_after=wait)
