"""How well a photo finds its product: ``make bench-search``.

Photos of contributors from whom nothing was learned are changed in ten phone-like ways and
searched, whole and without a box, among all other photos; some are of products that are not on
sale, some pictures show no garment at all.  The product's own code does everything except that
the nearest vectors are found exactly, in memory.  Prints tables; measures nothing in time.

    SEARCHAPP_TEST_PHOTOS=FOLDER python benchmarks/bench_search.py [--each 60] [--products 0]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import baselines
from benchmarks.changes import KINDS, change
from benchmarks.nothing import DRAWN
from benchmarks.photos import FOLDER, Photo, Split, photos, split
from searchapp.catalogue.matching.candidates import EACH, WORN_EACH
from searchapp.catalogue.matching.geometric_verification import compare
from searchapp.catalogue.matching.kinds import (
    ProductKind,
    finer_fits,
    fits,
    of_own_kind,
    own_kind_first,
    weighted,
)
from searchapp.catalogue.matching.near_duplicates import LEAST, without_twins
from searchapp.catalogue.matching.scores import Scored, flat_means, score, verdict
from searchapp.domain.search import Box, Match
from searchapp.imaging.picture import UprightImage
from searchapp.vision.features.item_arrays import MAX_QUERY_VECTORS, ItemFeatures, ViewFeatures
from searchapp.vision.pipeline import BuiltInEngine


@dataclass
class Query:
    """A changed photo: what it shows (an index, -1 for nothing on sale), and where."""

    kind: str
    target: int
    image: Image.Image
    box: tuple[int, int, int, int]


@dataclass
class Answer:
    """What came out for one query: products, best first, and the verdict on the best."""

    order: list[int]
    match: Match


def queries(
    every: list[Photo], parts: Split, each: int, rng: np.random.Generator
) -> Iterator[Query]:
    """``each`` known ones a kind, then those in vain, then pictures of nothing."""
    clutter = [every[index].open() for index in parts.clutter]

    def changed(kind: str, index: int) -> Query:
        others = [clutter[int(rng.integers(len(clutter)))] for _ in range(int(rng.integers(2, 5)))]
        made = change(kind, every[index].open(), rng, others)
        return Query(kind, index, made.image, made.box)

    for kind in KINDS:
        for index in rng.choice(parts.known, each, replace=False):
            yield changed(kind, int(index))
    for number, index in enumerate(parts.absent[: 2 * each]):
        query = changed(KINDS[number % len(KINDS)], index)
        yield Query("absent", -1, query.image, query.box)
    for draw in DRAWN.values():
        for _ in range(max(1, each // 4)):
            image = draw(rng)
            yield Query("nothing", -1, image, (0, 0, image.width, image.height))


class Shop:
    """A catalogue in memory: product (index of a photo) -> views, and all vectors in one table.

    :param kinds: product -> the family that its feed names, and the kind within it, if any.
    """

    def __init__(
        self,
        views: Mapping[int, Sequence[ViewFeatures]],
        kinds: Mapping[int, tuple[str, str]] | None = None,
    ) -> None:
        self.views = views
        self.vectors = np.stack([view.embedding for some in views.values() for view in some])
        self.owners = np.array([index for index, some in views.items() for _ in some])
        self.flat = flat_means(view for some in views.values() for view in some[1:2])
        kinds = kinds or {}
        self.kinds = {
            str(n): ProductKind(family, some[0].label_probs, finer)
            for n, some in views.items()
            for family, finer in [kinds.get(n, ("", ""))]
        }

    def search(
        self, item: ItemFeatures, *, other_kinds: bool = False
    ) -> tuple[list[Scored], Match]:
        """As the product does it, with exact neighbours."""
        each = WORN_EACH if item.worn else EACH
        near = np.argsort(-(item.lookup @ self.vectors.T), axis=1)[:, :each]
        candidates = {str(index): self.views[index] for index in np.unique(self.owners[near])}
        keypoints = {key: [view.keypoints for view in some] for key, some in candidates.items()}
        scored = compare(item, score(item, candidates, self.flat), keypoints)
        if not other_kinds:
            kinds = {key: self.kinds[key] for key in candidates}
            fit, finer = fits(item.label_probs, kinds), finer_fits(item.finer, kinds)
            ranked = weighted(scored, fit, finer, worn=item.worn)
            scored = own_kind_first(ranked, of_own_kind(ranked, fit, worn=item.worn), LEAST)
        return scored, verdict(item, without_twins(scored, candidates))

    def answer(self, items: Sequence[ItemFeatures]) -> Answer:
        """The best results of all items of a photo, by score; the verdict is the best item's."""
        found = [self.search(item) for item in items]
        best: dict[str, float] = {}
        for scored, _ in found:
            for entry in scored:
                best[entry.product_id] = max(best.get(entry.product_id, 0.0), entry.score)
        order = sorted(best, key=lambda product: -best[product])
        match = max(found, key=lambda pair: pair[0][0].score)[1]
        return Answer([int(product) for product in order], match)


def upright(image: Image.Image) -> UprightImage:
    """The working copy of a picture."""
    small = image.convert("RGB")
    small.thumbnail((1280, 1280))
    return UprightImage(np.asarray(small), image.width, image.height)


def items_of(engine: BuiltInEngine, query: Query) -> list[ItemFeatures]:
    """Every suggested region of a whole photo, described."""
    picture = upright(query.image)
    regions = engine.regions(picture)
    return [engine.describe_query(picture, region.box, region.label) for region in regions]


