"""One tree of errors: each class carries its code, its message in Korean and English, its HTTP
status, and whether trying again can help.

A message is written for the person who reads it: shoppers read ``AppError.message(lang)``,
operators read ``str(OperatorError)``, one line that says what to do.
"""

from __future__ import annotations

from typing import ClassVar


def counted(count: int, noun: str) -> str:
    """``1 search``, ``2 searches``: so many of a thing, in words for operators."""
    ending = "" if count == 1 else "es" if noun.endswith("ch") else "s"
    return f"{count:d} {noun}{ending}"


class AppError(Exception):
    """Base of every error that this product raises on purpose."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 500
    retryable: ClassVar[bool] = False
    ko: ClassVar[str] = "문제가 생겼어요. 잠시 뒤에 다시 시도해 주세요."
    en: ClassVar[str] = "Something went wrong. Please try again in a moment."

    def __init__(self, detail: str = "", *, retry_after: int | None = None) -> None:
        """:param detail: for the log, never shown to a shopper; no personal data.
        :param retry_after: seconds after which trying again makes sense.
        """
        super().__init__(detail or self.en)
        self.detail = detail
        self.retry_after = retry_after

    def message(self, lang: str) -> str:
        """The sentence to show, in ``lang`` (``ko`` or ``en``)."""
        return self.en if lang == "en" else self.ko


# --- what a request may get wrong ------------------------------------------------------------


class RequestError(AppError):
    """A request that cannot be taken as it is."""

    code = "bad_request"
    status = 400
    ko = "요청을 이해하지 못했어요."
    en = "We could not read this request."


class BadPhone(RequestError):
    code = "bad_phone"
    ko = "휴대폰 번호를 다시 확인해 주세요. 예: 010-1234-5678"
    en = "Please check the phone number, for example 010-1234-5678."


class PhoneTooShort(BadPhone):
    ko = "번호가 짧아요. 010-1234-5678처럼 끝까지 적어 주세요."
    en = "This number is too short. Please type all of it, for example 010-1234-5678."


class PhoneTooLong(BadPhone):
    ko = "번호가 길어요. 010-1234-5678처럼 적어 주세요."
    en = "This number is too long. Please type it like 010-1234-5678."


class PhoneNotMobile(BadPhone):
    ko = "휴대폰 번호가 아니에요. 문자를 받을 수 있는 번호를 적어 주세요."
    en = "This is not a mobile number. Please give one that takes text messages."


class ConsentRequired(RequestError):
    code = "consent_required"
    ko = "문자를 받으려면 동의에 체크해 주세요."
    en = "Please tick the consent box to get a text message."


class BadItems(RequestError):
    code = "bad_items"
    ko = "고른 영역을 다시 확인해 주세요."
    en = "Please check the areas you chose."


class BadFilter(RequestError):
    code = "bad_filter"
    ko = "검색 조건(종류, 브랜드, 색, 가격, 통화, 재고)을 다시 확인해 주세요."
    en = "Please check the filters: category, brand, colour, prices, currency, in stock."


class PricesCrossed(BadFilter):
    ko = "최저 가격이 최고 가격보다 높아요. 가격을 다시 확인해 주세요."
    en = "The lowest price is above the highest one. Please check the prices."


class BadFeedback(RequestError):
    code = "bad_feedback"
    ko = "이 검색에서 찾은 상품이 아니에요."
    en = "This product is not among the results of this search."


class ImageMissing(RequestError):
    code = "image_required"
    ko = "사진을 넣어 주세요."
    en = "Please add a photo."


class NotFound(AppError):
    code = "not_found"
    status = 404
    ko = "찾을 수 없는 링크예요."
    en = "We could not find this link."


class Expired(NotFound):
    code = "expired"
    ko = "보관 기간이 지나 지워졌어요."
    en = "This search has expired and was erased."


class Erased(NotFound):
    code = "erased"
    ko = "요청하신 대로 지워진 검색이에요."
    en = "This search was erased on request."


class Conflict(AppError):
    code = "conflict"
    status = 409
    ko = "같은 요청 번호로 다른 내용이 이미 접수됐어요."
    en = "This idempotency key was already used with a different request."


class NotAllowedNow(AppError):
    """The action does not fit the state that the search is in."""

    code = "not_allowed_now"
    status = 409
    ko = "지금은 할 수 없는 동작이에요."
    en = "This cannot be done right now."


class TooLarge(AppError):
    code = "too_large"
    status = 413
    ko = "사진이 너무 커요. 15MB 이하 사진으로 골라 주세요."
    en = "The photo is too large. Please choose one up to 15 MB."


class RequestTooLarge(TooLarge):
    """A body that is not a photo's, and larger than any that makes sense."""

    ko = "요청이 너무 커요. 줄이거나 나눠서 보내 주세요."
    en = "This request is too large. Shorten it, or send it in parts."


