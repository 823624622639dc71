"""The colours of the demo catalogue, with the names that shops give them."""

from __future__ import annotations

from tools.demo.colours import Colour, rgb

_NAMED = """
    black 블랙 #2a2a2c
    charcoal 차콜 #4a4b4f
    grey 그레이 #8f9194
    silver 라이트그레이 #c2c3c4
    white 화이트 #f2f0eb
    ivory 아이보리 #e9e0cd
    beige 베이지 #d3c1a1
    camel 카멜 #b88a55
    brown 브라운 #6a4630
    khaki 카키 #77714c
    olive 올리브 #525c3f
    green 그린 #3a6b4c
    mint 민트 #a5cdbd
    sky 스카이블루 #9fbedb
    blue 블루 #3963a6
    navy 네이비 #222e4d
    purple 퍼플 #67518a
    lavender 라벤더 #b7a9d4
    pink 핑크 #e3a8b2
    coral 코랄 #e0745c
    red 레드 #b4352e
    burgundy 버건디 #6d2333
    mustard 머스터드 #c8982e
    butter 버터 #efdf9c
    indigo 인디고 #2b4470
    denim 중청 #46699a
    bleached 연청 #86a6c8
    ink 흑청 #32353c
"""

COLOURS: dict[str, Colour] = {}
"""Key -> colour."""

NAMES: dict[str, str] = {}
"""Key -> Korean name."""

for _line in _NAMED.strip().splitlines():
    _key, _name, _code = _line.split()
    COLOURS[_key], NAMES[_key] = rgb(_code), _name
