"""Kinds and colours of garments: slugs, names in Korean and English, and the words that name them.

A *family* is what regions, filters and classifiers work with; a *finer kind* belongs to one family
and is told only where it is known.  This is the one list of all three: another kind, colour, name
or word of a feed is one more entry here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Term:
    """A kind or a colour.

    ``korean`` and ``english`` are its names; ``words`` name it in feeds and in detectors' labels:
    English ones in the singular, in lower case and without hyphens, Korean ones as they stand in
    longer words.  ``family`` is the slug of the family of a finer kind, and empty for a family.
    """

    slug: str
    korean: str
    english: str
    words: str = ""
    family: str = ""

    def name(self, lang: str) -> str:
        """The name in ``lang`` (``ko`` or ``en``)."""
        return self.english if lang == "en" else self.korean


WHOLE = "whole"
"""The family of no particular kind: it narrows nothing."""

FAMILIES: tuple[Term, ...] = (
    Term(
        "top",
        "상의",
        "Top",
        "top shirt tshirt tee blouse knit sweater sweatshirt hoodie cardigan longsleeve polo "
        "pullover undershirt vest "
        "상의 티셔츠 셔츠 블라우스 니트 스웨터 맨투맨 후드 가디건 조끼",
    ),
    Term(
        "outer",
        "아우터",
        "Outerwear",
        "outer outerwear outwear coat jacket blazer parka padded fleece cape "
        "아우터 코트 재킷 자켓 점퍼 패딩 블레이저 야상 집업 바람막이 플리스 블루종",
    ),
    Term(
        "bottom",
        "하의",
        "Bottoms",
        "bottom pants trouser jeans shorts legging slacks jogger "
        "하의 바지 팬츠 청바지 슬랙스 레깅스 반바지 트레이닝 조거",
    ),
    Term("skirt", "스커트", "Skirt", "skirt 스커트 치마"),
    Term("dress", "원피스", "Dress", "dress jumpsuit romper 원피스 드레스 점프수트"),
    Term(
        "shoes",
        "신발",
        "Shoes",
        "shoe sneaker boot loafer sandal heels footwear hightop lowtop "
        "신발 운동화 스니커즈 구두 부츠 로퍼 샌들 슬리퍼 워커 뮬",
    ),
    Term("hat", "모자", "Hat", "hat cap beanie headband 모자 볼캡 캡모자 비니 버킷햇"),
    Term(
        "bag",
        "가방",
        "Bag",
        "bag backpack tote handbag wallet 가방 백팩 토트백 크로스백 숄더백 에코백 클러치",
    ),
    Term(
        "accessory",
        "액세서리",
        "Accessory",
        "accessory accessories scarf scarves belt glove sock tie watch glasses sunglasses "
        "umbrella tights "
        "액세서리 악세서리 머플러 스카프 목도리 벨트 장갑 양말 넥타이 시계 선글라스",
    ),
    Term(WHOLE, "전체", "Whole photo"),
)
"""In the order in which they are offered, and in which label probabilities are stored."""

FINER_KINDS: tuple[Term, ...] = (
    Term("tshirt", "티셔츠", "T-shirt", "tshirt tee 티셔츠", "top"),
    Term("shirt", "셔츠", "Shirt", "shirt blouse 셔츠 블라우스", "top"),
    Term("knit", "니트", "Knitwear", "knit sweater cardigan pullover 니트 스웨터 가디건", "top"),
    Term("hoodie", "후드", "Hoodie", "hoodie 후드 후드티", "top"),
    Term("coat", "코트", "Coat", "coat 코트", "outer"),
    Term("jacket", "재킷", "Jacket", "jacket blazer 재킷 자켓 블레이저", "outer"),
    Term("shorts", "반바지", "Shorts", "shorts 반바지 쇼츠", "bottom"),
    Term("jeans", "청바지", "Jeans", "jeans 청바지", "bottom"),
)
"""Kinds within a family; skirts and dresses are families of their own."""

COLOURS: tuple[Term, ...] = (
    Term("black", "검정", "Black", "black 블랙 검정 흑청 검은색 흑색 먹색 까만색"),
    Term(
        "grey",
        "회색",
        "Grey",
        "grey gray charcoal silver anthracite graphite melange "
        "그레이 회색 차콜 챠콜 실버 은색 쥐색 멜란지",
    ),
    Term(
        "white",
        "흰색",
        "White",
        "white ivory cream ecru offwhite 화이트 흰색 백색 하얀 아이보리 크림 오트밀 에크루",
    ),
    Term(
        "beige", "베이지", "Beige", "beige camel sand tan nude taupe oatmeal 베이지 카멜 샌드 스킨"
    ),
    Term(
        "brown",
        "갈색",
        "Brown",
        "brown chocolate mocha coffee cognac 브라운 갈색 초코 모카 밤색 고동 카라멜",
    ),
    Term(
        "red",
        "빨강",
        "Red",
        "red burgundy wine maroon crimson scarlet 레드 빨강 빨간 버건디 와인 자주",
    ),
    Term("orange", "주황", "Orange", "orange coral peach apricot 오렌지 주황 코랄 살구 다홍"),
    Term(
        "yellow",
        "노랑",
        "Yellow",
        "yellow mustard butter gold 옐로우 노랑 노란 머스터드 겨자 버터 레몬 골드",
    ),
    Term(
        "green",
        "초록",
        "Green",
        "green khaki olive mint lime 그린 초록 녹색 연두 카키 국방 올리브 민트",
    ),
    Term(
        "blue",
        "파랑",
        "Blue",
        "blue navy sky indigo denim teal turquoise aqua cyan "
        "블루 파랑 파란 청색 네이비 곤색 스카이 소라 하늘 남색 인디고 진청 중청 연청 생지",
    ),
    Term("purple", "보라", "Purple", "purple violet lavender lilac mauve plum 퍼플 보라 라벤더"),
    Term("pink", "분홍", "Pink", "pink rose fuchsia magenta salmon 핑크 분홍 로즈"),
)
"""Families of colours, in the order in which they are offered."""

COLOUR_CODES: dict[str, str] = {
    **dict.fromkeys(("BK", "BLK"), "black"),
    **dict.fromkeys(("GY", "GRY", "CH", "SV"), "grey"),
    **dict.fromkeys(("WH", "WHT", "IV", "CR"), "white"),
    **dict.fromkeys(("BE", "BG", "CM"), "beige"),
    **dict.fromkeys(("BR", "BRN"), "brown"),
    **dict.fromkeys(("RD", "RED", "WN"), "red"),
    **dict.fromkeys(("OR", "ORG"), "orange"),
    **dict.fromkeys(("YE", "YL"), "yellow"),
    **dict.fromkeys(("GN", "GRN", "KH", "KK", "MT"), "green"),
    **dict.fromkeys(("BL", "BU", "NV", "NY", "SB", "IN"), "blue"),
    **dict.fromkeys(("PU", "PP", "VI"), "purple"),
    **dict.fromkeys(("PK", "PNK"), "pink"),
}
"""What shops write in a colour column for short."""

LABELS: tuple[str, ...] = tuple(family.slug for family in FAMILIES)
"""Every family's slug, ``whole`` last."""

