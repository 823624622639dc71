"""The Solapi sender: what it sends, and what Solapi's answers mean."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from searchapp.domain.message import MessageState
from searchapp.domain.phone import Phone
from searchapp.jobs.services import utc_now
from searchapp.notify.ports import Accepted, LookUpFailed, Outgoing, Refused, Throttled, Unclear
from searchapp.notify.providers import solapi
from searchapp.notify.providers.solapi import SolapiSender, authorization, check_account
from searchapp.notify.texts import KAKAO_TEMPLATE
from tests.support.outbox import solapi_settings
from tests.support.solapi_stub import CHANNEL, KEY, SECRET, SENDER, TEMPLATE, SolapiStub
from tests.support.twilio_stub import Behaviour

PHONE = Phone("+821012345678")
LINK = "https://chalkak.example/results/" + "a" * 22
MESSAGE = Outgoing(PHONE, f"[찰칵] 옷 3가지 결과 {LINK}", LINK, "reference")
VARIABLES = {"#{내용}": "옷 3가지", "#{링크}": LINK}
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture
async def stub() -> AsyncIterator[SolapiStub]:
    async with SolapiStub() as served:
        yield served


@pytest.fixture
async def sender(stub: SolapiStub, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SolapiSender]:
    monkeypatch.setattr(solapi, "TOTAL_SECONDS", 2.0)
    made = SolapiSender(solapi_settings(stub.url), utc_now)
    yield made
    await made.close()


def test_authorization__signs_date_and_salt() -> None:
    now = datetime(2026, 11, 29, 12, 30, 0, 5000, tzinfo=UTC)
    header = authorization(solapi_settings(""), now, salt="0123456789ab")
    message = "2026-11-29T12:30:00.005Z0123456789ab"
    signature = hmac.new(SECRET.encode(), message.encode(), hashlib.sha256).hexdigest()
    assert header == (
        f"HMAC-SHA256 ApiKey={KEY}, Date=2026-11-29T12:30:00.005Z, "
        f"salt=0123456789ab, signature={signature}"
    )


def test_authorization__a_new_salt_each_time() -> None:
    now = datetime.now(UTC)
    assert len({authorization(solapi_settings(""), now) for _ in range(5)}) == 5


async def test_send__plain(stub: SolapiStub, sender: SolapiSender) -> None:
    answer = await sender.send(MESSAGE)
    assert answer == Accepted(stub.taken[0].message_id)
    assert stub.requests == [
        {
            "to": "01012345678",
            "from": SENDER,
            "country": "82",
            "text": MESSAGE.body,
            "customFields": {"reference": "reference"},
        }
    ]
    assert stub.taken[0].kind == "SMS"


async def test_send__kakao_first_with_sms_as_its_fallback(
    stub: SolapiStub, sender: SolapiSender
) -> None:
    await sender.send(replace(MESSAGE, variables=VARIABLES))
    assert stub.requests[0]["kakaoOptions"] == {
        "pfId": CHANNEL,
        "templateId": TEMPLATE,
        "variables": VARIABLES,
        "disableSms": False,
    }
    assert stub.taken[0].kind == "ATA"


async def test_send__another_country(stub: SolapiStub, sender: SolapiSender) -> None:
    await sender.send(replace(MESSAGE, to=Phone("+819012345678")))
    assert (stub.requests[0]["to"], stub.requests[0]["country"]) == ("9012345678", "81")


@pytest.mark.parametrize(
    ("behaviour", "answer"),
    [
        (Behaviour("refuse", 1061), Refused("1061", permanent=True)),
        (Behaviour("refuse", 1062), Refused("1062")),
        (Behaviour("refuse", 1030), Refused("1030")),
        (Behaviour("refuse", 1024), Throttled(60, "1024")),
        (Behaviour("reject", 400), Refused("400")),
        (Behaviour("throttle"), Throttled(3, "http_429")),
        (Behaviour("error", 503), Unclear("http_503")),
        (Behaviour("error_after", 500), Unclear("http_500")),
        (Behaviour("drop"), Unclear("RemoteProtocolError")),
        (Behaviour("drop_after"), Unclear("RemoteProtocolError")),
        (Behaviour("hang_after"), Unclear("TimeoutError")),
        (Behaviour("garble_after"), Unclear("unreadable_answer")),
    ],
)
async def test_send__answers(
    stub: SolapiStub, sender: SolapiSender, behaviour: Behaviour, answer: object
) -> None:
    stub.behaviours = [behaviour]
    assert await sender.send(MESSAGE) == answer
    assert len(stub.requests) == 1


async def test_send__no_connection_was_certainly_not_accepted() -> None:
    made = SolapiSender(solapi_settings("http://127.0.0.1:9"), utc_now)
    assert await made.send(MESSAGE) == Throttled(5.0, "no_connection")
    await made.close()


async def test_send__wrong_secret_is_refused(stub: SolapiStub) -> None:
    made = SolapiSender(solapi_settings(stub.url, solapi_api_secret="wrong"), utc_now)
    assert await made.send(MESSAGE) == Refused("SignatureDoesNotMatch")
    await made.close()


@pytest.mark.parametrize(
    ("code", "outcome", "permanent"),
    [
        ("2000", MessageState.SENT, False),
        ("3000", MessageState.SENT, False),
        ("4000", MessageState.DELIVERED, False),
        ("3032", MessageState.UNDELIVERED, True),
        ("3059", MessageState.UNDELIVERED, False),
        ("2230", MessageState.FAILED, False),
    ],
)
async def test_find__outcomes(
    stub: SolapiStub, sender: SolapiSender, code: str, outcome: MessageState, permanent: bool
) -> None:
    await sender.send(MESSAGE)
    stub.taken[0].code = code
    found = await sender.find(PHONE, LINK, _a_minute_ago())
    assert found is not None
    assert (found.outcome, found.permanent) == (outcome, permanent)
    assert found.error == (None if outcome in _GOOD else code)


async def test_find__the_sms_that_replaces_a_failed_kakao_message(
    stub: SolapiStub, sender: SolapiSender
) -> None:
    stub.without_kakao = {"01012345678"}
    await sender.send(replace(MESSAGE, variables=VARIABLES))
    failed, replacement = stub.taken
    assert (failed.code, replacement.kind) == ("3104", "SMS")
    replacement.code = "4000"
    found = await sender.find(PHONE, LINK, _a_minute_ago())
    assert found is not None
    assert (found.provider_id, found.outcome) == (replacement.message_id, MessageState.DELIVERED)


async def test_find__a_failed_kakao_message_waits_for_its_sms(
    stub: SolapiStub, sender: SolapiSender
) -> None:
    await sender.send(replace(MESSAGE, variables=VARIABLES))
    stub.taken[0].code = "3104"
    found = await sender.find(PHONE, LINK, _a_minute_ago())
    assert found is not None
    assert found.outcome is MessageState.SENT


async def test_find__by_number_and_dates(stub: SolapiStub, sender: SolapiSender) -> None:
    since = datetime(2100, 1, 1, tzinfo=UTC)
    assert await sender.find(PHONE, LINK, since) is None
    query = stub.queries[0]
    assert (query["to"], query["startDate"]) == ("01012345678", "2099-12-30T00:00:00.000Z")
    assert query["endDate"] == "2100-01-03T00:00:00.000Z"


async def test_find__on_a_later_page(
    stub: SolapiStub, sender: SolapiSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solapi, "PAGE_SIZE", 2)
    await sender.send(MESSAGE)
    for n in range(4):
        other = f"https://chalkak.example/results/{n:022}"
        await sender.send(replace(MESSAGE, body=f"[찰칵] {other}", link=other))
    found = await sender.find(PHONE, LINK, _a_minute_ago())
    assert found is not None
    assert found.provider_id == stub.taken[0].message_id
    assert stub.listings == 3


async def test_find__a_list_without_end_is_not_absence(
    stub: SolapiStub, sender: SolapiSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(solapi, "PAGE_SIZE", 1)
    for n in range(7):
        other = f"https://chalkak.example/results/{n:022}"
        await sender.send(replace(MESSAGE, body=f"[찰칵] {other}", link=other))
    with pytest.raises(LookUpFailed, match="too_many_messages"):
        await sender.find(PHONE, LINK, _a_minute_ago())


@pytest.mark.parametrize("status", [429, 500, 403])
async def test_find__an_error_is_not_absence(
    stub: SolapiStub, sender: SolapiSender, status: int
) -> None:
    stub.listing_error = status
    with pytest.raises(LookUpFailed):
        await sender.find(PHONE, LINK, LONG_AGO)


_GOOD = (MessageState.SENT, MessageState.DELIVERED)


def _a_minute_ago() -> datetime:
    """A minute ago: Solapi is asked for two days from there."""
    return datetime.now(UTC) - timedelta(minutes=1)


APPROVED = {"status": "APPROVED", "channelId": CHANNEL, "content": KAKAO_TEMPLATE}


async def advice(stub: SolapiStub, **settings: object) -> dict[str, str]:
    """What has to be corrected, by what was checked."""
    own = solapi_settings(stub.url, **settings)
    return {c.name: c.advice for c in await check_account(own, datetime.now(UTC)) if c.advice}


async def test_check__all_is_well(stub: SolapiStub) -> None:
    stub.template = APPROVED
    checks = await check_account(solapi_settings(stub.url), datetime.now(UTC))
    assert [(c.name, c.advice) for c in checks] == [
        ("Solapi sender", ""),
        ("Solapi delivery", ""),
        ("Solapi 알림톡", ""),
    ]
    assert stub.requests == []


async def test_check__wrong_keys(stub: SolapiStub) -> None:
    assert "SOLAPI_API_SECRET" in (await advice(stub, solapi_api_secret="wrong"))["Solapi"]


async def test_check__solapi_unreachable() -> None:
    own = solapi_settings("http://127.0.0.1:9")
    (check,) = await check_account(own, datetime.now(UTC))
    assert check.found == "not checked: ConnectError"
    assert "SOLAPI_API_URL" in check.advice


async def test_check__another_service_answers_there(stub: SolapiStub) -> None:
    stub.numbers = cast("list[str]", None)
    assert "SOLAPI_API_URL" in (await advice(stub))["Solapi"]


async def test_check__sender_not_registered(stub: SolapiStub) -> None:
    assert "SOLAPI_FROM" in (await advice(stub, solapi_from="0299999999"))["Solapi sender"]


async def test_check__sender_blocked_by_its_owners_service(
    stub: SolapiStub, sender: SolapiSender
) -> None:
    stub.template = APPROVED
    await sender.send(MESSAGE)
    stub.taken[0].code = "3059"
    assert "번호도용문자차단" in (await advice(stub))["Solapi delivery"]


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"status": "PENDING"}, "approves"),
        ({"channelId": "another"}, "SOLAPI_KAKAO_CHANNEL"),
        ({"content": "[찰칵] #{링크}"}, KAKAO_TEMPLATE),
    ],
)
async def test_check__template(stub: SolapiStub, change: dict[str, str], word: str) -> None:
    stub.template = APPROVED | change
    assert word in (await advice(stub))["Solapi 알림톡"]


async def test_check__no_such_template(stub: SolapiStub) -> None:
    assert "SOLAPI_KAKAO_TEMPLATE" in (await advice(stub))["Solapi 알림톡"]
