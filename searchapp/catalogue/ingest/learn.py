"""``catalogue learn``: a projection for worn garments from an operator's own products.

Products that have a photo of the garment worn and one of it alone are pairs to learn from.  What
was learned is measured on held-out pairs, and used only if it finds them better.  Shoppers' photos
are never used.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from searchapp.catalogue.ingest.importer import Importer
from searchapp.catalogue.matching.candidates import flat_means_of
from searchapp.catalogue.matching.feature_codec import packed_projection, unpacked
from searchapp.catalogue.matching.scores import (
    FlatMeans,
    Learned,
    Projection,
    Scored,
    score,
)
from searchapp.db.engine import transaction
from searchapp.db.repositories import learned, vector_index
from searchapp.db.repositories.learned import PROJECTION, Finding
from searchapp.errors import OperatorError, UnreadablePicture, counted
from searchapp.imaging.picture import UprightImage
from searchapp.vision.crops import Pixels
from searchapp.vision.features.item_arrays import ItemFeatures, Matrix, ViewFeatures
from searchapp.vision.models.embedding import unit
from searchapp.vision.pipeline import VisionEngine

LEAST_PAIRS, MOST_PAIRS = 100, 600
"""Products with both photos: with fewer a projection learns the photos instead of the garments."""

STRANGERS = 400
"""Other products among which the held-out pairs are searched."""

SHRINKAGE, AXES = 0.5, 256
"""How much of the covariance within pairs is taken as the same in all directions; axes kept."""

FOLDS = 2

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Pair:
    """One garment worn, as an item to search for, and the views of its photo alone."""

    product: str
    item: ItemFeatures
    views: list[ViewFeatures]


async def learn(importer: Importer, progress: Progress) -> Finding:
    """Learns a projection, measures it on held-out pairs, and keeps it if it is better there.

    :raises OperatorError: fewer than LEAST_PAIRS products have both photos.
    """
    model = importer.vision.embedding_name
    async with transaction(importer.database) as session:
        chosen = await learned.paired_products(session, model, MOST_PAIRS)
        strangers = await learned.some_products(session, model, STRANGERS)
        flat = await flat_means_of(session, model)
    others = await _views(importer, [n for n in strangers if n not in chosen])
    pairs: list[Pair] = []
    for done, (number, kind) in enumerate(chosen.items(), 1):
        pair = await _pair(importer, number, kind)
        pairs += [pair] if pair else []
        progress(done, len(chosen))
    if len(pairs) < LEAST_PAIRS:
        raise OperatorError(
            f"{counted(len(pairs), 'product')} with a photo of the garment worn and one of it "
            f"alone; {LEAST_PAIRS} are needed to learn from."
        )
    found = await asyncio.to_thread(learned_from_pairs, pairs, others, flat)
    async with transaction(importer.database) as session:
        await learned.keep(session, model, found)
    return found


async def _views(importer: Importer, numbers: Sequence[int]) -> dict[str, list[ViewFeatures]]:
    """Product -> its stored views."""
    model, found = importer.vision.embedding_name, dict[str, list[ViewFeatures]]()
    async with transaction(importer.database) as session:
        for view in await vector_index.views_of(session, numbers, model):
            found.setdefault(str(view.product), []).append(unpacked(view))
    return found


async def _pair(importer: Importer, number: int, kind: str) -> Pair | None:
    """None if no person is found in the worn photo now, or it cannot be read."""
    photos = _by_photo((await _views(importer, [number])).get(str(number), []))
    worn = next((n for n, some in enumerate(photos) if some[0].worn), None)
    alone = next((some for some in photos if not some[0].worn), None)
    item = None if worn is None else await item_of_picture(importer, number, worn, kind)
    if item is None or alone is None or not len(item.alone):
        return None
    return Pair(str(number), item, alone)


def _by_photo(views: Sequence[ViewFeatures]) -> list[list[ViewFeatures]]:
    """The views of each photo: the full one comes first."""
    photos: list[list[ViewFeatures]] = []
    for view in views:
        if view.kind == "full" or not photos:
            photos.append([])
        photos[-1].append(view)
    return photos


async def item_of_picture(
    importer: Importer,
    number: int,
    place: int,
    kind: str,
    change: Callable[[Pixels], Pixels] = lambda pixels: pixels,
) -> ItemFeatures | None:
    """The product's garment in its picture ``place``, changed, as an item to search for."""
    async with transaction(importer.database) as session:
        pictures = await vector_index.pictures_shown(session, number)
    if place >= len(pictures):
        return None
    try:
        upright = (await importer.decoder.upright(pictures[place][1])).image
    except UnreadablePicture:
        return None
    pixels = np.ascontiguousarray(change(upright.pixels))
    picture = UprightImage(pixels, pixels.shape[1], pixels.shape[0])
    return await asyncio.to_thread(_described, importer.vision, picture, kind)


