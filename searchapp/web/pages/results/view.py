"""A search as the page shows it: only what is drawn, nothing that must stay on the server."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import ceil, floor, log10
from urllib.parse import urlsplit

from searchapp.domain.product import NO_FILTERS, Filters
from searchapp.domain.search import (
    CATALOGUE,
    Box,
    Item,
    ItemStatus,
    Match,
    Result,
    SearchJob,
    SourceStatus,
    Stage,
    Status,
)
from searchapp.domain.taxonomy import LABELS
from searchapp.http.http_metrics import left

STEPS = (Stage.READING, Stage.REGIONS, Stage.MATCHING, Stage.FINISHING)
"""The steps that are named on the page."""

_STEP_OF = {
    Stage.QUEUED: 0,
    Stage.READING: 1,
    Stage.REGIONS: 2,
    Stage.CHOOSING: 2,
    Stage.MATCHING: 3,
    Stage.FINISHING: 4,
    Stage.DONE: 5,
}


@dataclass
class CardView:
    """One product.

    ``same`` says that we believe it is the very one in the photo, ``outside`` that it is not of our
    catalogue; ``original_price`` is the one before a running sale, ``price_to`` the highest one
    where variants differ.
    """

    id: str = ""
    title: str = ""
    brand: str = ""
    price: float | None = None
    price_to: float | None = None
    original_price: float | None = None
    currency: str = ""
    link: str = ""
    image: str = ""
    shop: str = ""
    colour: str = ""
    kind: str = ""
    sold_out: bool = False
    same: bool = False
    outside: bool = False


@dataclass
class ItemView:
    """One piece of clothing.

    ``place`` is its box as CSS lengths of the photo, ``part`` the same in parts of its sides;
    ``orders`` are the places of the results in each order that they can be sorted by.
    """

    id: str = ""
    label: str = ""
    state: str = "looking"  # looking | same | similar | none | failed | suggested
    place: dict[str, str] = field(default_factory=dict)
    part: dict[str, float] = field(default_factory=dict)
    results: list[CardView] = field(default_factory=list)
    orders: dict[str, list[int]] = field(default_factory=dict)


@dataclass
class FilterView:
    """One filter of a search: its name, and a slug, a text or the ends of a price."""

    name: str = ""  # kind | price | colour | brand | in_stock
    text: str = ""
    low: str = ""
    high: str = ""


@dataclass
class FacetsView:
    """What the results of a search can be narrowed down to in the tab."""

    currency: str = "KRW"
    mixed: bool = False
    brands: list[str] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    colours: list[str] = field(default_factory=list)


@dataclass
class JobView:
    """One search at one version."""

    id: str = ""
    version: int = -1
    status: str = ""
    stage: str = ""
    progress: int = 0
    step: int = 0
    running: bool = False
    low: int = 0
    high: int = 0
    width: int = 0
    height: int = 0
    ratio: str = "4 / 5"
    photo: str = ""
    pieces: list[ItemView] = field(default_factory=list)
    facets: FacetsView = field(default_factory=FacetsView)
    again: bool = False
    """Whether its photo can be searched again."""
    narrow: bool = False
    """Whether keeping to the photographed kind leaves little."""
    filters: list[FilterView] = field(default_factory=list)
    found: int = 0
    same: int = 0
    demo: bool = False
    banner: bool = False
    outside: bool = False
    elsewhere: str = ""
    reason: str = ""
    sms: str = ""
    phone: str = ""
    error: str = ""
    expires: str = ""


def job_view(job: SearchJob) -> JobView:
    """The view of ``job``."""
    width, height = job.photo_width or 0, job.photo_height or 0
    low, high = left(job)
    matches = [item.match for item in job.items]
    facets = facets_view(job.items)
    return JobView(
        id=job.id,
        version=job.version,
        status=job.status.value,
        stage=job.stage.value,
        progress=job.progress,
        step=_STEP_OF[job.stage],
        running=not job.status.final and job.stage is not Stage.CHOOSING,
        low=low,
        high=high,
        width=width,
        height=height,
        ratio=f"{width} / {height}" if width and height else "4 / 5",
        photo=f"/api/search-job/{job.id}/photo?size=screen" if width else "",
        pieces=[item_view(item, width, height, facets.currency) for item in ordered(job.items)],
        facets=facets,
        again=bool(width and height),
        narrow=job.status is Status.COMPLETED and _leaves_little(job),
        filters=filter_views(job.filters),
        found=sum(match in (Match.SAME, Match.SIMILAR) for match in matches),
        same=matches.count(Match.SAME),
        demo=any(of_demo(result) for item in job.items for result in item.results),
        banner=job.sms_expected,
        outside=job.outside_consent,
        elsewhere=elsewhere(job),
        reason="" if job.sms_expected else (job.sms_reason or ""),
        sms=job.sms.value if job.sms else "",
        phone=job.masked_phone or "",
        error=job.error_code or "" if job.status is Status.FAILED else "",
        expires=job.expires_at.isoformat(),
    )


def ordered(items: Sequence[Item]) -> list[Item]:
    """The items as people name them: tops before bottoms, shoes after both."""
    return sorted(items, key=lambda item: LABELS.index(item.label))


LITTLE = 6
"""Fewer products of a piece are little: other kinds of garments are then offered, too."""


def _leaves_little(job: SearchJob) -> bool:
    """Whether keeping to the kind that was photographed leaves little of some piece."""
    few = any(item.match is not None and len(item.results) < LITTLE for item in job.items)
    return few and not job.filters.other_kinds


def filter_views(filters: Filters) -> list[FilterView]:
    """The filters that narrow something, in the order in which the page names them."""
    priced = filters.price_from is not None or filters.price_to is not None
    low, high = (
        f"{end:f}" if end is not None else "" for end in (filters.price_from, filters.price_to)
    )
    named = [
        FilterView("kind", filters.kind),
        FilterView("price", filters.currency if priced else "", low, high),
        FilterView("colour", filters.colour),
        FilterView("brand", filters.brand),
        FilterView("in_stock", "yes" if filters.in_stock else ""),
    ]
    return [view for view in named if view.text]


FILTER_FIELDS: dict[str, tuple[str, ...]] = {
    "kind": ("kind",),
    "price": ("price_from", "price_to", "currency"),
    "colour": ("colour",),
    "brand": ("brand",),
    "in_stock": ("in_stock",),
}
"""The fields of a search's filters that each :class:`FilterView` stands for."""


