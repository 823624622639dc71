"""Kinds of crops by the two heads."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.domain.taxonomy import FAMILIES, LABELS
from searchapp.vision.features.classifier import (
    FAMILY_OF,
    certainly,
    families_of,
    garment_kinds,
    kinds_of,
    softmax,
)
from searchapp.vision.models.embedding import Lite0Embedder
from searchapp.vision.models.model_files import arrays


def test_families__every_kind_has_one_and_a_row_of_each_head() -> None:
    assert set(FAMILY_OF.values()) <= {family.slug for family in FAMILIES}
    for name in ("kind", "worn_kind"):
        assert arrays("heads.npz")[f"{name}_weight"].shape[0] == len(FAMILY_OF)


@pytest.mark.parametrize("worn", [False, True])
def test_kinds__are_probabilities_and_differ_between_crops(*, worn: bool) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (64, 48, 3), dtype=np.uint8)
    crops = [noise, np.full((64, 48, 3), 255, np.uint8)]
    pooled = Lite0Embedder().pooled(crops)
    rows = families_of(garment_kinds(pooled, worn=True)) if worn else kinds_of(pooled)
    assert rows.shape == (2, len(LABELS))
    assert rows.sum(axis=1) == pytest.approx(1, abs=1e-3)
    assert (rows >= 0).all()
    assert not np.allclose(rows[0], rows[1])


def test_certainly__one_label_alone() -> None:
    assert certainly("bag").tolist() == [float(label == "bag") for label in LABELS]


def test_softmax__rows_sum_to_one_however_large() -> None:
    assert softmax(np.array([[1000.0, 999.0], [-5.0, -5.0]], np.float32)) == pytest.approx(
        np.array([[0.731, 0.269], [0.5, 0.5]]), abs=1e-3
    )
