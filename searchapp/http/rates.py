"""How often one address may ask, counted in this process.

These limits keep a careless or hostile client cheap.  What must hold over all processes (uploads,
messages) is counted in the database besides.
"""

from __future__ import annotations

import time
from datetime import timedelta
from math import ceil
from typing import NoReturn

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from searchapp.db.repositories.searches import IP_PURPOSE, nth_latest_start
from searchapp.db.transact import transact
from searchapp.errors import TooManyRequests
from searchapp.jobs.services import Services

READS = RateLimitItemPerMinute(3000, namespace="reads")
"""Documents, photos, streams and product pictures: a results page shows hundreds, and a mobile
carrier puts many people behind one address."""

ACTIONS = RateLimitItemPerMinute(120, namespace="actions")
"""Whatever changes a search."""


RESENDS = RateLimitItemPerHour(3, namespace="resends")
"""Uploads of searches that are stored already, by an address that has had its share: a client whose
answer was lost gets it, and an endless stream of bodies is refused unread."""

ADDRESSES = RateLimitItemPerHour(60, namespace="addresses")
"""Photos that this server fetches from other sites for one address."""

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


HOUR = timedelta(hours=1)


async def admit_upload(services: Services, rates: Rates, ip: str) -> None:
    """Lets an address start a search, or not: counted in ``rates`` and, over all processes, in the
    database.

    What the database's absence refuses is not counted: a page that goes on trying every few
    seconds for as long as that lasts must still get through afterwards.

    :raises TooManyRequests: it had its share of the last hour.
    :raises NotStored: the database is unavailable, so there is no use in sending the photo.
    """
    limit = services.settings.uploads_per_ip_hour
    if not limit:
        return
    share = uploads(limit)
    await rates.look(share, ip)
    now = services.clock()
    hashes = services.secrets.hashes(IP_PURPOSE, ip)
    full_since = await transact(
        services.engine, lambda session: nth_latest_start(session, hashes, now - HOUR, limit)
    )
    if full_since is not None:
        wait = ceil((full_since + HOUR - now).total_seconds())
        raise TooManyRequests("uploads", retry_after=max(1, wait))
    await rates.hit(share, ip)
