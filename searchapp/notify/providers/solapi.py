"""Sends through Solapi's HTTP API: SMS and LMS, or KakaoTalk 알림톡 with SMS as its fallback.

Requests are signed with an HMAC of date and salt.  Solapi has no idempotency key.  Its webhook is
not signed: a report only causes a look-up in its list of messages.

API: https://developers.solapi.com/references/messages
Status codes: https://developers.solapi.com/references/message-status-codes
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import phonenumbers

from searchapp.domain.message import MessageState
from searchapp.domain.phone import Phone
from searchapp.notify.ports import (
    Accepted,
    Answer,
    Clock,
    Found,
    LookUpFailed,
    Outgoing,
    Refused,
    Throttled,
    Unclear,
    provider_time,
    seconds_to_wait,
)
from searchapp.notify.texts import KAKAO_TEMPLATE, has_link
from searchapp.settings import Settings

BASE_URL = "https://api.solapi.com"

TOTAL_SECONDS, CONNECT_SECONDS = 10.0, 5.0
"""Time limits of a call, shorter than the lease of the claim, and of its connection."""

WINDOW = timedelta(days=2)
"""The list is read for so long before and after: Solapi's clock may be far from ours."""

PAGE_SIZE, MAX_PAGES = 100, 5
"""Messages to one number that a look-up reads; the caps allow a few a day."""

RETRY_SECONDS = 5.0
"""The wait after 429 without ``Retry-After``, and after a failed connection."""

LATER: dict[str, float] = {"1024": 60.0}
"""Status codes of a message that was not registered because of a fault at Solapi -> seconds."""

NEVER_AGAIN: dict[str, str] = {
    "1060": "the number is blocked",
    "1061": "the recipient refused messages (080)",
    "2060": "the number is blocked",
    "2061": "the recipient refused messages (080)",
    "3010": "the number is malformed",
    "3032": "the number is not in service",
    "3047": "the recipient rejects messages",
    "3050": "the phone does not support SMS",
    "3055": "the number is registered against spam (nospam.or.kr)",
}
"""Status codes after which the message is never sent to this number again."""

BLOCKED_SENDER = "3059"
"""The sender number is marked as forged: usually its owner subscribed to 번호도용문자차단."""

_KAKAO_TYPES = frozenset({"ATA", "CTA", "CTI"})
_ON_ITS_WAY = frozenset({"2000", "3000"})
_RECEIVED = "4000"


class SolapiSender:
    """Sends through Solapi.  Construct it with a running event loop; close it at the end."""

    name = "solapi"
    asks_for_reports = True

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._api = SolapiApi(settings, clock)

    async def send(self, message: Outgoing) -> Answer:
        """Send with one call and no retry: Solapi has no idempotency key."""
        content = {"messages": [self._fields(message)], "showMessageList": True}
        try:
            response = await self._api.call("POST", "/messages/v4/send-many/detail", json=content)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            return Throttled(RETRY_SECONDS, "no_connection")  # Nothing was sent.
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            return Unclear(type(error).__name__)
        return _answer(response)

    async def find(self, to: Phone, link: str, since: datetime) -> Found | None:
        """Search the messages to ``to`` by link: Solapi's list cannot be filtered by text."""
        number, _country = _dialled(to)
        query: dict[str, str] = {
            "to": number,
            "dateType": "CREATED",
            "startDate": _iso(since - WINDOW),
            "endDate": _iso(max(since, self._clock()) + WINDOW),
            "limit": str(PAGE_SIZE),
        }
        matching: list[_Listed] = []
        for _page in range(MAX_PAGES):
            listed, next_key = await self._page(query)
            earliest = provider_time(since, self._clock(), self._api.date)
            matching += [m for m in listed if m.has(link) and m.created >= earliest]
            if not next_key:
                break
            query["startKey"] = next_key
        else:
            if not matching:
                raise LookUpFailed("too_many_messages")
        return _found(matching)

    async def close(self) -> None:
        """Close the connections."""
        await self._api.close()

    async def _page(self, query: Mapping[str, str]) -> tuple[list[_Listed], str | None]:
        try:
            response = await self._api.call("GET", "/messages/v4/list", params=query)
            response.raise_for_status()
            document = response.json()
            listed = document["messageList"] or {}
            rows = listed.values() if isinstance(listed, Mapping) else listed
            return [_Listed.read(row) for row in rows], document.get("nextKey")
        except (httpx.HTTPError, TimeoutError, OSError) as error:
            raise LookUpFailed(type(error).__name__) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise LookUpFailed("unreadable_answer") from None

    def _fields(self, message: Outgoing) -> dict[str, Any]:
        settings = self._settings
        number, country = _dialled(message.to)
        fields: dict[str, Any] = {
            "to": number,
            "from": _digits(settings.solapi_from),
            "country": country,
            "text": message.body,
            "customFields": {"reference": message.reference},
        }
        if message.variables:
            fields["kakaoOptions"] = {
                "pfId": settings.solapi_kakao_channel,
                "templateId": settings.solapi_kakao_template,
                "variables": dict(message.variables),
                "disableSms": False,
            }
        return fields


