"""A stand-in of Twilio's Messages API on loopback, made from its documented behaviour.

Each create request is met with the next of ``behaviours`` (``accept`` when there are none):

- ``accept``: 201, listed, and reported when there is a callback;
- ``refuse``: 400 with an error code; ``throttle``: 429 with Retry-After;
- ``error``: an HTTP status of 5xx, without taking the message; ``error_after``: taking it;
- ``hang``/``hang_after``: no answer for a long time, without or with taking the message;
- ``drop``/``drop_after``: the connection breaks, without or with taking the message;
- ``garble_after``: taken, and answered with something that is no JSON;
- ``report_first``: taken and reported before the answer is given.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from aiohttp import ClientSession, web
from twilio.request_validator import RequestValidator

ACCOUNT = "AC" + "0" * 32
TOKEN = "test-token"
HANG_SECONDS = 60.0

Report = Callable[[str, dict[str, str], str], Awaitable[None]]


@dataclass(frozen=True)
class Behaviour:
    """How one request is met; ``code`` is Twilio's error code or an HTTP status."""

    name: str = "accept"
    code: int = 0


@dataclass
class Taken:
    """A message that the stand-in accepted: what a person would get."""

    sid: str
    to: str
    body: str
    created: datetime
    callback: str | None
    fields: dict[str, str]
    status: str = "queued"


@dataclass
class TwilioStub:
    """The stand-in; ``async with stub:`` serves it on a free port of loopback.

    ``report`` is called with (URL, fields, signature) instead of posting to the callback.
    ``statuses`` are reported in this order after each acceptance.
    """

    behaviours: list[Behaviour] = field(default_factory=list)
    statuses: Sequence[str] = ()
    report: Report | None = None
    listing_delay: timedelta = timedelta(0)
    listing_error: int = 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    taken: list[Taken] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)
    listings: int = 0
    port: int = 0
    on_request: Callable[[dict[str, str]], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._reports: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL for TWILIO_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> TwilioStub:
        app = web.Application()
        path = "/2010-04-01/Accounts/{account}/Messages.json"
        app.router.add_post(path, self._create)
        app.router.add_get(path, self._list)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._reports:
            task.cancel()
        await self._runner.cleanup()

    async def reported(self) -> None:
        """Waits until all reports so far were made."""
        await asyncio.gather(*self._reports)

    async def _create(self, request: web.Request) -> web.StreamResponse:
        form = {key: str(value) for key, value in (await request.post()).items()}
        self.requests.append(form)
        if self.on_request:
            await self.on_request(form)
        behaviour = self.behaviours.pop(0) if self.behaviours else Behaviour()
        takes = behaviour.name in ("accept", "report_first") or behaviour.name.endswith("_after")
        made = self._take(form) if takes else None
        if behaviour.name == "report_first" and made:
            await self._send_reports(made)
        elif made:
            self._later(made)
        return await self._answer(request, behaviour, made)

    async def _answer(
        self, request: web.Request, behaviour: Behaviour, made: Taken | None
    ) -> web.StreamResponse:
        name = behaviour.name
        if name.startswith("hang"):
            await asyncio.sleep(HANG_SECONDS)
        if name.startswith(("drop", "hang")):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if name == "garble_after":
            return web.Response(status=201, text="<html>")
        if name == "refuse":
            return _error(400, behaviour.code)
        if name == "throttle":
            return _error(429, 20429, {"Retry-After": str(behaviour.code or 3)})
        if name.startswith("error"):
            return _error(behaviour.code, 20500)
        assert made is not None
        return web.json_response(_document(made), status=201)

    def _take(self, form: dict[str, str]) -> Taken:
        sid = f"SM{next(self._numbers):032x}"
        callback = form.get("StatusCallback")
        made = Taken(sid, form["To"], form["Body"], self.clock(), callback, form)
        self.taken.append(made)
        return made

    async def _list(self, request: web.Request) -> web.Response:
        self.listings += 1
        if self.listing_error:
            return _error(self.listing_error, 20500)
        known = self.clock() - self.listing_delay
        rows = [
            _document(made)
            for made in reversed(self.taken)
            if made.to == request.query.get("To") and made.created <= known
        ]
        size = int(request.query.get("PageSize", "50"))
        return web.json_response(
            {"messages": rows[:size], "next_page_uri": None, "page": 0},
            headers={"Date": format_datetime(self.clock())},
        )

    def _later(self, made: Taken) -> None:
        if made.callback and self.statuses:
            task = asyncio.get_running_loop().create_task(self._send_reports(made))
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)

    async def _send_reports(self, made: Taken) -> None:
        for status in self.statuses:
            await self.send_report(made, status)

    async def send_report(self, made: Taken, status: str, token: str = TOKEN, **more: str) -> None:
        """One signed report about a message; another ``token`` makes it a forgery."""
        made.status = status
        form = report_form(made, status, **more)
        assert made.callback is not None
        signature = RequestValidator(token).compute_signature(made.callback, form)
        if self.report is not None:
            await self.report(made.callback, form, signature)
            return
        headers = {"X-Twilio-Signature": signature}
        async with (
            ClientSession() as session,
            session.post(made.callback, data=form, headers=headers) as answer,
        ):
            await answer.read()


def report_form(made: Taken, status: str, **more: str) -> dict[str, str]:
    """The fields of a report."""
    return {
        "MessageSid": made.sid,
        "MessageStatus": status,
        "To": made.to,
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        **more,
    }


def _document(made: Taken) -> dict[str, object]:
    return {
        "sid": made.sid,
        "to": made.to,
        "body": made.body,
        "status": made.status,
        "date_created": format_datetime(made.created),
        "date_sent": None,
        "error_code": None,
        "num_segments": "1",
    }


def _error(status: int, code: int, headers: dict[str, str] | None = None) -> web.Response:
    body = {"code": code, "message": "An error", "status": status, "more_info": ""}
    return web.json_response(body, status=status, headers=headers)
