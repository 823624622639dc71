"""Phone numbers and consent as requests carry them."""

from __future__ import annotations

from searchapp.api.models import PhoneSchema
from searchapp.domain.phone import Phone, parse_phone
from searchapp.errors import BadPhone, ConsentRequired

DEFAULT_COUNTRY = 82


def consented_phone(number: str | None, country: int | None, *, consented: bool) -> Phone | None:
    """The number that a message may go to, or None when none was given.

    :raises BadPhone: it is no mobile number.
    :raises ConsentRequired: it came without consent.
    """
    if number is None or not number.strip():
        return None
    phone = parse_phone(number, DEFAULT_COUNTRY if country is None else country)
    if not consented:
        raise ConsentRequired
    return phone


def phone_of(shape: PhoneSchema) -> Phone | None:
    """The same from a JSON body."""
    code = shape.country_code
    country = country_of(code) if isinstance(code, str) else code
    return consented_phone(shape.phone_number, country, consented=shape.sms_consent is True)


def country_of(text: str) -> int | None:
    """A calling code as a form field has it: ``82``, ``+82`` or nothing.

    :raises BadPhone: it is something else.
    """
    digits = text.strip().removeprefix("+")
    if not digits:
        return None
    if not digits.isascii() or not digits.isdigit() or len(digits) > 3:
        raise BadPhone("country code")
    return int(digits)