class SolapiApi:
    """Signed requests with a total time limit."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self.date: str | None = None  # The Date header of the last answer.
        self._http = httpx.AsyncClient(
            base_url=settings.solapi_api_url or BASE_URL,
            timeout=httpx.Timeout(TOTAL_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,
        )

    async def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Make one request.

        :raises httpx.HTTPError: if the connection fails.
        :raises TimeoutError: after :data:`TOTAL_SECONDS`.
        """
        headers = {"Authorization": authorization(self._settings, self._clock())}
        async with asyncio.timeout(TOTAL_SECONDS):
            response = await self._http.request(method, path, headers=headers, **content)
        self.date = response.headers.get("Date")
        return response

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked at Solapi; ``advice`` is empty if it is well."""

    name: str
    found: str
    advice: str = ""


async def check_account(settings: Settings, now: datetime) -> list[Check]:
    """Check keys, sender number, template and blocked messages, without sending anything."""
    api = SolapiApi(settings, lambda: now)
    try:
        checks = [await _check_sender(api, settings)]
        if not checks[0].advice:
            checks.append(await _check_blocked(api, now))
            if settings.solapi_kakao:
                checks.append(await _check_template(api, settings))
        return checks
    except _Unavailable as error:
        return [Check("Solapi", error.found, error.advice)]
    except (TypeError, AttributeError):  # JSON, but not what these addresses answer.
        return [Check("Solapi", "not checked: unreadable answer", _NETWORK_ADVICE)]
    finally:
        await api.close()


_NETWORK_ADVICE = "Check the network and SOLAPI_API_URL, or run doctor again later."


class _Unavailable(Exception):
    """Solapi did not answer a check."""

    def __init__(self, found: str, advice: str) -> None:
        super().__init__(found)
        self.found, self.advice = found, advice


async def _read(api: SolapiApi, path: str, **query: str) -> Any:
    """:raises _Unavailable: if there is no usable answer."""
    try:
        response = await api.call("GET", path, params=query)
        if response.status_code in (401, 403):
            code = response.json().get("errorCode", response.status_code)
            advice = "Set SOLAPI_API_KEY and SOLAPI_API_SECRET as Solapi's console shows them."
            raise _Unavailable(f"keys refused: {code}", advice)
        response.raise_for_status()
        return response.json()
    except (httpx.HTTPError, TimeoutError, OSError, ValueError, AttributeError) as error:
        raise _Unavailable(f"not checked: {type(error).__name__}", _NETWORK_ADVICE) from None


async def _check_sender(api: SolapiApi, settings: Settings) -> Check:
    numbers = await _read(api, "/senderid/v1/numbers/active")
    number = _digits(settings.solapi_from)
    if number in numbers:
        return Check("Solapi sender", f"{number} is registered")
    advice = "Register SOLAPI_FROM in Solapi's console (발신번호 등록), or set a registered number."
    return Check("Solapi sender", f"{settings.solapi_from} is not registered", advice)


async def _check_blocked(api: SolapiApi, now: datetime) -> Check:
    """Whether carriers blocked messages of the last week because of the sender number."""
    query = {"statusCode": BLOCKED_SENDER, "startDate": _iso(now - timedelta(days=7))}
    found = await _read(api, "/messages/v4/list", endDate=_iso(now), limit="1", **query)
    if not found.get("messageList"):
        return Check("Solapi delivery", "no message blocked because of its sender in 7 days")
    advice = "The owner of SOLAPI_FROM must cancel 번호도용문자차단서비스 at the carrier."
    return Check("Solapi delivery", f"carriers block the sender ({BLOCKED_SENDER})", advice)


async def _check_template(api: SolapiApi, settings: Settings) -> Check:
    try:
        template = await _read(api, f"/kakao/v2/templates/{settings.solapi_kakao_template}")
    except _Unavailable as error:
        return Check(
            "Solapi 알림톡", error.found, "Check SOLAPI_KAKAO_TEMPLATE in Solapi's console."
        )
    if template.get("status") != "APPROVED":
        found = f"template is {template.get('status')}"
        return Check("Solapi 알림톡", found, "Wait until Kakao approves the template.")
    if template.get("channelId", settings.solapi_kakao_channel) != settings.solapi_kakao_channel:
        found = "template belongs to another channel"
        return Check("Solapi 알림톡", found, "Set SOLAPI_KAKAO_CHANNEL to the template's channel.")
    if template.get("content", "").strip() != KAKAO_TEMPLATE:
        advice = f"Register exactly this text: {KAKAO_TEMPLATE}"
        return Check("Solapi 알림톡", "template has another text", advice)
    return Check("Solapi 알림톡", "template approved")


def authorization(settings: Settings, now: datetime, salt: str = "") -> str:
    """Return the header that signs one request; Solapi accepts each signature once.

    :param now: Solapi refuses a date that is more than 15 minutes wrong.
    :param salt: 12 to 64 random characters; made here if it is empty.
    """
    date, salt = _iso(now), salt or secrets.token_hex(16)
    secret = settings.solapi_api_secret
    key = secret.get_secret_value().encode() if secret else b""
    signature = hmac.new(key, (date + salt).encode(), hashlib.sha256).hexdigest()
    return (
        f"HMAC-SHA256 ApiKey={settings.solapi_api_key}, Date={date}, "
        f"salt={salt}, signature={signature}"
    )


def permanent(code: str | None) -> bool:
    """Whether a status code is one of :data:`NEVER_AGAIN`."""
    return code in NEVER_AGAIN


@dataclass(frozen=True, slots=True)
class _Listed:
    """One message of Solapi's list."""

    message_id: str
    kind: str
    code: str
    created: datetime
    texts: tuple[str, ...]

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> _Listed:
        """:raises ValueError, KeyError, TypeError, AttributeError: if ``row`` is malformed."""
        kakao = row.get("kakaoOptions") or {}
        texts = (row.get("text") or "", *map(str, (kakao.get("variables") or {}).values()))
        created = datetime.fromisoformat(row["dateCreated"])
        kind, code = str(row.get("type") or ""), str(row.get("statusCode") or "")
        return cls(str(row["messageId"]), kind, code, created, texts)

    def has(self, link: str) -> bool:
        """Whether the message carries ``link``."""
        return any(has_link(text, link) for text in self.texts)

    @property
    def outcome(self) -> MessageState:
        """The state that the status code means.

        A failed 알림톡 counts as sent: Solapi sends its SMS next, as a message of its own.
        """
        if self.code == _RECEIVED:
            return MessageState.DELIVERED
        if self.code in _ON_ITS_WAY or self.kind in _KAKAO_TYPES:
            return MessageState.SENT
        return MessageState.UNDELIVERED if self.code.startswith("3") else MessageState.FAILED