def boxed_item(engine: BuiltInEngine, query: Query) -> list[ItemFeatures]:
    """The right box is given."""
    return [engine.describe_query(upright(query.image), Box(*query.box), None)]


ABLATIONS: dict[str, Callable[[ItemFeatures], ItemFeatures]] = {
    "without colour": lambda item: replace(item, colour=item.colour * 0),
    "without kind": lambda item: replace(item, label_probs=item.label_probs * 0),
    "without keypoints": lambda item: replace(item, keypoints=()),
    "without turns": lambda item: _without(item, 1, 2, 3),
    "without what holds it": lambda item: _without(item, 4),
    "without its middle": lambda item: _without(item, 5),
    "what holds it alone": lambda item: _without(item, 0, 1, 2, 3, 5),
}
"""What is left out of the items; the catalogue stays."""


def _without(item: ItemFeatures, *crops: int) -> ItemFeatures:
    """An item that lies or hangs without some of its crops; worn ones have other crops."""
    if item.worn:
        return item
    kept = [row for row in range(len(item.vectors)) if row not in crops]
    vectors = item.vectors[kept]
    return replace(item, vectors=vectors, lookup=vectors[:MAX_QUERY_VECTORS])


def baseline(
    describe: Callable[[Image.Image], np.ndarray], every: list[Photo], parts: Split
) -> Callable[[Query], Answer]:
    """One vector a photo, the whole picture against whole pictures."""
    table = np.stack([describe(every[index].open()) for index in parts.catalogue])

    def search(query: Query) -> Answer:
        near = np.argsort(-(table @ describe(query.image)))[:24]
        return Answer([parts.catalogue[int(index)] for index in near], Match.SIMILAR)

    return search


def share(values: list[bool]) -> str:
    return f"{100 * sum(values) / len(values):5.1f}" if values else "    -"


def recall(asked: list[Query], answers: list[Answer], first: int, kind: str | None = None) -> str:
    """Percent of known products that are among the ``first``."""
    pairs = [(q, a) for q, a in zip(asked, answers, strict=True) if q.target >= 0]
    return share([q.target in a.order[:first] for q, a in pairs if kind in {None, q.kind}])


def print_recall(name: str, asked: list[Query], answers: list[Answer]) -> None:
    cells = [recall(asked, answers, 1), recall(asked, answers, 10)]
    cells += [recall(asked, answers, 1, kind) for kind in KINDS]
    print(f"{name:<22}", *cells, flush=True)


def print_verdicts(asked: list[Query], answers: list[Answer]) -> None:
    """How often each verdict is given, and how often it is right."""
    pairs = list(zip(asked, answers, strict=True))
    known = [(q, a) for q, a in pairs if q.target >= 0]
    right = [a.match is Match.SAME and a.order[0] == q.target for q, a in known]
    print("'same' and right, of products on sale:   ", share(right))
    absent = [a for q, a in pairs if q.kind == "absent"]
    print(
        "'same', of products that are not on sale:", share([a.match is Match.SAME for a in absent])
    )
    nothing = [a for q, a in pairs if q.kind == "nothing"]
    print(
        "'none', of pictures without a garment:   ", share([a.match is Match.NONE for a in nothing])
    )
    garments = [a for q, a in pairs if q.kind != "nothing"]
    print(
        "'none', of garment photos:               ",
        share([a.match is Match.NONE for a in garments]),
    )


def main() -> None:
    """Describe the catalogue, ask everything, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--each", type=int, default=60, help="queries of each kind")
    parser.add_argument("--products", type=int, default=0, help="a smaller catalogue, for a trial")
    parser.add_argument("--seed", type=int, default=2026)
    options = parser.parse_args()
    if not FOLDER.exists():
        sys.exit(f"{FOLDER} is not there: set SEARCHAPP_TEST_PHOTOS to the folder of the photos.")
    rng = np.random.default_rng(options.seed)
    every = photos()
    parts = split(every, rng)
    if options.products:
        known = parts.known[: options.products]
        parts = replace(parts, known=known, catalogue=known)
    asked = list(queries(every, parts, options.each, rng))
    print(f"{len(parts.catalogue)} products, {len(asked)} queries; R@1, R@10, R@1 by change")
    print(f"{'':<22}", "  R@1", " R@10", *(f"{kind[:5]:>5}" for kind in KINDS))
    engine = BuiltInEngine()
    embedder = engine.network
    for name, describe in (
        ("perceptual hash", baselines.phash),
        ("colour histogram", baselines.colours),
        ("plain embedding", lambda image: baselines.plain(embedder, image)),
    ):
        search = baseline(describe, every, parts)
        print_recall(name, asked, [search(query) for query in asked])
    views = {i: engine.describe_product(upright(every[i].open())) for i in parts.catalogue}
    shop = Shop(views)
    items = [items_of(engine, query) for query in asked]
    answers = [shop.answer(some) for some in items]
    print_recall("searchapp", asked, answers)
    print_recall(
        "searchapp, box given", asked, [shop.answer(boxed_item(engine, query)) for query in asked]
    )
    for name, change_item in ABLATIONS.items():
        left = [shop.answer([change_item(item) for item in some]) for some in items]
        print_recall(name, asked, left)
    plain_shop = Shop({index: some[:1] for index, some in views.items()})
    print_recall("one view a product", asked, [plain_shop.answer(some) for some in items])
    print_verdicts(asked, answers)


if __name__ == "__main__":
    main()
