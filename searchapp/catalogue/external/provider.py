"""What an outside source is, whoever runs it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that an outside source found, best first; ``thumbnail`` is an https address."""

    title: str
    link: str
    shop: str
    thumbnail: str
    price: Decimal | None = None
    currency: str | None = None


class Trouble(StrEnum):
    """Why an outside source gave nothing; the search goes on without it."""

    REFUSED = "refused"  # The key is wrong, or may not do this.
    QUOTA = "quota"
    SLOW = "slow"
    AWAY = "away"
    NONSENSE = "nonsense"  # It answered something that can not be read.


LASTING = frozenset({Trouble.REFUSED, Trouble.QUOTA})
"""Asking again soon is of no use."""


class SourceFailed(Exception):
    """An outside source gave no answer."""

    def __init__(self, trouble: Trouble, detail: str = "") -> None:
        """:param detail: for the log; no key, no address."""
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble = trouble


class ExternalProvider(Protocol):
    """Finds offers that look like a picture."""

    @property
    def name(self) -> str:
        """The ``source`` of its results."""

    async def find(self, picture_url: str, lang: str) -> Sequence[Offer]:
        """Offers for the picture at ``picture_url``, which anybody may fetch for a short time.

        :param lang: ``ko`` or ``en``.
        :raises SourceFailed: no answer; never anything else.
        """
