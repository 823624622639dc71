"""The operator's login: one password, sessions in the database, a cookie that scripts can not read.

The cookie is HttpOnly and SameSite=Strict, so no other site can make a browser use it, neither by
a form nor by a websocket.  Every request and every event of the page asks :func:`is_operator`
anew; nothing that Reflex keeps about a tab counts as access.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import lru_cache
from http.cookies import CookieError, SimpleCookie
from secrets import token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.ext.asyncio import AsyncSession

from searchapp.db.repositories import admin
from searchapp.db.transact import transact
from searchapp.errors import AppError, TooManyRequests
from searchapp.jobs.services import Services
from searchapp.settings import Settings

SESSION_TIME = timedelta(hours=12)
IDLE_TIME = timedelta(hours=1)
"""Without any use; an open page is one, as it asks every two seconds."""

FREE_FAILURES = 5
FIRST_BLOCK, LONGEST_BLOCK = 30.0, 3600.0
"""Seconds; doubled with each further failure."""

FORGET_FAILURES = timedelta(days=1)

MAX_PASSWORD = 1024
"""Characters; more are not hashed."""

_TOKENS, _PASSWORDS, _ADDRESSES = "admin-session", "admin-password", "admin-login"

_one_at_a_time = asyncio.Semaphore(1)
"""Argon2 takes 64 MiB and a core for a moment: guesses queue up."""


class WrongPassword(AppError):
    """The password does not fit."""

    code = "wrong_password"
    status = 401
    ko = "비밀번호가 맞지 않아요."
    en = "This password is not right."


class AdminClosed(AppError):
    """No SEARCHAPP_ADMIN_PASSWORD is set."""

    code = "admin_closed"
    status = 404
    ko = "관리자 화면이 닫혀 있어요. SEARCHAPP_ADMIN_PASSWORD를 설정해 주세요."
    en = "The admin page is closed. Set SEARCHAPP_ADMIN_PASSWORD."


def is_secure(settings: Settings) -> bool:
    """Whether browsers come by https, so that the cookie must too."""
    return settings.base_url.startswith("https://")


def cookie_name(settings: Settings) -> str:
    """The name; the prefix makes browsers refuse it from anywhere else (RFC 6265bis, 4.1.3.2)."""
    return "__Host-admin" if is_secure(settings) else "admin"


def token_of(settings: Settings, cookies: str) -> str:
    """The session's token in a Cookie header, or nothing."""
    try:
        found = SimpleCookie(cookies).get(cookie_name(settings))
    except CookieError:
        return ""
    return found.value if found else ""


async def log_in(services: Services, password: str, ip: str) -> str:
    """Opens a session; the token for the cookie.

    :raises AdminClosed: there is no password.
    :raises TooManyRequests: the address failed too often; with the seconds to wait.
    :raises WrongPassword: it is another one.
    :raises errors.NotStored: the database is away.
    """
    wanted = _password(services.settings)
    key = services.secrets.hash(_ADDRESSES, ip)
    await transact(services.engine, lambda session: _count(session, services, key))
    async with _one_at_a_time:
        if not await asyncio.to_thread(_fits, wanted, password[: MAX_PASSWORD + 1]):
            raise WrongPassword
    token = token_urlsafe(32)

    async def work(session: AsyncSession) -> None:
        now = services.clock()
        hashed = services.secrets.hash(_TOKENS, token)
        mark = services.secrets.hash(_PASSWORDS, wanted)
        await admin.forget_attempts(session, key)
        await admin.open_session(session, hashed, mark, now, now + SESSION_TIME)

    await transact(services.engine, work)
    return token


async def _count(session: AsyncSession, services: Services, key: bytes) -> None:
    now = services.clock()
    counted = await admin.count_attempt(
        session,
        key,
        now,
        free=FREE_FAILURES,
        first=FIRST_BLOCK,
        longest=LONGEST_BLOCK,
        forget=FORGET_FAILURES,
    )
    if not counted:
        until = await admin.blocked_until(session, key)
        wait = (until - now).total_seconds() if until else FIRST_BLOCK
        raise TooManyRequests("login", retry_after=max(1, round(wait)))


async def is_operator(services: Services, token: str) -> bool:
    """Whether ``token`` is of a living session.

    :raises errors.NotStored: the database is away: then nobody is.
    """
    password = services.settings.admin_password
    if not token or password is None:
        return False
    tokens = services.secrets.hashes(_TOKENS, token)
    marks = services.secrets.hashes(_PASSWORDS, password.get_secret_value())
    return await transact(
        services.engine,
        lambda session: admin.use_session(session, tokens, marks, services.clock(), IDLE_TIME),
    )


async def log_out(services: Services, token: str) -> None:
    """Ends the session of ``token``, if there is one."""
    hashes = services.secrets.hashes(_TOKENS, token)
    await transact(services.engine, lambda session: admin.close_session(session, hashes))


def _password(settings: Settings) -> str:
    if settings.admin_password is None:
        raise AdminClosed
    return settings.admin_password.get_secret_value()


def _fits(wanted: str, given: str) -> bool:
    """Compares by argon2id; ``wanted`` may be such a hash itself."""
    if len(given) > MAX_PASSWORD:
        return False
    try:
        return PasswordHasher().verify(_hashed(wanted), given)
    except (VerificationError, InvalidHashError):
        return False


@lru_cache(maxsize=2)
def _hashed(password: str) -> str:
    return password if password.startswith("$argon2id$") else PasswordHasher().hash(password)