COLOUR_FAMILIES: tuple[str, ...] = tuple(colour.slug for colour in COLOURS)
"""The slugs that the colour filter knows."""

KINDS: dict[str, Term] = {kind.slug: kind for kind in (*FAMILIES, *FINER_KINDS)}
"""Every kind, families first, by slug."""

_PRECEDENCE = ("dress", "skirt", "shoes", "bag", "hat", "outer", "bottom", "top", "accessory")
"""Which family counts where several name one thing: a vest dress is a dress."""

_SIBILANT_ENDINGS = ("s", "x", "ch", "sh")
_LATIN = re.compile(r"[a-z]+(?:-[a-z]+)*")


def names(lang: str) -> dict[str, str]:
    """The words of pages in ``lang``: ``label.SLUG`` of each kind, ``colour.SLUG`` of each
    colour."""
    return {f"label.{kind.slug}": kind.name(lang) for kind in KINDS.values()} | {
        f"colour.{colour.slug}": colour.name(lang) for colour in COLOURS
    }


@lru_cache(8192)
def kind_of(category: str, title: str) -> str:
    """The family's slug that the words name, the category's first; ``whole`` if none does."""
    return _last_named(_KOREAN_FAMILIES, _kind_of_word, category, title) or WHOLE


@lru_cache(8192)
def colour_family(colour: str, title: str) -> str:
    """The slug of the colour family that the words name, the colour's first; empty if none
    does.  A colour may be a code of shops such as ``BK``, alone."""
    code = COLOUR_CODES.get(colour.strip().upper())
    return code or _last_named(_KOREAN_COLOURS, _colour_of_word, colour, title)


def kind_of_any(words: Iterable[str]) -> str:
    """The slug of the first family, in order of precedence, that any of the English ``words``
    names; empty if none does."""
    named = {_kind_of_word(word) for word in words}
    return next((slug for slug in _PRECEDENCE if slug in named), "")


def _forms(word: str) -> tuple[str, ...]:
    """Singular and plural of an English word; a Korean one as it is."""
    if not word.isascii():
        return (word,)
    return word, f"{word}es" if word.endswith(_SIBILANT_ENDINGS) else f"{word}s"


def _word_table(terms: Iterable[Term]) -> dict[str, str]:
    """Word, singular or plural -> slug."""
    return {
        form: term.slug for term in terms for word in term.words.split() for form in _forms(word)
    }


_FAMILY_WORDS = _word_table(FAMILIES)
_COLOUR_WORDS = {word: colour.slug for colour in COLOURS for word in colour.words.split()}
_KOREAN_FAMILIES, _KOREAN_COLOURS = (
    {word: slug for word, slug in table.items() if not word.isascii()}
    for table in (_FAMILY_WORDS, _COLOUR_WORDS)
)


def _kind_of_word(word: str) -> str:
    """What an English word is as a whole (``t-shirt``), or what its last part is
    (``shirt-dress``, but ``cap-sleeve`` is no cap)."""
    return _whole_or_last(_FAMILY_WORDS, word)


def _whole_or_last(table: Mapping[str, str], word: str) -> str:
    return table.get(word.replace("-", "")) or table.get(word.rpartition("-")[2], "")


def _colour_of_word(word: str) -> str:
    """The last part that is a colour: off-white is white, a black-washed cloth black."""
    return next((_COLOUR_WORDS[p] for p in reversed(word.split("-")) if p in _COLOUR_WORDS), "")


def _last_named(korean: Mapping[str, str], latin: Callable[[str], str], *texts: str) -> str:
    """What the last word that names anything means, in the first of ``texts`` that has one: the
    narrowest category comes last, and in a title the noun does.  Of two words that end together
    the longer one counts.

    :param korean: words that may stand in longer ones; those in Latin letters are left to
        ``latin``.
    """
    for text in texts:
        lowered = text.lower()
        named = [
            (found.end(), len(found.group()), latin(found.group()))
            for found in _LATIN.finditer(lowered)
        ]
        named += [
            (lowered.rfind(word) + len(word), len(word), slug)
            for word, slug in (() if lowered.isascii() else korean.items())
            if word in lowered
        ]
        last = max((entry for entry in named if entry[2]), default=(0, 0, ""))[2]
        if last:
            return last
    return ""
