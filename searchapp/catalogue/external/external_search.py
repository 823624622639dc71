"""Asks an external source and ranks what it found by the same measure as the catalogue.

Each offer's thumbnail is fetched under the rules for external addresses, described by the same
model and scored as catalogue photos are: a score means the same wherever a result is from.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from PIL import Image

from searchapp.catalogue.external.providers import (
    ExternalProvider,
    Offer,
    SourceFailed,
    SourceProblem,
)
from searchapp.catalogue.ingest.described_pictures import PICTURE_SIDE, Decodes, image_key
from searchapp.catalogue.ingest.fetching import PictureUnavailable
from searchapp.catalogue.ingest.row_pictures import Pictures
from searchapp.catalogue.matching.geometric_verification import compare
from searchapp.catalogue.matching.scores import score
from searchapp.domain.search import Match, Result, image_url
from searchapp.domain.vocabulary import colour_family
from searchapp.errors import UnreadablePicture
from searchapp.imaging.picture import UprightImage
from searchapp.logs import get_logger
from searchapp.vision.features.item_arrays import ItemFeatures, ViewFeatures

log = get_logger(__name__)

OFFERS = 12
"""At most so many offers are compared; each costs a fetch and a run of the model."""

LOOKING_SECONDS = 6.0
"""For all thumbnails together; those that are late are left out."""

LEAST_SCORE = 0.03
"""Offers that score less are not shown: their shop's words were alike, not their picture."""

UNSEEN = 4
"""Offers without a picture that can be fetched: so many are shown, after all others and
with a score not above theirs."""

LEAST_GARMENTNESS = 0.1
"""What is hardly a garment is not asked for: the answer would be about something else."""

Describe = Callable[[UprightImage], Awaitable[Sequence[ViewFeatures]]]
"""``VisionEngine.describe_product`` in whatever thread the caller keeps for it."""


@dataclass(frozen=True, slots=True)
class ExternalAnswer:
    """What an external source added: ``trouble`` says why it added nothing, if it failed."""

    results: Sequence[Result] = ()
    unseen: Sequence[Result] = ()
    """Those whose pictures could not be compared; their scores mean nothing yet."""
    pictures: Sequence[tuple[str, bytes]] = ()
    """Image keys and the small JPEGs to keep as long as the search is kept."""
    trouble: SourceProblem | None = None


@dataclass(frozen=True)
class ExternalSearch:
    """A source and what is needed to judge its offers."""

    source: ExternalProvider
    thumbnails: Pictures
    decoder: Decodes
    describe: Describe

    async def find(self, item: ItemFeatures, picture_url: str, lang: str) -> ExternalAnswer:
        """The source's offers as results.  Never fails: trouble is part of the answer."""
        try:
            offers = _once(await self.source.find(picture_url, lang))[:OFFERS]
        except SourceFailed as error:
            return ExternalAnswer(trouble=error.trouble)
        tasks = [asyncio.create_task(self._seen(offer)) for offer in offers]
        if not tasks:
            return ExternalAnswer()
        try:
            done, _ = await asyncio.wait(tasks, timeout=LOOKING_SECONDS)
        finally:
            for task in tasks:
                task.cancel()
        seen = [entry for task in tasks if task in done and (entry := _result_of(task))]
        looked_at = {entry.offer.link for entry in seen}
        unseen = [offer for offer in offers if offer.link not in looked_at]
        return self._ranked(item, seen, unseen[:UNSEEN])

    async def _seen(self, offer: Offer) -> _Seen | None:
        try:
            fetched = await self.thumbnails.fetch(offer.thumbnail)
            if fetched is None:
                return None
            upright = await self.decoder.upright(fetched.data, PICTURE_SIDE)
        except (PictureUnavailable, UnreadablePicture):
            return None
        return _Seen(offer, upright.jpeg, await self.describe(upright.image))

    def _ranked(
        self, item: ItemFeatures, seen: Sequence[_Seen], unseen: Sequence[Offer]
    ) -> ExternalAnswer:
        by_link = {entry.offer.link: entry for entry in seen}
        scored = compare(
            item,
            score(item, {link: entry.views for link, entry in by_link.items()}),
            {link: [view.keypoints for view in entry.views] for link, entry in by_link.items()},
        )
        kept = [entry for entry in scored if entry.score >= LEAST_SCORE]
        chosen = [(by_link[entry.product_id], entry.score) for entry in kept]
        blank = [(_Seen(offer, no_picture(), ()), 0.0) for offer in unseen]
        return ExternalAnswer(
            [_result(entry, likeness, self.source.name) for entry, likeness in chosen],
            [_result(entry, likeness, self.source.name) for entry, likeness in blank],
            list({image_key(entry.jpeg): entry.jpeg for entry, _ in [*chosen, *blank]}.items()),
        )


def _once(offers: Sequence[Offer]) -> list[Offer]:
    """Each address once, the first offer of it: a result's id is made of its address."""
    firsts: dict[str, Offer] = {}
    for offer in offers:
        firsts.setdefault(offer.link, offer)
    return list(firsts.values())


def _result_of(task: asyncio.Task[_Seen | None]) -> _Seen | None:
    """What was seen; an error leaves its offer unseen and is logged."""
    error = task.exception()
    if error is not None:
        log.error("offer could not be compared", error=type(error).__name__)
        return None
    return task.result()


@dataclass(frozen=True, slots=True)
class _Seen:
    offer: Offer
    jpeg: bytes
    views: Sequence[ViewFeatures]


@lru_cache(maxsize=1)
def no_picture() -> bytes:
    """A plain JPEG in the place of a picture that could not be had."""
    out = io.BytesIO()
    Image.new("RGB", (160, 200), (232, 231, 228)).save(out, "JPEG", quality=80)
    return out.getvalue()


def _result(seen: _Seen, likeness: float, source: str) -> Result:
    offer = seen.offer
    return Result(
        product_id=f"{source}:{hashlib.sha256(offer.link.encode()).hexdigest()[:20]}",
        title=offer.title,
        brand=offer.shop,
        price=float(offer.price) if offer.price is not None else None,
        currency=offer.currency,
        link=offer.link,
        image_url=image_url(image_key(seen.jpeg)),
        score=round(likeness, 4),
        source=source,
        colour=colour_family("", offer.title),
    )


def merged(
    own: Sequence[Result], match: Match, answer: ExternalAnswer, limit: int
) -> tuple[list[Result], Match]:
    """Both, best first, a product of the catalogue before an external one of the same score;
    what could not be compared comes last, and only where there is room.

    What external sources find is never called the same product: the verdict is calibrated on whole
    photos, not on thumbnails.  With it, nothing found in the catalogue becomes ``similar``.
    """
    known = {result.link for result in own}
    new = [result for result in answer.results if result.link not in known]
    unseen = [result for result in answer.unseen if result.link not in known]
    alike = any(result.score >= LEAST_SCORE for result in new)
    if match is Match.NONE:
        if not alike:
            return list(own), match
        return _with_last(new[:limit], unseen, limit), Match.SIMILAR
    together = sorted([*own, *new], key=lambda result: -result.score)
    return _with_last(together[:limit], unseen, limit), match


def _with_last(shown: list[Result], unseen: Sequence[Result], limit: int) -> list[Result]:
    """``shown``, then what could not be compared, with scores that go on falling."""
    score = min([LEAST_SCORE, *(result.score for result in shown)])
    last = []
    for result in unseen[: limit - len(shown)]:
        score = round(score * 0.9, 4)
        last.append(replace(result, score=score))
    return shown + last
