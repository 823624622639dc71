"""Phone numbers as people type them, checked by libphonenumber."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from phonenumbers import (
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    ValidationResult,
)

from searchapp.errors import BadPhone, PhoneNotMobile, PhoneTooLong, PhoneTooShort

_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})

_LONGEST_TEXT = 40
_KOREA = 82
_KOREAN_MOBILE_DIGITS = 10

_PARSE_ERRORS: dict[int, type[BadPhone]] = {
    NumberParseException.TOO_SHORT_NSN: PhoneTooShort,
    NumberParseException.TOO_SHORT_AFTER_IDD: PhoneTooShort,
    NumberParseException.TOO_LONG: PhoneTooLong,
}

_LENGTH_ERRORS: dict[int, type[BadPhone]] = {
    ValidationResult.TOO_SHORT: PhoneTooShort,
    ValidationResult.TOO_LONG: PhoneTooLong,
}


@dataclass(frozen=True, slots=True)
class Phone:
    """A valid mobile number.  Its ``repr`` shows no digits, so that it cannot reach a log."""

    e164: str

    def __repr__(self) -> str:
        return f"Phone({self.masked})"

    @property
    def national(self) -> str:
        """As people of its country write it: ``010-1234-5678``."""
        return phonenumbers.format_number(phonenumbers.parse(self.e164), PhoneNumberFormat.NATIONAL)

    @property
    def masked(self) -> str:
        """``010-****-5678``: enough to recognise one's own number, not to learn another's."""
        return mask(self.national)


def mask(national: str) -> str:
    """``national`` with all digits hidden but the first three and the last four."""
    digits = [i for i, c in enumerate(national) if c.isdigit()]
    hidden = set(digits[3:-4]) if len(digits) > 7 else set(digits[:-2])
    return "".join("*" if i in hidden else c for i, c in enumerate(national))


def parse_phone(text: str, country_code: int = 82) -> Phone:
    """The mobile number that ``text`` means.

    :param text: as typed, for example ``010-1234-5678`` or ``+82 10 1234 5678``.
    :param country_code: the calling code of numbers written without one.
    :raises BadPhone: when it is no number, not a valid one, or one that takes no SMS; its class
        says what is wrong.
    """
    region = phonenumbers.region_code_for_country_code(country_code)
    if region == phonenumbers.UNKNOWN_REGION:
        raise BadPhone("unknown calling code")
    if len(text) > _LONGEST_TEXT:
        raise PhoneTooLong("too long")
    try:
        number = phonenumbers.parse(_with_plus(text, country_code), region)
    except NumberParseException as error:
        raise _PARSE_ERRORS.get(error.error_type, BadPhone)("no number") from None
    _check(number)
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _with_plus(text: str, country_code: int) -> str:
    """``0082 10…`` as ``+82 10…``: Korea itself dials 001 or 002 for abroad, visitors 00."""
    compact = text.strip()
    prefix = f"00{country_code}"
    return f"+{compact[2:]}" if compact.startswith(prefix) else text


def _check(number: PhoneNumber) -> None:
    """:raises BadPhone: unless ``number`` is valid and takes SMS."""
    wrong = _length_error(number)
    if wrong is not None:
        raise wrong("wrong length")
    if _is_korean_mobile(number):
        return  # Whether or not the library knows that its block of numbers is in use.
    if not phonenumbers.is_valid_number(number):
        raise BadPhone("not a valid number")
    if phonenumbers.number_type(number) not in _MOBILE:
        raise PhoneNotMobile("not a mobile number")


def _length_error(number: PhoneNumber) -> type[BadPhone] | None:
    if _is_korean_mobile(number):
        digits = phonenumbers.national_significant_number(number)
        # All numbers in 010 have eight more digits; libphonenumber lets seven and nine pass.
        missing = _KOREAN_MOBILE_DIGITS - len(digits)
        return PhoneTooShort if missing > 0 else PhoneTooLong if missing < 0 else None
    return _LENGTH_ERRORS.get(phonenumbers.is_possible_number_with_reason(number))


def _is_korean_mobile(number: PhoneNumber) -> bool:
    digits = phonenumbers.national_significant_number(number)
    return number.country_code == _KOREA and digits.startswith("10")
