"""From the features of an item to the products that are most like it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.catalogue.matching.feature_codec import (
    learned_from,
    unpacked,
    unpacked_keypoints,
)
from searchapp.catalogue.matching.feedback import reordered
from searchapp.catalogue.matching.geometric_verification import COMPARED, compare
from searchapp.catalogue.matching.kinds import (
    ProductKind,
    finer_fits,
    fits,
    of_own_kind,
    own_kind_first,
    weighted,
)
from searchapp.catalogue.matching.near_duplicates import (
    LEAST,
    filled_up,
    first_of_each,
    with_twins,
    without_twins,
)
from searchapp.catalogue.matching.scores import (
    SMALL_POOL,
    FlatMeans,
    Learned,
    Scored,
    certain,
    flat_means,
    score,
    verdict,
)
from searchapp.db.repositories import learned as learned_matching
from searchapp.db.repositories import products, vector_index
from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.search import Match, Result
from searchapp.domain.taxonomy import WHOLE
from searchapp.vision.features.item_arrays import (
    MAX_QUERY_VECTORS,
    ItemFeatures,
    Keypoints,
    ViewFeatures,
)

MEAN_LASTS, MEAN_SAMPLE = 300.0, 400
"""Seconds for which means over a catalogue's views are used before they are computed again, and of
how many views."""

_FLAT_MEANS: dict[str, tuple[float, FlatMeans | None]] = {}
"""Name of a model -> when the means of its vectors were computed, and the means."""

_LEARNED: dict[str, tuple[Mapping[str, datetime], Learned]] = {}
"""Name of a model -> when each part was learned of what is in use, and what that is."""

EACH = 32
"""Views that are looked up for each vector of the item; their products are ranked in full."""

EFFORT, WORN_EFFORT = 64, 300
"""Entries that the index keeps in hand meanwhile: more finds more and takes longer.  Among 11,000
views of real photos 99.1 % of the 250 nearest are found so, in 3.5 ms of a core a vector
(``benchmarks/catalogue.py`` times whole look-ups)."""

WORN_EACH = 250
"""Views that are looked up for each vector of a worn item: another photo is less alike.  Of 345
true products among 1,100 83 % were found by 32, 94 % by 100, 97 % by 200, 99 % by 300."""

MOST = 1000
"""A catalogue of many photos a product may need that many views for enough products."""


async def nearest(
    session: AsyncSession,
    item: ItemFeatures,
    model: str,
    *,
    filters: Filters = NO_FILTERS,
    limit: int = 24,
    use_feedback: bool = False,
) -> tuple[list[Result], Match]:
    """The products most like ``item``, best first, and what we believe of the best.

    :param model: what made the item's vectors (``VisionEngine.embedding_name``); products that
        another model described are left out.
    :param limit: at most so many results; fewer only if the catalogue has no more that pass.
    :param use_feedback: whether what people said of results may move them a little.
    """
    learned = await learned_of(session, model)
    # The verdict takes fewer than SMALL_POOL for all that there are.
    found = await ranked(session, item, model, filters, max(limit, SMALL_POOL), learned)
    match = verdict(item, found.distinct, learned.numbers)
    best = await _best_of(session, item, found, limit, use_feedback=use_feedback)
    pictures, first = found.pictures, found.scored[0].product_id if found.scored else ""
    # What people said may have put another one first: of that one nothing is believed.
    if match is Match.SAME and pictures[best[0].product_id] == pictures[first]:
        best = certain(best)
    numbers = [int(entry.product_id) for entry in best]
    return _results(best, await vector_index.shown_variants(session, numbers, filters)), match


async def _best_of(
    session: AsyncSession, item: ItemFeatures, found: Ranked, limit: int, *, use_feedback: bool
) -> list[Scored]:
    """The best ``limit``, one of each garment, filled up with variants where those are too few."""
    if not use_feedback:
        every, distinct = with_twins(found.scored, found.twins), found.distinct
    else:
        top = with_twins(found.scored[: 2 * limit], found.twins)
        every = await _with_feedback(session, item, top)
        of_each = {twin: some for first, some in found.views.items() for twin in found.twins[first]}
        firsts = first_of_each(every, found.pictures)
        distinct = first_of_each(without_twins(firsts, of_each), found.garments)
    return filled_up(distinct, first_of_each(every, found.garments), limit)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Candidates for one item, products by id.

    ``pictures``: their main picture's key; ``twins``: those that share the picture of the one that
    is looked at; ``garments``: what each is a variant of; ``views``: those of the ones looked at;
    ``plain``: scored by their views alone; ``scored``: with keypoints and kinds; ``distinct``: the
    best variant of each garment.  Lists are in order, best first.
    """

    pictures: dict[str, str]
    twins: dict[str, list[str]]
    garments: dict[str, str]
    views: dict[str, list[ViewFeatures]]
    plain: list[Scored]
    scored: list[Scored]
    distinct: list[Scored]


