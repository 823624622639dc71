"""Crops that are lent to an outside source for a few minutes."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from searchapp.api.context import Ctx, Reading
from searchapp.errors import NotFound
from searchapp.jobs.external import lent_crop

router = APIRouter(prefix="/api/outside", include_in_schema=False)

PASS_LIMIT = 1000


@router.get("/{lent}", dependencies=[Reading])
async def crop(lent: str, context: Ctx) -> Response:
    """Who holds a pass may fetch the crop that it is for, and nothing else."""
    if len(lent) > PASS_LIMIT:
        raise NotFound
    jpeg = await lent_crop(context.services, lent)
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})
