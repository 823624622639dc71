"""The operator's login: one password, sessions in the database, a cookie that scripts cannot read.

The cookie is HttpOnly and SameSite=Strict, so no other site can make a browser use it, neither by
a form nor by a websocket.  Every request and every event of the page asks :func:`is_operator`
anew; nothing that Reflex keeps about a tab counts as access.

Failed attempts are counted by address, and a blocked address gets slow answers rather than none:
its guesses are checked one at a time, so that the right password opens whatever strangers behind
the same address did.  A browser that was logged in before has a device cookie and is counted for
itself.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from functools import lru_cache
from secrets import compare_digest, token_urlsafe

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import cookie_parser

from searchapp.db.repositories import admin
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

SLOW_SECONDS = 1.0
"""Between two guesses that are checked of all blocked addresses together."""

SLOW_WAITING = 8
"""Guesses of blocked addresses that wait their turn; more are refused unchecked."""

DEVICE_TIME = timedelta(days=365)

_TOKENS, _PASSWORDS, _ADDRESSES = "admin-session", "admin-password", "admin-login"
_DEVICES = "admin-device"

_one_at_a_time = asyncio.Semaphore(1)
"""Argon2 takes 64 MiB and a core for a moment: guesses queue up."""


class _SlowLane:
    """Lets guesses of blocked addresses through one at a time, SLOW_SECONDS apart."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0

    async def wait(self) -> bool:
        """Waits for a turn; False when too many wait already."""
        if self._waiting >= SLOW_WAITING:
            return False
        self._waiting += 1
        try:
            async with self._lock:
                await asyncio.sleep(SLOW_SECONDS)
        finally:
            self._waiting -= 1
        return True


_slow_lane = _SlowLane()


class WrongPassword(AppError):
    """The password is not the operator's."""

    code = "wrong_password"
    status = 401
    ko = "비밀번호가 맞지 않아요."
    en = "Incorrect password."


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
    return cookie_parser(cookies).get(cookie_name(settings), "")


def device_of(settings: Settings, cookies: str) -> str:
    """The device in a Cookie header, or nothing."""
    return cookie_parser(cookies).get(device_cookie_name(settings), "")


async def log_in(services: Services, password: str, *, ip: str, device: str = "") -> str:
    """Opens a session; the token for the cookie.

    :param device: the value of the device cookie; an invalid one counts as none.
    :raises AdminClosed: there is no password.
    :raises WrongPassword: it is another one.
    :raises TooManyRequests: it is another one, or was not looked at, and the address failed too
        often; with the seconds to wait.
    :raises errors.NotStored: the database is unavailable.
    """
    if services.settings.admin_password is None:
        raise AdminClosed
    wanted = services.settings.admin_password.get_secret_value()
    who = f"device:{device}" if is_known_device(services, device) else ip
    key = services.secrets.hash(_ADDRESSES, who)
    wait = await services.transact(lambda session: _count(session, services, key))
    if wait and not await _slow_lane.wait():
        raise TooManyRequests("login", retry_after=wait)
    async with _one_at_a_time:
        fits = await asyncio.to_thread(_fits, wanted, password[: MAX_PASSWORD + 1])
    if not fits:
        raise TooManyRequests("login", retry_after=wait) if wait else WrongPassword
    return await _open(services, key, wanted)


async def _open(services: Services, key: bytes, password: str) -> str:
    """The token of a new session; the failures under ``key`` are forgotten."""
    token = token_urlsafe(32)

    async def work(session: AsyncSession) -> None:
        now, secrets = services.clock(), services.secrets
        await admin.forget_attempts(session, key)
        await admin.open_session(
            session,
            token_hash=secrets.hash(_TOKENS, token),
            password_mark=secrets.hash(_PASSWORDS, password),
            now=now,
            until=now + SESSION_TIME,
        )

    await services.transact(work)
    return token


async def _count(session: AsyncSession, services: Services, key: bytes) -> int:
    """Counts an attempt; the seconds for which its address is blocked, 0 if it is not."""
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
    if counted:
        return 0
    until = await admin.blocked_until(session, key)
    return max(1, round((until - now).total_seconds() if until else FIRST_BLOCK))


def device_cookie_name(settings: Settings) -> str:
    """The name of the cookie that a browser keeps after a login."""
    return f"{cookie_name(settings)}-device"


def new_device(services: Services) -> str:
    """The value of a device cookie: it opens nothing, and says that this browser logged in once."""
    name = token_urlsafe(16)
    return f"{name}.{services.secrets.hash(_DEVICES, name).hex()}"


def is_known_device(services: Services, device: str) -> bool:
    """Whether ``device`` was made by :func:`new_device`."""
    name, _, mark = device.partition(".")
    marks = [hashed.hex() for hashed in services.secrets.hashes(_DEVICES, name)]
    return bool(name) and any(compare_digest(mark.encode(), known.encode()) for known in marks)


async def is_operator(services: Services, token: str) -> bool:
    """Whether ``token`` is of a valid session.

    :raises errors.NotStored: the database is unavailable.
    """
    password = services.settings.admin_password
    if not token or password is None:
        return False
    tokens = services.secrets.hashes(_TOKENS, token)
    marks = services.secrets.hashes(_PASSWORDS, password.get_secret_value())
    return await services.transact(
        lambda session: admin.use_session(
            session, token_hashes=tokens, password_marks=marks, now=services.clock(), idle=IDLE_TIME
        ),
    )


async def log_out(services: Services, token: str) -> None:
    """Ends the session of ``token``, if there is one."""
    hashes = services.secrets.hashes(_TOKENS, token)
    await services.transact(lambda session: admin.close_session(session, hashes))


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
