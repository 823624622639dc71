"""What words say of a product."""

from __future__ import annotations

import pytest

from searchapp.catalogue.demo import FEED
from searchapp.catalogue.feeds import TakenRow, read_feed
from searchapp.domain.taxonomy import LABELS
from searchapp.domain.vocabulary import colour_family, finer_kind_of, kind_of


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
        ("Herren > Hemden", "", "top"),
        ("", "Leinenhemd", "top"),
        ("", "Wollmantel", "outer"),
        ("", "Handtasche", "bag"),
        ("", "Whose is it", "whole"),
        ("", "Robe plissée", "dress"),
        ("", "Falda vaquera", "skirt"),
        ("", "Zapatillas blancas", "shoes"),
        ("", "デニムジャケット", "outer"),
        ("", "シャツワンピース", "dress"),
        ("", "靴下セット", "accessory"),
        ("", "半身裙", "skirt"),
        ("", "純棉襯衫", "top"),
        ("", "린넨 반팔 티", "top"),
        ("", "카라 티(남녀공용)", "top"),
        ("", "시티 투어", "whole"),
        ("Одежда > Платья", "", "dress"),
        ("", "Linen dress with belt", "dress"),
        ("", "니트 원피스 (벨트 포함)", "dress"),
        ("", "자켓+슬랙스 셋업", "outer"),
        ("", "Skirt in cotton jersey", "skirt"),
        ("", "[나래] 부츠컷 데님", "bottom"),
        ("패션잡화 > 지갑", "", "bag"),
        ("", "스냅백", "hat"),
        ("", "여성 슬립온", "shoes"),
        ("", "Windbreaker", "outer"),
        ("", "진주 목걸이", "accessory"),
        ("", "羽绒服", "outer"),
        ("", "low top", "shoes"),
        ("", "Rain coat", "outer"),
        ("", "fanny pack", "bag"),
        ("", "down vest", "outer"),
        ("", "coat hanger", "whole"),
        ("", "Shoe rack", "whole"),
        ("", "t-shirt bra", "whole"),
        ("", "bikini top", "whole"),
        ("", "sweater vest", "top"),
        ("", "dress shoes", "shoes"),
        ("", "셔츠 옷걸이", "whole"),
        ("", "Maxi dress long sleeve", "dress"),
        ("", "Linen dress long-sleeve", "dress"),
        ("", "Skirt knit", "skirt"),
        ("", "린넨 원피스 민소매", "dress"),
        ("", "니트 원피스 터틀넥", "dress"),
        ("", "블라우스 오프숄더", "top"),
        ("", "긴팔", "top"),
        ("", "오프숄더", "top"),
        ("", "울 숄", "accessory"),
        ("", "PK티", "top"),
        ("", "크롭 탑", "top"),
        ("", "치랭스", "bottom"),
        ("", "Kapuzenpullover", "top"),
        ("", "카드케이스", "bag"),
        ("", "선글라스 케이스", "whole"),
        ("", "와이드진", "bottom"),
        ("", "항공잠바", "outer"),
        ("", "커플티", "top"),
        ("", "니트백", "bag"),
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
        ("Black/White", "", "black"),
        ("블랙&화이트", "", "black"),
        ("Navy and White", "", "blue"),
        ("Sandy", "", ""),
        ("화이트, 블랙", "", "white"),
        ("Dunkelblau", "", "blue"),
        ("Bleu marine", "", "blue"),
        ("", "Wollmantel grün", "green"),
        ("azul marino", "", "blue"),
        ("ネイビー", "", "blue"),
        ("黒", "", "black"),
        ("", "黒田のシャツ", ""),
        ("синий", "", "blue"),
        ("[BK]", "", "black"),
        ("01 NV", "", "blue"),
        ("MG", "", "grey"),
        ("Stone", "", "beige"),
        ("", "Stone Island cap", ""),
        ("세이지", "", "green"),
        ("Terracotta", "", "orange"),
        ("검/흰", "", "black"),
        ("NA", "", ""),
        ("로즈골드", "", "pink"),
        ("Light Wash", "", "blue"),
        ("Marineblau", "", "blue"),
        ("", "블루종 자켓", ""),
        ("", "하늘하늘 원피스", ""),
        ("", "하늘 원피스", "blue"),
        ("", "여성 모카신", ""),
        ("", "Red Wing boots", ""),
        ("", "Shirt with black collar", ""),
        ("", "Blue blazer with gold buttons", "blue"),
        ("", "Tee in black", "black"),
        ("", "black denim jacket", "black"),
        ("", "Denim jacket", "blue"),
        ("", "블랙 앤 화이트 체크 셔츠", "black"),
        ("", "네이비/화이트 스트라이프 티", "blue"),
    ],
)
def test_colour_family(colour: str, title: str, family: str) -> None:
    assert colour_family(colour, title) == family


@pytest.mark.parametrize(
    ("family", "category", "title", "kind"),
    [
        ("bottom", "Pants", "Bermuda shorts", "shorts"),
        ("bottom", "하의", "연청 청바지", "jeans"),
        ("bottom", "하의", "와이드 슬랙스", "trousers"),
        ("top", "상의 > 니트", "캐시미어 가디건", "knit"),
        ("top", "T-Shirt", "Everyday", "tshirt"),
        ("top", "상의", "셔츠 (니트 소재)", "shirt"),
        ("skirt", "스커트", "청바지 스커트", ""),
        ("outer", "아우터", "겨울 신상", ""),
    ],
)
def test_finer_kind_of(family: str, category: str, title: str, kind: str) -> None:
    assert finer_kind_of(family, category, title) == kind


def test_kind_of__every_thing_of_the_demo() -> None:
    for row in read_feed(FEED):
        assert isinstance(row, TakenRow)
        product = row.product
        assert kind_of(product.category, product.title) in set(LABELS) - {"whole"}
        assert colour_family(product.colour, product.title)
