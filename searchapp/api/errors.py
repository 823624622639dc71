"""Turns every error into the one form of an error answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from psycopg import Error as DriverError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from searchapp.api.context import Reading
from searchapp.db.engine import is_outage, lacks_schema
from searchapp.errors import (
    AppError,
    BadFilter,
    BadItems,
    BadPhone,
    ConsentRequired,
    Erased,
    Expired,
    NotFound,
    NotStored,
    RequestError,
    TooLarge,
    TooManyPixels,
    TooManyRequests,
    UnreadableHeader,
    UnsupportedPicture,
)
from searchapp.http.http_errors import (
    Busy,
    ForeignOrigin,
    MethodNotAllowed,
    NoSuchPath,
    TooSlow,
    Unavailable,
    error_response,
    scope_lang,
)
from searchapp.http.requests import FILTER_FIELDS
from searchapp.logs import get_logger
from searchapp.schemas import ErrorAnswer

_log = get_logger("searchapp.api")

Methods = tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]
"""Patterns of paths, and the methods that each takes."""

_FIELD_ERRORS: dict[str, type[RequestError]] = {
    "items": BadItems,
    "phoneNumber": BadPhone,
    "countryCode": BadPhone,
    "smsConsent": ConsentRequired,
    **dict.fromkeys(FILTER_FIELDS, BadFilter),
}
"""The error of a field that cannot be read."""

_STATUS_ERRORS: dict[int, type[AppError]] = {
    404: NoSuchPath,
    405: MethodNotAllowed,
    413: TooLarge,
}


PICTURE_ERRORS: tuple[type[AppError], ...] = (
    *(RequestError, ForeignOrigin, TooSlow, TooLarge, UnsupportedPicture, UnreadableHeader),
    *(TooManyPixels, TooManyRequests, Busy),
)
"""Why a picture that is sent, or whose address is, is not taken."""


MISSING_ERRORS = (NotFound, Expired, Erased)
"""Why there is no such search."""

ACT_ERRORS: tuple[type[AppError], ...] = (
    *(RequestError, *MISSING_ERRORS, ForeignOrigin, TooLarge, TooSlow, TooManyRequests, NotStored),
)
"""Why a search is not changed."""


def add_handlers(app: FastAPI) -> None:
    """Makes ``app`` answer every error in the documented form."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    for kind in (SQLAlchemyError, DriverError, OSError):
        app.add_exception_handler(kind, _storage)
    app.add_exception_handler(Exception, _unknown)


def error_answer(
    request: Request, error: AppError, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer for ``error`` in the person's language."""
    lang = getattr(request.state, "lang", None) or scope_lang(request.scope)
    return error_response(error, lang, headers)


def documented(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a route that may answer with ``errors``."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = by_status.setdefault(error.status, {"model": ErrorAnswer, "description": ""})
        entry["description"] = ", ".join(filter(None, [entry["description"], f"`{error.code}`"]))
        if error.status in {429, 503}:
            entry["headers"] = {
                "Retry-After": {
                    "description": "Seconds to wait.",
                    "schema": {"type": "integer", "minimum": 1},
                }
            }
    return by_status


JPEG: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}
}
"""The answer of a route that serves a picture."""


def reading(
    responses: dict[int | str, dict[str, Any]],
    missing: Sequence[type[AppError]] = MISSING_ERRORS,
) -> dict[str, Any]:
    """What the routes have in common that read something.

    :param responses: what they answer besides errors.
    :param missing: why there is nothing to read.
    """
    errors = documented(RequestError, *missing, TooLarge, TooManyRequests, Unavailable)
    return {"dependencies": [Reading], "responses": {**responses, **errors}}


def _app_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101 - Registered for this class alone.
    if isinstance(error, NotStored) and request.method == "GET":
        error = Unavailable(retry_after=error.retry_after)
    return error_answer(request, error)


def _invalid(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - The same.
    for problem in error.errors():
        for part in problem["loc"]:
            if part in _FIELD_ERRORS:
                return error_answer(request, _FIELD_ERRORS[part]())
    return error_answer(request, RequestError())


def _http(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - The same.
    known = _STATUS_ERRORS.get(error.status_code, RequestError)
    headers = error.headers
    if known is MethodNotAllowed:
        headers = _allowed(request) or headers
    return error_answer(request, known(), headers)


def _allowed(request: Request) -> dict[str, str]:
    """All methods that the asked path takes (RFC 9110, 15.5.6)."""
    methods: Methods = request.app.state.methods()
    for pattern, allowed in methods:
        if pattern.match(request.url.path):
            return {"allow": ", ".join(allowed)}
    return {}


_NO_RIGHT = "42501"
"""A right is missing (PostgreSQL, appendix A), as before a migration."""


def _storage(request: Request, error: Exception) -> JSONResponse:
    state = getattr(getattr(error, "orig", error), "sqlstate", None)
    if is_outage(error) or lacks_schema(error) or state == _NO_RIGHT:
        _log.warning("database_not_usable", error=type(error).__name__, state=state)
        return error_answer(request, Unavailable() if request.method == "GET" else NotStored())
    _log.error("request_failed", exc_info=error)
    return error_answer(request, AppError())


def _unknown(request: Request, _: Exception) -> JSONResponse:
    """Tells nothing of the exception, which the access log records."""
    return error_answer(request, AppError())
