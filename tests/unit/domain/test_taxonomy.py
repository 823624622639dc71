"""What words say of a product."""

from __future__ import annotations

import pytest

from searchapp.catalogue.demo import FEED
from searchapp.catalogue.feeds import TakenRow, read_feed
from searchapp.domain.taxonomy import (
    COLOURS,
    FAMILIES,
    FINER_KINDS,
    KINDS,
    LABELS,
    colour_family,
    family_of,
    finer_kind_of,
    kind_of,
    names,
)


@pytest.mark.parametrize(
    ("category", "title", "kind"),
    [
        ("패션의류 > 여성의류 > 원피스", "", "dress"),
        ("상의 > 셔츠", "데님 셔츠", "top"),
        ("", "오버핏 데님 재킷", "outer"),
        ("", "셔츠 원피스", "dress"),
        ("", "후드 집업", "outer"),
        ("Apparel & Accessories > Clothing > Pants", "", "bottom"),
        ("Apparel & Accessories > Shoes", "", "shoes"),
        ("", "Leather Tote Bag", "bag"),
        ("", "Captain's mug", "whole"),
        ("1604", "Wool Coat", "outer"),
        ("Apparel & Accessories > Clothing > Dresses", "", "dress"),
        ("", "T-Shirt", "top"),
        ("", "Dress v-neck", "dress"),
        ("", "Shirt-dress", "dress"),
        ("", "Linen dress cap-sleeve", "dress"),
        ("", "Jeans boot-cut", "bottom"),
        ("", "Hoodie tie-dye", "top"),
        ("", "Sneakers high-top", "shoes"),
        ("", "coat-네이비", "outer"),
        ("", "SHORTS- navy", "bottom"),
        ("", "Watches", "accessory"),
        ("", "She hates it", "whole"),
    ],
)
def test_kind_of(category: str, title: str, kind: str) -> None:
    assert kind_of(category, title) == kind


@pytest.mark.parametrize(
    ("colour", "title", "family"),
    [
        ("네이비", "", "blue"),
        ("Off White", "", "white"),
        ("off-white", "", "white"),
        ("Navy-Blue", "", "blue"),
        ("", "black-washed jeans", "black"),
        ("", "Tee blue-", "blue"),
        ("", "V-neck T-shirt", ""),
        ("", "버건디 코트", "red"),
        ("", "코트", ""),
    ],
)
def test_colour_family(colour: str, title: str, family: str) -> None:
    assert colour_family(colour, title) == family


def test_kind_of__every_thing_of_the_demo() -> None:
    for row in read_feed(FEED):
        assert isinstance(row, TakenRow)
        product = row.product
        assert kind_of(product.category, product.title) in set(LABELS) - {"whole"}
        assert colour_family(product.colour, product.title)


@pytest.mark.parametrize(
    ("category", "title", "kind"),
    [
        ("", "옥스포드 셔츠", "shirt"),
        ("", "오버핏 티셔츠", "tshirt"),
        ("", "Cotton T-shirt", "tshirt"),
        ("", "후드 집업", "outer"),
        ("Clothing > Pants > Shorts", "Linen", "shorts"),
        ("", "Wool Coat", "coat"),
        ("", "청바지", "jeans"),
        ("", "Mug", "whole"),
    ],
)
def test_finer_kind_of(category: str, title: str, kind: str) -> None:
    assert finer_kind_of(category, title) == kind


def test_terms__every_finer_kind_has_a_family_and_every_term_its_names() -> None:
    assert {kind.family for kind in FINER_KINDS} <= {family.slug for family in FAMILIES}
    assert len(KINDS) == len(FAMILIES) + len(FINER_KINDS)
    assert family_of("jeans") == "bottom"
    assert family_of("skirt") == "skirt"
    assert family_of("spaceship") == "whole"
    for lang in ("ko", "en"):
        told = names(lang)
        assert len(told) == len(KINDS) + len(COLOURS)
        assert all(told.values())