def without(filters: Filters, name: str) -> Filters:
    """``filters`` but for the one of that name."""
    fresh = {part: getattr(NO_FILTERS, part) for part in FILTER_FIELDS[name]}
    return replace(filters, **fresh)


# --- sorting and narrowing in the tab --------------------------------------------------------


def facets_view(items: Sequence[Item]) -> FacetsView:
    """What the results of ``items`` can be narrowed down to."""
    results = [result for item in items for result in item.results]
    currency = main_currency(results)
    return FacetsView(
        currency=currency,
        mixed=any(not _priced(result, currency) for result in results),
        brands=sorted({result.brand for result in results if result.brand}),
        steps=price_steps([r.price for r in results if r.price and _priced(r, currency)]),
        kinds=sorted({result.kind for result in results if result.kind}),
        colours=sorted({result.colour for result in results if result.colour}),
    )


def main_currency(results: Sequence[Result]) -> str:
    """The currency of most prices, the first one that was found of several that tie."""
    counts = Counter(r.currency for r in results if r.price is not None and r.currency)
    return next((currency for currency, _ in counts.most_common(1)), "KRW")


def _priced(result: Result, currency: str) -> bool:
    return result.price is not None and result.currency == currency


def price_steps(prices: Sequence[float]) -> list[str]:
    """Three round prices that part ``prices`` into quarters; none for fewer than four."""
    if len(prices) < 4:
        return []
    ordered = sorted(prices)
    found = []
    for part in (0.25, 0.5, 0.75):
        price = ordered[floor(len(ordered) * part)]
        unit = 10 ** max(0, floor(log10(price)) - 1)
        found.append(str(ceil(price / unit) * unit))
    return list(dict.fromkeys(found))


def orders_of(results: Sequence[Result], currency: str) -> dict[str, list[int]]:
    """The places of ``results`` by match and by price; a price in another currency is none.

    What has no price comes after, in the order of the match.
    """
    places = range(len(results))
    priced = [place for place in places if _priced(results[place], currency)]
    others = [place for place in places if place not in priced]
    rising = sorted(priced, key=lambda place: results[place].price or 0)
    falling = sorted(priced, key=lambda place: -(results[place].price or 0))
    return {"match": list(places), "price": rising + others, "price_down": falling + others}


_TOLD = {"quota": "quota", "slow": "slow"}


def elsewhere(job: SearchJob) -> str:
    """What is to be said of the outside source: pending, some, quota, slow, away, or nothing."""
    for state in job.sources:
        if state.status is SourceStatus.PENDING:
            return "pending"
        if state.status is SourceStatus.PARTIAL:
            return "some"
        if state.status is SourceStatus.FAILED:
            return _TOLD.get(state.reason or "", "away")
    return ""


def item_view(item: Item, width: int, height: int, currency: str = "KRW") -> ItemView:
    """The view of one item of a picture of ``width`` x ``height`` pixels."""
    part = part_of(item.box, width, height)
    return ItemView(
        id=item.id,
        label=item.label,
        state=_state(item),
        place={side: f"{share:.2%}" for side, share in part.items()},
        part=part,
        results=[card_view(result, item.match, n) for n, result in enumerate(item.results)],
        orders=orders_of(item.results, currency),
    )


def _state(item: Item) -> str:
    if item.status is ItemStatus.DONE:
        return (item.match or Match.NONE).value
    if item.status in (ItemStatus.FAILED, ItemStatus.SUGGESTED):
        return item.status.value
    return "looking"


def part_of(box: Box, width: int, height: int) -> dict[str, float]:
    """Where ``box`` lies on a picture of ``width`` x ``height`` pixels, in parts of its sides."""
    if not width or not height:
        return {}
    return {
        "left": box.x / width,
        "top": box.y / height,
        "width": box.width / width,
        "height": box.height / height,
    }


def card_view(result: Result, match: Match | None, rank: int) -> CardView:
    """The view of one product; only the first of an item can be the same one."""
    return CardView(
        id=result.product_id,
        title=result.title,
        brand=result.brand,
        price=result.price,
        price_to=result.price_to,
        original_price=result.original_price,
        currency=result.currency or "",
        link=safe_link(result.link),
        image=result.image_url,
        shop=shop_name(result.link, result.source),
        colour=result.colour,
        kind=result.kind,
        sold_out=not result.in_stock,
        same=match is Match.SAME and rank == 0,
        outside=result.source != CATALOGUE,
    )


def of_demo(result: Result) -> bool:
    """Whether a product is one that the project drew itself."""
    return result.product_id.startswith("demo:")


def shop_name(link: str, source: str) -> str:
    """The shop's own domain; for a link without one, what the result says of its source."""
    host = urlsplit(link).hostname or ""
    return host.removeprefix("www.") or ("" if source == CATALOGUE else source)


def safe_link(link: str) -> str:
    """``link`` if a browser may follow it: feeds are other people's data."""
    return link if link.lower().startswith(("https://", "http://", "/")) else ""
