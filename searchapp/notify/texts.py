"""The text of each message, and its length in billed units.

Korean carriers accept the characters of EUC-KR only.  A Korean provider bills by its bytes: up to
90 are one SMS, more are one LMS.  Others bill by segment: 160 characters of GSM-7, or 70 of
anything else (153 and 67 in messages of several segments; 3GPP TS 23.038 and 23.040).  Each text
has forms from friendly to terse; a terser one is used if it costs less.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from searchapp.db.secrets import Secrets
from searchapp.db.tables.messages import MessageRow
from searchapp.domain.message import MessageKind
from searchapp.domain.phone import Phone
from searchapp.notify.ports import Outgoing
from searchapp.settings import Settings

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = frozenset("\f^{}\\[~]|€")
"""Characters that are encoded as two in GSM-7."""

SMS_BYTES = 90
"""Bytes of EUC-KR in one SMS of a Korean carrier; longer texts are sent as LMS."""

LMS_UNITS = 3
"""What an LMS counts in SMS, rounded up from the ratio of list prices (about 2.5)."""

KAKAO_TEMPLATE = "[찰칵] 검색 결과 #{내용} #{링크}"
"""The text that an operator registers as the 알림톡 template.  Filled in, it fits one SMS for hosts
of up to 24 characters: the provider sends it as SMS to people without KakaoTalk."""

_KAKAO_WORDS = {"found": "옷 {n}가지", "none": "없음", "failure": "받지 못함"}

_TEXTS: dict[tuple[str, str], tuple[str, ...]] = {
    ("ko", "found"): (
        "[찰칵] 찾으시던 옷 {n}가지의 결과가 나왔어요. {link}",
        "[찰칵] 옷 {n}가지를 찾았어요 {link}",
        "[찰칵] 옷 {n}가지 결과 {link}",
    ),
    ("ko", "none"): (
        "[찰칵] 꼭 맞는 상품은 찾지 못했어요. 다시 찾아보기: {link}",
        "[찰칵] 맞는 상품이 없어요 {link}",
        "[찰칵] 못 찾았어요 {link}",
    ),
    ("ko", "failure"): (
        "[찰칵] 검색을 끝내지 못했어요. 한 번 더 시도하기: {link}",
        "[찰칵] 검색을 못 끝냈어요 {link}",
        "[찰칵] 검색 실패 {link}",
    ),
    ("en", "found"): (
        "Chalkak: we found matches for {n} of your items. {link}",
        "Chalkak: {n} found {link}",
    ),
    ("en", "none"): (
        "Chalkak: we found no good match this time. Search again: {link}",
        "Chalkak: no match {link}",
    ),
    ("en", "failure"): (
        "Chalkak: we could not finish your search. Try again: {link}",
        "Chalkak: try again {link}",
    ),
}


def link_of(base_url: str, job_id: str, ordinal: int) -> str:
    """Return the owner's link of a job.

    Each message of a job has a link of its own, by which it is found in a provider's list: the
    fragment after ``#`` is never sent to a server.

    :param ordinal: the number of the message within its job, from 1.
    """
    link = f"{base_url}/results/{job_id}"
    return link if ordinal == 1 else f"{link}#{ordinal}"


@dataclass(frozen=True, slots=True)
class Content:
    """What a message is about: its kind, the number of items with a match, language and link."""

    kind: MessageKind
    matches: int
    lang: str
    link: str

    @property
    def case(self) -> str:
        if self.kind is MessageKind.FAILURE:
            return "failure"
        return "found" if self.matches else "none"


def compose(content: Content, units: Callable[[str], int]) -> str:
    """Return the text of a message, in the form with the fewest units."""
    forms = _TEXTS["en" if content.lang == "en" else "ko", content.case]
    return min((form.format(n=content.matches, link=content.link) for form in forms), key=units)


def kakao_variables(content: Content) -> dict[str, str]:
    """Return the values of the variables in :data:`KAKAO_TEMPLATE`."""
    words = _KAKAO_WORDS[content.case].format(n=content.matches)
    return {"#{내용}": words, "#{링크}": content.link}


def units_of(settings: Settings) -> Callable[[str], int]:
    """Return the function that counts a text as the configured provider bills it."""
    return carrier_units if settings.provider == "solapi" else segments


def carrier_units(text: str) -> int:
    """Return what a Korean provider bills for ``text``, in SMS."""
    size = sum(1 if c.isascii() else 2 for c in text)
    return 1 if size <= SMS_BYTES else LMS_UNITS


def segments(text: str) -> int:
    """Return how many segments a provider bills for ``text``."""
    if all(c in _GSM or c in _GSM_DOUBLE for c in text):
        length, one, each = sum(1 + (c in _GSM_DOUBLE) for c in text), 160, 153
    else:
        length, one, each = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= one else -(-length // each)


def has_link(text: str, link: str) -> bool:
    """Whether ``text`` has ``link`` as a whole word, not a longer link that starts with it."""
    return any(word == link for word in text.split())


class NoNumber(Exception):
    """The message's number was deleted: it cannot be sent or looked up any more."""


def content_of(settings: Settings, row: MessageRow) -> Content:
    """Return what the message in ``row`` is about."""
    link = link_of(settings.base_url, row.job_id, row.ordinal)
    return Content(MessageKind(row.kind), row.matches, row.lang, link)


def body_of(settings: Settings, content: Content) -> tuple[str, dict[str, str]]:
    """Return the text of a message, and the variables of its 알림톡 template if one is used.

    The template is Korean, so messages in other languages are plain SMS.
    """
    if settings.provider != "solapi" or not settings.solapi_kakao or content.lang == "en":
        return compose(content, units_of(settings)), {}
    variables = kakao_variables(content)
    body = KAKAO_TEMPLATE
    for name, value in variables.items():
        body = body.replace(name, value)
    return body, variables


def draft(settings: Settings, secrets: Secrets, row: MessageRow) -> Outgoing:
    """Return the message, with its number in plain text: keep it out of logs and stored state.

    :raises NoNumber: if the number was deleted.
    :raises OperatorError: if the key that encrypted the number is missing.
    """
    if row.phone_cipher is None:
        raise NoNumber
    content = content_of(settings, row)
    body, variables = body_of(settings, content)
    phone = Phone(secrets.decrypt(row.phone_cipher))
    return Outgoing(phone, body, content.link, row.message_id, variables)
