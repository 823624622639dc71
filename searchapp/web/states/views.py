"""A search as the page shows it: only what is drawn, nothing that must stay on the server."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from searchapp.catalogue.matching.candidates import SOURCE
from searchapp.domain.search import (
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
from searchapp.schemas import FiltersSchema
from searchapp.web.eta import left

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
    """One product; ``same`` says that we believe it is the very one in the photo, ``outside`` that
    it is not of our catalogue."""

    id: str = ""
    title: str = ""
    brand: str = ""
    price: float | None = None
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
    """One piece of clothing; ``place`` is its box as CSS lengths of the photo."""

    id: str = ""
    label: str = ""
    state: str = "looking"  # looking | same | similar | none | failed | suggested
    place: dict[str, str] = field(default_factory=dict)
    results: list[CardView] = field(default_factory=list)


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
    ids: str = ""
    again: str = ""
    filters: dict[str, Any] = field(default_factory=dict)
    filters_json: str = ""
    found: int = 0
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
        pieces=[item_view(item, width, height) for item in job.items],
        ids=",".join(item.id for item in job.items),
        again=same_again(job),
        filters=(filters := FiltersSchema.of_filters(job.filters).document()),
        filters_json=json.dumps(filters) if filters else "",
        found=sum(1 for item in job.items if item.match in (Match.SAME, Match.SIMILAR)),
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


def same_again(job: SearchJob) -> str:
    """The pieces of ``job`` as JSON for one more search of its photo: all of the photo when it
    has none.  Empty while there is no upright photo.
    """
    if not job.photo_width or not job.photo_height:
        return ""
    pieces = [{"box": item.box.as_list(), "label": item.label} for item in job.items]
    whole = {"box": [0, 0, job.photo_width, job.photo_height]}
    return json.dumps(pieces or [whole])


def item_view(item: Item, width: int, height: int) -> ItemView:
    """The view of one item of a picture of ``width`` x ``height`` pixels."""
    return ItemView(
        id=item.id,
        label=item.label,
        state=_state(item),
        place=place(item.box, width, height),
        results=[card_view(result, item.match, n) for n, result in enumerate(item.results)],
    )


def _state(item: Item) -> str:
    if item.status is ItemStatus.DONE:
        return (item.match or Match.NONE).value
    if item.status in (ItemStatus.FAILED, ItemStatus.SUGGESTED):
        return item.status.value
    return "looking"


def place(box: Box, width: int, height: int) -> dict[str, str]:
    """Where ``box`` lies on a picture of ``width`` x ``height`` pixels, in percent."""
    if not width or not height:
        return {}
    parts = {
        "left": box.x / width,
        "top": box.y / height,
        "width": box.width / width,
        "height": box.height / height,
    }
    return {side: f"{part:.2%}" for side, part in parts.items()}


def card_view(result: Result, match: Match | None, rank: int) -> CardView:
    """The view of one product; only the first of an item can be the same one."""
    return CardView(
        id=result.product_id,
        title=result.title,
        brand=result.brand,
        price=result.price,
        currency=result.currency or "",
        link=safe_link(result.link),
        image=result.image_url,
        shop=shop_name(result.link, result.source),
        colour=result.colour,
        kind=result.kind,
        sold_out=not result.in_stock,
        same=match is Match.SAME and rank == 0,
        outside=result.source != SOURCE,
    )


def of_demo(result: Result) -> bool:
    """Whether a product is one that the project drew itself."""
    return result.product_id.startswith("demo:")


def shop_name(link: str, source: str) -> str:
    """The shop's own domain; for a link without one, what the result says of its source."""
    host = urlsplit(link).hostname or ""
    return host.removeprefix("www.") or ("" if source == SOURCE else source)


def safe_link(link: str) -> str:
    """``link`` if a browser may follow it: feeds are other people's data."""
    return link if link.lower().startswith(("https://", "http://", "/")) else ""
