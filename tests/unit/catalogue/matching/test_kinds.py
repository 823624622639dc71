"""Which products may stand among the first results of an item."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.catalogue.matching.kinds import (
    EVIDENT,
    ProductKind,
    finer_fits,
    fits,
    of_own_kind,
    own_kind_first,
    weighted,
)
from searchapp.catalogue.matching.scores import Scored
from searchapp.domain.taxonomy import LABELS
from searchapp.vision.features.classifier import FAMILY_OF
from searchapp.vision.features.item_arrays import Vector


def probs(**kinds: float) -> Vector:
    values = np.zeros(len(LABELS), np.float32)
    for kind, value in kinds.items():
        values[LABELS.index(kind)] = value
    return values


SKIRT = probs(skirt=0.6, bottom=0.3, dress=0.1)
UNSEEN = probs(top=1.0)


def test_fits__what_the_feed_says_counts_before_the_picture() -> None:
    kinds = {
        "skirt": ProductKind("skirt", UNSEEN),
        "trousers": ProductKind("bottom", UNSEEN),
        "unnamed": ProductKind("whole", probs(skirt=0.5, top=0.5)),
    }
    fit = fits(SKIRT, kinds)
    assert fit["skirt"] == 1.0
    assert fit["trousers"] == pytest.approx(0.5)
    assert fit["unnamed"] == pytest.approx(0.5)


def test_finer_fits__within_the_family_of_the_product() -> None:
    odds = {"tshirt": 0.6, "shorts": 0.3, "jeans": 0.06}
    item = np.array([odds.get(kind, 0.01) for kind in FAMILY_OF], np.float32)
    kinds = {
        "shorts": ProductKind("bottom", UNSEEN, "shorts"),
        "jeans": ProductKind("bottom", UNSEEN, "jeans"),
        "unnamed": ProductKind("bottom", UNSEEN),
    }
    fit = finer_fits(item, kinds)
    assert fit == {"shorts": pytest.approx(1.0), "jeans": pytest.approx(0.2)}
    assert finer_fits(np.zeros(0, np.float32), kinds) == {}
    scored = [Scored("jeans", 0.5, 0.61), Scored("shorts", 0.5, 0.60)]
    assert [one.product_id for one in weighted(scored, {}, fit)] == ["shorts", "jeans"]


def test_weighted__a_kind_that_fits_comes_before_an_equal_likeness() -> None:
    scored = [Scored("a", 0.5, 0.60), Scored("b", 0.5, 0.59)]
    assert [one.product_id for one in weighted(scored, {"a": 0.1, "b": 1.0}, {})] == ["b", "a"]


def test_of_own_kind__likely_kinds_and_what_is_evident() -> None:
    scored = [
        Scored("same picture", 0.9, EVIDENT),
        Scored("own", 0.5, 0.6),
        Scored("other", 0.5, 0.7),
    ]
    fit = {"same picture": 0.0, "own": 0.9, "other": 0.05}
    assert of_own_kind(scored, fit) == {"same picture", "own"}


def test_own_kind_first__others_fill_up_and_stay_behind() -> None:
    scored = [Scored("other", 0.6, 0.8), Scored("own", 0.5, 0.6), Scored("third", 0.4, 0.5)]
    ranked = own_kind_first(scored, {"own"}, least=2)
    assert [one.product_id for one in ranked] == ["own", "other"]
    assert ranked[1].likeness < ranked[0].likeness
    assert ranked[1].score < ranked[0].score


def test_own_kind_first__unlike_ones_of_the_own_kind_compete_with_others() -> None:
    scored = [Scored("own", 0.6, 0.8), Scored("other", 0.5, 0.6), Scored("own, unlike", 0.1, 0.1)]
    ranked = own_kind_first(scored, {"own", "own, unlike"}, least=3)
    assert [one.product_id for one in ranked] == ["own", "other", "own, unlike"]
    assert len(own_kind_first(scored, {"own", "own, unlike"}, least=2)) == 2


def test_own_kind_first__nothing_of_the_own_kind_leaves_the_order() -> None:
    scored = [Scored("a", 0.6, 0.8), Scored("b", 0.5, 0.6)]
    assert own_kind_first(scored, set(), least=10) == scored


def test_weighted__kinds_say_less_of_what_people_wear() -> None:
    scored = [Scored("a", 0.5, 0.60), Scored("b", 0.5, 0.50)]
    fit = {"a": 0.1, "b": 1.0}
    assert [one.product_id for one in weighted(scored, fit, {})] == ["b", "a"]
    assert [one.product_id for one in weighted(scored, fit, {}, worn=True)] == ["a", "b"]
    assert of_own_kind(scored, {"a": 0.15, "b": 1.0}) == {"b"}
    assert of_own_kind(scored, {"a": 0.15, "b": 1.0}, worn=True) == {"a", "b"}
