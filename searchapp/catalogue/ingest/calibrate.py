"""``catalogue calibrate``: the verdict's numbers for a model, from the operator's own catalogue.

Products' pictures are changed as a shopper's photo would be, and searched: with the product on
sale, and as if it were not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import cv2
import numpy as np

from searchapp.catalogue.ingest.importer import Importer
from searchapp.catalogue.ingest.learn import Progress, item_of_picture
from searchapp.catalogue.matching.candidates import Ranked, ranked
from searchapp.catalogue.matching.scores import (
    SAME,
    SAME_WORN,
    SMALL_POOL,
    Learned,
    VerdictNumbers,
    lead,
)
from searchapp.db.engine import transaction
from searchapp.db.repositories import learned
from searchapp.db.repositories.learned import NUMBERS, Finding
from searchapp.domain.product import Filters
from searchapp.errors import OperatorError, counted
from searchapp.vision.crops import Pixels
from searchapp.vision.features.item_arrays import ItemFeatures

CALIBRATED_ON, LEAST_CALIBRATED = 150, 60
"""Products whose pictures are changed and searched, at most and at least."""

TILT, LEAST_APART = 8.0, 0.05
"""Degrees; and how far apart a model's likenesses of the same and of other garments are taken for
at least."""

ABSENT_SHARE = 0.015
"""The share of garments that are not on sale which may be called ``same``."""

BUILT_IN_RIGHT, BUILT_IN_ABSENT = 1.21, 0.70
"""Median likeness of the right product, and of the best one where the right one is not on sale, for
the built-in model: those of another model are brought to them.  Of 150 clothing photos, changed as
below, among 1,814 products."""


Change = Callable[[Pixels], Pixels]


@dataclass(frozen=True, slots=True)
class Trial:
    """A product's changed picture as an item, and the products that are the same garment."""

    item: ItemFeatures
    own: frozenset[str]
    likeness: float
    """Of the right product by its views alone, 0 if it is no candidate."""
    absent: float
    """Of the best other one."""


async def calibrate(importer: Importer, progress: Progress) -> Finding:
    """Finds the verdict's numbers for this model on the operator's catalogue, and keeps them.

    :raises OperatorError: there are too few products.
    """
    model = importer.vision.embedding_name
    async with transaction(importer.database) as session:
        chosen = await learned.some_products(session, model, CALIBRATED_ON)
    if len(chosen) < LEAST_CALIBRATED:
        raise OperatorError(
            f"{counted(len(chosen), 'product')} in the catalogue; {LEAST_CALIBRATED} are needed to "
            "calibrate on."
        )
    trials: list[Trial] = []
    for done, (number, kind) in enumerate(chosen.items(), 1):
        item = await item_of_picture(importer, number, 0, kind, CHANGES[done % len(CHANGES)])
        trials += [await _trial(importer, item, number)] if item is not None else []
        progress(done, len(chosen))
    numbers = scale_of(trials)
    leads = [await _leads(importer, trial, numbers) for trial in trials]
    found = Finding(NUMBERS, b"", report_of(numbers, leads))
    async with transaction(importer.database) as session:
        await learned.keep(session, model, found)
    return found


async def _ranked(importer: Importer, item: ItemFeatures, numbers: VerdictNumbers) -> Ranked:
    model = importer.vision.embedding_name
    async with transaction(importer.database) as session:
        return await ranked(session, item, model, Filters(), SMALL_POOL, Learned(numbers=numbers))


async def _trial(importer: Importer, item: ItemFeatures, number: int) -> Trial:
    found = await _ranked(importer, item, VerdictNumbers())
    garment, picture = found.garments.get(str(number)), found.pictures.get(str(number))
    own = frozenset(
        one
        for one in found.garments
        if found.garments[one] == garment or found.pictures[one] == picture
    )
    mine, others = (
        [one for one in found.plain if (one.product_id in own) is is_own]
        for is_own in (True, False)
    )
    best = (some[0].likeness if some else 0.0 for some in (mine, others))
    return Trial(item, own, *best)


@dataclass(frozen=True, slots=True)
class Leads:
    """What speaks for ``same``: with the right product on sale (-1 if it is not first), and
    without it."""

    worn: bool
    known: float
    absent: float


async def _leads(importer: Importer, trial: Trial, numbers: VerdictNumbers) -> Leads:
    found = (await _ranked(importer, trial.item, numbers)).distinct
    others = [one for one in found if one.product_id not in trial.own]
    first = bool(found) and found[0].product_id in trial.own
    known = lead(found) if first else -1.0
    return Leads(trial.item.worn, known, lead(others) if others else -1.0)


def scale_of(trials: Sequence[Trial]) -> VerdictNumbers:
    """What brings this model's likenesses to those of the built-in one."""
    right = float(np.median([one.likeness for one in trials]))
    absent = float(np.median([one.absent for one in trials]))
    factor = (BUILT_IN_RIGHT - BUILT_IN_ABSENT) / max(right - absent, LEAST_APART)
    return VerdictNumbers(round(factor, 4), round(BUILT_IN_ABSENT - factor * absent, 4))


def report_of(numbers: VerdictNumbers, leads: Sequence[Leads]) -> dict[str, Any]:
    """The numbers, and what they give on the very trials on which they were chosen."""
    flat, worn = ([one for one in leads if one.worn is is_worn] for is_worn in (False, True))
    chosen = replace(numbers, same=_threshold(flat, SAME), same_worn=_threshold(worn, SAME_WORN))
    report: dict[str, Any] = {"numbers": asdict(chosen), "trials": len(leads)}
    for name, some, least in (("flat", flat, chosen.same), ("worn", worn, chosen.same_worn)):
        if some:
            report[name] = {
                "same and right": _percent([one.known >= least for one in some]),
                "same though absent": _percent([one.absent >= least for one in some]),
            }
    return report


def _threshold(leads: Sequence[Leads], built_in: float) -> float:
    """The least sum that at most ABSENT_SHARE of the absent ones reach.

    A few trials can show that the built-in model's is too low, not that it is too high.
    """
    if not leads:
        return built_in
    absent = sorted((one.absent for one in leads), reverse=True)
    least = round(absent[int(ABSENT_SHARE * len(absent))] + 0.001, 4)
    return least if len(leads) >= LEAST_CALIBRATED else max(least, built_in)


def _percent(values: Sequence[bool]) -> float:
    return round(100 * float(np.mean(values)), 1)


def _cropped(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[height // 10 : height - height // 12, width // 12 : width - width // 10]


def _in_other_light(pixels: Pixels) -> Pixels:
    warm = pixels.astype(np.float32) * np.array([0.85, 0.75, 0.65], np.float32)
    return np.clip(warm, 0, 255).astype(np.uint8)


def _tilted(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), TILT, 1.0)
    return np.asarray(
        cv2.warpAffine(pixels, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8
    )


CHANGES: tuple[Change, ...] = (
    _cropped,
    _in_other_light,
    _tilted,
    lambda pixels: pixels[:, ::-1],
    lambda pixels: _tilted(_cropped(_in_other_light(pixels))),
)
"""What a shopper's photo of a product's picture does to it."""
