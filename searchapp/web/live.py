"""The board and the services of this process, for the states of the page."""

from __future__ import annotations

from searchapp.jobs.board import Board
from searchapp.jobs.services import Services

_here: dict[str, object] = {}


def go_live(services: Services, board: Board) -> None:
    """Says which services this process uses; called once, before the first request."""
    _here["services"] = services
    _here["board"] = board


def services() -> Services:
    """The services of this process."""
    found = _here["services"]
    assert isinstance(found, Services)  # noqa: S101 - set in go_live, nowhere else.
    return found


def board() -> Board:
    """The board of this process."""
    found = _here["board"]
    assert isinstance(found, Board)  # noqa: S101 - set in go_live, nowhere else.
    return found
