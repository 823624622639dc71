"""The board and the services of this process, for the states of the page."""

from __future__ import annotations

from collections.abc import Callable

from searchapp.jobs.cache import JobCache
from searchapp.jobs.services import Services

_here: dict[str, object] = {}


def go_live(
    services: Services, board: JobCache, is_open: Callable[[str], bool] = lambda _token: True
) -> None:
    """Says which services this process uses; called once, before the first request.

    :param is_open: whether a tab, by its token, is connected to this process.
    """
    _here["services"] = services
    _here["board"] = board
    _here["is_open"] = is_open


def is_open(token: str) -> bool:
    """Whether the tab of ``token`` is connected to this process."""
    found = _here["is_open"]
    assert callable(found)  # noqa: S101 - set in go_live, nowhere else.
    return bool(found(token))


def services() -> Services:
    """The services of this process."""
    found = _here["services"]
    assert isinstance(found, Services)  # noqa: S101 - set in go_live, nowhere else.
    return found


def board() -> JobCache:
    """The board of this process."""
    found = _here["board"]
    assert isinstance(found, JobCache)  # noqa: S101 - set in go_live, nowhere else.
    return found
