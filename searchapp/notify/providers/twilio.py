"""Sends through Twilio's Messages API, with Twilio's own SDK.

Statuses: https://www.twilio.com/docs/messaging/api/message-resource#message-status-values
Error codes: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import base64
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from aiohttp import ClientConnectorError, ClientError
from aiohttp import ConnectionTimeoutError as ConnectTimeout
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from searchapp.domain.hosts import is_private_host
from searchapp.domain.message import MessageState
from searchapp.domain.phone import Phone
from searchapp.notify.callbacks import STATUS_PATH, STATUSES, permanent
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
from searchapp.notify.texts import has_link
from searchapp.settings import Settings

TOTAL_SECONDS = 10.0
"""Time limit of a call, shorter than the lease of the claim."""

VALIDITY_SECONDS = 4 * 60 * 60
"""Twilio drops a message that it could not deliver within this time."""

LISTED = 50
"""Messages to one number that a look-up reads, the newest first; the caps allow a few a day."""

_TWILIO = "https://api.twilio.com"

LATER: dict[int, float] = {
    20429: 5.0,  # Too many requests.
    14107: 5.0,  # Rate limit exceeded.
    21611: 60.0,  # The sender's queue is full.
    30001: 60.0,  # The same, by another name.
}
"""Error codes of a message that was certainly not accepted -> seconds to wait."""


class TwilioSender:
    """Sends through Twilio.  Construct it with a running event loop; close it at the end."""

    name = "twilio"
    asks_for_reports = False

    def __init__(self, settings: Settings, clock: Clock) -> None:
        token = settings.twilio_auth_token
        self._settings = settings
        self._clock = clock
        self._http = _Http(settings.twilio_api_url or _TWILIO)
        self._client = Client(
            settings.twilio_account_sid,
            token.get_secret_value() if token else "",
            http_client=self._http,
        )

    async def send(self, message: Outgoing) -> Answer:
        """Send with one call and no retry: Twilio has no idempotency key."""
        try:
            made = await self._client.messages.create_async(**self._fields(message))
        except _TooManyRequests as error:
            return Throttled(error.retry_after, "20429")
        except (ClientConnectorError, ConnectTimeout):
            return Throttled(5, "no_connection")  # Nothing was sent, so nothing was accepted.
        except TwilioException as error:
            return _refusal(error)
        except (ClientError, TimeoutError, OSError) as error:
            return Unclear(type(error).__name__)
        except (ValueError, KeyError, TypeError):
            return Unclear("unreadable_answer")
        return _acceptance(made)

    async def find(self, to: Phone, link: str, since: datetime) -> Found | None:
        """Search the newest messages to ``to`` by their text.

        Twilio's list cannot be filtered by text, and a queued message has no date of sending.
        """
        try:
            listed = await self._client.messages.list_async(
                to=to.e164, limit=LISTED, page_size=LISTED
            )
        except (_TooManyRequests, TwilioException, ClientError, TimeoutError, OSError) as error:
            raise LookUpFailed(type(error).__name__) from None
        except (ValueError, KeyError, TypeError):
            raise LookUpFailed("unreadable_answer") from None
        since = provider_time(since, self._clock(), self._http.date)
        for made in listed:
            late = made.date_created is None or made.date_created >= since
            if late and has_link(made.body or "", link):
                return _found(made)
        return None

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def _fields(self, message: Outgoing) -> dict[str, Any]:
        settings = self._settings
        fields: dict[str, Any] = {
            "to": message.to.e164,
            "body": message.body,
            "validity_period": VALIDITY_SECONDS,
        }
        if settings.twilio_messaging_service_sid:
            fields["messaging_service_sid"] = settings.twilio_messaging_service_sid
        else:
            fields["from_"] = settings.twilio_from
        callback = callback_url(settings, message.reference)
        if callback:
            fields["status_callback"] = callback
        return fields


def callback_url(settings: Settings, reference: str) -> str | None:
    """Return the URL for Twilio's reports on a message, or None if Twilio cannot reach it.

    Twilio refuses a message whose callback is a local address (error 21609).  A stub of Twilio on
    a local address can reach one.
    """
    stub = bool(settings.twilio_api_url) and _is_local(settings.twilio_api_url)
    if _is_local(settings.base_url) and not stub:
        return None
    return f"{settings.base_url}{STATUS_PATH}?m={reference}"


def _is_local(url: str) -> bool:
    return is_private_host(urlsplit(url).hostname or "")


class _TooManyRequests(Exception):
    """Answer 429 with its Retry-After, which the SDK's own exception does not have."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("429")
        self.retry_after = retry_after


class _Http(AsyncTwilioHttpClient):  # type: ignore[misc]  # The SDK carries no types.
    """The SDK's client with an effective time limit and a configurable base URL."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=TOTAL_SECONDS)
        self._base_url = base_url.rstrip("/")
        self.date: str | None = None
        """The Date header of the last answer."""

    async def request(self, method: str, url: str, **rest: Any) -> Response:
        """:raises _TooManyRequests: on 429."""
        rest["timeout"] = self.timeout  # The SDK ignores the timeout of its constructor.
        user, password = rest.pop("auth")
        rest["headers"]["Authorization"] = _basic(user, password)  # aiohttp deprecates BasicAuth.
        answer = await super().request(method, url.replace(_TWILIO, self._base_url, 1), **rest)
        self.date = (answer.headers or {}).get("Date")
        if answer.status_code == 429:
            raise _TooManyRequests(seconds_to_wait(answer.headers, LATER[20429]))
        return answer

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """Log nothing: the SDK would log the number."""

    def log_response(self, status_code: int, response: Response) -> None:
        """Log nothing: the SDK would log the answer, with the number."""


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _refusal(error: TwilioException) -> Answer:
    if not isinstance(error, TwilioRestException | TwilioServiceException):
        return Unclear(type(error).__name__)
    if error.status >= 500 or error.status == 408:
        return Unclear(f"http_{error.status}")
    code = error.code or error.status
    if code in LATER:
        return Throttled(LATER[code], str(code))
    return Refused(str(code), permanent(str(code)))


def _acceptance(made: Any) -> Answer:
    if not made.sid:
        return Unclear("unreadable_answer")
    if STATUSES.get(str(made.status)) in (MessageState.FAILED, MessageState.UNDELIVERED):
        code = str(made.error_code or made.status)
        return Refused(code, permanent(code))
    return Accepted(made.sid)


def _found(made: Any) -> Found:
    error = str(made.error_code) if made.error_code else None
    outcome = STATUSES.get(str(made.status), MessageState.SENT)
    return Found(made.sid, outcome, error, permanent(error))
