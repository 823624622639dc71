"""The whole web process as one ASGI app: the API, the pages, and what protects both."""

from __future__ import annotations

from pathlib import Path

from starlette.types import ASGIApp

from searchapp.jobs.board import Board
from searchapp.jobs.services import Services
from searchapp.web.api.app import make_api
from searchapp.web.asgi.front import make_front
from searchapp.web.asgi.metrics import HttpMetrics


def make_asgi(
    services: Services, board: Board, pages: ASGIApp, page_folder: Path | None = None
) -> ASGIApp:
    """The app that a server runs.

    :param board: somebody else runs it, in the lifespan of ``pages``.
    :param pages: Reflex's app, or what stands in when no page is built; it gets the lifespan.
    :param page_folder: the built page, whose inline scripts the security policy names by hash.
    """
    metrics = HttpMetrics()
    api = make_api(services, board, metrics)
    return make_front(api, pages, services.settings, metrics=metrics, page_folder=page_folder)
