"""Phone numbers as people type them."""

from __future__ import annotations

import pytest

from searchapp.domain.phone import Phone, parse_phone
from searchapp.errors import BadPhone, PhoneNotMobile, PhoneTooLong, PhoneTooShort


@pytest.mark.parametrize(
    "text",
    [
        "010-1234-5678",
        "01012345678",
        "010 1234 5678",
        "010.1234.5678",
        " 010-1234-5678 ",
        "+82 10 1234 5678",
        "+82 010-1234-5678",
        "82 10-1234-5678",
        "0082 10 1234 5678",
        "1012345678",
        "０１０－１２３４－５６７８",
        "(010) 1234-5678",
    ],
)
def test_parse__korean(text: str) -> None:
    assert parse_phone(text) == Phone("+821012345678")


@pytest.mark.parametrize("last", ["59700000", "59999999", "00000000"])
def test_parse__korean_numbers_of_blocks_that_the_library_does_not_know(last: str) -> None:
    phone = parse_phone(f"010{last}")
    assert phone == Phone(f"+8210{last}")
    assert phone.masked == f"010-****-{last[4:]}"


@pytest.mark.parametrize(
    ("text", "code", "e164"),
    [("202-555-0143", 1, "+12025550143"), ("090-1234-5678", 81, "+819012345678")],
)
def test_parse__other_countries(text: str, code: int, e164: str) -> None:
    assert parse_phone(text, code).e164 == e164


def test_parse__its_own_country_code_counts() -> None:
    assert parse_phone("+81 90-1234-5678", 82).e164 == "+819012345678"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadPhone),
        ("abc", BadPhone),
        ("+", BadPhone),
        ("010-1234", PhoneTooShort),
        ("010-1234-567", PhoneTooShort),
        ("010-1234-56789", PhoneTooLong),
        ("0" * 41, PhoneTooLong),
        ("02-123-4567", PhoneNotMobile),
        ("0505-123-4567", PhoneNotMobile),
        ("010-1234-5678; drop table", BadPhone),
        ("+999 1234 5678", BadPhone),
    ],
)
def test_parse__refused_with_a_reason(text: str, error: type[BadPhone]) -> None:
    with pytest.raises(BadPhone) as raised:
        parse_phone(text)
    assert type(raised.value) is error
    assert raised.value.code == "bad_phone"


def test_parse__unknown_calling_code() -> None:
    with pytest.raises(BadPhone):
        parse_phone("010-1234-5678", 999)


def test_phone__shows_three_and_four_digits() -> None:
    assert parse_phone("01012345678").masked == "010-****-5678"


def test_phone__repr_hides_the_number() -> None:
    assert "1234" not in f"{Phone('+821012345678')!r} {Phone('+821012345678')}"


def test_phone__no_plain_number_in_a_refusal() -> None:
    with pytest.raises(BadPhone) as raised:
        parse_phone("02-9876-5432")
    assert "5432" not in f"{raised.value} {raised.value.detail}"
