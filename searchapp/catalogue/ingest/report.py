"""What an import tells its operator: reasons with counts and examples, and whether it failed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from searchapp.catalogue.feeds import RefusedRow
from searchapp.catalogue.feeds.rows import reason_key
from searchapp.catalogue.ingest.row_work import likeness_key
from searchapp.db.repositories.imports import Counts
from searchapp.domain.taxonomy import WHOLE

FAIL_ABOVE = 50.0
"""Per cent of refused rows above which an import counts as failed."""

EXAMPLES = 3
"""Rows that are named for each reason."""

PLACEHOLDER_TITLES, PLACEHOLDER_KINDS = 10, 3
"""One picture of so many unlike products, of so many kinds, stands for a missing one."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something about a row that was taken, for the operator."""

    number: int
    id: str
    text: str


@dataclass(slots=True)
class Reason:
    """Rows that are refused, or noted, for one reason: ``text`` is that of the first one."""

    text: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reasons:
    """Reasons with their counts, in the order in which they came up."""

    by_key: dict[str, Reason] = field(default_factory=dict)

    def add(self, number: int, id_: str, text: str) -> None:
        """Counts one row."""
        reason = self.by_key.setdefault(reason_key(text), Reason(text))
        reason.count += 1
        if len(reason.examples) < EXAMPLES:
            reason.examples.append(f"row {number} ({id_})" if id_ else f"row {number}")

    def all(self) -> list[Reason]:
        """The most frequent first."""
        return sorted(self.by_key.values(), key=lambda reason: -reason.count)


@dataclass(slots=True)
class Placeholders:
    """Pictures that many unlike products of one import share."""

    titles: dict[str, set[str]] = field(default_factory=dict)
    kinds: dict[str, set[str]] = field(default_factory=dict)

    def add(self, image_key: str, title: str, kind: str) -> None:
        """Counts a product that shows the picture."""
        titles = self.titles.setdefault(image_key, set())
        if len(titles) < PLACEHOLDER_TITLES:
            titles.add(likeness_key(title))
        if kind != WHOLE:
            self.kinds.setdefault(image_key, set()).add(kind)

    def all(self) -> list[str]:
        """Their keys."""
        return [
            key
            for key, titles in self.titles.items()
            if len(titles) >= PLACEHOLDER_TITLES
            and len(self.kinds.get(key, ())) >= PLACEHOLDER_KINDS
        ]


@dataclass(frozen=True, slots=True)
class Report:
    """How an import ended; ``more_notes`` counts those that are not kept.

    ``failure`` says why the run counts as failed; what was taken stays all the same.
    """

    counts: Counts
    refusals: Sequence[RefusedRow]
    notes: Sequence[Note] = ()
    more_notes: int = 0
    not_pruned: str = ""
    failure: str = ""
    noted: Sequence[Reason] = ()

    @property
    def refused(self) -> list[Reason]:
        """The refusals by reason."""
        reasons = Reasons()
        for row in self.refusals:
            reasons.add(row.number, row.id, row.reason)
        return reasons.all()


def failure_of(counts: Counts, fail_above: float, *, cut: bool) -> str:
    """Why a run with ``counts`` counts as failed, or nothing.

    :param cut: whether the feed ends or breaks before its end.
    """
    total = counts.taken + counts.refused
    if not counts.taken:
        return "no row was taken. Correct the feed and import it again."
    if cut:
        return "the feed breaks off before its end: what came before was taken"
    if counts.refused * 100 > fail_above * total:
        return f"{counts.refused} of {total} rows were refused, more than {fail_above:g} %"
    return ""
