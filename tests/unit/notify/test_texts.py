"""The words of messages."""

from __future__ import annotations

import pytest

from searchapp.domain.ids import new_id
from searchapp.domain.message import MessageKind
from searchapp.notify.texts import (
    _TEXTS,
    KAKAO_TEMPLATE,
    LMS_UNITS,
    Content,
    body_of,
    carrier_units,
    has_link,
    link_of,
    segments,
)
from searchapp.notify.texts import compose as compose_content
from searchapp.settings import Settings
from tests.support.outbox import settings, solapi_settings, twilio_settings

RESULTS, FAILURE = MessageKind.RESULTS, MessageKind.FAILURE
LINK = "https://chalkak.example/results/" + "a" * 22


HOST_24 = "https://" + "a" * 16 + ".example/results/" + "a" * 22
"""A link on a host of 24 characters."""


def compose(kind: MessageKind, matches: int, lang: str, link: str) -> str:
    return compose_content(Content(kind, matches, lang, link), segments)


@pytest.mark.parametrize("form", [form for forms in _TEXTS.values() for form in forms])
def test_texts__only_characters_that_korean_carriers_take(form: str) -> None:
    # KS X 1001 has two bytes for each; Python's codec writes other syllables as eight.
    beyond = [c for c in form if not c.isascii() and len(c.encode("euc_kr")) != 2]
    assert beyond == []


@pytest.mark.parametrize("key", [k for k in _TEXTS if k[0] == "en"])
def test_texts__english_is_plain_gsm(key: tuple[str, str]) -> None:
    assert all(form.isascii() for form in _TEXTS[key])


def test_texts__each_case_in_each_language() -> None:
    cases = {case for _, case in _TEXTS}
    assert {(lang, case) for lang in ("ko", "en") for case in cases} == set(_TEXTS)


@pytest.mark.parametrize("form", [form for forms in _TEXTS.values() for form in forms])
def test_texts__the_link_stands_alone(form: str) -> None:
    assert form.endswith(" {link}")


@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize(("kind", "matches"), [(RESULTS, 12), (RESULTS, 0), (FAILURE, 0)])
def test_compose__one_segment_for_a_short_host(lang: str, kind: MessageKind, matches: int) -> None:
    text = compose(kind, matches, lang, LINK)
    assert segments(text) == 1
    assert text.endswith(LINK)


@pytest.mark.parametrize("lang", ["ko", "en"])
def test_compose__long_host_gets_the_friendly_form(lang: str) -> None:
    link = LINK.replace("chalkak.example", "a-rather-long-name.chalkak.example")
    text = compose(RESULTS, 3, lang, link)
    assert segments(text) <= 2
    assert ("찾으시던" if lang == "ko" else "matches for") in text


def test_compose__says_how_many() -> None:
    assert "3가지" in compose(RESULTS, 3, "ko", LINK)
    assert " 3 " in compose(RESULTS, 3, "en", LINK)


def test_compose__nothing_found_and_failed_are_told_apart() -> None:
    texts = {compose(RESULTS, 0, "ko", LINK), compose(FAILURE, 0, "ko", LINK)}
    texts |= {compose(RESULTS, 1, "ko", LINK)}
    assert len(texts) == 3


def test_compose__other_languages_get_korean() -> None:
    assert compose(RESULTS, 1, "de", LINK) == compose(RESULTS, 1, "ko", LINK)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("[" * 80, 1),
        ("[" * 81, 2),
        ("찰" * 70, 1),
        ("찰" * 71, 2),
        ("찰" * 134, 2),
        ("찰" * 135, 3),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_segments(text: str, expected: int) -> None:
    assert segments(text) == expected


def test_link__each_message_has_its_own() -> None:
    job_id = new_id()
    first, second = (link_of("https://x.example", job_id, n) for n in (1, 2))
    assert first == f"https://x.example/results/{job_id}"
    assert has_link(f"[찰칵] {first}", first)
    assert not has_link(f"[찰칵] {second}", first)
    assert not has_link(f"[찰칵] {first}", second)


def test_has_link__not_a_longer_one() -> None:
    assert not has_link(LINK + "b", LINK)


@pytest.mark.parametrize(
    ("text", "units"),
    [("", 1), ("a" * 90, 1), ("a" * 91, LMS_UNITS), ("찰" * 45, 1), ("찰" * 45 + "a", LMS_UNITS)],
)
def test_carrier_units__ninety_bytes_of_euc_kr(text: str, units: int) -> None:
    assert carrier_units(text) == units


@pytest.mark.parametrize("kakao", [True, False])
@pytest.mark.parametrize("lang", ["ko", "en"])
@pytest.mark.parametrize("ordinal", ["", "#2"])
@pytest.mark.parametrize(("kind", "matches"), [(RESULTS, 9), (RESULTS, 0), (FAILURE, 0)])
def test_body__one_sms_for_hosts_of_24_characters(
    lang: str, kind: MessageKind, matches: int, ordinal: str, kakao: bool
) -> None:
    own = solapi_settings("") if kakao else solapi_settings("", solapi_kakao_template="")
    link = HOST_24 if kakao else HOST_24 + ordinal
    body, _variables = body_of(own, Content(kind, matches, lang, link))
    assert carrier_units(body) == 1
    assert body.endswith(f" {link}")


def test_body__kakao_template_filled_in() -> None:
    content = Content(RESULTS, 12, "ko", LINK)
    body, variables = body_of(solapi_settings(""), content)
    assert variables == {"#{내용}": "옷 12가지", "#{링크}": LINK}
    assert body == f"[찰칵] 검색 결과 옷 12가지 {LINK}"
    assert all(name in KAKAO_TEMPLATE for name in variables)
    assert body_of(solapi_settings(""), Content(RESULTS, 12, "en", LINK))[1] == {}


@pytest.mark.parametrize("own", [settings(), twilio_settings("")])
def test_body__no_template_without_solapi(own: Settings) -> None:
    body, variables = body_of(own, Content(RESULTS, 3, "ko", LINK))
    assert (body, variables) == (f"[찰칵] 옷 3가지 결과 {LINK}", {})
