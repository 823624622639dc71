"""For operators and their machines: alive, ready, metrics."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from searchapp.api.context import Ctx
from searchapp.api.errors import documented
from searchapp.api.metrics import exposition
from searchapp.errors import NotStored
from searchapp.http.http_errors import Unavailable
from searchapp.jobs.services import models_present, readiness
from searchapp.logs import get_logger
from searchapp.schemas import HealthSchema, ReadySchema

router = APIRouter(tags=["operation"])
_log = get_logger("searchapp.web.health")


@router.get("/healthz", summary="Alive", response_model=HealthSchema)
async def healthz() -> Response:
    """Says that this process answers, and nothing about the database."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    summary="Ready to store a search",
    response_model=ReadySchema,
    responses=documented(Unavailable),
)
async def readyz(context: Ctx) -> Response:
    """503 when a search could not be stored.  Without workers or models it still is ready."""
    try:
        state = await readiness(context.services)
    except SQLAlchemyError as error:
        # Not an outage, but no better: rights or the schema are missing.
        _log.warning("not_ready", error=type(error).__name__)
        raise NotStored(type(error).__name__) from error
    return JSONResponse(
        {
            "ready": True,
            "workers": state.workers,
            "queue": {
                "waiting": state.waiting,
                "running": state.running,
                "choosing": state.choosing,
                "oldestSeconds": state.oldest_seconds,
            },
            "models": models_present(),
        }
    )


@router.get(
    "/metrics",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(context: Ctx) -> Response:
    """This process's own counters, and the queue's when the database answers."""
    text = await exposition(context.services, context.metrics)
    return Response(text, headers={"content-type": CONTENT_TYPE_LATEST})
