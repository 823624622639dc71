"""Scores and verdicts from vectors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from searchapp.catalogue.matching.scores import (
    ALIKE,
    ALIKE_WORN,
    CENTRED_OFFSET,
    CERTAIN,
    GARMENT,
    KNOWN,
    SMALL_POOL,
    WORN_COLOUR_WEIGHT,
    FlatMeans,
    Scored,
    certain,
    score,
    verdict,
)
from searchapp.domain.search import Match
from searchapp.vision.features.item_arrays import (
    COLOUR_DIM,
    LABEL_PROBS_DIM,
    SPATIAL_DIM,
    ItemFeatures,
    ViewFeatures,
)

DIM = 8


def axis(index: int, size: int = DIM) -> np.ndarray:
    return np.eye(size, dtype=np.float32)[index]


def towards(index: int, share: float) -> np.ndarray:
    """A unit vector at a cosine of ``share`` to the first axis."""
    return (share * axis(0) + np.sqrt(1 - share**2) * axis(index)).astype(np.float32)


def item(garmentness: float = 0.9, colour: int = 0) -> ItemFeatures:
    vectors = np.stack([axis(7), axis(0)])
    kinds = axis(0, LABEL_PROBS_DIM)
    return ItemFeatures(vectors[:1], vectors, axis(colour, COLOUR_DIM), kinds, garmentness)


def view(embedding: np.ndarray, colour: int = 0) -> ViewFeatures:
    return ViewFeatures("full", embedding, axis(colour, COLOUR_DIM), axis(0, LABEL_PROBS_DIM))


def test_score__any_crop_and_any_view_may_match() -> None:
    candidates = {
        "other": [view(towards(1, 0.3))],
        "right": [view(towards(2, 0.1)), view(towards(2, 0.95))],
    }
    scored = score(item(), candidates)
    assert [entry.product_id for entry in scored] == ["right", "other"]
    assert 0 <= scored[1].score < scored[0].score <= 1


def test_score__colour_decides_among_equals() -> None:
    candidates = {"red": [view(axis(0), colour=0)], "blue": [view(axis(0), colour=5)]}
    assert score(item(colour=5), candidates)[0].product_id == "blue"


def worn(spatial: np.ndarray) -> ItemFeatures:
    """The item when a person wears it: cut out, and what is where on it."""
    return replace(
        item(), worn=True, alone=axis(0)[None], worn_mean=axis(6) * 0, spatial=spatial[None]
    )


MEANS = FlatMeans(axis(5) * 0, axis(0, SPATIAL_DIM) * 0)


def test_score__worn_items_are_compared_by_what_is_where() -> None:
    here, there = axis(3, SPATIAL_DIM), axis(4, SPATIAL_DIM)
    candidates = {
        "elsewhere": [replace(view(axis(0)), spatial=there)],
        "right": [replace(view(towards(1, 0.9)), spatial=here)],
        "only whole": [view(axis(0)), replace(view(towards(1, 0.5)), spatial=there)],
    }
    found = score(worn(here), candidates, MEANS)
    assert [entry.product_id for entry in found] == ["right", "elsewhere", "only whole"]
    unknown = score(worn(here), {"plain": [view(axis(0))]}, MEANS)
    assert unknown[0].likeness == pytest.approx(1 + CENTRED_OFFSET + WORN_COLOUR_WEIGHT)


def test_score__the_kind_of_worn_items_adds_nothing() -> None:
    other = replace(view(axis(0)), label_probs=axis(3, LABEL_PROBS_DIM))
    scored = score(worn(axis(3, SPATIAL_DIM)), {"own": [view(axis(0))], "other": [other]}, MEANS)
    assert scored[0].likeness == scored[1].likeness


def test_score__equals_keep_a_stable_order() -> None:
    candidates = {name: [view(axis(0))] for name in ("b", "a", "c")}
    assert [entry.product_id for entry in score(item(), candidates)] == ["a", "b", "c"]


def test_score__products_without_views_are_left_out() -> None:
    assert score(item(), {"empty": []}) == []


def test_verdict__a_clear_lead_is_the_same() -> None:
    scored = score(item(), {"right": [view(axis(0))], "other": [view(towards(1, 0.3))]})
    assert verdict(item(), scored) is Match.SAME


def test_certain__the_best_alone_is_lifted() -> None:
    scored = [Scored("a", 0.1, 0.8), Scored("b", 0.05, 0.5)]
    assert certain(scored) == [Scored("a", CERTAIN, 0.8), scored[1]]
    assert certain([Scored("a", 0.99, 1.5)]) == [Scored("a", 0.99, 1.5)]


def test_verdict__look_alikes_are_similar() -> None:
    scored = score(item(), {"a": [view(towards(1, 0.9))], "b": [view(towards(2, 0.9))]})
    assert verdict(item(), scored) is Match.SIMILAR


def test_verdict__the_lead_counts_for_less_in_a_small_catalogue() -> None:
    scored = [
        Scored(str(n), 0.5, likeness) for n, likeness in enumerate([0.9, *[0.5] * (SMALL_POOL - 1)])
    ]
    assert verdict(item(), scored) is Match.SAME
    assert verdict(item(), scored[:3]) is Match.SIMILAR
    assert verdict(item(), scored[:1]) is Match.SIMILAR


def test_verdict__the_only_product_may_be_the_same() -> None:
    assert verdict(item(), score(item(), {"a": [view(axis(0))]})) is Match.SAME


@pytest.mark.parametrize(
    ("garmentness", "scored"),
    [(0.0, [Scored("a", 0.3, 0.8)]), (GARMENT - 0.01, [Scored("a", 0.3, 0.8)]), (0.9, [])],
)
def test_verdict__none(garmentness: float, scored: list[Scored]) -> None:
    assert verdict(item(garmentness), scored) is Match.NONE


def test_verdict__a_faint_garment_like_nothing_on_sale_is_none() -> None:
    assert verdict(item(GARMENT + 0.05), [Scored("a", 0.0, 0.1)]) is Match.NONE
    assert verdict(item(0.99), [Scored("a", 0.0, 0.1)]) is Match.SIMILAR


def test_verdict__where_nothing_is_even_similar_it_is_none() -> None:
    flat, person = item(0.99), worn(axis(3, SPATIAL_DIM))
    for one, bound in ((flat, ALIKE), (replace(person, garmentness=0.99), ALIKE_WORN)):
        assert verdict(one, [Scored("a", 0.0, bound - 0.01)]) is Match.NONE
        assert verdict(one, [Scored("a", 0.0, bound)]) is Match.SIMILAR


def test_verdict__what_is_on_sale_is_a_garment_whatever_it_looks_like() -> None:
    others = [Scored(str(n), 0.1, 0.5) for n in range(SMALL_POOL)]
    assert verdict(item(0.3), [Scored("a", 0.5, KNOWN), *others]) is Match.SAME
    assert verdict(item(0.3), [Scored("a", 0.5, KNOWN - 0.01), *others]) is Match.NONE
    twin = Scored("b", 0.5, KNOWN)
    assert verdict(item(0.3), [Scored("a", 0.5, KNOWN), twin, *others]) is Match.NONE
