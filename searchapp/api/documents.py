"""Searches as JSON documents: camelCase, times in UTC with milliseconds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from searchapp.api.filters import filters_document
from searchapp.domain.search import Item, Result, SearchJob
from searchapp.errors import JOB_ERRORS, SearchFailed

Document = dict[str, Any]


def document(job: SearchJob, lang: str) -> Document:
    """Everything that the owner of a search may read."""
    return {
        "id": job.id,
        "version": job.version,
        "status": job.status.value,
        "stage": job.stage.value,
        "progress": job.progress,
        "photo": _photo(job),
        "items": [_item(item) for item in job.items],
        "smsExpected": job.sms_expected,
        "sms": job.sms.value if job.sms else None,
        "error": _error(job, lang),
        "attempt": job.attempt,
        "createdAt": timestamp(job.created_at),
        "updatedAt": timestamp(job.updated_at),
        "expiresAt": timestamp(job.expires_at),
        **_filters(job),
        **_sources(job),
    }


def shared_document(job: SearchJob, lang: str) -> Document:
    """What whoever holds a share link may read: results, but neither photo nor boxes, nor
    anything of the owner's, nor the id that would be the owner's right.
    """
    return {
        "status": job.status.value,
        "progress": job.progress,
        "items": [_shared_item(item) for item in job.items],
        "error": _error(job, lang),
        "createdAt": timestamp(job.created_at),
        "expiresAt": timestamp(job.expires_at),
        **_sources(job),
    }


def created(job: SearchJob, results_url: str) -> Document:
    """The answer to a request that was stored."""
    answer: Document = {
        "jobId": job.id,
        "status": job.status.value,
        "resultsUrl": results_url,
        "smsExpected": job.sms_expected,
    }
    if job.sms_reason and not job.sms_expected:
        answer["smsReason"] = job.sms_reason
    return answer


def timestamp(moment: datetime) -> str:
    """RFC 3339, UTC, milliseconds: ``2026-01-31T09:30:00.123Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _photo(job: SearchJob) -> Document | None:
    if job.photo_width is None or job.photo_height is None:
        return None
    return {"width": job.photo_width, "height": job.photo_height}


def _filters(job: SearchJob) -> Document:
    """The key is there only for a search that has filters: without any, nothing new is told."""
    return {} if job.filters.empty else {"filters": filters_document(job.filters)}


def _sources(job: SearchJob) -> Document:
    """Only of searches whose owner agreed to an outside source that was on."""
    if not job.sources:
        return {}
    return {
        "sources": [
            {"name": state.name, "status": state.status.value, "reason": state.reason}
            for state in job.sources
        ]
    }


def _item(item: Item) -> Document:
    return {
        "id": item.id,
        "label": item.label,
        "box": item.box.as_list(),
        "status": item.status.value,
        "match": item.match.value if item.match else None,
        "results": [_result(result) for result in item.results],
    }


def _shared_item(item: Item) -> Document:
    return {key: value for key, value in _item(item).items() if key not in {"box", "id"}}


def _result(result: Result) -> Document:
    return {
        "productId": result.product_id,
        "title": result.title,
        "brand": result.brand,
        "price": result.price,
        "currency": result.currency,
        "link": result.link,
        "imageUrl": result.image_url,
        "score": result.score,
        "source": result.source,
    }


def _error(job: SearchJob, lang: str) -> Document | None:
    if job.error_code is None:
        return None
    known = JOB_ERRORS.get(job.error_code, SearchFailed)
    return {"code": job.error_code, "message": known().message(lang)}
