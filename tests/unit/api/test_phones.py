"""Numbers and consent of a request."""

from __future__ import annotations

import pytest

from searchapp.api.phones import consented_phone, country_of
from searchapp.errors import BadPhone, ConsentRequired


def test_consented_phone__korean_by_default() -> None:
    phone = consented_phone("010-1234-5678", None, consented=True)
    assert phone is not None
    assert phone.e164 == "+821012345678"


@pytest.mark.parametrize("number", [None, "", "   "])
def test_consented_phone__none_given(number: str | None) -> None:
    assert consented_phone(number, None, consented=False) is None


def test_consented_phone__no_message_without_consent() -> None:
    with pytest.raises(ConsentRequired):
        consented_phone("010-1234-5678", 82, consented=False)


def test_consented_phone__a_bad_number_is_said_first() -> None:
    with pytest.raises(BadPhone):
        consented_phone("010-12", 82, consented=False)


@pytest.mark.parametrize(("text", "code"), [("", None), ("82", 82), ("+82", 82), (" 1 ", 1)])
def test_country_of__as_typed(text: str, code: int | None) -> None:
    assert country_of(text) == code


@pytest.mark.parametrize("text", ["kr", "8282", "-1", "8 2", "٨٢", "1e1"])
def test_country_of__nonsense(text: str) -> None:
    with pytest.raises(BadPhone):
        country_of(text)
