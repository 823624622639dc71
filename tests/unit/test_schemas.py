"""Searches as documents: the owner's and the shared one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from searchapp.domain.product import Filters
from searchapp.domain.search import (
    Box,
    Item,
    ItemStatus,
    Match,
    QueuePlace,
    Result,
    SearchJob,
    SmsState,
    SourceState,
    SourceStatus,
    Stage,
    Status,
)
from searchapp.schemas import (
    CreatedSchema,
    Document,
    FiltersSchema,
    ResultSchema,
    SearchSchema,
    SharedSchema,
    timestamp,
)

NOW = datetime(2026, 1, 31, 9, 30, 0, 123456, UTC)
JOB_ID = "j" * 22
RESULT = Result("p1", "티셔츠", "B", 15000.0, "KRW", "https://s.example/1", "/i/1", 0.9, "demo")
JOB = SearchJob(
    id=JOB_ID,
    version=7,
    status=Status.COMPLETED,
    stage=Stage.DONE,
    progress=100,
    attempt=1,
    created_at=NOW,
    updated_at=NOW,
    expires_at=NOW + timedelta(days=7),
    photo_width=600,
    photo_height=800,
    items=(Item("i1", "top", Box(1, 2, 3, 4), ItemStatus.DONE, Match.SIMILAR, (RESULT,)),),
    sms_expected=True,
    sms=SmsState.SENT,
    masked_phone="010-****-5678",
)


def document(job: SearchJob, lang: str) -> Document:
    return SearchSchema.document_of_job(job, lang)


def shared_document(job: SearchJob, lang: str) -> Document:
    return SharedSchema.document_of_job(job, lang)


def created(job: SearchJob, results_url: str) -> Document:
    return CreatedSchema.of_job(job, results_url).document()


def test_document__every_field_of_the_contract() -> None:
    reported = document(JOB, "ko")
    assert list(reported) == [
        "id",
        "version",
        "status",
        "stage",
        "progress",
        "photo",
        "items",
        "smsExpected",
        "sms",
        "error",
        "attempt",
        "queue",
        "createdAt",
        "updatedAt",
        "expiresAt",
    ]
    assert reported["items"][0]["box"] == [1, 2, 3, 4]
    assert reported["items"][0]["results"][0]["price"] == 15000.0
    assert reported["createdAt"] == "2026-01-31T09:30:00.123Z"


def test_document__filters_only_where_there_are_some() -> None:
    narrowed = replace(JOB, filters=Filters(kind="top", in_stock=True))
    reported = document(narrowed, "ko")
    assert reported.pop("filters") == {"category": "top", "inStock": True}
    assert reported == document(JOB, "ko")
    assert "filters" not in shared_document(narrowed, "ko")
    SearchSchema.model_validate_json(json.dumps(document(narrowed, "ko")))


def test_document__what_only_the_page_knows() -> None:
    items = document(JOB, "ko")["items"][0]["results"][0]
    assert not {"colour", "inStock", "in_stock"} & set(items)
    assert not {"colour", "inStock"} & set(ResultSchema.model_json_schema()["properties"])


def test_document__result_fields_only_where_they_say_something() -> None:
    plain = document(JOB, "ko")["items"][0]["results"][0]
    assert not {"originalPrice", "priceTo", "kind"} & set(plain)
    sale = replace(RESULT, original_price=20000.0, price_to=17000.0, kind="knit")
    item = replace(JOB.items[0], results=(sale,))
    items = document(replace(JOB, items=(item,)), "ko")["items"][0]["results"][0]
    assert items == plain | {"originalPrice": 20000.0, "priceTo": 17000.0, "kind": "knit"}


def test_document_of__is_that_of_the_checked_schema() -> None:
    sale = replace(RESULT, original_price=20000.0, kind="knit", in_stock=False)
    for result in (RESULT, sale):
        assert ResultSchema.document_of(result) == ResultSchema.of(result).document()
        assert list(ResultSchema.document_of(result)) == list(ResultSchema.of(result).document())


def test_document__place_in_the_queue() -> None:
    assert document(JOB, "ko")["queue"] is None
    reported = SearchSchema.document_of_job(JOB, "ko", QueuePlace(12, 60))
    assert reported["queue"] == {"ahead": 12, "etaSeconds": 60}


def test_document__fits_its_shape() -> None:
    SearchSchema.model_validate_json(json.dumps(document(JOB, "ko")))
    SharedSchema.model_validate_json(json.dumps(shared_document(JOB, "ko")))
    CreatedSchema.model_validate_json(json.dumps(created(JOB, "http://x")))


def test_document__says_why_it_failed_in_the_readers_language() -> None:
    failed = replace(JOB, status=Status.FAILED, error_code="unreadable_picture")
    assert "photo" in document(failed, "en")["error"]["message"]
    assert "사진" in document(failed, "ko")["error"]["message"]


def test_document__a_reason_of_a_newer_version_is_no_crash() -> None:
    failed = replace(JOB, status=Status.FAILED, error_code="from_the_future")
    assert document(failed, "en")["error"]["code"] == "from_the_future"


def test_shared_document__nothing_of_the_owner() -> None:
    reported = json.dumps(shared_document(JOB, "ko"))
    for private in (JOB_ID, "5678", "sms", "photo", "box", "attempt", "version"):
        assert private not in reported
    assert "티셔츠" in json.loads(reported)["items"][0]["results"][0]["title"]


def test_created__a_reason_only_when_there_is_no_message() -> None:
    assert "smsReason" not in created(JOB, "u")
    capped = replace(JOB, sms_expected=False, sms_reason="ip_cap")
    assert created(capped, "u")["smsReason"] == "ip_cap"


def test_timestamp__other_zones_become_utc() -> None:
    seoul = datetime(2026, 1, 31, 18, 30, tzinfo=timezone(timedelta(hours=9)))
    assert timestamp(seoul) == "2026-01-31T09:30:00.000Z"


def test_sources__only_of_searches_that_have_any() -> None:
    assert "sources" not in document(JOB, "ko")
    assert "sources" not in shared_document(JOB, "ko")
    state = SourceState("google_lens", SourceStatus.FAILED, "quota")
    reported = [{"name": "google_lens", "status": "failed", "reason": "quota"}]
    asked = replace(JOB, sources=(state,))
    assert document(asked, "ko") == document(JOB, "ko") | {"sources": reported}
    assert shared_document(asked, "ko") == shared_document(JOB, "ko") | {"sources": reported}


def test_filters__only_what_narrows() -> None:
    assert FiltersSchema.of_filters(Filters(brand="b")).document() == {"brand": "b"}
    free = FiltersSchema.of_filters(Filters(price_from=Decimal(0)))
    assert free.document() == {"priceFrom": 0.0, "currency": "KRW"}
