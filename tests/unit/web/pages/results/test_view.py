"""A search as the page shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

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
from searchapp.web.pages.results.view import (
    card_view,
    elsewhere,
    facets_view,
    item_view,
    job_view,
    main_currency,
    orders_of,
    part_of,
    price_steps,
    safe_link,
    shop_name,
    without,
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
    shown = item_view(replace(ITEM, box=Box(10, 20, 30, 40)), 100, 200)
    assert shown.place == {"left": "10.00%", "top": "10.00%", "width": "30.00%", "height": "20.00%"}
    assert shown.part == part_of(Box(10, 20, 30, 40), 100, 200)
    assert part_of(Box(10, 20, 30, 40), 0, 0) == {}


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
    narrowed = Filters(kind="top", price_from=Decimal(16000), in_stock=True)
    assert job_view(JOB).filters == []
    shown = job_view(replace(JOB, filters=narrowed)).filters
    assert [(view.name, view.text, view.low, view.high) for view in shown] == [
        ("kind", "top", "", ""),
        ("price", "KRW", "16000", ""),
        ("in_stock", "yes", "", ""),
    ]
    left = narrowed
    for view in shown:
        left = without(left, view.name)
    assert left == Filters()


def test_job_view__again_only_with_a_photo() -> None:
    assert job_view(JOB).again
    assert not job_view(replace(JOB, photo_width=None, photo_height=None)).again


def result(name: str, price: float | None = None, currency: str = "KRW", **more: Any) -> Result:
    return replace(RESULT, product_id=name, price=price, currency=currency, **more)


MIXED = (
    result("usd", 1299, "USD", brand="Maru"),
    result("won2", 20000, kind="top", colour="blue"),
    result("none", kind="top"),
    result("won1", 10000, brand="나래", in_stock=False),
    result("eur", 5, "EUR", colour="blue"),
)


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("match", ["usd", "won2", "none", "won1", "eur"]),
        ("price", ["won1", "won2", "usd", "none", "eur"]),
        ("price_down", ["won2", "won1", "usd", "none", "eur"]),
    ],
)
def test_orders__prices_are_compared_in_one_currency(sort: str, expected: list[str]) -> None:
    order = orders_of(MIXED, "KRW")[sort]
    assert [MIXED[place].product_id for place in order] == expected


def test_main_currency__that_of_most_results() -> None:
    assert main_currency(MIXED) == "KRW"
    assert main_currency(MIXED[:1]) == "USD"
    assert main_currency([]) == "KRW"


def test_facets__what_the_results_offer() -> None:
    facets = facets_view((replace(ITEM, results=MIXED), replace(ITEM, results=())))
    assert facets.mixed
    assert (facets.kinds, facets.colours) == (["top"], ["blue"])
    assert facets.brands == ["Maru", "나래", "모래결"]
    assert not facets_view((replace(ITEM, results=(MIXED[1], MIXED[3])),)).mixed


def test_price_steps__quarters_of_the_prices() -> None:
    assert price_steps([10000.0 * n for n in range(1, 6)]) == ["20000", "30000", "40000"]
    assert price_steps([1.0, 2.0, 3.0]) == []


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
    ("status", "reason", "expected"),
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
def test_elsewhere__what_is_said(status: SourceStatus, reason: str | None, expected: str) -> None:
    job = replace(JOB, sources=(SourceState("google_lens", status, reason),))
    assert (elsewhere(job), job_view(job).elsewhere) == (expected, expected)
    assert job_view(JOB).elsewhere == ""


def test_card_view__of_our_catalogue_or_not() -> None:
    assert not card_view(replace(RESULT, source="catalogue"), None, 0).outside
    assert card_view(replace(RESULT, source="google_lens"), None, 0).outside


@pytest.mark.parametrize("stage", [Stage.CHOOSING, Stage.MATCHING, Stage.DONE])
def test_job_view__tops_before_bottoms(stage: Stage) -> None:
    items = [replace(ITEM, id=label, label=label) for label in ("shoes", "bottom", "top")]
    shown = job_view(replace(JOB, stage=stage, items=tuple(items)))
    assert [piece.label for piece in shown.pieces] == ["top", "bottom", "shoes"]


def test_job_view__other_kinds_where_little_is_left() -> None:
    ended = replace(JOB, status=Status.COMPLETED, stage=Stage.DONE)
    assert job_view(ended).narrow
    assert not job_view(replace(ended, filters=Filters(other_kinds=True))).narrow
    assert not job_view(replace(ended, items=(replace(ITEM, results=(RESULT,) * 6),))).narrow
    assert not job_view(JOB).narrow


def test_card_view__prices_of_sales_and_variants() -> None:
    card = card_view(replace(RESULT, original_price=50000.0, price_to=45000.0), None, 0)
    assert (card.price, card.original_price, card.price_to) == (39000.0, 50000.0, 45000.0)
