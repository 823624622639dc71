"""Logging in and out of ``/admin``: a plain form, so that it works before any script does."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Depends, Request
from starlette.responses import RedirectResponse, Response

from searchapp.api.context import Ctx, Who
from searchapp.api.errors import documented
from searchapp.errors import AppError, NotStored, RequestError, TooManyRequests
from searchapp.http.clients import is_own
from searchapp.http.http_errors import ForeignOrigin
from searchapp.http.operator_access import (
    DEVICE_TIME,
    SESSION_TIME,
    AdminClosed,
    WrongPassword,
    cookie_name,
    device_cookie_name,
    device_of,
    is_known_device,
    is_secure,
    log_in,
    log_out,
    new_device,
    token_of,
)
from searchapp.settings import Settings

router = APIRouter(prefix="/api/admin", tags=["operation"])

PAGE = "/admin"
_FORM = "application/x-www-form-urlencoded"


def _own_page(request: Request, context: Ctx) -> None:
    """Refuses other sites' forms.

    Our pages send no referrer, and then browsers call the origin of a form ``null``: what they
    say of the sender's site counts instead (Fetch Metadata).
    """
    origin = request.headers.get("origin")
    if origin is None:
        origin_fits = request.headers.get("sec-fetch-site", "same-origin") == "same-origin"
    elif origin == "null":
        origin_fits = request.headers.get("sec-fetch-site") == "same-origin"
    else:
        host = request.headers.get("host", "")
        origin_fits = is_own(origin, host, context.services.settings.base_url)
    if not origin_fits:
        raise ForeignOrigin


_OwnPage = Depends(_own_page)


@router.post(
    "/login",
    status_code=204,
    summary="Log in as the operator",
    dependencies=[_OwnPage],
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                kind: {
                    "schema": {
                        "type": "object",
                        "required": ["password"],
                        "properties": {"password": {"type": "string", "maxLength": 1024}},
                    }
                }
                for kind in (_FORM, "application/json")
            },
        }
    },
    responses={
        303: {"description": "The answer to a form: back to the page."},
        **documented(
            RequestError, WrongPassword, AdminClosed, ForeignOrigin, TooManyRequests, NotStored
        ),
    },
)
async def login(request: Request, context: Ctx, client: Who) -> Response:
    """Sets the session's cookie."""
    is_form = request.headers.get("content-type", "").startswith(_FORM)
    password = _password(await request.body(), is_form=is_form)
    services = context.services
    device = device_of(services.settings, request.headers.get("cookie", ""))
    try:
        token = await log_in(services, password, ip=client.ip, device=device)
    except AppError as error:
        if not is_form:
            raise
        return _back(f"{PAGE}?problem={error.code}&wait={error.retry_after or 0}")
    answer = _back(PAGE) if is_form else Response(status_code=204)
    settings = services.settings
    _set_cookie(answer, settings, cookie_name(settings), value=token, lasts=SESSION_TIME)
    if not is_known_device(services, device):
        name, value = device_cookie_name(settings), new_device(services)
        _set_cookie(answer, settings, name, value=value, lasts=DEVICE_TIME)
    return answer


@router.post(
    "/logout",
    status_code=303,
    summary="Log out",
    dependencies=[_OwnPage],
    response_class=RedirectResponse,
    responses=documented(ForeignOrigin, NotStored),
)
async def logout(request: Request, context: Ctx) -> Response:
    """Ends the session, and removes its cookie."""
    settings = context.services.settings
    token = token_of(settings, request.headers.get("cookie", ""))
    if token:
        await log_out(context.services, token)
    answer = _back(PAGE)
    _set_cookie(answer, settings, cookie_name(settings), value="", lasts=timedelta(0))
    return answer


def _password(body: bytes, *, is_form: bool) -> str:
    try:
        if is_form:
            found: Any = parse_qs(body.decode(), max_num_fields=10).get("password", [""])[0]
        else:
            found = json.loads(body)["password"]
        str.encode(found)  # A TypeError unless it is text; a ValueError for half a surrogate pair.
    except (ValueError, KeyError, TypeError, RecursionError):
        raise RequestError("password") from None
    return str(found)


def _back(where: str) -> Response:
    return RedirectResponse(where, status_code=303, headers={"cache-control": "no-store"})


def _set_cookie(
    answer: Response, settings: Settings, name: str, *, value: str, lasts: timedelta
) -> None:
    answer.set_cookie(
        name,
        value,
        max_age=int(lasts.total_seconds()),
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="strict",
    )
