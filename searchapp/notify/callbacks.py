"""Twilio's signed status reports."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from searchapp.settings import Settings
from searchapp.storage.secrets import Secrets


async def handle_callback(
    engine: AsyncEngine,
    settings: Settings,
    secrets: Secrets,
    form: Mapping[str, str],
    signature: str,
    now: datetime,
    query: str = "",
) -> bool:
    """Takes one report; False when its signature is wrong (answer 403), True when it was read.

    :param form: the fields of the body.
    :param signature: the header ``X-Twilio-Signature``.
    :param query: the raw query string of the request, without the question mark.
    """
    raise NotImplementedError
