"""What can be said of the Twilio sender without a network."""

from __future__ import annotations

import pytest

from searchapp.notify.callbacks import verify
from searchapp.notify.policy import inbox_open
from searchapp.notify.providers.twilio import callback_url
from tests.support.outbox import settings, solapi_settings, twilio_settings

REAL = ""
STAND_IN = "http://127.0.0.1:4455"


@pytest.mark.parametrize(
    ("public", "api", "given"),
    [
        ("https://chalkak.example", REAL, True),
        ("https://203.0.113.9.example", REAL, True),
        ("http://localhost:3000", REAL, False),
        ("http://127.0.0.1:3000", REAL, False),
        ("http://192.168.0.5:3000", REAL, False),
        ("http://mymac.local:3000", REAL, False),
        ("http://searchapp:3000", REAL, False),
        ("http://localhost:3000", STAND_IN, True),
        ("https://chalkak.example", STAND_IN, True),
    ],
)
def test_callback__only_where_it_can_be_reached(public: str, api: str, given: bool) -> None:
    url = callback_url(twilio_settings(api, public_url=public), "ref")
    assert url == (f"{public}/api/twilio/status?m=ref" if given else None)


def test_verify__twilios_own_example() -> None:
    # https://www.twilio.com/docs/usage/security: token 12345, the fields of a call.
    fields = {
        "Digits": "1234",
        "To": "+18005551212",
        "From": "+14158675310",
        "Caller": "+14158675310",
        "CallSid": "CA1234567890ABCDE",
    }
    url = "https://example.com/myapp.php?foo=1&bar=2"
    own = settings(twilio_account_sid="AC1", twilio_auth_token="12345", twilio_from="+1")
    signature = "L/OH5YylLD5NRKLltdqwSvS0BnU="
    assert verify(own, url, fields, signature)
    assert not verify(own, url, {**fields, "Digits": "1235"}, signature)
    assert not verify(own, url.replace("https", "http"), fields, signature)
    assert not verify(own, url, fields, "")
    assert not verify(own, url, fields, "x" * 28)


def test_verify__without_twilio_nothing_is_true() -> None:
    assert not verify(settings(), "https://x.example/", {}, "anything")


def test_inbox__never_with_twilio_and_never_in_production() -> None:
    assert inbox_open(settings())
    assert not inbox_open(twilio_settings(REAL))
    assert not inbox_open(solapi_settings(REAL))
    assert not inbox_open(settings(env="production"))
