"""Products that share a picture: the sizes of one garment, or one product in two feeds.

A feed has a row for each size, with one picture.  They are one garment to a person who looks for
it, and none of them is a look-alike that makes the other doubtful.  A picture's key tells copies
that are alike byte by byte, however many there are; the views tell the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from searchapp.catalogue.matching.scores import Scored
from searchapp.vision.features.item_arrays import ViewFeatures

SAME_PICTURE, SAME_COLOURS = 0.99, 0.97
"""Inner products of the full views' vectors and of their colours.  One photo in two sizes and
qualities reaches 0.99 (0.93 at 400 pixels); photos of different garments 0.93, but two crops of
one photo come near it, and so do recoloured photos of one shoot (0.998, their colours 0.96)."""

CHECKED = 100
"""So many of the best are compared with one another."""

LEAST = 10
"""Twins are shown where fewer results than this would be left."""


def with_twins(scored: Sequence[Scored], twins: Mapping[str, Sequence[str]]) -> list[Scored]:
    """Every twin of ``scored`` in its place, scored like the one that was looked at.

    :param scored: best first.
    :param twins: product id -> all products that have its main picture, itself among them.
    """
    every = [
        replace(entry, product_id=twin) for entry in scored for twin in twins[entry.product_id]
    ]
    return sorted(every, key=lambda entry: (-entry.likeness, entry.product_id))


def first_of_each(scored: Sequence[Scored], pictures: Mapping[str, str]) -> list[Scored]:
    """``scored`` without those whose main picture, by its key, a better one has.

    :param scored: best first.
    :param pictures: product id -> the key of its main picture.
    """
    firsts: dict[str, Scored] = {}
    for entry in scored:
        firsts.setdefault(pictures[entry.product_id], entry)
    return list(firsts.values())


def without_twins(
    scored: Sequence[Scored], views: Mapping[str, Sequence[ViewFeatures]]
) -> list[Scored]:
    """``scored`` without those of the first CHECKED whose main picture a better one has.

    :param scored: best first.
    :param views: product id -> its views, those of the main picture first.
    """
    some = scored[:CHECKED]
    if not some:
        return []
    mains = [views[entry.product_id][0] for entry in some]
    vectors = np.stack([main.embedding for main in mains])
    colours = np.stack([main.colour for main in mains])
    alike = (vectors @ vectors.T >= SAME_PICTURE) & (colours @ colours.T >= SAME_COLOURS)
    kept: list[int] = []
    for index in range(len(some)):
        if not alike[index, kept].any():
            kept.append(index)
    return [*(some[index] for index in kept), *scored[CHECKED:]]


def filled_up(distinct: Sequence[Scored], every: Sequence[Scored], limit: int) -> list[Scored]:
    """The best ``limit`` of ``distinct``; with twins, up to LEAST, where those are too few.

    :param every: what ``distinct`` was chosen from, best first.
    """
    if len(distinct) >= min(LEAST, limit):
        return list(distinct[:limit])
    chosen = {entry.product_id for entry in distinct}
    twins = [entry for entry in every if entry.product_id not in chosen]
    wanted = chosen | {entry.product_id for entry in twins[: min(LEAST, limit) - len(distinct)]}
    return [entry for entry in every if entry.product_id in wanted]
