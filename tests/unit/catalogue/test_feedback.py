"""What votes may change, and what they may not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from searchapp.catalogue.feedback import BOUND, reordered, shift
from searchapp.catalogue.scoring import Scored, moved
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
    return moved([Scored(product, 0.0, value) for product, value in likeness.items()], {})


def test_reordered__neighbours_change_places() -> None:
    said = {"b": FeedbackCounts(confirmed=30), "c": FeedbackCounts(confirmed=10**6)}
    ranked = reordered(scored(a=0.80, b=0.79, c=0.70), said)
    assert [entry.product_id for entry in ranked] == ["b", "a", "c"]


def test_reordered__stays_within_the_scale() -> None:
    said = {"a": FeedbackCounts(confirmed=99), "b": FeedbackCounts(rejected=99)}
    assert all(0 <= entry.score <= 1 for entry in reordered(scored(a=1.6, b=0.0), said))
