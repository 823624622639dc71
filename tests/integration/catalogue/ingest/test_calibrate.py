"""Choosing the verdict's numbers on a catalogue."""

from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.catalogue.ingest import calibrate as module
from searchapp.catalogue.ingest.calibrate import (
    BUILT_IN_ABSENT,
    BUILT_IN_RIGHT,
    CHANGES,
    LEAST_CALIBRATED,
    Leads,
    Trial,
    calibrate,
    report_of,
    scale_of,
)
from searchapp.catalogue.ingest.importer import import_feed
from searchapp.catalogue.matching.candidates import learned_of
from searchapp.catalogue.matching.scores import SAME, SAME_WORN, VerdictNumbers
from searchapp.db.engine import transaction
from searchapp.errors import OperatorError
from searchapp.vision.features.item_arrays import ItemFeatures
from tests.support.catalogue import FakeVision, importer, shop


def test_scale__brings_medians_to_those_of_the_built_in_model() -> None:
    item = ItemFeatures(*(np.zeros((1, 1), np.float32),) * 2, *(np.zeros(1, np.float32),) * 2, 1.0)
    trials = [Trial(item, frozenset(), right, 0.2) for right in (0.4, 0.5, 0.6)]
    numbers = scale_of(trials)
    assert numbers.factor * 0.5 + numbers.offset == pytest.approx(BUILT_IN_RIGHT, abs=1e-3)
    assert numbers.factor * 0.2 + numbers.offset == pytest.approx(BUILT_IN_ABSENT, abs=1e-3)


def test_report__few_absent_ones_reach_the_threshold() -> None:
    leads = [Leads(worn=False, known=0.5, absent=n / 1000) for n in range(200)]
    report = report_of(VerdictNumbers(), leads)
    assert 0.19 < report["numbers"]["same"] < 0.2
    assert report["flat"] == {"same and right": 100.0, "same though absent": 1.5}
    assert report["numbers"]["same_worn"] == SAME_WORN
    few = report_of(VerdictNumbers(), leads[:5])
    assert few["numbers"]["same"] == SAME


def test_report__a_few_absent_ones_raise_the_threshold() -> None:
    leads = [Leads(worn=True, known=0.9, absent=SAME_WORN + n / 10) for n in range(5)]
    report = report_of(VerdictNumbers(), leads)
    assert report["numbers"]["same_worn"] > leads[-1].absent
    assert report["worn"]["same though absent"] == 0


@pytest.mark.parametrize("change", CHANGES)
def test_changes__leave_a_picture_that_is_another_one(change: module.Change) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (120, 90, 3), dtype=np.uint8)
    changed = change(pixels)
    assert changed.dtype == np.uint8
    assert changed.shape != pixels.shape or not np.array_equal(changed, pixels)


async def test_calibrate__numbers_are_kept_and_used(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CHANGES", (lambda pixels: pixels,))
    rows, pictures = shop(LEAST_CALIBRATED)
    await import_feed(importer(engine), "shop", rows, pictures)
    found = await calibrate(importer(engine), lambda _done, _total: None)
    assert found.report["trials"] == LEAST_CALIBRATED
    assert found.report["flat"]["same and right"] > 75
    assert found.report["flat"]["same though absent"] <= 1.7
    async with transaction(engine) as session:
        known = await learned_of(session, FakeVision().embedding_name)
    assert known.numbers == VerdictNumbers(**found.report["numbers"])


async def test_calibrate__too_few_products(engine: AsyncEngine) -> None:
    rows, pictures = shop(2)
    await import_feed(importer(engine), "shop", rows, pictures)
    with pytest.raises(OperatorError, match=r"^2 products in the catalogue; 60 "):
        await calibrate(importer(engine), lambda _done, _total: None)