def _described(vision: VisionEngine, picture: UprightImage, kind: str) -> ItemFeatures:
    """The region of the product's kind, the most prominent one if there is none."""
    regions = vision.regions(picture)
    chosen = next((one for one in regions if one.label == kind), regions[0])
    return vision.describe_query(picture, chosen.box, chosen.label)


def learned_from_pairs(
    pairs: Sequence[Pair], others: Mapping[str, list[ViewFeatures]], flat: FlatMeans | None
) -> Finding:
    """A projection of all pairs; its data are empty if held-out pairs are found no better by it."""
    before, after = list[int](), list[int]()
    shelf = {**others, **{pair.product: pair.views for pair in pairs}}
    for fold in range(FOLDS):
        rest = [pair for n, pair in enumerate(pairs) if n % FOLDS != fold]
        projection = projected(*_vectors(rest))
        for pair in pairs[fold::FOLDS]:
            before.append(_place(pair, score(pair.item, shelf, flat)))
            after.append(_place(pair, score(pair.item, shelf, flat, Learned(projection))))
    used = _quality(after) > _quality(before)
    report: dict[str, Any] = {"pairs": len(pairs), "among": len(shelf), "used": used}
    report |= {"before": _shares(before), "after": _shares(after)}
    data = packed_projection(projected(*_vectors(pairs))) if used else b""
    return Finding(PROJECTION, data, report)


def _vectors(pairs: Sequence[Pair]) -> tuple[Matrix, Matrix]:
    """The vectors of garments worn and alone, a row a pair."""
    worn = np.stack([pair.item.alone[0] for pair in pairs])
    alone = np.stack([pair.views[min(1, len(pair.views) - 1)].embedding for pair in pairs])
    return worn, alone


def projected(worn: Matrix, flat: Matrix) -> Projection:
    """Linear discriminant analysis (Fisher 1936) of pairs: what differs between the two photos of
    a garment counts little, what differs between garments much."""
    means = worn.mean(axis=0), flat.mean(axis=0)
    sides = [unit(rows - mean) for rows, mean in zip((worn, flat), means, strict=True)]
    centres, apart = (sides[0] + sides[1]) / 2, (sides[0] - sides[1]) / 2
    count, size = centres.shape
    within = apart.T @ apart / count
    within = (1 - SHRINKAGE) * within + SHRINKAGE * np.trace(within) / size * np.eye(size)
    values, vectors = np.linalg.eigh(within)
    whiten = vectors * values**-0.5
    spread = (centres - centres.mean(axis=0)) @ whiten
    strength, axes = np.linalg.eigh(spread.T @ spread / count)
    kept = whiten @ axes[:, np.argsort(-strength)[:AXES]]
    scaled = (kept / np.abs(kept).max()).T.astype(np.float32)
    return Projection(means[0].astype(np.float32), means[1].astype(np.float32), scaled)


def _place(pair: Pair, scored: Sequence[Scored]) -> int:
    """How many products stand before the right one."""
    return next(n for n, entry in enumerate(scored) if entry.product_id == pair.product)


def _quality(places: Sequence[int]) -> float:
    """Mean reciprocal rank."""
    return float(np.mean([1 / (1 + place) for place in places]))


def _shares(places: Sequence[int]) -> dict[str, float]:
    """Percent of pairs found among the first 1, 5 and 10."""
    return {
        f"R@{most}": round(100 * float(np.mean([place < most for place in places])), 1)
        for most in (1, 5, 10)
    }
