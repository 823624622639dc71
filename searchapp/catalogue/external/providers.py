"""External sources: what one is, the signed crop that it may fetch, and Google Lens by SerpApi.

https://serpapi.com/google-lens-api describes the last.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Protocol

import httpx

from searchapp.catalogue.feeds.validation import Refused, clean, web_address
from searchapp.catalogue.feeds.values import CURRENCIES, SIGNS
from searchapp.db.secrets import Secrets
from searchapp.domain.search import Box
from searchapp.errors import NotFound, OperatorError


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that an external source found, best first; ``thumbnail`` is an https address."""

    title: str
    link: str
    shop: str
    thumbnail: str
    price: Decimal | None = None
    currency: str | None = None


class SourceProblem(StrEnum):
    """Why an external source gave nothing; the search goes on without it."""

    REFUSED = "refused"  # The key is wrong, or may not do this.
    QUOTA = "quota"
    SLOW = "slow"
    UNAVAILABLE = "away"
    MALFORMED = "nonsense"  # It answered something that cannot be parsed.


LASTING = frozenset({SourceProblem.REFUSED, SourceProblem.QUOTA})
"""Asking again soon is of no use."""


class SourceFailed(Exception):
    """An external source gave no answer."""

    def __init__(self, trouble: SourceProblem, detail: str = "") -> None:
        """:param detail: for the log; no key, no address."""
        super().__init__(f"{trouble.value}: {detail}")
        self.trouble = trouble


class ExternalProvider(Protocol):
    """Finds offers that look like a picture."""

    @property
    def name(self) -> str:
        """The ``source`` of its results."""

    async def find(self, picture_url: str, lang: str) -> Sequence[Offer]:
        """Offers for the picture at ``picture_url``, which anybody may fetch for a short time.

        :param lang: ``ko`` or ``en``.
        :raises SourceFailed: no answer; never anything else.
        """


LIFETIME = timedelta(minutes=5)
PATH = "/api/outside/"
"""The web serves the crop at ``PATH + token``."""


def sign_crop(secrets: Secrets, job_id: str, box: Box, now: datetime) -> str:
    """A signed token for the crop ``box`` of the upright picture of the search ``job_id``."""
    ends = round((now + LIFETIME).timestamp())
    return secrets.encrypt(json.dumps(["outside", job_id, box.as_list(), ends])).decode()


def verify_crop(secrets: Secrets, text: str, now: datetime) -> tuple[str, Box]:
    """The search and the box that a token is for.

    :raises NotFound: it is none of ours, or too old.
    """
    try:
        purpose, job_id, box, ends = json.loads(secrets.decrypt(text.encode()))
    except (OperatorError, ValueError, TypeError):
        raise NotFound("no token") from None
    if purpose != "outside" or datetime.fromtimestamp(ends, UTC) < now:
        raise NotFound("an old token")
    return str(job_id), Box(*box)


SECONDS = 8.0
"""For one answer: Lens itself takes two to four."""

ANSWER_LIMIT = 2 * 1024 * 1024
_MOST_MONEY = Decimal(10**10)
"""In any currency: what is dearer is a mistake."""

_PROBLEMS = {401: SourceProblem.REFUSED, 403: SourceProblem.REFUSED, 429: SourceProblem.QUOTA}


class SerpApiLens:
    """One account at SerpApi.

    :param base_url: another address for tests.
    """

    name = "google_lens"

    def __init__(self, client: httpx.AsyncClient, key: str, base_url: str) -> None:
        self._client = client
        self._key = key
        self._url = f"{base_url.rstrip('/')}/search.json"

    async def find(self, picture_url: str, lang: str) -> Sequence[Offer]:
        """Products first, as Lens orders them.

        :raises SourceFailed: no answer within :data:`SECONDS`, or none that can be read.
        """
        parameters = {
            "engine": "google_lens",
            "type": "products",
            "url": picture_url,
            "hl": lang,
            "country": "kr",
            "api_key": self._key,
        }
        try:
            async with asyncio.timeout(SECONDS):
                document = await self._answer(parameters)
        except (TimeoutError, httpx.TimeoutException):
            raise SourceFailed(SourceProblem.SLOW) from None
        except httpx.HTTPError as error:
            # The message of the error names the address, and that the key.
            raise SourceFailed(SourceProblem.UNAVAILABLE, type(error).__name__) from None
        return offers(document)

    async def _answer(self, parameters: Mapping[str, str]) -> Any:
        # The client's own default would end a slow answer sooner.
        async with self._client.stream(
            "GET", self._url, params=parameters, timeout=SECONDS
        ) as response:
            if response.status_code != httpx.codes.OK:
                trouble = _PROBLEMS.get(response.status_code, SourceProblem.UNAVAILABLE)
                raise SourceFailed(trouble, str(response.status_code))
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > ANSWER_LIMIT:
                    raise SourceFailed(SourceProblem.MALFORMED, "too long")
        try:
            return httpx.Response(200, content=bytes(body)).json()
        except ValueError:
            raise SourceFailed(SourceProblem.MALFORMED, "not JSON") from None


def offers(document: Any) -> list[Offer]:
    """The offers in an answer of SerpApi; entries that cannot be shown are left out.

    :raises SourceFailed: it says that it failed, or is of another form.
    """
    if not isinstance(document, dict):
        raise SourceFailed(SourceProblem.MALFORMED, "not an object")
    matches = document.get("visual_matches")
    if matches is None:
        _explained(str(document.get("error", "")))
        return []
    if not isinstance(matches, list):
        raise SourceFailed(SourceProblem.MALFORMED, "visual_matches is no list")
    return [offer for match in matches if (offer := _offer(match)) is not None]


def _explained(error: str) -> None:
    """SerpApi reports an empty answer as an error too, and a quota that is used up with 200."""
    if "run out of searches" in error or "quota" in error.lower():
        raise SourceFailed(SourceProblem.QUOTA)
    if error and "hasn't returned any results" not in error:
        raise SourceFailed(SourceProblem.MALFORMED, "an error of its own")


def _offer(match: Any) -> Offer | None:
    if not isinstance(match, dict):
        return None
    title = clean(str(match.get("title") or ""))[:300]
    try:
        link = web_address(str(match.get("link") or ""), "link")
        thumbnail = web_address(str(match.get("thumbnail") or ""), "thumbnail")
    except Refused:
        return None
    if not title or not thumbnail.startswith("https://"):
        return None
    amount, currency = _price(match.get("price"))
    shop = clean(str(match.get("source") or ""))[:100]
    return Offer(title, link, shop, thumbnail, amount, currency)


def _price(price: Any) -> tuple[Decimal | None, str | None]:
    """``{"value": "₩39,000*", "extracted_value": 39000, "currency": "₩"}`` -> 39000 KRW."""
    if not isinstance(price, dict):
        return None, None
    code = str(price.get("currency") or "")
    currency = SIGNS.get(code, code.upper())
    try:
        amount = Decimal(str(price.get("extracted_value")))
    except InvalidOperation:
        return None, None
    if currency not in CURRENCIES or not amount.is_finite() or not 0 < amount < _MOST_MONEY:
        return None, None
    return amount, currency
