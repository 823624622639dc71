"""The one form of an error answer: ``{"error": {"code", "message"}}``."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.types import Scope, Send

from searchapp.errors import AppError
from searchapp.http.headers import header
from searchapp.http.language import preferred

RETRY_SECONDS = 5
"""Sent as Retry-After when an error that passes by itself names no time."""


def error_document(error: AppError, lang: str) -> dict[str, dict[str, str]]:
    """The body of an error answer."""
    return {"error": {"code": error.code, "message": error.message(lang)}}


def error_headers(error: AppError) -> dict[str, str]:
    """Retry-After, in whole seconds, for what may work later (429 and 503)."""
    if error.status not in {429, 503}:
        return {}
    return {"retry-after": str(max(1, int(error.retry_after or RETRY_SECONDS)))}


def scope_lang(scope: Scope) -> str:
    """The language of a request by its headers alone."""
    return preferred(header(scope, b"accept-language"))


async def send_error(
    scope: Scope, send: Send, error: AppError, extra: Mapping[str, str] | None = None
) -> None:
    """Answers a request with ``error``."""
    body = json.dumps(error_document(error, scope_lang(scope)), ensure_ascii=False).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **error_headers(error),
        **(extra or {}),
    }
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": error.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
