"""Sends through Twilio's Messages API, with Twilio's own SDK."""

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
from searchapp.notify.ports import (
    Accepted,
    Answer,
    Found,
    LookUpFailed,
    Outgoing,
    Refused,
    Throttled,
    Unclear,
)
from searchapp.notify.providers.twilio_codes import LATER, STATUSES, permanent
from searchapp.notify.texts import has_link
from searchapp.settings import Settings

STATUS_PATH = "/api/twilio/status"

TOTAL_SECONDS = 10.0
"""A call ends within this, so that it ends before the claim's lease does."""

VALIDITY_SECONDS = 4 * 60 * 60
"""A result that comes later than this is no news: Twilio shall drop it."""

LISTED = 50
"""Messages to one number that a look-up reads, the newest first; the caps allow a few a day."""

_TWILIO = "https://api.twilio.com"


class TwilioSender:
    """Twilio as a sender.  Make it with a running event loop; close it at the end."""

    name = "twilio"

    def __init__(self, settings: Settings) -> None:
        token = settings.twilio_auth_token
        self._settings = settings
        self._http = _Http(settings.twilio_api_url or _TWILIO)
        self._client = Client(
            settings.twilio_account_sid,
            token.get_secret_value() if token else "",
            http_client=self._http,
        )

    async def send(self, message: Outgoing) -> Answer:
        """One call, no retry: Twilio has no idempotency key."""
        try:
            made = await self._client.messages.create_async(**self._fields(message))
        except _Busy as busy:
            return Throttled(busy.retry_after, "20429")
        except (ClientConnectorError, ConnectTimeout):
            return Throttled(5, "no_connection")  # Nothing was said, so nothing was taken.
        except TwilioException as error:
            return _refusal(error)
        except (ClientError, TimeoutError, OSError) as error:
            return Unclear(type(error).__name__)
        except (ValueError, KeyError, TypeError):
            return Unclear("unreadable_answer")
        return _acceptance(made)

    async def find(self, to: Phone, link: str, since: datetime) -> Found | None:
        """Looks through the newest messages to ``to``, whose text is compared here: the list can
        not be searched by text, and a message that still waits has no date of sending."""
        try:
            listed = await self._client.messages.list_async(
                to=to.e164, limit=LISTED, page_size=LISTED
            )
        except (_Busy, TwilioException, ClientError, TimeoutError, OSError) as error:
            raise LookUpFailed(type(error).__name__) from None
        except (ValueError, KeyError, TypeError):
            raise LookUpFailed("unreadable_answer") from None
        for made in listed:
            late = made.date_created is None or made.date_created >= since
            if late and has_link(made.body or "", link):
                return _found(made)
        return None

    async def close(self) -> None:
        """Closes the connections."""
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
    """Where Twilio shall report on a message, or None when it could not get there.

    Twilio refuses a message whose callback is a local address (error 21609), so it is left out
    then; a stand-in of Twilio on a local address can reach one.
    """
    stand_in = bool(settings.twilio_api_url) and _at_home(settings.twilio_api_url)
    if _at_home(settings.base_url) and not stand_in:
        return None
    return f"{settings.base_url}{STATUS_PATH}?m={reference}"


def _at_home(url: str) -> bool:
    return is_private_host(urlsplit(url).hostname or "")


class _Busy(Exception):
    """Answer 429, which the SDK would tell without its Retry-After."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("429")
        self.retry_after = retry_after


class _Http(AsyncTwilioHttpClient):  # type: ignore[misc]  # The SDK carries no types.
    """The SDK's client with a time limit that counts, and another base URL for stand-ins."""

    def __init__(self, base_url: str) -> None:
        super().__init__(timeout=TOTAL_SECONDS)
        self._base_url = base_url.rstrip("/")

    async def request(self, method: str, url: str, **rest: Any) -> Response:
        """:raises _Busy: on 429."""
        rest["timeout"] = self.timeout  # The SDK takes it in its constructor, and ignores it.
        user, password = rest.pop("auth")
        rest["headers"]["Authorization"] = _basic(user, password)  # aiohttp warns of BasicAuth.
        answer = await super().request(method, url.replace(_TWILIO, self._base_url, 1), **rest)
        if answer.status_code == 429:
            raise _Busy(_seconds(answer.headers))
        return answer

    def log_request(self, kwargs: dict[str, Any]) -> None:
        """The SDK would log the number."""

    def log_response(self, status_code: int, response: Response) -> None:
        """The SDK would log the answer, with the number."""


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def _seconds(headers: Any) -> float:
    value = str((headers or {}).get("Retry-After", ""))
    return float(value) if value.isdigit() else LATER[20429]


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
