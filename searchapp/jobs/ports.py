"""What a run needs of vision and the catalogue; ``adapters`` has the real ones, ``fakes`` others.

Everything is async and never blocks the event loop: a late heartbeat would cost the worker its
jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from searchapp.domain.product import Filters
from searchapp.domain.search import Box, Match, Result
from searchapp.vision.features import ItemFeatures, Region
from searchapp.vision.picture import UprightImage, UprightPicture

RESULTS = 24
"""At most so many products for an item."""


@dataclass(frozen=True, slots=True)
class Found:
    """What the catalogue has for an item, best first."""

    match: Match
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class Wanted:
    """An item of a search whose owner agreed to ask outside sources."""

    job_id: str
    box: Box
    lang: str


@dataclass(frozen=True, slots=True)
class Joined:
    """An item's results after another source was asked."""

    found: Found
    reason: str | None = None
    """A slug that says why the source added nothing, None if it answered."""
    lasting: bool = False
    """Whether asking for the next item is of no use."""


class Sight(Protocol):
    """Sees pictures."""

    async def upright(self, data: bytes) -> UprightPicture:
        """The safe upright form.

        :raises errors.UnreadablePicture: it can not be decoded.
        """
        ...

    async def regions(self, image: UprightImage) -> Sequence[Region]:
        """What to suggest to search, the most prominent first."""
        ...

    async def describe(self, image: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        """Features of one item; ``label`` is what the person called it."""
        ...


class Shelves(Protocol):
    """Knows the products."""

    async def nearest(self, item: ItemFeatures, limit: int, filters: Filters) -> Found:
        """The products most like the item, of those that pass."""
        ...


class Elsewhere(Protocol):
    """Other shops."""

    @property
    def name(self) -> str:
        """The ``source`` of its results."""
        ...

    async def add(self, wanted: Wanted, item: ItemFeatures, own: Found) -> Joined:
        """``own`` with what others have; never fails for a reason of theirs."""
        ...
