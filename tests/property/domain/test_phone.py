"""What holds for every text that a person may type as a phone number."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from searchapp.domain.phone import parse_phone
from searchapp.errors import BadPhone

_TYPED = st.text(st.sampled_from("0123456789+-. ()０１٠#*;x\n찰"), max_size=50) | st.text()
_CODES = st.integers(-5, 1000)
_LAST = st.integers(0, 99_999_999).map(lambda n: f"{n:08}")


@given(_TYPED, _CODES)
def test_parse__a_number_or_a_reason(text: str, code: int) -> None:
    try:
        phone = parse_phone(text, code)
    except BadPhone:
        return  # Anything else that is raised fails this test.
    assert phone.e164[0] == "+"
    assert phone.e164[1:].isascii()
    assert phone.e164[1:].isdigit()
    assert len(phone.e164) <= 16


@given(_TYPED, _CODES)
def test_parse__what_is_taken_means_itself(text: str, code: int) -> None:
    try:
        phone = parse_phone(text, code)
    except BadPhone:
        return
    assert parse_phone(phone.e164, code) == phone


@given(_LAST, st.sampled_from(["", "-", " ", "."]))
@example("59700000", "-")
def test_parse__every_korean_mobile_number(last: str, gap: str) -> None:
    phone = parse_phone(gap.join(["010", last[:4], last[4:]]))
    assert phone.e164 == f"+8210{last}"
    assert phone.national == f"010-{last[:4]}-{last[4:]}"


@given(_LAST)
def test_mask__shows_no_digit_between(last: str) -> None:
    masked = parse_phone(f"010{last}").masked
    assert masked == f"010-****-{last[4:]}"
