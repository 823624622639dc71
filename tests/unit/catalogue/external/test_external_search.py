"""Answers of an outside source, passes for pictures, and how results are merged."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from searchapp.catalogue.external.external_search import LEAST_SCORE, ExternalAnswer, merged
from searchapp.catalogue.external.providers import (
    LIFETIME,
    SourceFailed,
    SourceProblem,
    offers,
    sign_crop,
    verify_crop,
)
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Box, Match, Result
from searchapp.errors import NotFound

NOW = datetime(2026, 5, 1, tzinfo=UTC)
GOOD = {
    "position": 1,
    "title": "Wool coat",
    "link": "https://shop.test/coat",
    "source": "Shop",
    "thumbnail": "https://thumbs.test/1.jpg",
    "price": {"value": "₩39,000*", "extracted_value": 39000, "currency": "₩"},
}


def result(name: str, score: float, link: str = "") -> Result:
    return Result(name, name, "", None, None, link or f"https://{name}.test", "/i", score, "s")


def test_offers__every_field() -> None:
    (offer,) = offers({"visual_matches": [GOOD]})
    assert (offer.title, offer.link, offer.shop) == ("Wool coat", "https://shop.test/coat", "Shop")
    assert (offer.price, offer.currency) == (Decimal(39000), "KRW")


@pytest.mark.parametrize(
    "change",
    [
        {"title": ""},
        {"link": "javascript:alert(1)"},
        {"thumbnail": "http://thumbs.test/1.jpg"},
        {"thumbnail": None},
        {"link": 7},
    ],
)
def test_offers__what_can_not_be_shown_is_left_out(change: dict[str, object]) -> None:
    assert offers({"visual_matches": [GOOD | change, "nonsense", None]}) == []


@pytest.mark.parametrize(
    "price",
    [
        None,
        "39000",
        {},
        {"extracted_value": "x", "currency": "$"},
        {"extracted_value": -1},
        {"extracted_value": -1, "currency": "$"},
        {"extracted_value": 1e30, "currency": "$"},
        {"extracted_value": 5, "currency": "gold"},
        {"extracted_value": "NaN", "currency": "$"},
    ],
)
def test_offers__a_price_that_can_not_be_read_is_none(price: object) -> None:
    (offer,) = offers({"visual_matches": [GOOD | {"price": price}]})
    assert (offer.price, offer.currency) == (None, None)


@pytest.mark.parametrize(
    ("document", "trouble"),
    [
        ([], SourceProblem.MALFORMED),
        ({"visual_matches": 3}, SourceProblem.MALFORMED),
        ({"error": "Your account has run out of searches."}, SourceProblem.QUOTA),
        ({"error": "Unsupported"}, SourceProblem.MALFORMED),
    ],
)
def test_offers__failures(document: object, trouble: SourceProblem) -> None:
    with pytest.raises(SourceFailed) as failed:
        offers(document)
    assert failed.value.trouble is trouble


def test_offers__half_a_surrogate_pair_is_no_character() -> None:
    (offer,) = offers(json.loads(json.dumps({"visual_matches": [GOOD | {"title": "a\ud800b"}]})))
    assert offer.title == "a b"
    assert offers({"visual_matches": [GOOD | {"link": "https://e.example/\ud800"}]}) == []


def test_offers__nothing_found_is_no_failure() -> None:
    message = "Google Lens hasn't returned any results for this query."
    assert offers({"error": message}) == offers({}) == []


def test_pass__for_a_few_minutes(secrets_: Secrets) -> None:
    text = sign_crop(secrets_, "a" * 22, Box(1, 2, 3, 4), NOW)
    assert "a" * 22 not in text
    assert verify_crop(secrets_, text, NOW + LIFETIME) == ("a" * 22, Box(1, 2, 3, 4))
    with pytest.raises(NotFound):
        verify_crop(secrets_, text, NOW + LIFETIME * 2)


def test_pass__none_of_ours(secrets_: Secrets) -> None:
    other = secrets_.encrypt('["phone", "x", [1,2,3,4], 99999999999]').decode()
    for text in ("", "x", other, secrets_.encrypt("{}").decode(), "한글"):
        with pytest.raises(NotFound):
            verify_crop(secrets_, text, NOW)


def test_merged__by_score_own_first() -> None:
    own, outside = [result("a", 0.9), result("b", 0.5)], [result("x", 0.7), result("y", 0.5)]
    found, match = merged(own, Match.SIMILAR, ExternalAnswer(outside), 3)
    assert [r.product_id for r in found] == ["a", "x", "b"]
    assert match is Match.SIMILAR


def test_merged__the_same_shop_page_once() -> None:
    own = [result("a", 0.4), result("b", 0.3, "https://a.test")]
    found, _ = merged(own, Match.SIMILAR, ExternalAnswer([result("x", 0.9, "https://a.test")]), 24)
    assert [r.product_id for r in found] == ["a", "b"]


def test_merged__outside_alone_is_similar_never_same() -> None:
    found, match = merged([result("a", 0.1)], Match.NONE, ExternalAnswer([result("x", 0.99)]), 24)
    assert ([r.product_id for r in found], match) == (["x"], Match.SIMILAR)
    assert merged([], Match.NONE, ExternalAnswer(), 24) == ([], Match.NONE)
    assert merged([], Match.NONE, ExternalAnswer([result("x", LEAST_SCORE * 0.9)]), 24) == (
        [],
        Match.NONE,
    )


def test_merged__what_could_not_be_compared_is_last() -> None:
    own = [result("a", 0.5), result("b", 0.002)]
    answer = ExternalAnswer([result("x", 0.1)], [result("u", 0), result("v", 0), result("w", 0)])
    found, _ = merged(own, Match.SIMILAR, answer, 5)
    assert [r.product_id for r in found] == ["a", "x", "b", "u", "v"]
    scores = [r.score for r in found]
    assert scores == sorted(scores, reverse=True)
    full, _ = merged(own, Match.SIMILAR, answer, 3)
    assert [r.product_id for r in full] == ["a", "x", "b"]


def test_merged__what_could_not_be_compared_is_no_match() -> None:
    answer = ExternalAnswer(unseen=[result("u", 0)])
    assert merged([], Match.NONE, answer, 24) == ([], Match.NONE)