async def ranked(
    session: AsyncSession,
    item: ItemFeatures,
    model: str,
    filters: Filters,
    most: int,
    learned: Learned,
) -> Ranked:
    """The products near ``item`` in order: at least ``most`` if so many pass ``filters``."""
    near = await _near(session, item, model, filters, most)
    pictures = {str(number): key for number, key in near.items()}
    twins = _twins(pictures)
    firsts = [int(first) for first in twins]
    views: dict[str, list[ViewFeatures]] = {}
    for view in await vector_index.views_of(session, firsts, model):
        views.setdefault(str(view.product), []).append(unpacked(view))
    flat = await flat_means_of(session, model) if item.worn else None
    plain = score(item, views, flat, learned)
    scored = await _compared(session, item, plain, model)
    if not filters.other_kinds:
        scored = _by_kind(item, scored, views, await vector_index.kinds_of(session, firsts))
    known = await vector_index.garments_of(session, list(near))
    garments = {str(number): known.get(number, str(number)) for number in near}
    distinct = first_of_each(without_twins(scored, views), garments)
    return Ranked(pictures, twins, garments, views, plain, scored, distinct)


def _by_kind(
    item: ItemFeatures,
    scored: Sequence[Scored],
    views: Mapping[str, Sequence[ViewFeatures]],
    known: Mapping[int, tuple[str, str]],
) -> list[Scored]:
    """``scored`` by likeness and kind, products of the item's own kind before all others."""
    kinds = {}
    for key, some in views.items():
        family, finer = known.get(int(key), (WHOLE, ""))
        kinds[key] = ProductKind(family, some[0].label_probs, finer)
    fit = fits(item.label_probs, kinds)
    ranked = weighted(scored, fit, finer_fits(item.finer, kinds), worn=item.worn)
    return own_kind_first(ranked, of_own_kind(ranked, fit, worn=item.worn), LEAST)


async def flat_means_of(session: AsyncSession, model: str) -> FlatMeans | None:
    """Means over garments that no person wears, from the catalogue; read every few minutes."""
    known = _FLAT_MEANS.get(model)
    if known is None or time.monotonic() - known[0] > MEAN_LASTS:
        sample = await vector_index.sample_views(session, model, "garment", MEAN_SAMPLE)
        known = time.monotonic(), flat_means(map(unpacked, sample))
        _FLAT_MEANS[model] = known
    return known[1]


async def learned_of(session: AsyncSession, model: str) -> Learned:
    """What the catalogue taught for a model; read again when something else was learned."""
    stamps = await learned_matching.stamps(session, model)
    known = _LEARNED.get(model)
    if known is None or known[0] != stamps:
        known = stamps, learned_from(await learned_matching.findings(session, model))
        _LEARNED[model] = known
    return known[1]


