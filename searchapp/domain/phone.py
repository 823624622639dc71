"""Phone numbers as people type them, checked by libphonenumber."""

from __future__ import annotations

from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from searchapp.errors import BadPhone

_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


@dataclass(frozen=True, slots=True)
class Phone:
    """A valid mobile number.  Its ``repr`` shows no digits, so that it can not reach a log."""

    e164: str

    def __repr__(self) -> str:
        return f"Phone({self.masked})"

    @property
    def national(self) -> str:
        """As people of its country write it: ``010-1234-5678``."""
        return phonenumbers.format_number(
            phonenumbers.parse(self.e164), PhoneNumberFormat.NATIONAL
        )

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
    :raises BadPhone: when it is no number, not a valid one, or one that takes no SMS.
    """
    region = phonenumbers.region_code_for_country_code(country_code)
    if region == phonenumbers.UNKNOWN_REGION or len(text) > 40:
        raise BadPhone("unknown calling code" if len(text) <= 40 else "too long")
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as error:
        raise BadPhone(f"no number: {error.error_type}") from None
    if not phonenumbers.is_valid_number(number):
        raise BadPhone("not a valid number")
    if phonenumbers.number_type(number) not in _MOBILE:
        raise BadPhone("not a mobile number")
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))
