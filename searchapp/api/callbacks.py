"""Providers' status reports about text messages."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.responses import Response

from searchapp.api.context import Ctx
from searchapp.api.errors import documented
from searchapp.errors import RequestError, TooLarge
from searchapp.http.http_errors import BadSignature, TooSlow, Unavailable
from searchapp.notify.callbacks import (
    TwilioReport,
    apply_twilio_report,
    wake_by_solapi_report,
)

router = APIRouter(prefix="/api", tags=["callbacks"])

MAX_FIELDS = 100

_FORM = {
    "required": True,
    "content": {
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "additionalProperties": {"type": "string"}}
        }
    },
}


@router.post(
    "/twilio/status",
    status_code=204,
    summary="A message's new state, signed by Twilio",
    openapi_extra={"requestBody": _FORM},
    responses=documented(RequestError, BadSignature, TooLarge, TooSlow, Unavailable),
)
async def status(request: Request, context: Ctx) -> Response:
    """Changes nothing unless the signature fits the configured public URL."""
    services = context.services
    signature = request.headers.get("x-twilio-signature", "")
    report = TwilioReport(_fields(await request.body()), signature, request.url.query)
    if not await apply_twilio_report(
        services.engine, services.settings, services.secrets, report, services.clock()
    ):
        raise BadSignature
    return Response(status_code=204)


_REPORTS = {
    "required": True,
    "content": {"application/json": {"schema": {"type": "array", "items": {"type": "object"}}}},
}


@router.post(
    "/solapi/status",
    status_code=204,
    summary="News about messages sent through Solapi, unsigned",
    openapi_extra={"requestBody": _REPORTS},
    responses=documented(TooLarge, TooSlow, Unavailable),
)
async def solapi_status(request: Request, context: Ctx) -> Response:
    """Does not believe the report: a worker looks up the messages that it names."""
    services = context.services
    await wake_by_solapi_report(services.engine, await request.body(), services.clock())
    return Response(status_code=204)


def _fields(body: bytes) -> dict[str, str]:
    try:
        return dict(parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        raise RequestError("form") from None
