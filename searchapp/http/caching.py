"""Entity tags: a client that has the newest document is told so without it."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from fastapi import Request
from starlette.responses import Response


def tagged_json(request: Request, document: dict[str, Any]) -> Response:
    """``document`` with a strong ETag, or 304 when the client has just this one."""
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    tag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    headers = {"etag": tag, "vary": "accept-language"}
    if matches(request.headers.getlist("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)


def matches(if_none_match: list[str], tag: str) -> bool:
    """Whether one of the client's tags is ``tag``, by weak comparison (RFC 9110, 13.1.2)."""
    known = [part.strip() for part in ",".join(if_none_match).split(",")]
    return any(part == "*" or part.removeprefix("W/") == tag for part in known)
