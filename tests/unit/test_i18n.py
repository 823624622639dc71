"""The words are complete, in both languages, and made of the same pieces."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from searchapp.domain.search import SmsState
from searchapp.domain.taxonomy import COLOUR_FAMILIES, LABELS
from searchapp.errors import JOB_ERRORS
from searchapp.i18n import TEXTS
from searchapp.i18n.en import EN
from searchapp.i18n.ko import KO

WEB = Path(__file__).parents[2] / "searchapp" / "web"
REASONS = (
    "sms_off",
    "not_configured",
    "prefix_not_allowed",
    "number_refused",
    "number_cap",
    "ip_cap",
    "site_cap",
)
PREFIXES = (
    "choose.",
    "colour.",
    "edge.",
    "error.",
    "label.",
    "outside.",
    "privacy.",
    "reason.",
    "results.by_",
    "results.item_",
    "send.",
    "share.gone",
    "sms.",
    "step.",
)
"""Keys that are put together from such a beginning."""

HANGUL = re.compile("[가-힣]")


def _places(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_words__same_keys_in_the_same_order() -> None:
    assert list(KO) == list(EN)


def test_words__same_places_to_fill() -> None:
    assert [key for key in KO if _places(KO[key]) != _places(EN[key])] == []


@pytest.mark.parametrize("words", [KO, EN], ids=["ko", "en"])
def test_words__are_some_without_blanks_around(words: dict[str, str]) -> None:
    assert [key for key, text in words.items() if text.strip() != text or text == ""] == []


def test_words__each_in_its_language() -> None:
    keys = [key for key in KO if not key.startswith("nav.language")]
    assert [key for key in keys if HANGUL.search(EN[key])] == []
    assert [key for key in keys if not HANGUL.search(KO[key])] == ["phone.placeholder"]


def test_words__every_slug_has_its_words() -> None:
    slugs = {f"label.{label}" for label in LABELS}
    slugs |= {f"sms.{state.value}" for state in SmsState}
    slugs |= {f"reason.{reason}" for reason in REASONS}
    slugs |= {f"error.{code}" for code in JOB_ERRORS}
    slugs |= {f"colour.{family}" for family in COLOUR_FAMILIES}
    assert slugs <= set(TEXTS["ko"])


def test_words__none_is_unused() -> None:
    sources = "".join(
        path.read_text()
        for path in WEB.rglob("*")
        if path.suffix in {".py", ".js"} and "i18n" not in path.parts
    )
    unused = [
        key
        for key in KO
        if f'"{key}"' not in sources and f"['{key}']" not in sources
        if not key.startswith(PREFIXES)
    ]
    assert unused == []


def test_words__a_number_of_days_is_the_settings() -> None:
    """The masks, the day's caps and the grave stones have fixed times; what is kept has not."""
    fixed = re.compile(r"24시간|24 hours|이틀|two days|30일|30 days")
    for texts in TEXTS.values():
        for key, text in texts.items():
            assert not re.search(r"\d+ ?(일|days?)", fixed.sub("", text)), key


def test_words__the_banner_is_the_contracts() -> None:
    assert TEXTS["ko"]["way.banner"] == "앱을 닫거나 휴대폰을 잠가도 괜찮아요!"


def test_words__no_storm_of_exclamation_marks() -> None:
    loud = [key for texts in TEXTS.values() for key, text in texts.items() if "!" in text]
    assert set(loud) == {"way.banner"}
