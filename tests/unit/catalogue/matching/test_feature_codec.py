"""Features in few bytes, and back."""

from __future__ import annotations

import numpy as np
import pytest

from searchapp.catalogue.matching.feature_codec import packed, unpacked
from searchapp.db.repositories.vector_index import IndexedView
from searchapp.vision.features.colour import histogram
from searchapp.vision.features.item_arrays import EMBEDDING_DIM, LABEL_PROBS_DIM, ViewFeatures


def test_packed__colour_and_kinds_come_back() -> None:
    random = np.random.default_rng(3)
    colour = histogram(random.integers(0, 255, (30, 20, 3), dtype=np.uint8))
    labels = random.dirichlet(np.ones(LABEL_PROBS_DIM)).astype(np.float32)
    vector = np.zeros(EMBEDDING_DIM, np.float32)
    stored = packed(ViewFeatures("full", vector, colour, labels))
    view = unpacked(IndexedView(7, "full", vector, stored.extras))
    assert view.colour @ colour > 0.999
    assert np.linalg.norm(view.colour) == pytest.approx(1, abs=1e-5)
    assert view.label_probs == pytest.approx(labels, abs=1e-3)
