"""What only HTTP can get wrong: the errors that no other room needs to know."""

from __future__ import annotations

from searchapp.errors import AppError, NotFound


class MethodNotAllowed(AppError):
    """The path exists, the method does not."""

    code = "method_not_allowed"
    status = 405
    ko = "이 주소에서는 할 수 없는 요청이에요."
    en = "This address does not take that method."


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
    en = "Requests sent by other sites are not taken."


class BadSignature(AppError):
    """A callback whose signature does not fit."""

    code = "bad_signature"
    status = 403
    ko = "서명이 맞지 않아요."
    en = "The signature does not fit."


class NoSuchPath(NotFound):
    """Nothing lives at this address."""

    ko = "없는 주소예요."
    en = "There is nothing at this address."


class Unavailable(AppError):
    """The database is away: reading has to wait."""

    code = "unavailable"
    status = 503
    retryable = True
    ko = "잠시 연결이 끊겼어요. 곧 다시 시도해 주세요."
    en = "We are briefly out of reach. Please try again in a moment."


class Busy(AppError):
    """More uploads at once than memory is set aside for."""

    code = "busy"
    status = 503
    retryable = True
    ko = "지금 사진이 한꺼번에 몰렸어요. 잠시 뒤에 다시 시도해 주세요."
    en = "Many photos are arriving right now. Please try again in a moment."