class TooManyOperations(TooLarge):
    """A batch of the catalogue API has more lines than one may have."""

    ko = "한 번에 1,000줄까지 보낼 수 있어요. 나눠서 보내 주세요."
    en = "A batch may have up to 1,000 lines. Send it in parts."


class UnsupportedPicture(AppError):
    code = "unsupported_picture"
    status = 415
    ko = "JPEG, PNG, WEBP, HEIC, AVIF, GIF 사진만 받을 수 있어요."
    en = "We take JPEG, PNG, WEBP, HEIC, AVIF and GIF photos."


class UnreadableHeader(AppError):
    code = "unreadable_header"
    status = 422
    ko = "사진 파일이 손상된 것 같아요. 다른 사진으로 해 볼까요?"
    en = "The photo file seems to be damaged. Please try another one."


class TooManyPixels(AppError):
    code = "too_many_pixels"
    status = 422
    ko = "사진 해상도가 너무 높아요. 5천만 화소 이하로 줄여 주세요."
    en = "The photo has too many pixels. Please use one of up to 50 megapixels."


class TooManyRequests(AppError):
    code = "too_many_requests"
    status = 429
    retryable = True
    ko = "요청이 너무 많아요. 잠시 뒤에 다시 시도해 주세요."
    en = "Too many requests. Please try again a little later."


class NotStored(AppError):
    """The database could not take it: nothing was acknowledged, nothing is lost but time."""

    code = "not_stored"
    status = 503
    retryable = True
    ko = "아직 저장되지 않았어요. 잠시 뒤에 다시 시도해 주세요."
    en = "This is not stored yet. Please try again in a moment."


class DecoderUnavailable(AppError):
    """A picture was not decoded, and its bytes are not to blame.

    The machine is short of memory, processes or files; the decoding process was killed or stopped;
    or it was too slow by the clock.  Not a reason to end a job: the queue tries again.
    """

    code = "decoder_unavailable"
    status = 503
    retryable = True


# --- why a job may end as failed -------------------------------------------------------------


class JobError(AppError):
    """A reason for a job to end as failed; ``code`` is kept on the job."""


class UnreadablePicture(JobError):
    code = "unreadable_picture"
    ko = "사진을 열지 못했어요. 다른 사진으로 다시 해 주세요."
    en = "We could not open this photo. Please try another one."


class TooManyAttempts(JobError):
    code = "too_many_attempts"
    ko = "여러 번 시도했지만 검색을 끝내지 못했어요. 다시 시도해 주세요."
    en = "We tried several times but could not finish. Please try again."


class DeadlinePassed(JobError):
    code = "deadline_passed"
    ko = "시간 안에 검색을 끝내지 못했어요. 다시 시도해 주세요."
    en = "The search took too long. Please try again."


class SearchFailed(JobError):
    code = "search_failed"
    ko = "검색 중에 문제가 생겼어요. 다시 시도해 주세요."
    en = "Something went wrong during the search. Please try again."


class LostClaim(Exception):
    """The job belongs to another run now: stop, and write nothing more."""


# --- what an operator may get wrong ----------------------------------------------------------


class OperatorError(AppError):
    """One line that says what is wrong and what to do; commands print it and exit with 1."""

    code = "operator"


class MissingKey(OperatorError):
    """SEARCHAPP_SECRET_KEY lacks the key that some stored data needs."""

    code = "missing_key"
    status = 503
    ko = "저장된 전화번호를 읽을 수 없어요. 번호를 다시 적어 주세요."
    en = "The stored phone number cannot be read. Please enter it again."


JOB_ERRORS: dict[str, type[JobError]] = {
    error.code: error
    for error in (UnreadablePicture, TooManyAttempts, DeadlinePassed, SearchFailed)
}
"""The reasons that a job can carry, by code."""