def _found(matching: list[_Listed]) -> Found | None:
    """Return the newest message, or None."""
    if not matching:
        return None
    newest = max(matching, key=lambda message: (message.created, message.kind not in _KAKAO_TYPES))
    failed = newest.outcome in (MessageState.FAILED, MessageState.UNDELIVERED)
    error = newest.code if failed else None
    return Found(newest.message_id, newest.outcome, error, permanent(error))


def _answer(response: httpx.Response) -> Answer:
    try:
        return _consequence(response)
    except (ValueError, TypeError, AttributeError):
        return Unclear("unreadable_answer")


def _consequence(response: httpx.Response) -> Answer:
    """:raises ValueError, TypeError, AttributeError: if the document is malformed."""
    status = response.status_code
    if status == 429:
        return Throttled(seconds_to_wait(response.headers, RETRY_SECONDS), "http_429")
    if status >= 500 or status == 408 or 300 <= status < 400:
        return Unclear(f"http_{status}")
    if status >= 400 and "json" not in response.headers.get("Content-Type", ""):
        return Refused(f"http_{status}")
    document = response.json()
    for failed in document.get("failedMessageList") or ():
        code = str(failed.get("statusCode") or "not_registered")
        return Throttled(LATER[code], code) if code in LATER else Refused(code, permanent(code))
    if status >= 400:
        return Refused(str(document.get("errorCode") or f"http_{status}"))
    provider_id = _provider_id(document)
    return Accepted(provider_id) if provider_id else Unclear("unreadable_answer")


def _provider_id(document: Mapping[str, Any]) -> str:
    """Return the id of the message that was registered, else the id of its group, else ''."""
    for listed in document.get("messageList") or ():
        if listed.get("messageId"):
            return str(listed["messageId"])
    group = document.get("groupInfo") or {}
    registered = (group.get("count") or {}).get("registeredSuccess", 1)
    return str(group.get("groupId") or group.get("_id") or "") if registered else ""


def _dialled(phone: Phone) -> tuple[str, str]:
    """Return the digits that Solapi wants (01012345678) and the country's calling code."""
    number = phonenumbers.parse(phone.e164)
    national = _digits(phone.national) if number.country_code == 82 else ""
    return national or phonenumbers.national_significant_number(number), str(number.country_code)


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _iso(moment: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
