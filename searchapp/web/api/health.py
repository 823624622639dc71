"""For operators and their machines: alive, ready, metrics."""

from __future__ import annotations

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.responses import JSONResponse, Response

from searchapp.errors import AppError, NotStored
from searchapp.jobs.health import models_present, readiness
from searchapp.jobs.outage import RETRY_AFTER
from searchapp.logs import get_logger
from searchapp.web.api.context import Ctx
from searchapp.web.api.errors import documented
from searchapp.web.api.metrics import exposition
from searchapp.web.api.models import HealthShape, ReadyShape

router = APIRouter(tags=["operation"])
_log = get_logger("searchapp.web.health")


@router.get("/healthz", summary="Alive", response_model=HealthShape)
async def healthz() -> Response:
    """Says that this process answers, and nothing about the database."""
    return JSONResponse({"status": "ok"})


@router.get(
    "/readyz",
    summary="Ready to store a search",
    response_model=ReadyShape,
    responses=documented(NotStored),
)
async def readyz(context: Ctx) -> Response:
    """503 when a search could not be stored.  Without workers or models it still is ready."""
    try:
        state = await readiness(context.services)
    except AppError:
        raise
    except Exception as error:
        _log.warning("not_ready", error=type(error).__name__)
        raise NotStored(type(error).__name__, retry_after=RETRY_AFTER) from error
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
