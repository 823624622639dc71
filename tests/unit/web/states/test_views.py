"""A search as the page shows it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from searchapp.domain.product import Filters
from searchapp.domain.search import (
    Box,
    Item,
    ItemStatus,
    Match,
    Result,
    SearchJob,
    SmsState,
    SourceState,
    SourceStatus,
    Stage,
    Status,
)
from searchapp.web.states.views import (
    card_view,
    elsewhere,
    item_view,
    job_view,
    place,
    safe_link,
    same_again,
    shop_name,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
RESULT = Result(
    "p1", "니트", "모래결", 39000.0, "KRW", "https://shop.example/1", "/i/1", 0.9, "상점"
)
ITEM = Item("a", "top", Box(10, 20, 30, 40), ItemStatus.DONE, Match.SAME, (RESULT, RESULT))
JOB = SearchJob(
    id="a" * 22,
    version=3,
    status=Status.PROCESSING,
    stage=Stage.MATCHING,
    progress=50,
    attempt=1,
    created_at=NOW,
    updated_at=NOW,
    expires_at=NOW + timedelta(days=7),
    photo_width=100,
    photo_height=200,
    items=(ITEM,),
)


def test_job_view__running() -> None:
    view = job_view(JOB)
    assert (view.running, view.step, view.progress, view.found) == (True, 3, 50, 1)
    assert view.ratio == "100 / 200"
    assert view.photo == f"/api/search-job/{JOB.id}/photo?size=screen"


def test_job_view__no_photo_before_it_is_made() -> None:
    view = job_view(replace(JOB, photo_width=None, photo_height=None))
    assert view.photo == ""
    assert view.pieces[0].place == {}


def test_job_view__choosing_is_not_running() -> None:
    assert not job_view(replace(JOB, status=Status.PENDING, stage=Stage.CHOOSING)).running


@pytest.mark.parametrize(
    ("expected", "reason", "banner", "shown"),
    [(True, None, True, ""), (False, "site_cap", False, "site_cap"), (False, None, False, "")],
)
def test_job_view__banner_only_when_expected(
    expected: bool, reason: str | None, banner: bool, shown: str
) -> None:
    view = job_view(replace(JOB, sms_expected=expected, sms_reason=reason, sms=SmsState.PENDING))
    assert (view.banner, view.reason, view.sms) == (banner, shown, "pending")


def test_job_view__error_only_of_a_failed_one() -> None:
    assert job_view(replace(JOB, error_code="search_failed")).error == ""
    failed = replace(JOB, status=Status.FAILED, error_code="search_failed")
    assert job_view(failed).error == "search_failed"


@pytest.mark.parametrize(
    ("status", "match", "state"),
    [
        (ItemStatus.DONE, Match.SAME, "same"),
        (ItemStatus.DONE, Match.SIMILAR, "similar"),
        (ItemStatus.DONE, Match.NONE, "none"),
        (ItemStatus.DONE, None, "none"),
        (ItemStatus.FAILED, None, "failed"),
        (ItemStatus.PENDING, None, "looking"),
        (ItemStatus.PROCESSING, None, "looking"),
        (ItemStatus.SUGGESTED, None, "suggested"),
    ],
)
def test_item_view__state(status: ItemStatus, match: Match | None, state: str) -> None:
    assert item_view(replace(ITEM, status=status, match=match), 100, 200).state == state


def test_job_view__says_when_products_are_drawn() -> None:
    assert not job_view(JOB).demo
    drawn = replace(ITEM, results=(replace(RESULT, product_id="demo:tee-01"),))
    assert job_view(replace(JOB, items=(drawn,))).demo


def test_place__percent_of_the_picture() -> None:
    shown = place(Box(10, 20, 30, 40), 100, 200)
    assert shown == {"left": "10.00%", "top": "10.00%", "width": "30.00%", "height": "20.00%"}


def test_card_view__only_the_first_is_the_same_one() -> None:
    cards = item_view(ITEM, 100, 200).results
    assert [card.same for card in cards] == [True, False]
    assert not card_view(RESULT, Match.SIMILAR, 0).same


def test_card_view__colour_for_the_filter() -> None:
    assert card_view(replace(RESULT, colour="blue"), Match.SIMILAR, 0).colour == "blue"
    assert card_view(RESULT, Match.SIMILAR, 0).colour == ""


def test_card_view__sold_out() -> None:
    assert card_view(replace(RESULT, in_stock=False), Match.SIMILAR, 0).sold_out
    assert not card_view(RESULT, Match.SIMILAR, 0).sold_out


def test_job_view__filters_only_where_there_are_some() -> None:
    plain, narrowed = job_view(JOB), job_view(replace(JOB, filters=Filters(kind="top")))
    assert (plain.filters, plain.filters_json) == ({}, "")
    assert narrowed.filters == json.loads(narrowed.filters_json) == {"category": "top"}


def test_same_again__the_same_pieces() -> None:
    assert json.loads(same_again(JOB)) == [{"box": [10, 20, 30, 40], "label": "top"}]


def test_same_again__the_whole_photo_when_it_has_no_pieces() -> None:
    assert json.loads(same_again(replace(JOB, items=()))) == [{"box": [0, 0, 100, 200]}]


def test_same_again__not_without_a_photo() -> None:
    assert same_again(replace(JOB, photo_width=None, photo_height=None)) == ""


@pytest.mark.parametrize(
    ("link", "source", "shop"),
    [
        ("https://www.shop.example/1", "catalogue", "shop.example"),
        ("/demo/1", "catalogue", ""),
        ("", "somewhere", "somewhere"),
    ],
)
def test_shop_name__domain_first(link: str, source: str, shop: str) -> None:
    assert shop_name(link, source) == shop


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "", " https://x"])
def test_safe_link__nothing_that_runs(link: str) -> None:
    assert safe_link(link) == ""


def test_safe_link__shops() -> None:
    assert safe_link("HTTPS://shop.example/1") == "HTTPS://shop.example/1"


@pytest.mark.parametrize(
    ("status", "reason", "told"),
    [
        (SourceStatus.OK, None, ""),
        (SourceStatus.PENDING, None, "pending"),
        (SourceStatus.PARTIAL, "quota", "some"),
        (SourceStatus.FAILED, "quota", "quota"),
        (SourceStatus.FAILED, "slow", "slow"),
        (SourceStatus.FAILED, "away", "away"),
        (SourceStatus.FAILED, "refused", "away"),
        (SourceStatus.FAILED, "nonsense", "away"),
    ],
)
def test_elsewhere__what_is_said(status: SourceStatus, reason: str | None, told: str) -> None:
    job = replace(JOB, sources=(SourceState("google_lens", status, reason),))
    assert (elsewhere(job), job_view(job).elsewhere) == (told, told)
    assert job_view(JOB).elsewhere == ""


def test_card_view__of_our_catalogue_or_not() -> None:
    assert not card_view(replace(RESULT, source="catalogue"), None, 0).outside
    assert card_view(replace(RESULT, source="google_lens"), None, 0).outside