def _twins(pictures: Mapping[str, str]) -> dict[str, list[str]]:
    """The product that is looked at of each main picture -> all that have this picture.

    Sizes of a garment have the same views; of two feeds' products the one found more often may
    have the photo that matters.
    """
    of_key: dict[str, list[str]] = {}
    for product, key in pictures.items():
        of_key.setdefault(key, []).append(product)
    return {products[0]: products for products in of_key.values()}


async def _compared(
    session: AsyncSession, item: ItemFeatures, scored: Sequence[Scored], model: str
) -> list[Scored]:
    numbers = [int(entry.product_id) for entry in scored[:COMPARED]]
    photos: dict[str, list[Keypoints]] = {}
    for number, stored in await vector_index.details_of(session, numbers, model):
        photos.setdefault(str(number), []).append(unpacked_keypoints(stored))
    return compare(item, scored, photos)


async def _with_feedback(
    session: AsyncSession, item: ItemFeatures, scored: Sequence[Scored]
) -> list[Scored]:
    numbers = [int(entry.product_id) for entry in scored]
    counts = await products.counts_of(session, numbers, item.label)
    return reordered(scored, {str(number): votes for number, votes in counts.items()})


async def _near(
    session: AsyncSession, item: ItemFeatures, model: str, filters: Filters, limit: int
) -> dict[int, str]:
    """Products near the item, and their main pictures' keys: looks wider until there are enough
    different pictures, or no more.

    The index gives up after ``vector_index.SCANNED`` entries where something is filtered out.  So
    if it finds too few, what passes is compared one by one: that is few, or far from the item.
    """
    each, effort = (WORN_EACH, WORN_EFFORT) if item.worn else (EACH, EFFORT)
    unmixed = exact = False
    while True:
        found = await vector_index.nearest_views(
            session,
            item.lookup,
            model,
            each=each,
            ef_search=effort,
            filters=filters,
            unmixed=unmixed,
            exact=exact,
        )
        count, distinct = len(found.pictures), found.distinct
        narrowed = unmixed or not filters.empty
        if found.mixed and not unmixed:
            unmixed = True
        elif distinct >= limit or each >= MOST:
            return found.pictures
        elif narrowed and count >= limit:
            # The index did not give up: twins took the places.
            each = min(MOST, each * math.ceil(count / distinct))
        else:
            each, effort = min(MOST, each * 6), min(MOST, effort * 6)
            exact = narrowed


def _results(best: Sequence[Scored], shown: Mapping[int, Result]) -> list[Result]:
    """A product that an import removed a moment ago is left out."""
    return [
        replace(shown[int(entry.product_id)], score=round(entry.score, 4))
        for entry in best
        if int(entry.product_id) in shown
    ]


async def similar_products(
    session: AsyncSession, product_id: str, limit: int = 24
) -> list[Result] | None:
    """Products of the same family that look like ``product_id`` (``feed:id``), best first; None if
    it is not in the catalogue.

    Its stored views are the query, so no picture is decoded.  What shows the same main picture is
    the same garment, and left out.
    """
    found = await vector_index.product_by_id(session, product_id)
    if found is None:
        return None
    number, product, model = found
    views = [unpacked(view) for view in await vector_index.views_of(session, [number], model)]
    if not views:
        return []
    item = _item_of(views, product.kind)
    family = Filters(kind=product.kind if product.kind != WHOLE else "")
    wanted = limit + SAME_PICTURES
    results, _ = await nearest(session, item, model, filters=family, limit=wanted)
    return [result for result in results if result.image_url != product.image_url][:limit]


SAME_PICTURES = 12
"""Variants of the product itself, which are found besides."""


def _item_of(views: Sequence[ViewFeatures], kind: str) -> ItemFeatures:
    """A stored product as something to search for."""
    vectors = np.stack([view.embedding for view in views])
    return ItemFeatures(
        lookup=vectors[:MAX_QUERY_VECTORS],
        vectors=vectors,
        colour=views[0].colour,
        label_probs=views[0].label_probs,
        garmentness=1.0,
        label=kind,
    )
