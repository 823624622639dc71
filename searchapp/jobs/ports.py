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
from searchapp.imaging.picture import UprightImage, UprightPicture
from searchapp.vision.features.item_arrays import ItemFeatures, Region

RESULTS = 24
"""At most so many products for an item."""


@dataclass(frozen=True, slots=True)
class RankedResults:
    """What the catalogue has for an item, best first."""

    match: Match
    results: Sequence[Result]


@dataclass(frozen=True, slots=True)
class ExternalQuery:
    """An item of a search whose owner agreed to ask external sources."""

    job_id: str
    box: Box
    lang: str


@dataclass(frozen=True, slots=True)
class MergedResults:
    """An item's results after another source was asked."""

    found: RankedResults
    reason: str | None = None
    """A slug that says why the source added nothing, None if it answered."""
    lasting: bool = False
    """Whether asking for the next item is of no use."""


class Vision(Protocol):
    """Sees pictures."""

    async def upright(self, data: bytes) -> UprightPicture:
        """The safe upright form.

        :raises errors.UnreadablePicture: it cannot be decoded.
        """

    async def regions(self, image: UprightImage) -> Sequence[Region]:
        """What to suggest to search, the most prominent first."""

    async def describe(self, image: UprightImage, box: Box, label: str | None) -> ItemFeatures:
        """Features of one item; ``label`` is what the person called it."""


class ProductIndex(Protocol):
    """Knows the products."""

    async def nearest(self, item: ItemFeatures, limit: int, filters: Filters) -> RankedResults:
        """The products most like the item, of those that pass."""


class ExternalSource(Protocol):
    """Other shops."""

    @property
    def name(self) -> str:
        """The ``source`` of its results."""

    async def add(
        self, wanted: ExternalQuery, item: ItemFeatures, own: RankedResults
    ) -> MergedResults:
        """``own`` with what others have; never fails for a reason of theirs."""
