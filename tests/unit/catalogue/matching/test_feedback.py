"""What votes may change, and what they may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchapp.catalogue.matching.feedback import BOUND, reordered, shift
from searchapp.catalogue.matching.scores import Scored, adjust_scores
from searchapp.domain.product import FeedbackCounts

votes = st.builds(
    FeedbackCounts,
    confirmed=st.integers(0, 10**6),
    rejected=st.integers(0, 10**6),
    clicked=st.integers(0, 10**6),
)


@given(votes)
def test_shift__is_bounded(counts: FeedbackCounts) -> None:
    assert -BOUND < shift(counts) < BOUND


def test_shift__first_voices_weigh_little() -> None:
    assert 0 < shift(FeedbackCounts(confirmed=1)) < BOUND / 10
    assert shift(FeedbackCounts(confirmed=100)) > BOUND * 0.9
    assert shift(FeedbackCounts(clicked=10**6)) < shift(FeedbackCounts(confirmed=5))
    assert shift(FeedbackCounts(confirmed=5, rejected=5)) == 0


def scored(**likeness: float) -> list[Scored]:
    """With scores that belong to their likeness."""
    return adjust_scores([Scored(product, 0.0, value) for product, value in likeness.items()], {})


def test_reordered__neighbours_change_places() -> None:
    said = {"b": FeedbackCounts(confirmed=30), "c": FeedbackCounts(confirmed=10**6)}
    ranked = reordered(scored(a=0.80, b=0.79, c=0.70), said)
    assert [entry.product_id for entry in ranked] == ["b", "a", "c"]


def test_reordered__no_product_moves_further_than_the_bound() -> None:
    before = scored(a=1.0, b=0.5, c=0.2)
    said = {"a": FeedbackCounts(confirmed=10**6), "b": FeedbackCounts(rejected=10**6)}
    for entry in reordered(before, said):
        (old,) = [known for known in before if known.product_id == entry.product_id]
        moved_by = {"a": BOUND, "b": -BOUND, "c": 0.0}[entry.product_id]
        assert entry.likeness == pytest.approx(old.likeness + moved_by, abs=1e-5)
        assert (entry.score > old.score, entry.score < old.score) == (moved_by > 0, moved_by < 0)
