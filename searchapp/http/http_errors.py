"""The errors that only HTTP knows, and the one form of an error answer:
``{"error": {"code", "message"}}``.
"""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import Scope, Send

from searchapp.errors import AppError, NotFound, RequestError, UnsupportedPicture
from searchapp.http.clients import header, preferred

RETRY_SECONDS = 5
"""Sent as Retry-After when a passing error names no time."""


def error_response(
    error: AppError, lang: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The answer for ``error``; ``headers`` besides its own."""
    document = {"error": {"code": error.code, "message": error.message(lang)}}
    return JSONResponse(document, error.status, {**_headers(error), **(headers or {})})


def _headers(error: AppError) -> dict[str, str]:
    """Retry-After, in whole seconds, for what may work later (429 and 503); for a missing key, the
    scheme to use (401)."""
    if isinstance(error, Unauthorized):
        return {"www-authenticate": "Bearer"}
    if error.status not in {429, 503}:
        return {}
    return {"retry-after": str(max(1, int(error.retry_after or RETRY_SECONDS)))}


def scope_lang(scope: Scope) -> str:
    """The language of a request by its headers alone."""
    return preferred(header(scope, b"accept-language"))


async def send_error(scope: Scope, send: Send, error: AppError) -> None:
    """Answers a request with ``error``."""
    answer = error_response(error, scope_lang(scope))
    status, headers = answer.status_code, answer.raw_headers
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


class MethodNotAllowed(AppError):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    ko = "이 주소에서는 할 수 없는 요청이에요."
    en = "This address does not allow that method."


class TooSlow(AppError):
    """The body came too slowly, or stopped."""

    code = "too_slow"
    status = 408
    retryable = True
    ko = "사진이 도착하기까지 너무 오래 걸렸어요. 연결을 확인하고 다시 시도해 주세요."
    en = "The photo took too long to arrive. Please check your connection and try again."


class ForeignOrigin(AppError):
    """A page of another site sent a request that changes something."""

    code = "foreign_origin"
    status = 403
    ko = "다른 사이트에서 보낸 요청은 받을 수 없어요."
    en = "Requests of other sites are refused."


class BadSignature(AppError):
    """A callback with an invalid signature."""

    code = "bad_signature"
    status = 403
    ko = "서명이 맞지 않아요."
    en = "The signature is not valid."


class Unauthorized(AppError):
    """The request has no key, or not one of ours."""

    code = "unauthorized"
    status = 401
    ko = "키가 없거나 올바르지 않아요. Authorization: Bearer KEY 헤더를 확인해 주세요."
    en = "The key is missing or not valid. Check the header Authorization: Bearer KEY."


class WrongScope(AppError):
    """The key may not do this."""

    code = "scope"
    status = 403
    ko = "이 키로는 할 수 없는 요청이에요. write 키가 필요해요."
    en = "This key may not do that. A key of scope write is needed."


class BadProduct(RequestError):
    """A product that the catalogue cannot take; the message says why."""

    code = "bad_product"
    ko = "받을 수 없는 상품이에요."
    en = "The catalogue cannot take this product."

    def message(self, lang: str) -> str:
        """The sentence to show, with the reason."""
        return f"{super().message(lang)} {self.detail}".strip()


class NoSuchProduct(NotFound):
    """The catalogue has no product of this feed and id."""

    ko = "없는 상품이에요."
    en = "There is no such product."


class NoSuchPath(NotFound):
    """No route has this address."""

    ko = "없는 주소예요."
    en = "There is nothing at this address."


class NotFetched(AppError):
    """The photo at an address could not be had: not public, absent, refused, or too slow."""

    code = "not_fetched"
    status = 422
    ko = "이 주소에서 사진을 가져오지 못했어요. 사진을 저장한 뒤 그 파일을 골라 주세요."
    en = "We could not get the photo from this address. Save the photo and choose the file."


class NoPictureThere(UnsupportedPicture):
    """There is no picture at an address, and no page that names one."""

    ko = "이 주소에는 받을 수 있는 사진이 없어요. 사진을 저장한 뒤 그 파일을 골라 주세요."
    en = "There is no photo that we take at this address. Save the photo and choose the file."


class Unavailable(AppError):
    """The database is unavailable: reading has to wait."""

    code = "unavailable"
    status = 503
    retryable = True
    ko = "잠시 연결이 끊겼어요. 곧 다시 시도해 주세요."
    en = "We are briefly out of reach. Please try again in a moment."


class Busy(AppError):
    """More uploads at once than memory is reserved for."""

    code = "busy"
    status = 503
    retryable = True
    ko = "지금 사진이 한꺼번에 몰렸어요. 잠시 뒤에 다시 시도해 주세요."
    en = "Many photos are arriving right now. Please try again in a moment."
