"""What a product is, and its colour, by the words of its feed: for filters and label agreement."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from searchapp.domain.garment_words import kind_of_word

_KIND_WORDS = """
dress: 원피스 드레스 점프수트
skirt: 스커트 치마
shoes: 신발 운동화 스니커즈 구두 부츠 로퍼 샌들 슬리퍼 워커 뮬
bag: 가방 백팩 토트백 크로스백 숄더백 에코백 클러치
hat: 모자 볼캡 캡모자 비니 버킷햇
outer: 아우터 코트 재킷 자켓 점퍼 패딩 블레이저 야상 집업 바람막이 플리스 블루종
bottom: 하의 바지 팬츠 청바지 슬랙스 레깅스 반바지 트레이닝 조거
top: 상의 티셔츠 셔츠 블라우스 니트 스웨터 맨투맨 후드 가디건 조끼
accessory: 액세서리 악세서리 머플러 스카프 목도리 벨트 장갑 양말 넥타이 시계 선글라스
"""
"""Korean ones; the English ones are in :mod:`searchapp.domain.garment_words`."""

_COLOUR_WORDS = """
black: 블랙 검정 흑청 black
grey: 그레이 회색 차콜 실버 grey gray charcoal silver
white: 화이트 흰색 아이보리 크림 오트밀 white ivory cream
beige: 베이지 카멜 샌드 beige camel sand tan
brown: 브라운 갈색 초코 brown chocolate
red: 레드 빨강 버건디 와인 red burgundy wine
orange: 오렌지 주황 코랄 orange coral
yellow: 옐로우 노랑 머스터드 버터 레몬 yellow mustard butter
green: 그린 초록 카키 올리브 민트 green khaki olive mint
blue: 블루 파랑 네이비 스카이 하늘 남색 인디고 중청 연청 blue navy sky indigo denim
purple: 퍼플 보라 라벤더 purple violet lavender
pink: 핑크 분홍 로즈 pink rose
"""


def _table(text: str) -> dict[str, str]:
    """Word -> slug."""
    lines = (line.split(": ") for line in text.strip().splitlines())
    return {word: slug for slug, words in lines for word in words.split()}


_KINDS, _COLOURS = _table(_KIND_WORDS), _table(_COLOUR_WORDS)

COLOUR_FAMILIES: tuple[str, ...] = tuple(dict.fromkeys(_COLOURS.values()))
"""The slugs that the colour filter knows."""

_LATIN = re.compile(r"[a-z]+(?:-[a-z]+)*")


def kind_of(category: str, title: str) -> str:
    """The label's slug that the words name, the category's first; ``whole`` if none does."""
    return _named(_KINDS, kind_of_word, category) or _named(_KINDS, kind_of_word, title) or "whole"


def colour_family(colour: str, title: str) -> str:
    """The slug of the colour family that the words name; empty if none does."""
    return _named(_COLOURS, _colour_of_word, colour) or _named(_COLOURS, _colour_of_word, title)


def _colour_of_word(word: str) -> str:
    """The last part that is a colour: off-white is white, a black-washed cloth black."""
    return next((_COLOURS[part] for part in reversed(word.split("-")) if part in _COLOURS), "")


def _named(words: Mapping[str, str], latin: Callable[[str], str], text: str) -> str:
    """What the word that stands last in ``text`` names: the narrowest category comes last, and in
    a title the noun does.

    :param words: Korean ones stand in longer ones; those in Latin letters are left to ``latin``.
    """
    lowered = text.lower()
    named = [(match.end(), latin(match.group())) for match in _LATIN.finditer(lowered)]
    named += [
        (lowered.rfind(word) + len(word), slug)
        for word, slug in words.items()
        if not word.isascii() and word in lowered
    ]
    return max((entry for entry in named if entry[1]), default=(0, ""))[1]
