"""A stub of Solapi's message API on loopback, made from its public documentation.

Each send request is met with the next of ``behaviours`` (``accept`` if there are none):

- ``accept``: registered, listed, and reported if there is a webhook;
- ``refuse``: listed as failed with a status code; ``reject``: 400 with an error code;
- ``throttle``: 429 with Retry-After;
- ``error``: an HTTP status of 5xx without registering the message; ``error_after``: registering it;
- ``hang``/``hang_after``: no answer for a long time, without or with registering the message;
- ``drop``/``drop_after``: the connection breaks, without or with registering the message;
- ``garble_after``: registered, and answered with something that is not JSON;
- ``report_first``: registered and reported before the answer is given.

Requests must be signed with ``SECRET``; a signature is accepted once.

    python -m tests.support.solapi_stub PORT

serves it until Ctrl-C, prints the settings that use it, and one line for each message.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import itertools
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import ClientSession, web

from tests.support.twilio_stub import HANG_SECONDS, Behaviour

KEY = "NCS" + "A" * 13
SECRET = "test-secret"
SENDER = "0212345678"
CHANNEL, TEMPLATE = "KA01PF" + "0" * 24, "KA01TP" + "0" * 24
MAX_SKEW = timedelta(minutes=15)
SMS_BYTES = 90

_HEADER = re.compile(
    r"HMAC-SHA256 apiKey=(?P<key>[^,]+), ?date=(?P<date>[^,]+), ?"
    r"salt=(?P<salt>[^,]+), ?signature=(?P<signature>[0-9a-f]{64})",
    re.IGNORECASE,
)


@dataclass
class Registered:
    """A message that the stub accepted: what a person gets."""

    message_id: str
    group_id: str
    to: str
    body: str
    kind: str
    created: datetime
    fields: dict[str, Any]
    code: str = "2000"
    replacement: bool = False


@dataclass
class SolapiStub:
    """The stub; ``async with stub:`` serves it on a free port of loopback.

    ``webhook`` is the URL that reports are posted to; they carry no signature.
    ``statuses`` are the status codes that a message gets, and that are reported, after acceptance.
    ``without_kakao`` are the numbers (as dialled) of people without KakaoTalk: an 알림톡 to them
    fails, and an SMS replaces it.
    """

    behaviours: list[Behaviour] = field(default_factory=list)
    statuses: tuple[str, ...] = ()
    webhook: str = ""
    listing_delay: timedelta = timedelta(0)
    listing_error: int = 0
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    numbers: list[str] = field(default_factory=lambda: [SENDER])
    template: dict[str, Any] = field(default_factory=dict)
    without_kakao: set[str] = field(default_factory=set)
    taken: list[Registered] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    queries: list[dict[str, str]] = field(default_factory=list)
    port: int = 0
    on_request: Callable[[dict[str, Any]], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self._ids = itertools.count(1)
        self._signatures: set[str] = set()
        self._reports: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """The base URL for SOLAPI_API_URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def listings(self) -> int:
        """How often the list of messages was read."""
        return len(self.queries)

    async def __aenter__(self) -> SolapiStub:
        app = web.Application()
        app.router.add_post("/messages/v4/send-many/detail", self._send)
        app.router.add_get("/messages/v4/list", self._list)
        app.router.add_get("/senderid/v1/numbers/active", self._numbers)
        app.router.add_get("/kakao/v2/templates/{name}", self._template)
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
        """Wait until all reports so far were made."""
        await asyncio.gather(*self._reports)

    async def _send(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._unsigned(request):
            return refusal
        (fields,) = (await request.json())["messages"]
        self.requests.append(fields)
        if self.on_request:
            await self.on_request(fields)
        behaviour = self.behaviours.pop(0) if self.behaviours else Behaviour()
        takes = behaviour.name in ("accept", "report_first") or behaviour.name.endswith("_after")
        code = self._fault(fields) if takes else ""
        made = self._register(fields) if takes and not code else None
        if behaviour.name == "report_first" and made:
            await self._progress(made)
        elif made:
            self._later(made)
        return await self._answer(request, behaviour, made, code)

    async def _answer(
        self, request: web.Request, behaviour: Behaviour, made: Registered | None, code: str
    ) -> web.StreamResponse:
        name = behaviour.name
        if name.startswith("hang"):
            await asyncio.sleep(HANG_SECONDS)
        if name.startswith(("drop", "hang")):
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if name == "garble_after":
            return web.Response(text="<html>")
        if name == "reject":
            return _error(400, str(behaviour.code))
        if name == "throttle":
            return _error(429, "TooManyRequests", {"Retry-After": "3"})
        if name.startswith("error"):
            return _error(behaviour.code, "InternalError")
        if name == "refuse" or code:
            return web.json_response(_failed(code or str(behaviour.code)))
        assert made is not None
        return web.json_response(_accepted(made))

    def _unsigned(self, request: web.Request) -> web.Response | None:
        """Check the header as Solapi documents it."""
        found = _HEADER.fullmatch(request.headers.get("Authorization", ""))
        if found is None or found["key"] != KEY:
            return _error(403, "InvalidAPIKey")
        message = (found["date"] + found["salt"]).encode()
        wanted = hmac.new(SECRET.encode(), message, hashlib.sha256).hexdigest()
        if not 12 <= len(found["salt"]) <= 64 or found["signature"] != wanted:
            return _error(403, "SignatureDoesNotMatch")
        if abs(self.clock() - datetime.fromisoformat(found["date"])) > MAX_SKEW:
            return _error(403, "RequestTimeTooSkewed")
        if wanted in self._signatures:
            return _error(403, "DuplicatedSignature")
        self._signatures.add(wanted)
        return None

    def _fault(self, fields: Mapping[str, Any]) -> str:
        """Return the status code of a message that Solapi does not register, or ''."""
        if fields["from"] not in self.numbers:
            return "1062"
        if any(not c.isascii() and len(c.encode("euc_kr", "ignore")) != 2 for c in fields["text"]):
            return "1029"
        return "" if fields["to"].isdigit() else "3010"

    def _register(self, fields: dict[str, Any]) -> Registered:
        kakao = fields.get("kakaoOptions")
        made = self._add(fields, "ATA" if kakao else _carrier_kind(fields["text"]))
        if kakao and fields["to"] in self.without_kakao:
            made.code = "3104"
            assert kakao["disableSms"] is False
            self._add(fields, _carrier_kind(fields["text"]), replacement=True)
        return made

    def _add(self, fields: dict[str, Any], kind: str, *, replacement: bool = False) -> Registered:
        number = next(self._ids)
        made = Registered(
            f"M4V{number:028}",
            f"G4V{number:028}",
            fields["to"],
            fields["text"],
            kind,
            self.clock(),
            fields,
            replacement=replacement,
        )
        self.taken.append(made)
        return made

    async def _list(self, request: web.Request) -> web.Response:
        if refusal := self._unsigned(request):
            return refusal
        query = dict(request.query)
        self.queries.append(query)
        if self.listing_error:
            return _error(self.listing_error, "InternalError")
        rows = [made for made in reversed(self.taken) if self._matches(made, query)]
        start = int(query.get("startKey", "0"))
        limit = int(query.get("limit", "20"))
        page = rows[start : start + limit]
        return web.json_response(
            {
                "limit": limit,
                "startKey": query.get("startKey"),
                "nextKey": str(start + limit) if start + limit < len(rows) else None,
                "messageList": {made.message_id: _document(made) for made in page},
            },
            headers={"Date": format_datetime(self.clock())},
        )

    def _matches(self, made: Registered, query: Mapping[str, str]) -> bool:
        start, end = query.get("startDate"), query.get("endDate")
        return (
            made.created <= self.clock() - self.listing_delay
            and query.get("to", made.to) == made.to
            and query.get("statusCode", made.code) == made.code
            and (start is None or datetime.fromisoformat(start) <= made.created)
            and (end is None or made.created <= datetime.fromisoformat(end))
        )

    async def _numbers(self, request: web.Request) -> web.Response:
        return self._unsigned(request) or web.json_response(self.numbers)

    async def _template(self, request: web.Request) -> web.Response:
        if refusal := self._unsigned(request):
            return refusal
        if request.match_info["name"] != TEMPLATE or not self.template:
            return _error(404, "ResourceNotFound")
        return web.json_response(self.template)

    def _later(self, made: Registered) -> None:
        if self.statuses:
            task = asyncio.get_running_loop().create_task(self._progress(made))
            self._reports.add(task)
            task.add_done_callback(self._reports.discard)

    async def _progress(self, made: Registered) -> None:
        for code in self.statuses:
            made.code = code
            await self.send_report(made)

    async def send_report(self, made: Registered) -> None:
        """Post one report about a message, as the event SINGLE-REPORT does."""
        if not self.webhook:
            return
        async with (
            ClientSession() as session,
            session.post(self.webhook, json=report(made)) as answer,
        ):
            await answer.read()


def report(made: Registered) -> list[dict[str, Any]]:
    """The body of a report."""
    data = {
        "messageId": made.message_id,
        "groupId": made.group_id,
        "type": made.kind,
        "to": made.to,
        "statusCode": made.code,
        "customFields": made.fields.get("customFields", {}),
    }
    return [{"eventDataId": f"report-{made.message_id}", "data": data, "retryCount": 0}]


def _carrier_kind(text: str) -> str:
    size = sum(1 if c.isascii() else 2 for c in text)
    return "SMS" if size <= SMS_BYTES else "LMS"


def _accepted(made: Registered) -> dict[str, Any]:
    return {
        "failedMessageList": [],
        "groupInfo": _group(made.group_id, success=1, failed=0),
        "messageList": [
            {"messageId": made.message_id, "statusCode": "2000", "statusMessage": "정상 접수"}
        ],
    }


def _failed(code: str) -> dict[str, Any]:
    return {
        "failedMessageList": [{"statusCode": code, "statusMessage": "접수 실패", "messageId": ""}],
        "groupInfo": _group("G4V" + "0" * 28, success=0, failed=1),
    }


def _group(group_id: str, *, success: int, failed: int) -> dict[str, Any]:
    count = {"total": 1, "registeredSuccess": success, "registeredFailed": failed}
    return {"groupId": group_id, "_id": group_id, "status": "SENDING", "count": count}


def _document(made: Registered) -> dict[str, Any]:
    return {
        "messageId": made.message_id,
        "groupId": made.group_id,
        "to": made.to,
        "from": made.fields["from"],
        "text": made.body,
        "type": made.kind,
        "statusCode": made.code,
        "replacement": made.replacement,
        "dateCreated": made.created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "customFields": made.fields.get("customFields", {}),
        "kakaoOptions": made.fields.get("kakaoOptions") if made.kind == "ATA" else None,
    }


def _error(status: int, code: str, headers: dict[str, str] | None = None) -> web.Response:
    body = {"errorCode": code, "errorMessage": "An error"}
    return web.json_response(body, status=status, headers=headers)


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def _serve(port: int) -> None:
    stub = SolapiStub(port=port)
    settings = {
        "SEARCHAPP_SMS_PROVIDER": "solapi",
        "SOLAPI_API_KEY": KEY,
        "SOLAPI_API_SECRET": SECRET,
        "SOLAPI_FROM": SENDER,
        "SOLAPI_API_URL": f"http://127.0.0.1:{port}",
    }
    async with stub:
        _tell("\n".join(f"{name}={value}" for name, value in settings.items()))
        shown = 0
        while True:
            await asyncio.sleep(0.2)
            for made in stub.taken[shown:]:
                _tell(f"{made.kind} to {made.to}: {made.body}")
                made.code = "4000"
            shown = len(stub.taken)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(int(sys.argv[1])))
