"""Every error speaks both languages and has one code."""

import inspect

from searchapp import errors
from searchapp.errors import JOB_ERRORS, AppError, JobError, OperatorError, counted

_ALL = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, AppError) and not issubclass(error, OperatorError)
]


def test_messages__differ_by_language() -> None:
    for error in _ALL:
        assert error().message("ko") == error.ko
        assert error().message("en") == error.en
        assert error.ko != error.en


def test_retryable__only_when_trying_again_can_help() -> None:
    assert {error.status for error in _ALL if error.retryable} == {429, 503}


def test_job_errors__all_are_known_by_code() -> None:
    leaves = {error for error in _ALL if issubclass(error, JobError) and error is not JobError}

    assert set(JOB_ERRORS.values()) == leaves
    assert len(JOB_ERRORS) == len(leaves)


def test_counted__one_is_no_plural() -> None:
    told = [counted(n, noun) for noun in ("product", "search") for n in (0, 1, 2)]
    assert told[:3] == ["0 products", "1 product", "2 products"]
    assert told[3:] == ["0 searches", "1 search", "2 searches"]
